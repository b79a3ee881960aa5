import { useState } from "react";
import { call, get } from "../../api/client";
import { useLive } from "../../api/poll";
import { Select } from "../../parts/Field";
import { ErrorMessage } from "../../parts/Message";
import type { TableRows } from "../dataset/table";
import { byUnsureness, type ScoredTable, unsureness } from "./unsure";

interface OrderPickerProps {
  table: TableRows;
  rows: readonly number[];
  /** Null is the order of the file. */
  onOrder: (rows: readonly number[] | null) => void;
}

interface Service {
  Id: string;
  Name: string;
}

interface EndpointInfo {
  Name: string;
  ApiLocation: string;
  PrimaryKey: string;
}

interface Form {
  Kind: string;
  Inputs: { Name: string; Columns: { Name: string }[] }[];
}

const SERVICE = "/workspaces/{workspace}/webservices";

/** In which order rows come: that of the file, or those first that a model in use is unsure of. */
export function OrderPicker({ table, rows, onOrder }: OrderPickerProps) {
  const services = useLive<Service[]>(SERVICE, { once: true });
  const [value, setValue] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  async function choose(service: string) {
    setValue(service);
    setError(null);
    if (service === "") return onOrder(null);
    setBusy(true);
    try {
      onOrder(await unsureFirst(service, table, rows));
    } catch (failed) {
      setError(failed);
      setValue("");
      onOrder(null);
    }
    setBusy(false);
  }
  const options = (services.data ?? []).map(({ Id, Name }): [string, string] => [Id, `Unsure first: ${Name}`]);
  return (
    <div className="label-order">
      <Select
        label="Order of the rows"
        labelHidden
        options={[["", busy ? "Asking the model…" : "Order of the file"], ...options]}
        value={value}
        onChange={(event) => void choose(event.target.value)}
      />
      {error != null && <ErrorMessage error={error} />}
    </div>
  );
}

async function unsureFirst(service: string, table: TableRows, rows: readonly number[]): Promise<number[]> {
  const endpoints = await get<EndpointInfo[]>(`${SERVICE}/{service}/endpoints`, { path: { service } });
  const first = endpoints[0];
  if (first === undefined) throw new Error("This web service has no endpoint.");
  const path = { service, endpoint: first.Name };
  const form = await get<Form>(`${SERVICE}/{service}/endpoints/{endpoint}/form`, { path });
  const input = form.Inputs[0];
  if (form.Kind === "training" || input === undefined) throw new Error("This web service trains models and scores no rows. Choose another one.");
  const names = input.Columns.map(({ Name }) => Name);
  const places = names.map((name) => table.columns.findIndex((column) => column.name === name));
  const missing = names.filter((_, place) => places[place] === -1);
  if (missing.length > 0) throw new Error(`This dataset has no column ${missing[0]}, which the model needs. Choose another web service.`);
  const values = rows.map((row) => places.map((place) => text(table.values[row - table.offset]?.[place])));
  const body = { Inputs: { [input.Name]: { ColumnNames: names, Values: values } }, GlobalParameters: {} };
  const answer = await call<{ Results: Record<string, { value: ScoredTable }> }>("POST", `${new URL(first.ApiLocation).pathname}/execute`, {
    body,
    headers: { authorization: `Bearer ${first.PrimaryKey}` },
    query: { "api-version": "2.0", details: true },
  });
  const scored = Object.values(answer.body.Results)[0]?.value;
  const unsure = scored ? unsureness(scored) : null;
  if (unsure === null) throw new Error("The model says no probabilities, so nobody knows what it is unsure of. Choose another web service.");
  return byUnsureness(rows, unsure);
}

function text(cell: unknown): string | null {
  return cell === null || cell === undefined ? null : String(cell);
}
