import { useState } from "react";
import { Link } from "wouter";
import { usePages } from "../../api/usePages";
import { LinkButton } from "../../parts/Button";
import { Empty } from "../../parts/Empty";
import { Select } from "../../parts/Field";
import { Icon } from "../../parts/Icon";
import { Loading } from "../../parts/Loading";
import { ErrorMessage } from "../../parts/Message";
import { type Column, Pages, Table } from "../../parts/Table";
import { asSentence, when } from "../../parts/times";
import { EVENTS } from "./shapes";
import { WatchHead } from "./WatchHead";
import { ALL_TYPES, type Event, pageOf, sentenceOf, subjectOf, TYPES, typeWord } from "./words";
import "../../parts/twoRows.css";
import "./events.css";

/** `/events`: what happened in the workspace that somebody may want to be told, newest first. */
export default function EventsPage() {
  const [type, setType] = useState("");
  const { rows, pager, error, isPending, isEmpty } = usePages<Event>(EVENTS, { query: type ? { type } : {} });
  return (
    <div className="page">
      <WatchHead here="/events" title="Events" sub="What happened that somebody may want to be told." />
      {(rows.length > 0 || type !== "") && (
        <div className="filters">
          <Select label="Kind of event" labelHidden options={[["", "All kinds"], ...ALL_TYPES.map((one) => [one, typeWord(one)] as const)]} value={type} onChange={(event) => setType(event.target.value)} />
        </div>
      )}
      {error && <ErrorMessage error={error} />}
      {isPending && <Loading rows={8} />}
      {isEmpty && type === "" && (
        <div className="card">
          <Empty
            title="Nothing has happened yet"
            actions={
              <LinkButton icon="out" to="/events/subscriptions">
                Have events sent to you
              </LinkButton>
            }
          >
            Changed models, steps of promotions, drift, failed work and replaced keys stand here as they happen.
          </Empty>
        </div>
      )}
      {(rows.length > 0 || (isEmpty && type !== "")) && (
        <div className="card">
          {rows.length === 0 ? <p className="pad dim">None of this kind.</p> : <Table label="Events" className="two-rows events" columns={COLUMNS} rows={rows} rowKey={({ id }) => id} />}
          {pager && <Pages {...pager} />}
        </div>
      )}
    </div>
  );
}

const COLUMNS: readonly Column<Event>[] = [
  {
    name: "Event",
    heads: true,
    cell: ({ type, id }) => (
      <span className="row g6" title={id}>
        <Icon name={TYPES[type]?.[1] ?? "info"} />
        <span className="med">{typeWord(type)}</span>
      </span>
    ),
  },
  {
    name: "Of",
    cell: (event) => {
      const to = pageOf(event);
      const name = subjectOf(event);
      const shown = <span className="cut wide" title={event.subject}>{name}</span>;
      return to ? (
        <Link className="link" href={to}>
          {shown}
        </Link>
      ) : (
        shown
      );
    },
  },
  { name: "What", cell: (event) => <span className="dim what">{sentenceOf(event) && asSentence(sentenceOf(event))}</span> },
  { name: "When", figure: true, cell: ({ time }) => <time className="dim" dateTime={time} title={time}>{when(time)}</time> },
];
