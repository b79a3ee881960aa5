import { useEffect, useMemo, useState } from "react";
import { useSettled as usePaused } from "../../api/useSettled";
import { Message } from "../../parts/Message";
import { AnswerCard } from "./AnswerCard";
import { NOT_SCORED, scoreHere } from "./browserScore";
import { mainScore } from "./curves";
import { ExplanationCard } from "./ExplanationCard";
import { fieldsOf, requestBody, rowOf } from "./form";
import { ManyRows } from "./ManyRows";
import { PasteSheet } from "./PasteSheet";
import { RowCard } from "./RowCard";
import { SameRequest } from "./SameRequest";
import type { EndpointForm, EndpointInfo } from "./shapes";
import { useCurves } from "./useCurves";
import { useKeptFields } from "./useKeptFields";
import { useLastChange } from "./useLastChange";
import { useScorer } from "./useScorer";
import { useService } from "./useService";
import { useSettled } from "./useSettled";

interface TesterProps {
  service: string;
  endpoint: string;
  form: EndpointForm;
  info: EndpointInfo;
}

/** A row to type, its answers beside it, and what else can be done with the endpoint's rows. */
export function Tester({ service, endpoint, form, info }: TesterProps) {
  const input = form.Inputs[0];
  const columns = useMemo(() => input?.Columns ?? [], [input]);
  const names = useMemo(() => new Set(columns.map(({ Name }) => Name)), [columns]);
  const [fields, setFields] = useKeptFields(info.Id, columns, input?.Typical ?? {});
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
  const drawn = browser.row && main !== null && typeof score === "number" ? { main, score, row: browser.row } : null;
  const curves = useCurves(columns, scorer.model, drawn);
  const shownBody = usePaused(body);

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) setNow((count) => count + 1);
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);

  if (!input) return <Message>This service takes no rows: it reads its data itself.</Message>;
  return (
    <div className="grid">
      <div className="s8 col g16 o-l">
        <RowCard
          columns={columns}
          isTwoClass={used?.Labels.length === 2}
          typical={input.Typical}
          samples={input.Samples}
          fields={fields}
          setFields={setFields}
          wrong={browser.wrong}
          curves={curves}
          busy={answered.busy}
          onPaste={() => setPasting(true)}
          onScore={() => setNow(now + 1)}
        />
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
      <SameRequest url={`${info.ApiLocation}/execute?api-version=2.0&details=true`} body={shownBody} />
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
