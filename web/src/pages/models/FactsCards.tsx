import { Fragment, useState } from "react";
import { call } from "../../api/client";
import { useLive } from "../../api/poll";
import { figure } from "../../charts/figures";
import { saveFile } from "../../charts/svgFile";
import { Button, LinkButton } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Loading } from "../../parts/Loading";
import { ErrorMessage, Message } from "../../parts/Message";
import { evaluationPath, factsOf, type ModelVersionDetails, VERSION, warningsOf } from "./words";

const MOST_COLUMNS = 60;

/** What the file of a version says: what it is, how it was trained, its columns; its evaluation and the file itself. */
export function FactsCards({ name, version }: { name: string; version: number }) {
  const path = { model: name, version };
  const { data, error } = useLive<ModelVersionDetails>(VERSION, { path });
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const download = async () => {
    setBusy(true);
    setFailure(undefined);
    try {
      const { body } = await call<Blob>("GET", `${VERSION}/file`, { path });
      saveFile(`${name} ${version}.ilearner`, body);
    } catch (found) {
      setFailure(found);
    } finally {
      setBusy(false);
    }
  };
  if (error) return <ErrorMessage error={error} />;
  if (!data || data.Version !== version) return <Loading rows={8} />;
  const metrics = Object.entries(data.Metrics as Record<string, unknown>).filter((entry): entry is [string, number] => typeof entry[1] === "number");
  const warnings = warningsOf(data);
  return (
    <div className="grid">
      <div className="s6 col g16">
        <Card
          title={`Version ${version}`}
          actions={
            <>
              <LinkButton kind="quiet" size="s" icon="evalm" to={evaluationPath(name, version)}>
                Evaluation
              </LinkButton>
              <Button kind="quiet" size="s" icon="get" busy={busy} onClick={() => void download()}>
                Download
              </Button>
            </>
          }
          padded
        >
          {failure !== undefined && <ErrorMessage error={failure} />}
          <Pairs pairs={factsOf(data)} />
        </Card>
        {warnings.length > 0 && (
          <Message kind="warn">
            <b className="med">Its training warned:</b>
            <ul className="dots">
              {warnings.slice(0, 20).map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
          </Message>
        )}
      </div>
      <div className="s6 col g16">
        {metrics.length > 0 && (
          <Card title="Metrics" note="from its own training" padded>
            <Pairs pairs={metrics.map(([metric, value]) => [metric, figure(value)])} />
          </Card>
        )}
        <Card title="Properties" padded>
          <Pairs pairs={Object.entries(data.Properties as Record<string, unknown>).map(([property, value]) => [property, textOf(value)])} />
        </Card>
        <Card title="Columns it takes" note={figure(data.Inputs.length)} padded>
          <p className="t12 dim">
            {data.Inputs.slice(0, MOST_COLUMNS)
              .map((column) => column.Name)
              .join(", ")}
            {data.Inputs.length > MOST_COLUMNS && ` and ${figure(data.Inputs.length - MOST_COLUMNS)} more`}
          </p>
        </Card>
      </div>
    </div>
  );
}

function Pairs({ pairs }: { pairs: readonly (readonly [string, string])[] }) {
  return (
    <dl className="kv">
      {pairs.map(([name, text]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </Fragment>
      ))}
    </dl>
  );
}

function textOf(value: unknown): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "object" && value !== null ? JSON.stringify(value).slice(0, 400) : String(value ?? "–");
}
