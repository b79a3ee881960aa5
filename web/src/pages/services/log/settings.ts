/** The settings of a log as its sheet types them: one choice a column, and numbers as texts until they are read. */

import type { LogSettings } from "./rows";

export type Keeping = "keep" | "hash" | "leave";
export const KEEPING = [["keep", "Keep"], ["hash", "Hash"], ["leave", "Leave out"]] as const;

export interface LogDraft {
  share: string;
  idColumn: string;
  days: string;
  keeping: Readonly<Record<string, Keeping>>;
}

export const FIRST: LogSettings = { Share: 1, IdColumn: null, LeaveOut: [], Hash: [], RetentionDays: 90 };

export function draftOf(settings: LogSettings): LogDraft {
  const keeping = Object.fromEntries([...settings.Hash.map((name) => [name, "hash"] as const), ...settings.LeaveOut.map((name) => [name, "leave"] as const)]);
  return { share: String(Number((settings.Share * 100).toPrecision(6))), idColumn: settings.IdColumn ?? "", days: String(settings.RetentionDays), keeping };
}

export interface LogProblems {
  share?: string | undefined;
  days?: string | undefined;
}

/** What is wrong with the numbers, before the app is asked. */
export function problemsOf({ share, days }: LogDraft): LogProblems {
  const [percent, number] = [Number(share), Number(days)];
  return {
    share: share.trim() === "" || !(percent > 0 && percent <= 100) ? `Above 0, up to 100. ${share || "Nothing"} was typed.` : undefined,
    days: days.trim() === "" || !Number.isInteger(number) || number < 1 || number > 3650 ? `From 1 to 3,650. ${days || "Nothing"} was typed.` : undefined,
  };
}

export function settingsOf({ share, idColumn, days, keeping }: LogDraft): LogSettings {
  const chosen = (wanted: Keeping) => Object.entries(keeping).flatMap(([name, choice]) => (choice === wanted ? [name] : []));
  return { Share: Number(share) / 100, IdColumn: idColumn.trim() || null, LeaveOut: chosen("leave"), Hash: chosen("hash"), RetentionDays: Number(days) };
}
