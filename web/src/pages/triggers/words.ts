/** What a trigger's document says, in words. */

export interface Trigger {
  name: string;
  properties?: {
    type?: string;
    typeProperties?: Record<string, unknown>;
    pipelines?: { pipelineReference?: { referenceName?: string } }[];
    pipeline?: { pipelineReference?: { referenceName?: string } };
  };
  updatedAt: string;
  runtimeState?: string;
  NextRun?: string | null;
  LastRun?: string | null;
  LastRunId?: string | null;
  Skipped?: string | null;
}

const KINDS: Record<string, string> = { ScheduleTrigger: "Schedule", TumblingWindowTrigger: "Windows of time", BlobEventsTrigger: "New blobs" };

/** What kind of trigger it is. */
export function kindWords({ properties }: Trigger): string {
  return KINDS[properties?.type ?? ""] ?? properties?.type ?? "–";
}

function every(frequency: unknown, interval: unknown): string {
  const unit = String(frequency ?? "time").toLowerCase();
  return interval === undefined || Number(interval) === 1 ? `every ${unit}` : `every ${String(interval)} ${unit}s`;
}

/** When it fires: "every week", "every 2 hours", "in data/incoming". */
export function firesWords({ properties }: Trigger): string {
  const given = properties?.typeProperties ?? {};
  if (properties?.type === "BlobEventsTrigger") return typeof given.blobPathBeginsWith === "string" ? `in ${given.blobPathBeginsWith}` : "in any container";
  const { frequency, interval } = (properties?.type === "ScheduleTrigger" ? (given.recurrence ?? {}) : given) as Record<string, unknown>;
  return every(frequency, interval);
}

/** The pipelines that it starts. */
export function pipelinesOf({ properties }: Trigger): string[] {
  const found = [...(Array.isArray(properties?.pipelines) ? properties.pipelines : []), ...(properties?.pipeline ? [properties.pipeline] : [])];
  return found.flatMap(({ pipelineReference }) => pipelineReference?.referenceName ?? []);
}

/** Whether it fires from now on. */
export function isStarted({ runtimeState }: Trigger): boolean {
  return runtimeState?.toLowerCase() === "started";
}

/** What is edited of a trigger: its document, without what the app adds. */
export function documentOf({ name, properties }: Trigger): string {
  return JSON.stringify({ name, properties }, null, 2);
}

/** The document of a trigger that is typed in anew. */
export const FIRST = JSON.stringify(
  {
    name: "EveryMonday",
    properties: {
      type: "ScheduleTrigger",
      typeProperties: { recurrence: { frequency: "Week", interval: 1, startTime: "2026-01-05T02:00:00Z", timeZone: "UTC", schedule: { weekDays: ["Monday"], hours: [2], minutes: [0] } } },
      pipelines: [{ pipelineReference: { type: "PipelineReference", referenceName: "" } }],
    },
  },
  null,
  2,
);

/** The typed document and its name, or what is wrong with it as JSON. */
export function readDocument(text: string): { name: string; document: object } | { problem: string } {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    return { problem: `This is not JSON yet: ${(error as Error).message}` };
  }
  if (typeof document !== "object" || document === null || Array.isArray(document)) return { problem: 'A trigger is an object: {"name": …, "properties": …}' };
  const { name } = document as { name?: unknown };
  if (typeof name !== "string" || name.trim() === "") return { problem: 'The document has no "name".' };
  return { name, document };
}
