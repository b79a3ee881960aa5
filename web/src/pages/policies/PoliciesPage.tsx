import { useState } from "react";
import { Link, useLocation } from "wouter";
import { call } from "../../api/client";
import { refresh, useLive } from "../../api/poll";
import { usePages } from "../../api/usePages";
import type { components } from "../../api/schema";
import { LinkButton } from "../../parts/Button";
import { Confirm } from "../../parts/Confirm";
import { Empty } from "../../parts/Empty";
import { Field } from "../../parts/Field";
import { Loading } from "../../parts/Loading";
import { Menu } from "../../parts/Menu";
import { ErrorMessage } from "../../parts/Message";
import { PageHead } from "../../parts/PageHead";
import { type Column, Pages, Table } from "../../parts/Table";
import { when } from "../../parts/times";
import { useToast } from "../../parts/Toast";
import { PolicySheet } from "../services/PolicySheet";
import { type Endpoint, ENDPOINT, endpointPath, type Policy, SERVICE } from "../services/shapes";
import { Gate, LastChallenge } from "./PolicyCells";
import "./policies.css";

type PolicySummary = components["schemas"]["PolicySummary"];

const POLICIES = "/workspaces/{workspace}/policies";
const SIZE = 20;

const pathOf = ({ WebServiceId, Endpoint }: PolicySummary) => ({ service: WebServiceId ?? "", endpoint: Endpoint ?? "" });
const isThere = ({ WebServiceId, Endpoint }: PolicySummary) => Boolean(WebServiceId && Endpoint);

/** `/policies`: which endpoints retrain by themselves, when, and how the last challenge ended. */
export default function PoliciesPage() {
  const [typed, setTyped] = useState("");
  const q = typed.trim();
  const { rows, pager, error, isPending, isEmpty } = usePages<PolicySummary>(POLICIES, { size: SIZE, ...(q && { query: { q } }) });
  // The form stays when it is closed, so that what was typed is there again.
  const [form, setForm] = useState<{ row: PolicySummary; open: boolean }>();
  const [removing, setRemoving] = useState<PolicySummary>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const [, go] = useLocation();
  const toast = useToast();
  const attempt = async (act: () => Promise<unknown>) => {
    setFailure(undefined);
    setBusy(true);
    try {
      await act();
      await refresh(POLICIES, `${SERVICE}/`);
    } catch (found) {
      setFailure(found);
    } finally {
      setBusy(false);
      setRemoving(undefined);
    }
  };
  const train = (row: PolicySummary) =>
    attempt(async () => {
      await call("POST", `${ENDPOINT}/policy/try`, { path: pathOf(row), body: {} });
      toast(`Training for ${row.Endpoint ?? ""} started; the new model challenges the one in use`);
    });
  const nothing = isEmpty && q === "";
  return (
    <div className="page" id="p-policies">
      <PageHead title="Policies" sub={nothing ? undefined : "Endpoints that retrain by themselves, and swap only for a model that is good enough."} />
      {!nothing && (
        <div className="search">
          <Field label="Find by web service or endpoint" labelHidden type="search" icon="search" placeholder="Web service or endpoint" value={typed} onChange={(event) => setTyped(event.target.value)} />
        </div>
      )}
      {[error, failure].map((found, place) => found != null && <ErrorMessage key={place} error={found} />)}
      {isPending && <Loading rows={6} />}
      {isEmpty && (
        <div className="card">
          {nothing ? (
            <Empty
              title="No policies yet"
              actions={
                <LinkButton kind="main" icon="globe" to="/services">
                  Open web services
                </LinkButton>
              }
            >
              Open an endpoint and make a policy: it trains on new data, and swaps the model only if it is good enough on rows held back.
            </Empty>
          ) : (
            <Empty title="No policy fits">No web service or endpoint with a policy is called that.</Empty>
          )}
        </div>
      )}
      {rows.length > 0 && (
        <div className="card">
          <Table
            label="Policies"
            className="two-rows"
            rows={rows}
            rowKey={({ EndpointId, WebServiceId, UpdatedAt }) => EndpointId ?? `${WebServiceId ?? ""} ${UpdatedAt}`}
            columns={columns({ go, train: (row) => void train(row), change: (row) => setForm({ row, open: true }), remove: setRemoving })}
          />
          {pager && <Pages {...pager} />}
        </div>
      )}
      {form && <PolicyForm key={form.row.EndpointId} open={form.open} path={pathOf(form.row)} close={() => setForm({ ...form, open: false })} />}
      <Confirm
        open={removing !== undefined}
        close={() => setRemoving(undefined)}
        title={`Remove the policy of ${removing?.Endpoint?.slice(0, 80) ?? ""}?`}
        act="Remove policy"
        busy={busy}
        onAct={() => void (removing && attempt(() => call("DELETE", `${ENDPOINT}/policy`, { path: pathOf(removing) })))}
      >
        The endpoint keeps its model and is no longer retrained by itself.
      </Confirm>
    </div>
  );
}

/** The form of one policy, once it and its endpoint are read. */
function PolicyForm({ open, path, close }: { open: boolean; path: { service: string; endpoint: string }; close: () => void }) {
  const { data: policy } = useLive<Policy>(`${ENDPOINT}/policy`, { path });
  const { data: endpoint } = useLive<Endpoint>(ENDPOINT, { path });
  const done = () => {
    void refresh(POLICIES);
    close();
  };
  return <PolicySheet open={open && policy !== undefined} close={done} path={path} resources={endpoint?.Resources.map(({ Name }) => Name) ?? []} policy={policy} />;
}

interface Acts {
  go: (path: string) => void;
  train: (row: PolicySummary) => void;
  change: (row: PolicySummary) => void;
  remove: (row: PolicySummary) => void;
}

function columns({ go, train, change, remove }: Acts): Column<PolicySummary>[] {
  return [
    {
      name: "Endpoint",
      heads: true,
      cell: (row) => (
        <>
          {isThere(row) ? (
            <Link className="target cut" href={endpointPath(row.WebServiceId ?? "", row.Endpoint ?? "")}>
              {row.Endpoint}
            </Link>
          ) : (
            <span className="target cut">{row.Endpoint ?? "Its endpoint is gone"}</span>
          )}
          <span className="faint t12 cut other" title={row.WebService ?? ""}>
            {row.WebService}
          </span>
        </>
      ),
    },
    {
      name: "Trains",
      cell: ({ Trigger, TrainingData, TrainingService }) => (
        <>
          <span className="tag">{{ Upload: "Each upload", Schedule: "Schedule", Rows: "New rows" }[Trigger] ?? Trigger}</span> <span className="dim">{TrainingData}</span>
          <span className="why t12 faint">by {TrainingService ?? "a service that is gone"}</span>
        </>
      ),
    },
    { name: "The new model needs", cell: (row) => isThere(row) && <Gate path={pathOf(row)} metric={row.Metric} heldBack={row.HeldBackData} /> },
    {
      name: "Runs",
      cell: ({ NextRun, LastRun, Skipped, Trigger }) => (
        <>
          <span>{NextRun ? `next ${when(NextRun)}` : Trigger === "Upload" ? "with the next file" : "nothing due"}</span>
          <span className="why t12 faint">{Skipped ? `not started: ${Skipped}` : LastRun && `last ${when(LastRun)}`}</span>
        </>
      ),
    },
    { name: "Last challenge", cell: (row) => isThere(row) && <LastChallenge path={pathOf(row)} /> },
    {
      name: "",
      label: "Actions",
      figure: true,
      cell: (row) =>
        isThere(row) && (
          <Menu
            label={`More for ${row.Endpoint?.slice(0, 80) ?? ""}`}
            size="s"
            entries={[
              { name: "Train now", icon: "play", act: () => train(row), ...(row.Trigger === "Upload" && !row.TrainingData && { off: "It trains on each file that is uploaded; upload one." }) },
              { name: "Change", icon: "pen", act: () => change(row) },
              { name: "Open endpoint", icon: "globe", act: () => go(endpointPath(row.WebServiceId ?? "", row.Endpoint ?? "")) },
              { name: "Remove", icon: "x", danger: true, act: () => remove(row) },
            ]}
          />
        ),
    },
  ];
}
