import { useState } from "react";
import { useLive } from "../../api/poll";
import { figure } from "../../charts/figures";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { State } from "../../parts/State";
import { Table } from "../../parts/Table";
import { when } from "../../parts/times";
import { challengeState } from "./policyWords";
import { type Challenge, ENDPOINT } from "./shapes";

const FIRST = 5;
const CHALLENGES = `${ENDPOINT}/policy/challenges`;

/** The challenges of an endpoint, latest first, asked for more often while one goes on. */
export function useChallenges(path: { service: string; endpoint: string }): readonly Challenge[] {
  const { data = [] } = useLive<Challenge[]>(CHALLENGES, {
    path,
    going: ([latest]) => latest !== undefined && !/Finished|Failed|Cancelled/.test(latest.StatusCode),
  });
  return data;
}

/** What challenged the model in use, what was measured, and why it was taken or refused. */
export function ChallengesCard({ path }: { path: { service: string; endpoint: string } }) {
  const challenges = useChallenges(path);
  const [all, setAll] = useState(false);
  if (challenges.length === 0) return null;
  const refused = challenges.filter((challenge) => challengeState(challenge) === "Not passed").length;
  return (
    <Card
      title="Challenges"
      note={`${challenges.length.toLocaleString("en")}, ${refused.toLocaleString("en")} not passed`}
      footer={
        challenges.length > FIRST && (
          <Button kind="quiet" size="s" onClick={() => setAll(!all)}>
            {all ? `Show the last ${FIRST}` : `All ${challenges.length.toLocaleString("en")} challenges`}
          </Button>
        )
      }
    >
      <Table
        label="Challenges"
        className="two-lines"
        rows={all ? challenges : challenges.slice(0, FIRST)}
        rowKey={({ Id }) => Id}
        columns={[
          { name: "When", heads: true, cell: ({ CreationTime }) => <span className="target">{when(CreationTime)}</span> },
          { name: "Result", cell: (challenge) => <State state={challengeState(challenge)} /> },
          {
            name: "New and in use",
            figure: true,
            cell: ({ Challenger, Champion, Metric }) =>
              Metric && (
                <span className="nowrap">
                  {figure(Challenger)} <span className="faint">and</span> {figure(Champion)} <span className="faint t12">{Metric}</span>
                </span>
              ),
          },
          { name: "Rows", figure: true, cell: ({ Rows }) => Rows !== null && Rows > 0 && <span className="nowrap">{figure(Rows, 12)}<span className="narrow-word"> rows</span></span> },
          { name: "Why", cell: ({ Why, Details }) => <span className="dim t12 said">{Why ?? Details ?? "–"}</span> },
        ]}
      />
    </Card>
  );
}
