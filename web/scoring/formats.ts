import { strip } from "./cells";
import { NotScoredHere } from "./errors";

/** How a column's cells are written, as model files store it; what is left out is plain. */
export interface Format {
  decimal?: string;
  thousands?: string;
  unit?: string;
  date?: string;
  missing?: string[];
  encoding?: string;
  leftOut?: boolean;
}

/** A longer text is no number or date. */
const MAX_CELL = 64;
const SAME: Record<string, string> = { "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2019": "'", "\u2212": "-" };

/** The function that makes of a cell's text a plain number or an ISO date, empty if it is missing; others stay. */
export function plainText(format: Format): (text: string) => string {
  if (format.date) throw new NotScoredHere(`Dates written as ${format.date.slice(0, 40)} are read by the web service only.`);
  const missing = new Set(format.missing ?? []);
  const rewrites = Boolean(format.unit || format.thousands || (format.decimal ?? ".") !== ".");
  const pattern = rewrites ? numberPattern(format) : null;
  return (given) => {
    const text = strip(given);
    if (missing.has(text)) return "";
    if (pattern === null || text.length === 0 || [...text].length > MAX_CELL) return text;
    return plainNumber(pattern.exec(usualMarks(text))) || text;
  };
}

function usualMarks(text: string): string {
  return text.replace(/[\u00a0\u202f\u2009\u2019\u2212]/g, (mark) => SAME[mark]!);
}

function numberPattern(format: Format): RegExp {
  const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  const group = escaped(format.thousands ?? "");
  const unit = escaped(format.unit ?? "");
  const grouped = group ? `[1-9]\\d{0,2}(?:${group}\\d{2,3}){0,7}${group}\\d{3}|` : "";
  const [side, after] = unit ? [`(?:${unit} ?)?`, `(?: ?${unit})?`] : ["", ""];
  const digits = `(?<digits>${grouped}\\d+)(?:${escaped(format.decimal ?? ".")}(?<part>\\d*))?(?<power>[eE][+-]?\\d{1,3})?`;
  return new RegExp(`^(?<open>\\()?(?<minus>[+-])? ?${side}(?<inner>[+-])?${digits}${after}(?<close>\\))?$`, "u");
}

function plainNumber(found: RegExpExecArray | null): string {
  const groups = found?.groups;
  if (!groups || Boolean(groups.open) !== Boolean(groups.close)) return "";
  const signs = [groups.open ? "-" : undefined, groups.minus, groups.inner].filter((sign) => sign !== undefined);
  if (signs.length > 1) return "";
  const part = groups.part ? `.${groups.part}` : "";
  return `${signs[0] === "-" ? "-" : ""}${groups.digits!.replace(/\D/g, "")}${part}${groups.power ?? ""}`;
}

/** The format in words, as the web service's errors have it. */
export function describeFormat(format: Format): string {
  const decimal = format.decimal ?? ".";
  const number = `1${format.thousands ?? ""}234${decimal}5`;
  if (format.unit === "%") return `numbers like 12${decimal}5%`;
  if (!format.unit) return `numbers like ${number}`;
  return `numbers like ${format.unit.length === 1 ? `${format.unit}${number}` : `${number} ${format.unit}`}`;
}
