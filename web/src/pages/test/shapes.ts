import type { Cell } from "../../../scoring";
import type { FormColumn } from "./form";

/** What the app says of an endpoint's rows: `GET …/endpoints/{endpoint}/form`. */
export interface EndpointForm {
  WebService: string;
  Endpoint: string;
  Kind: "predictive" | "training";
  Inputs: { Name: string; Columns: FormColumn[]; Typical: Record<string, Cell>; Samples: Record<string, Cell>[] }[];
  Models: { Name: string; Version: number; Model: string; Labels: string[]; InBrowser: boolean; WhyNot: string | null }[];
}

export interface EndpointInfo {
  Id: string;
  PrimaryKey: string;
  ApiLocation: string;
}
