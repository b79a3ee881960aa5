import { Card } from "../../parts/Card";
import { ErrorMessage, Message } from "../../parts/Message";
import { Icon, type IconName } from "../../parts/Icon";
import { State } from "../../parts/State";
import { agrees, type Answer, difference, shown } from "./answers";
import { RuntimeOffer } from "./RuntimeOffer";
import type { Scorer } from "./useScorer";
import type { ServiceState } from "./useService";

interface AnswerCardProps {
  service: ServiceState;
  browser: { answer: Answer | null; said: string | null; scorer: Scorer };
  /** What the last change of one field did to the score. */
  lastChange: string | null;
  labels: readonly string[];
}

/** The answer: the one big figure, then both scorers side by side, and how far they are apart. */
export function AnswerCard({ service, browser, lastChange, labels }: AnswerCardProps) {
  const answer = browser.answer ?? service.answer;
  const apart = browser.answer && service.answer ? difference(browser.answer, service.answer) : null;
  const probability = answer ? probabilityOf(answer) : null;
  const isRuntime = browser.scorer.by === "runtime";
  const isSame = apart !== null && agrees(apart, probability ?? 1, isRuntime);
  return (
    <Card
      title="Answer"
      padded
      actions={
        apart !== null && (
          <State state={isSame ? "finished" : "failed"} word={isSame ? "They agree" : "They differ"} />
        )
      }
    >
      <div className="col g12">
        {answer && <Big answer={answer} probability={probability} />}
        {probability !== null && labels.length === 2 && <Bar probability={probability} labels={labels} />}
        <Result icon="server" title="By the service" answer={service.answer} took={service.answer && `200, ${shown(service.answer.ms, 2)} ms`} note="POST …/execute, as callers do">
          {service.error !== null && <ErrorMessage error={service.error} />}
        </Result>
        <Result icon="browser" title="In this browser" answer={browser.answer} took={browser.answer && `${shown(browser.answer.ms, 2)} ms`} note={isRuntime ? "By ONNX Runtime in this browser, nothing was sent" : "The same graph in float64, nothing was sent"}>
          {browser.said && <Message>{browser.said}</Message>}
          <RuntimeOffer scorer={browser.scorer} />
        </Result>
        <dl className="kv diff">
          <dt>Difference</dt>
          <dd>
            <b>{apart === null ? "–" : apart === false ? "another label" : apart === 0 ? "0" : apart.toExponential(1)}</b>
          </dd>
          <dt>Last change</dt>
          <dd>{lastChange ?? "–"}</dd>
        </dl>
      </div>
    </Card>
  );
}

function Big({ answer, probability }: { answer: Answer; probability: number | null }) {
  const place = Math.max(answer.columns.indexOf("Scored Labels"), answer.columns.indexOf("Assignments"), 0);
  return (
    <div className="ans">
      <span className="big cut">{shown(answer.cells[place] ?? null, 5)}</span>
      {probability !== null && <span className="big">{probability.toFixed(4)}</span>}
    </div>
  );
}

/** A probability on its track, with the threshold. */
function Bar({ probability, labels }: { probability: number; labels: readonly string[] }) {
  const name = `${probability.toFixed(4)}, ${probability > 0.5 ? "above" : "not above"} the threshold of 0.5`;
  return (
    <div>
      <svg className="ch" width="100%" height="22" role="img" aria-label={name}>
        <rect className="track" y="6" width="100%" height="10" rx="5" />
        <rect className="f1" y="6" width={`${100 * probability}%`} height="10" rx="5" />
        <line className="thr-l" x1="50%" x2="50%" y1="0" y2="22" />
      </svg>
      <div className="ends t11 faint">
        <span className="cut">{labels[0]}</span>
        <span>0.5</span>
        <span className="cut">{labels[1]}</span>
      </div>
    </div>
  );
}

interface ResultProps {
  icon: IconName;
  title: string;
  answer: Answer | null;
  took: string | null;
  note: string;
  children: React.ReactNode;
}

function Result({ icon, title, answer, took, note, children }: ResultProps) {
  return (
    <div className="rcard">
      <div className="row g6">
        <Icon name={icon} />
        <b className="med">{title}</b>
        <span className="end t12 faint">{took}</span>
      </div>
      {answer && (
        <dl className="kv">
          {answer.columns.map((name, place) => {
            const cell = answer.cells[place] ?? null;
            return [
              <dt key={`${name}t`} className="cut" title={name}>
                {name}
              </dt>,
              <dd key={name} className={typeof cell === "number" ? "mono" : "strong"}>
                {shown(cell)}
              </dd>,
            ];
          })}
        </dl>
      )}
      {children}
      {answer && <p className="t12 faint">{note}</p>}
    </div>
  );
}

/** The probability that the big figure has beside it: that of the label, or of the positive one of two. */
function probabilityOf(answer: Answer): number | null {
  const label = String(answer.cells[answer.columns.indexOf("Scored Labels")]);
  const name = answer.columns.includes("Scored Probabilities") ? "Scored Probabilities" : `Scored Probabilities for Class "${label}"`;
  const cell = answer.cells[answer.columns.indexOf(name)];
  return typeof cell === "number" ? cell : null;
}
