import type { components } from "../../api/schema";

export type Activity = components["schemas"]["Activity"];
export type RunningWork = components["schemas"]["RunningWork"];
export type EndedWork = components["schemas"]["EndedWork"];
export type DueWork = components["schemas"]["DueWork"];
