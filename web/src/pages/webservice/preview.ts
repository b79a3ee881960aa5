/** What publishing would do, as `POST …/webservice/preview` says it. */

export const WEB_SERVICE = "/workspaces/{workspace}/experiments/{experiment}/webservice";

export type Kind = "training" | "predictive";

interface Named {
  Title: string;
  Module: string;
}

interface Column {
  name: string;
  type: string;
}

export interface Preview {
  Kind: Kind;
  Name: string;
  Ready: boolean;
  /** What has to be done before it can be published. */
  Problem: string | null;
  Document: unknown;
  Kept: Named[];
  Removed: Named[];
  Added: Named[];
  Inputs: { Name: string; Columns: Column[] }[];
  Outputs: { Name: string; Kind: string | null; Model: string | null; Columns: Column[] }[];
  Parameters: { Name: string; Required: boolean | null; Default: unknown }[];
  Models: { Name: string }[];
  /** The service that would be updated; null if a new one would be made. */
  Service: { Id: string; Name: string; Changes: string[]; Endpoints: { Name: string; Effect: string }[] } | null;
}

/** What publishing does, in one sentence. */
export function sentence({ Name, Kept, Removed, Added, Service }: Pick<Preview, "Name" | "Kept" | "Removed" | "Added" | "Service">): string {
  const [stay, out, come] = [Kept.length, Removed.length, Added.length];
  const counts = `${stay} ${stay === 1 ? "module stays" : "modules stay"}, ${out} ${out === 1 ? "is" : "are"} taken out, ${come} ${come === 1 ? "comes" : "come"} in.`;
  return Service ? `${Service.Name} is published again: ${counts}` : `A new web service, ${Name}: ${counts}`;
}
