/** Times as the Studio writes them: "today 12:52", "2 Nov 06:14", "1 min 12 s"; and texts of users in sentences. */

const DAY_MS = 86_400_000;

function startOfDay(at: Date): number {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}

/** The time of day. */
export function clock(at: Date): string {
  return at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}

/** When something was or will be, seen from `now`; the year only if it is another one. */
export function when(time: string | Date | null | undefined, now: Date = new Date()): string {
  if (time === null || time === undefined || time === "") return "–";
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return String(time);
  const days = Math.round((startOfDay(at) - startOfDay(now)) / DAY_MS);
  const near = { [-1]: "yesterday", 0: "today", 1: "tomorrow" }[days];
  if (near) return `${near} ${clock(at)}`;
  const date = at.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  return at.getFullYear() === now.getFullYear() ? `${date} ${clock(at)}` : `${date} ${at.getFullYear()}`;
}

/** A length of time: "0.4 s", "14 s", "1 min 12 s", "3 h 05 min". */
export function lasting(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (value: number) => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/** From now: "in 5 h", "in 12 min". */
export function until(time: string | Date, now: Date = new Date()): string {
  const minutes = Math.round((new Date(time).getTime() - now.getTime()) / 60_000);
  if (minutes <= 0) return "now";
  if (minutes < 60) return `in ${minutes} min`;
  return minutes < 48 * 60 ? `in ${Math.round(minutes / 60)} h` : `in ${Math.round(minutes / 1440)} days`;
}

/** A text of a user with an end, so that a sentence may follow. */
export function asSentence(text: string): string {
  return /[.!?…]\s*$/.test(text) ? text.trim() : `${text.trim()}.`;
}
