import { useLive } from "../../api/poll";
import { figure, percent } from "../../charts/figures";
import { SparkBars } from "../../charts/Sparkline";
import { Card } from "../../parts/Card";
import { Figure, Figures } from "../../parts/Figure";
import { LinkButton } from "../../parts/Button";
import { Loading } from "../../parts/Loading";
import { ErrorMessage } from "../../parts/Message";
import { PageHead } from "../../parts/PageHead";
import { useToast } from "../../parts/Toast";
import { W, type WebService } from "../services/shapes";
import { headline, wantsLook, workName } from "./day";
import { DayStrip } from "./DayStrip";
import { ServicesCard } from "./ServicesCard";
import { useDismissed } from "./dismissed";
import type { Activity, EndedWork } from "./shapes";
import { DueCard, EndedCard, RunningCard } from "./WorkLists";
import "../services/services.css";
import "./home.css";

/** What runs, what wants a look, and what is due: one poll. */
export default function HomePage() {
  const { data, error, dataUpdatedAt } = useLive<Activity>(`${W}/activity`, { going: ({ Running, Waiting }) => Running.length + Waiting.job + Waiting.run + Waiting.challenge > 0 });
  // Asked for at once with the above, for the card that is shown with it.
  useLive<WebService[]>(`${W}/webservices`);
  const now = new Date(dataUpdatedAt || Date.now());
  const aside = useDismissed();
  return (
    <div className="page home">
      <PageHead
        title="Home"
        sub={data && headline(data, aside.ids)}
        actions={
          <>
            <LinkButton to="/datasets" icon="put">
              Upload data
            </LinkButton>
            <LinkButton kind="main" to="/experiments?new=1" icon="plus">
              New experiment
            </LinkButton>
          </>
        }
      />
      {error && <ErrorMessage error={error} />}
      {!data && !error && <Loading rows={8} />}
      {data && <Overview activity={data} now={now} aside={aside} />}
    </div>
  );
}

function Overview({ activity, now, aside }: { activity: Activity; now: Date; aside: ReturnType<typeof useDismissed> }) {
  const { Running, Waiting, Ended, Due, Traffic } = activity;
  const looks = wantsLook(Ended, aside.ids);
  const toast = useToast();
  const dismiss = (work: EndedWork) => {
    aside.dismiss(work.Id);
    toast(`${workName(work)} put aside`, () => aside.restore(work.Id));
  };
  const tomorrow = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1).getTime();
  const dueToday = Due.filter(({ At }) => new Date(At).getTime() < tomorrow).length;
  return (
    <>
      <Figures>
        <Figure name="Calls, last 24 hours" chart={<SparkBars counts={Traffic.ByHour} name="Calls by hour" width={72} height={28} />}>
          {Traffic.Calls.toLocaleString("en")}
        </Figure>
        <Figure name="95 % within" unit={Traffic.P95 === null ? "" : "ms"}>
          {figure(Traffic.P95, 3)}
        </Figure>
        <Figure name="Calls with errors">{Traffic.Calls > 0 ? percent(Traffic.Failed / Traffic.Calls, 2) : "–"}</Figure>
        <Figure name="Running">{Running.length}</Figure>
        <Figure name="Waiting">{Waiting.job + Waiting.run + Waiting.challenge}</Figure>
        <Figure name="Due today">{dueToday}</Figure>
      </Figures>
      <Card title="Today" className="o-day" actions={<DayLegend />}>
        <DayStrip activity={activity} now={now} />
      </Card>
      <div className="grid">
        <div className="s8 col g16 o-l">
          <RunningCard running={Running} now={now} />
          <ServicesCard traffic={Traffic} />
        </div>
        <div className="s4 col g16 o-r">
          <EndedCard title="Wants a look" work={looks} empty="Nothing failed in the last 24 hours." className="o-look" dismiss={dismiss} />
          <DueCard due={Due} now={now} />
          <EndedCard title="Ended lately" work={Ended.filter((work) => !looks.includes(work))} empty="Nothing ended in the last 24 hours." className="o-end" />
        </div>
      </div>
    </>
  );
}

function DayLegend() {
  return (
    <div className="legend" aria-hidden="true">
      <span>
        <svg viewBox="0 0 22 10">
          <rect className="f7" x="3" width="16" height="10" rx="3" />
        </svg>
        Ended
      </span>
      <span>
        <svg viewBox="0 0 22 10">
          <rect className="fr" x="3" width="16" height="10" rx="3" />
        </svg>
        Running
      </span>
      <span>
        <svg viewBox="0 0 22 12">
          <path className="ff" d="M8.2-1h5.6L18 3.2v5.6L13.800 13H8.200L4 8.800V3.200z" />
        </svg>
        Failed
      </span>
      <span>
        <svg viewBox="0 0 22 10">
          <path className="port trained" d="M11 -1.2l6.2 6.2-6.2 6.2-6.2-6.2z" />
        </svg>
        Swapped
      </span>
      <span>
        <svg viewBox="0 0 22 10">
          <rect className="due-l" x="3" y=".5" width="16" height="9" rx="3" />
        </svg>
        Due
      </span>
    </div>
  );
}
