import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { CellError, type Cell, type DistantModel, type Model } from "../../../scoring";
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
import { ExplanationCard } from "./ExplanationCard";
import { type Fields, fieldsOf, type FormColumn, rowOf } from "./form";
import { ManyRows } from "./ManyRows";
import { PasteSheet } from "./PasteSheet";
import { RowForm } from "./RowForm";
import { SameRequest } from "./SameRequest";
import { useScorer } from "./useScorer";
import { useService } from "./useService";
import { useSettled, whenThere } from "./useSettled";
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
  const scored = useMemo(() => scoreHere(scorer.model, row), [scorer.model, row]);
  const browser = useSettled(scored) ?? NOT_SCORED;
  const body = useMemo(() => requestBody(input?.Name, columns, row), [input, columns, row]);
  const address = new URL(info.ApiLocation).pathname;
  // A cell that is no number here is none there.
  const asked = browser.wrong.size > 0 ? undefined : `${address}/execute`;
  const text = useMemo(() => JSON.stringify(body), [body]);
  const answered = useService(asked, info.PrimaryKey, text, names, now);
  const main = scorer.model && browser.answer ? mainScore(scorer.model, used?.Labels ?? [], browser.answer.cells) : null;
  const score = main === null ? undefined : browser.answer?.cells[main];
  const changed = useLastChange(browser.row, typeof score === "number" ? score : null);
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
              ? `Under each field whose range is known: how the score moves with this column alone.${used?.Labels.length === 2 ? " The dotted line is the threshold of 0.5." : ""}`
              : "Curves under the fields need a model in this browser."
          }
        >
          <RowForm columns={columns} fields={fields} change={change} wrong={browser.wrong} scorer={drawn} />
        </Card>
      </div>
      <div className="s4 o-r">
        <div className="stick col g16">
          <AnswerCard
            service={answered}
            browser={{ answer: browser.answer, said: used?.WhyNot ?? scorer.whyNot ?? browser.said, scorer }}
            lastChange={changed}
            labels={used?.Labels ?? []}
          />
          <ExplanationCard address={asked} endpointKey={info.PrimaryKey} body={text} />
        </div>
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
function useLastChange(row: ScoredRow | null, score: number | null): string | null {
  const before = useRef<{ row: ScoredRow; score: number } | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  useEffect(() => {
    if (score === null || row === null) return;
    const old = before.current;
    if (old && old.row !== row) setSaid(lastChange(old.row, row, score - old.score));
    before.current = { row, score };
  }, [row, score]);
  return said;
}

function lastChange(old: ScoredRow, row: ScoredRow, moved: number): string | null {
  const [name, ...others] = Object.keys(row).filter((each) => row[each] !== old[each]);
  if (name === undefined || others.length > 0) return null;
  const by = `${moved < 0 ? "−" : "+"}${Number.parseFloat(Math.abs(moved).toPrecision(3))}`;
  return `${name} ${old[name] ?? "missing"} to ${row[name] ?? "missing"}: ${by}`;
}

type ScoredRow = Record<string, string | null>;

interface BrowserScore {
  /** The row that was scored: from ONNX Runtime, answers come a moment after the typing. */
  row: ScoredRow | null;
  answer: Answer | null;
  said: string | null;
  wrong: ReadonlyMap<string, string>;
}

const NOT_SCORED: BrowserScore = { row: null, answer: null, said: null, wrong: new Map() };

function scoreHere(model: Model | DistantModel | null, row: ScoredRow): BrowserScore | Promise<BrowserScore> {
  if (model === null) return NOT_SCORED;
  try {
    const found = whenThere(browserAnswer(model, row), (answer): BrowserScore => ({ ...NOT_SCORED, row, answer }));
    return found instanceof Promise ? found.catch(refusal) : found;
  } catch (error) {
    return refusal(error);
  }
}

function refusal(error: unknown): BrowserScore {
  const said = error instanceof Error ? error.message : String(error);
  const wrong = error instanceof CellError ? new Map([[error.column, said.replace(/^.*?': /, "")]]) : new Map<string, string>();
  return { ...NOT_SCORED, said, wrong };
}

function requestBody(input: string | undefined, columns: readonly FormColumn[], row: Record<string, Cell>) {
  const names = columns.map(({ Name }) => Name);
  const table = { ColumnNames: names, Values: [names.map((name) => row[name] ?? null)] };
  return { Inputs: input === undefined ? {} : { [input]: table }, GlobalParameters: {} };
}
