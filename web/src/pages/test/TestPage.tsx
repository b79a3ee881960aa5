import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { CellError, type Cell, type Model } from "../../../scoring";
import { useLive } from "../../api/poll";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Loading } from "../../parts/Loading";
import { ErrorMessage, Message } from "../../parts/Message";
import { PageHead } from "../../parts/PageHead";
import { EndpointTabs } from "../services/EndpointTabs";
import { AnswerCard } from "./AnswerCard";
import { type Answer, browserAnswer } from "./answers";
import { mainScore } from "./curves";
import { type Fields, fieldsOf, type FormColumn, rowOf } from "./form";
import { ManyRows } from "./ManyRows";
import { PasteSheet } from "./PasteSheet";
import { RowForm } from "./RowForm";
import { SameRequest } from "./SameRequest";
import { useScorer } from "./useScorer";
import { useService } from "./useService";
import "../../charts/charts.css";
import "./test.css";

const ENDPOINT = "/workspaces/{workspace}/webservices/{service}/endpoints/{endpoint}";

interface EndpointForm {
  WebService: string;
  Endpoint: string;
  Kind: "predictive" | "training";
  Inputs: { Name: string; Columns: FormColumn[]; Typical: Record<string, Cell>; Samples: Record<string, Cell>[] }[];
  Models: { Name: string; Version: number; Model: string; Labels: string[]; InBrowser: boolean; WhyNot: string | null }[];
}

interface EndpointInfo {
  Id: string;
  PrimaryKey: string;
  ApiLocation: string;
}

/** Test an endpoint: type a row, and the browser answers while one types, the service when one pauses. */
export default function TestPage({ service, endpoint }: { service: string; endpoint: string }) {
  const path = { service, endpoint };
  const form = useLive<EndpointForm>(`${ENDPOINT}/form`, { path, once: true });
  const info = useLive<EndpointInfo>(ENDPOINT, { path });
  const error = form.error ?? info.error;
  const place = `/services/${encodeURIComponent(service)}`;
  const here = `${place}/endpoints/${encodeURIComponent(endpoint)}`;
  const version = form.data?.Models[0]?.Version;
  return (
    <div className="page" id="p-test">
      <PageHead
        title={`Test ${endpoint}`}
        crumbs={[
          ["Web services", "/services"],
          [form.data?.WebService ?? service, place],
          [endpoint, here],
        ]}
        sub={form.data && `${version ? `Version ${version}. ` : ""}The browser answers while you type, the service when you pause.`}
      />
      <EndpointTabs path={path} here="test" />
      {error ? (
        <ErrorMessage error={error} />
      ) : !form.data || !info.data ? (
        <Loading rows={8} />
      ) : form.data.Kind === "training" ? (
        <TrainingService here={here} />
      ) : (
        <Tester key={info.data.Id} {...path} form={form.data} info={info.data} />
      )}
    </div>
  );
}

function TrainingService({ here }: { here: string }) {
  return (
    <Message>
      This endpoint trains models; it has no row to score. Give it a file of training data as a batch job:{" "}
      <a href={`/studio${here}`}>to the endpoint</a>.
    </Message>
  );
}

interface TesterProps {
  service: string;
  endpoint: string;
  form: EndpointForm;
  info: EndpointInfo;
}

function Tester({ service, endpoint, form, info }: TesterProps) {
  const input = form.Inputs[0];
  const columns = useMemo(() => input?.Columns ?? [], [input]);
  const names = useMemo(() => new Set(columns.map(({ Name }) => Name)), [columns]);
  const [fields, setFields] = useKeptFields(info.Id, columns, input?.Typical ?? {});
  const [sample, setSample] = useState(0);
  const [now, setNow] = useState(0);
  const [pasting, setPasting] = useState(false);
  const used = form.Models[0];
  const scorer = useScorer(service, endpoint, used?.Model ?? "", used?.InBrowser === true && form.Models.length === 1);
  const row = useMemo(() => rowOf(fields), [fields]);
  const browser = useMemo(() => scoreHere(scorer.model, row), [scorer.model, row]);
  const body = useMemo(() => requestBody(input?.Name, columns, row), [input, columns, row]);
  const address = new URL(info.ApiLocation).pathname;
  // A cell that is no number here is none there.
  const asked = browser.wrong.size > 0 ? undefined : `${address}/execute`;
  const answered = useService(asked, info.PrimaryKey, JSON.stringify(body), names, now);
  const main = scorer.model && browser.answer ? mainScore(scorer.model, used?.Labels ?? [], browser.answer.cells) : null;
  const score = main === null ? undefined : browser.answer?.cells[main];
  const changed = useLastChange(fields, typeof score === "number" ? score : null);
  const change = useCallback((name: string, text: string) => setFields((before) => ({ ...before, [name]: text })), [setFields]);

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) setNow((count) => count + 1);
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);

  if (!input) return <Message>This service takes no rows: it reads its data itself.</Message>;
  const samples = input.Samples;
  const drawn = scorer.model && main !== null && typeof score === "number" ? { model: scorer.model, main, score } : null;
  return (
    <div className="grid">
      <div className="s8 col g16 o-l">
        <Card
          title="A row"
          note={`${columns.length} columns, the label is not asked for`}
          padded
          actions={
            <div className="row g4 w">
              {samples.length > 0 && (
                <Button
                  size="s"
                  icon="dice"
                  onClick={() => {
                    setFields(fieldsOf(columns, samples[sample % samples.length]!));
                    setSample(sample + 1);
                  }}
                >
                  Another row
                </Button>
              )}
              <Button size="s" kind="quiet" onClick={() => setFields(fieldsOf(columns, input.Typical))}>
                Typical row
              </Button>
              <Button size="s" kind="quiet" onClick={() => setPasting(true)}>
                Paste
              </Button>
              <Button size="s" kind="main" icon="play" busy={answered.busy} onClick={() => setNow(now + 1)}>
                Score
              </Button>
            </div>
          }
          footer={
            drawn
              ? "Under each field: how the score moves with this column alone. The dotted line is the threshold of 0.5."
              : "Curves under the fields need a model that this browser can score with."
          }
        >
          <RowForm columns={columns} fields={fields} change={change} wrong={browser.wrong} scorer={drawn} />
        </Card>
      </div>
      <div className="s4 col g16 o-r">
        <AnswerCard
          service={answered}
          browser={{ answer: browser.answer, said: used?.WhyNot ?? scorer.whyNot ?? browser.said }}
          lastChange={changed}
          labels={used?.Labels ?? []}
        />
      </div>
      <SameRequest url={`${info.ApiLocation}/execute?api-version=2.0&details=true`} body={body} />
      <ManyRows endpoint={info} input={input.Name} />
      <PasteSheet
        open={pasting}
        close={() => setPasting(false)}
        columns={columns.map(({ Name }) => Name)}
        model={scorer.model}
        take={(taken) => {
          setFields(fieldsOf(columns, taken));
          setPasting(false);
        }}
      />
    </div>
  );
}

/** The fields, kept in this tab: what was typed is there again after a look at another page. */
function useKeptFields(endpoint: string, columns: readonly FormColumn[], typical: Record<string, Cell>) {
  const key = `perennial.test.${endpoint}`;
  const [fields, setFields] = useState<Fields>(() => {
    const start = fieldsOf(columns, typical);
    try {
      const kept = JSON.parse(sessionStorage.getItem(key) ?? "{}") as Fields;
      return Object.fromEntries(Object.entries(start).map(([name, text]) => [name, String(kept[name] ?? text)]));
    } catch {
      return start;
    }
  });
  useEffect(() => sessionStorage.setItem(key, JSON.stringify(fields)), [key, fields]);
  return [fields, setFields] as const;
}

/** What the last change of a single field did to the score, in words. */
function useLastChange(fields: Fields, score: number | null): string | null {
  const before = useRef({ fields, score });
  const [said, setSaid] = useState<string | null>(null);
  useEffect(() => {
    if (score === null) return;
    const old = before.current;
    if (old.fields !== fields) setSaid(lastChange(old.fields, fields, old.score === null ? null : score - old.score));
    before.current = { fields, score };
  }, [fields, score]);
  return said;
}

function lastChange(old: Fields, fields: Fields, moved: number | null): string | null {
  const [name, ...others] = Object.keys(fields).filter((each) => fields[each] !== old[each]);
  if (name === undefined || others.length > 0 || moved === null) return null;
  const by = `${moved < 0 ? "−" : "+"}${Number.parseFloat(Math.abs(moved).toPrecision(3))}`;
  return `${name} ${old[name] || "missing"} to ${fields[name] || "missing"}: ${by}`;
}

interface BrowserScore {
  answer: Answer | null;
  said: string | null;
  wrong: ReadonlyMap<string, string>;
}

function scoreHere(model: Model | null, row: Record<string, Cell>): BrowserScore {
  if (model === null) return { answer: null, said: null, wrong: new Map() };
  try {
    return { answer: browserAnswer(model, row), said: null, wrong: new Map() };
  } catch (error) {
    if (error instanceof CellError) {
      return { answer: null, said: error.message, wrong: new Map([[error.column, error.message.replace(/^.*?': /, "")]]) };
    }
    return { answer: null, said: error instanceof Error ? error.message : String(error), wrong: new Map() };
  }
}

function requestBody(input: string | undefined, columns: readonly FormColumn[], row: Record<string, Cell>) {
  const names = columns.map(({ Name }) => Name);
  const table = { ColumnNames: names, Values: [names.map((name) => row[name] ?? null)] };
  return { Inputs: input === undefined ? {} : { [input]: table }, GlobalParameters: {} };
}
