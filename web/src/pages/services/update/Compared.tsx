import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { call } from "../../../api/client";
import { useLive } from "../../../api/poll";
import { figure, fixed, signed } from "../../../charts/figures";
import { Select } from "../../../parts/Field";
import { Loading } from "../../../parts/Loading";
import { ErrorMessage, Message } from "../../../parts/Message";
import { State } from "../../../parts/State";
import type { ComparedMetric, Comparison, Dataset } from "../shapes";
import { ENDPOINT, W } from "../shapes";
import { Changes } from "./Changes";
import type { Choice } from "./choices";

const AS_TRAINED = "";

/** Both models on the same rows; asked for when a model is picked. */
export function useComparison(path: { service: string; endpoint: string }, resource: string, choice: Choice | undefined, heldBack: string) {
  return useQuery({
    queryKey: ["compare", path, resource, choice?.key, heldBack],
    queryFn: async () => {
      const body = {
        Resources: [{ Name: resource, Location: choice?.location }],
        Details: true,
        ...(heldBack !== AS_TRAINED && { Gate: { HeldBackData: heldBack } }),
      };
      return (await call<Comparison>("POST", `${ENDPOINT}/compare`, { path, body })).body;
    },
    enabled: choice !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
}

interface ComparedProps {
  comparison: ReturnType<typeof useComparison>;
  heldBack: string;
  setHeldBack: (name: string) => void;
  picked: Choice | undefined;
  /** The words for the model in use. */
  inUse: string;
}

/** Step 2: how the new model does against the one in use, on rows that neither should have seen. */
export function Compared({ comparison, heldBack, setHeldBack, picked, inUse }: ComparedProps) {
  const { data: datasets = [] } = useLive<Dataset[]>(`${W}/data`, { once: true });
  const { data, error, isFetching } = comparison;
  const newName = picked?.name ?? "New";
  const names = useMemo(() => ({ inUse, new: newName }), [inUse, newName]);
  return (
    <fieldset className="step">
      <legend>
        <i>2</i>Compared on rows held back
      </legend>
      <Select
        label="Rows"
        size="s"
        options={[[AS_TRAINED, "Those that the model in use was evaluated on"], ...datasets.map(({ Name }) => [Name, Name] as const)]}
        value={heldBack}
        onChange={(event) => setHeldBack(event.target.value)}
      />
      {picked === undefined && <p className="t12 dim">Pick a model above.</p>}
      {isFetching && !data && <Loading rows={4} />}
      {error && <ErrorMessage error={error} />}
      {data && (
        <>
          <MetricTable comparison={data} newName={newName} />
          {data.Details && <Changes details={data.Details} rows={data.Rows} names={names} />}
          <Message kind={data.Passed ? "ok" : "warn"}>
            {data.Why}.{data.Note && ` ${data.Note}`}
          </Message>
        </>
      )}
    </fieldset>
  );
}

function verdict({ Verdict }: ComparedMetric) {
  if (Verdict === "better" || Verdict === "worse") return <State state={Verdict} />;
  return <span className="faint t12">{Verdict ?? "–"}</span>;
}

function MetricTable({ comparison, newName }: { comparison: Comparison; newName: string }) {
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label="Metrics of both models">
      <table className="tb cmpt">
        <caption className="t12 faint">
          {comparison.Rows.toLocaleString("en")} rows of {comparison.RowsOf}; in small letters the {figure(comparison.Confidence * 100)} % interval of the difference
        </caption>
        <thead>
          <tr>
            <th scope="col">
              <span className="sr">Metric</span>
            </th>
            <th scope="col" className="num">
              In use
            </th>
            <th scope="col" className="num">
              {newName}
            </th>
            <th scope="col" className="num">
              Difference
            </th>
            <th scope="col">
              <span className="sr">Better or worse</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {comparison.Metrics.map((metric) => (
            <tr key={metric.Name}>
              <th scope="row">{metric.Name}</th>
              <td className="num dim">{fixed(metric.InUse.Value)}</td>
              <td className="num strong">{fixed(metric.New.Value)}</td>
              <td className="num">
                {signed(metric.Difference.Value)}{" "}
                <small className="faint nowrap">
                  {signed(metric.Difference.Low)} to {signed(metric.Difference.High)}
                </small>
              </td>
              <td>{verdict(metric)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
