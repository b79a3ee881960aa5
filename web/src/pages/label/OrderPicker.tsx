import { useState } from "react";
import { call, get } from "../../api/client";
import { useLive } from "../../api/poll";
import { Select } from "../../parts/Field";
import { ErrorMessage } from "../../parts/Message";
import type { TableRows } from "../dataset/table";
import { numbersOf, onlyRows, PART, readOpen } from "./rows";
import { byUnsureness, type ScoredTable, unsureness } from "./unsure";

/** The rows that a model is least sure of, in that order, and of how many they are. */
export interface UnsureRows {
  table: TableRows;
  of: number;
}

interface OrderPickerProps {
  dataset: string;
  /** The column to label, if the dataset has it. */
  column: string | null;
  /** Null is the order of the file. */
  onOrder: (found: UnsureRows | null) => void;
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
/** So many thousand rows without a label are scored, and so many of them are shown. */
const PARTS = 10;
const SHOWN = 500;

/** In which order rows come: that of the file, or those first that a model in use is unsure of. */
export function OrderPicker({ dataset, column, onOrder }: OrderPickerProps) {
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
      onOrder(await unsureFirst(service, dataset, column));
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

async function unsureFirst(service: string, dataset: string, column: string | null): Promise<UnsureRows> {
  const scorer = await findScorer(service);
  const table = await readOpen(dataset, column, PARTS);
  const places = scorer.names.map((name) => table.columns.findIndex((each) => each.name === name));
  const missing = scorer.names.filter((_, place) => places[place] === -1);
  if (missing.length > 0) throw new Error(`This dataset has no column ${missing[0]}, which the model needs. Choose another web service.`);
  const unsure: number[] = [];
  for (let start = 0; start < table.values.length; start += PART) {
    const rows = table.values.slice(start, start + PART).map((row) => places.map((place) => text(row[place])));
    unsure.push(...(await unsurenessOf(scorer, rows)));
  }
  const order = byUnsureness(numbersOf(table), unsure).slice(0, SHOWN);
  return { table: onlyRows(table, order), of: table.values.length };
}

interface Scorer {
  input: string;
  names: string[];
  address: string;
  key: string;
}

/** Where the first endpoint of a web service scores rows, and which columns it wants. */
async function findScorer(service: string): Promise<Scorer> {
  const [first] = await get<EndpointInfo[]>(`${SERVICE}/{service}/endpoints`, { path: { service } });
  if (first === undefined) throw new Error("This web service has no endpoint.");
  const form = await get<Form>(`${SERVICE}/{service}/endpoints/{endpoint}/form`, { path: { service, endpoint: first.Name } });
  const input = form.Inputs[0];
  if (form.Kind === "training" || input === undefined) throw new Error("This web service trains models and scores no rows. Choose another one.");
  const address = `${new URL(first.ApiLocation).pathname}/execute`;
  return { input: input.Name, names: input.Columns.map(({ Name }) => Name), address, key: first.PrimaryKey };
}

async function unsurenessOf({ input, names, address, key }: Scorer, rows: (string | null)[][]): Promise<number[]> {
  const body = { Inputs: { [input]: { ColumnNames: names, Values: rows } }, GlobalParameters: {} };
  const headers = { authorization: `Bearer ${key}` };
  const answer = await call<{ Results: Record<string, { value: ScoredTable }> }>("POST", address, { body, headers, query: { "api-version": "2.0", details: true } });
  const scored = Object.values(answer.body.Results)[0]?.value;
  const unsure = scored ? unsureness(scored) : null;
  if (unsure === null) throw new Error("The model says no probabilities, so nobody knows what it is unsure of. Choose another web service.");
  return unsure;
}

function text(cell: unknown): string | null {
  return cell === null || cell === undefined ? null : String(cell);
}
