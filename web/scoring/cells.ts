import { NotScoredHere } from "./errors";

/** A cell as it is sent, or as it is read: text, number, Boolean, or missing. */
export type Cell = string | number | boolean | null;

/** The type of a column, by its .NET name. */
export type ColumnType = "Boolean" | "Int32" | "Int64" | "Double" | "String" | "DateTime";

/** Thrown for a cell that is not of its type; the encoder says which one it was. */
export class NotOfType extends Error {}

const MISSING = new Set(["", "NaN", "nan", "NaT", "NA", "null"]);
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const INFINITE = /^([+-]?)(?:inf|infinity)$/i;
const NOT_A_NUMBER = /^[+-]?nan$/i;
const INT64 = 2 ** 63;
const EXACT = Number.MAX_SAFE_INTEGER;
/** The blanks that Python strips; unlike JavaScript's, they have no byte order mark. */
const BLANKS = "\\t-\\r\\u001c-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const EDGES = new RegExp(`^[${BLANKS}]+|[${BLANKS}]+$`, "gu");

/** A text without blanks at its ends, as the web service strips it. */
export function strip(text: string): string {
  return text.replace(EDGES, "");
}

function readNumber(value: Cell): number | null {
  if (value === null) return null;
  if (typeof value !== "string") return Number.isNaN(value) ? null : Number(value);
  const text = strip(value);
  if (MISSING.has(text) || NOT_A_NUMBER.test(text)) return null;
  if (NUMBER.test(text)) return Number(text);
  const infinite = INFINITE.exec(text);
  if (infinite === null) throw new NotOfType();
  return infinite[1] === "-" ? -Infinity : Infinity;
}

function readInteger(value: Cell): number | null {
  const number = readNumber(value);
  if (number === null) return null;
  if (!Number.isInteger(number) || number < -INT64 || number >= INT64) throw new NotOfType();
  if (Math.abs(number) > EXACT) {
    throw new NotScoredHere("Whole numbers above 2^53 are not exact in a browser; the web service reads them.");
  }
  return number === 0 ? 0 : number;
}

function readText(value: Cell): string | null {
  if (typeof value === "string") return value === "" ? null : value;
  return value === null || Number.isNaN(value) ? null : writeCell(value);
}

function readBoolean(value: Cell): boolean | null {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "number") {
    if (Number.isNaN(value)) return null;
    if (value === 0 || value === 1) return value === 1;
    throw new NotOfType();
  }
  const text = strip(value);
  if (MISSING.has(text)) return null;
  if (/^(?:true|1)$/i.test(text)) return true;
  if (/^(?:false|0)$/i.test(text)) return false;
  throw new NotOfType();
}

const MOMENT =
  /^(\d{4})-?(\d\d)-?(\d\d)(?:.(\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?)?(?:Z|z|([+-])(\d\d):?(\d\d)(?::?(\d\d))?)?)?$/su;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function readDateTime(value: Cell): string | null {
  if (value === null || Number.isNaN(value)) return null;
  if (typeof value !== "string") throw new NotOfType();
  const text = strip(value);
  if (MISSING.has(text)) return null;
  if (/^\d{4}-?W/i.test(text)) throw new NotScoredHere("Dates by weeks are read by the web service only.");
  const found = MOMENT.exec(text);
  if (found === null) throw new NotOfType();
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((part) => Number(part ?? 0)) as number[];
  const leap = year! % 4 === 0 && (year! % 100 !== 0 || year! % 400 === 0);
  const days = month === 2 && leap ? 29 : (DAYS[month! - 1] ?? 0);
  const wrong = year! < 1 || day! < 1 || day! > days || hour! > 23 || minute! > 59 || second! > 59;
  if (wrong) throw new NotOfType();
  const micros = Number((found[7] ?? "").padEnd(6, "0").slice(0, 6));
  const sign = found[8] === "-" ? -1 : 1;
  const offset = sign * (Number(found[9] ?? 0) * 3600 + Number(found[10] ?? 0) * 60 + Number(found[11] ?? 0));
  return isoText(utcSeconds(year!, month!, day!) + hour! * 3600 + minute! * 60 + second! - offset, micros);
}

function utcSeconds(year: number, month: number, day: number): number {
  const moment = new Date(0);
  moment.setUTCFullYear(year, month - 1, day);
  return moment.getTime() / 1000;
}

function isoText(seconds: number, micros: number): string {
  const moment = new Date(seconds * 1000);
  const year = moment.getUTCFullYear();
  if (!(year >= 1 && year <= 9999)) throw new NotOfType();
  const text = `${String(year).padStart(4, "0")}${moment.toISOString().replace(/^.*?(?=-\d\d-\d\dT)/, "").slice(0, 15)}`;
  return micros ? `${text}.${String(micros).padStart(6, "0")}` : text;
}

/** How a cell of a type is read; each throws `NotOfType` for a cell that is not of it. */
export const READERS: Record<ColumnType, (value: Cell) => Cell> = {
  Boolean: readBoolean,
  Int32: readInteger,
  Int64: readInteger,
  Double: readNumber,
  String: readText,
  DateTime: readDateTime,
};

/** A cell as the number that a model sees: NaN if missing, 0 or 1 for Boolean, POSIX seconds for DateTime. */
export function cellNumber(value: Cell): number {
  if (value === null) return NaN;
  if (typeof value !== "string") return Number(value);
  const [date, fraction = ""] = value.split(".");
  const [year, month, day, hour, minute, second] = date!.split(/[-T:]/).map(Number) as number[];
  const whole = utcSeconds(year!, month!, day!) + hour! * 3600 + minute! * 60 + second!;
  return (whole * 1e6 + Number(fraction.padEnd(6, "0"))) / 1e6;
}

/** The cell of a number that a model sees: missing for NaN, else a value of the type. */
export function numberCell(value: number, type: ColumnType): Cell {
  if (Number.isNaN(value)) return null;
  if (type === "Boolean") return value !== 0;
  if (type === "Int32" || type === "Int64") return Math.trunc(value);
  if (type !== "DateTime") return value;
  const micros = Math.round(value * 1e6);
  return isoText(Math.floor(micros / 1e6), micros - Math.floor(micros / 1e6) * 1e6);
}

/** A cell as text: `True` or `False`; for numbers, the shortest text that reads back as the same, as Python writes it. */
export function writeCell(value: string | number | boolean): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "True" : "False";
  if (value === Infinity || value === -Infinity) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0";
  const size = Math.abs(value);
  // Python turns to powers of ten below 1e-4 and from 1e16, JavaScript below 1e-6 and from 1e21.
  if (value === 0 || (size >= 1e-4 && size < 1e16)) return String(value);
  const [digits, power] = value.toExponential().split("e") as [string, string];
  return `${digits}e${power[0]}${power.slice(1).padStart(2, "0")}`;
}
