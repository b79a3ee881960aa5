import { useMemo, useState } from "react";
import { useSearchParams } from "wouter";
import { useLive } from "../../api/poll";
import { Loading } from "../../parts/Loading";
import { ErrorMessage } from "../../parts/Message";
import { PageHead } from "../../parts/PageHead";
import { readAgainst } from "./against";
import { ComparePicker } from "./ComparePicker";
import { EvaluationView } from "./EvaluationView";
import { readVersionEvaluation, type VersionEvaluation } from "./read";
import { sentence } from "./sentence";
import { UpdateAnEndpoint } from "./UpdateAnEndpoint";
import { useAgainst } from "./useAgainst";

/** The evaluation that is kept with a version of a model. */
export default function ModelEvaluationPage({ name, version }: { name: string; version: string }) {
  const [query, setQuery] = useSearchParams();
  const [swapped, setSwapped] = useState(false);
  const found = useLive<VersionEvaluation>("/workspaces/{workspace}/models/{model}/versions/{version}/evaluation", {
    path: { model: name, version },
    once: true,
  });
  const against = readAgainst(query.get("against"));
  const other = useAgainst(against);
  const models = useMemo(() => {
    if (!found.data) return [];
    const own = readVersionEvaluation(found.data);
    const both = other.model ? [own, other.model] : [own];
    return swapped ? both.toReversed() : both;
  }, [found.data, other.model, swapped]);
  return (
    <div className="page" id="p-evaluation">
      <PageHead
        title={`${name}, version ${version}`}
        crumbs={[
          ["Models", "/models"],
          [name, `/models/${encodeURIComponent(name)}`],
        ]}
        sub={sentence(models)}
        actions={
          models.length > 0 && <UpdateAnEndpoint wanted={{ model: name, version }} />
        }
      />
      {found.error && <ErrorMessage error={found.error} />}
      {other.error != null && <ErrorMessage error={other.error} />}
      {found.isPending && <Loading rows={8} />}
      {models.length > 0 && (
        <EvaluationView
          models={models}
          onSwap={models.length > 1 ? () => setSwapped(!swapped) : undefined}
          picker={(side) =>
            side === (swapped ? 1 : 0) ? (
              <b className="cut">{models[side]?.name}</b>
            ) : (
              <ComparePicker
                value={query.get("against") ?? ""}
                onValue={(value) => setQuery(value ? { against: value } : {}, { replace: true })}
              />
            )
          }
        />
      )}
    </div>
  );
}
