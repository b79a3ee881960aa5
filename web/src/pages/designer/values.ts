/** Values of properties: which apply, what is accepted. The same rules as studio/graph/properties.py, by shared cases. */

import type { Item } from "./document";
import type { Module, Property } from "./palette";

/** A value that is not accepted, with the original's module error number. */
export interface ValueProblem {
  property: string;
  number: string;
  message: string;
}

type Read = { value: unknown } | { number: string; message: string };

const MAX_VALUES = 100;

/** A value of a module's property as it is used: defaults filled in, those whose condition is not met left out. */
export function readValues(
  module: Module,
  given: Item["properties"] = {},
  setLater: ReadonlySet<string> = new Set(),
): [Map<string, unknown>, ValueProblem[]] {
  const values = new Map<string, unknown>();
  const problems: ValueProblem[] = [];
  const known = new Set(module.properties.map(({ name }) => name));
  for (const name of Object.keys(given)) {
    if (!known.has(name)) problems.push({ property: name, number: "0105", message: `there is no property '${name}'.` });
  }
  for (const property of module.properties) {
    if (!applies(property, values)) continue;
    const { name } = property;
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value !== undefined && value !== null) {
      const read = readValue(property, value);
      if ("value" in read) values.set(name, read.value);
      else problems.push({ property: name, ...read });
    } else if (property.default === null && !property.optional && !setLater.has(name)) {
      problems.push({ property: name, number: "0003", message: `the property '${name}' is required. Set it to ${wanted(property)}.` });
    } else values.set(name, property.default);
  }
  return [values, problems];
}

/** Whether the condition of a property is met; a condition on one that does not apply is not. */
function applies({ when }: Property, values: ReadonlyMap<string, unknown>): boolean {
  return when === null || when.values.includes(values.get(when.property) ?? null);
}

/** The properties that apply, in the order of the palette. */
export function shownProperties(module: Module, given: Item["properties"]): Property[] {
  const [values] = readValues(module, given);
  return module.properties.filter((property) => applies(property, values));
}

function wanted({ kind, choices }: Property): string {
  if (kind === "choice") return `one of ${choices.join(", ")}`;
  const words = {
    text: "a text",
    boolean: "True or False",
    columns: "a column name, a list of names or a selection",
    range: "numbers to try, such as '1; 10; 50'",
    integer: "a whole number",
    number: "a number",
    estimator: "a scikit-learn estimator, described as JSON",
  };
  return words[kind];
}

/** A value converted to its property's type, or what is wrong with it. */
export function readValue(property: Property, value: unknown): Read {
  const { kind, choices } = property;
  switch (kind) {
    case "text":
      return isSealed(value) || typeof value === "string" || typeof value === "number" || typeof value === "boolean"
        ? { value }
        : unreadable(property, value);
    case "boolean": {
      const text = String(value).trim().toLowerCase();
      return text === "true" || text === "false" ? { value: text === "true" } : unreadable(property, value);
    }
    case "choice": {
      const text = shown(value).trim().toLowerCase();
      const found = choices.find((choice) => choice.toLowerCase() === text);
      return found === undefined ? unreadable(property, value) : { value: found };
    }
    case "columns": {
      const size = typeof value === "object" && value !== null ? Object.keys(value).length : String(value).length;
      const fits = typeof value === "string" || (typeof value === "object" && value !== null);
      return fits && size > 0 ? { value } : unreadable(property, value);
    }
    case "estimator":
      // Only the app knows the classes: it says more when it validates.
      return { value };
    case "range":
      return readRange(property, value);
    default:
      return readNumber(property, value);
  }
}

function readRange(property: Property, value: unknown): Read {
  const parts = typeof value === "string" ? value.replaceAll(",", ";").split(";") : typeof value === "number" ? [value] : value;
  if (!Array.isArray(parts) || parts.length === 0) return unreadable(property, value);
  if (parts.length > MAX_VALUES) {
    return { number: "0007", message: `${property.name} must be at most ${MAX_VALUES} numbers to try, got ${parts.length}.` };
  }
  const numbers: unknown[] = [];
  for (const part of parts) {
    const read = readNumber(property, part);
    if (!("value" in read)) return read;
    numbers.push(read.value);
  }
  return { value: numbers };
}

/** As Python's `float` reads texts, without its words for infinity, which are refused anyway. */
const NUMBER = /^[+-]?(\d+(_\d+)*\.?(\d+(_\d+)*)?|\.\d+(_\d+)*)(e[+-]?\d+(_\d+)*)?$/i;

function readNumber(property: Property, value: unknown): Read {
  const { name, kind, minimum: low, maximum: high, above } = property;
  const text = typeof value === "string" ? value.trim() : undefined;
  const number = typeof value === "number" ? value : text !== undefined && NUMBER.test(text) ? Number(text.replaceAll("_", "")) : NaN;
  if (!Number.isFinite(number) || (kind === "integer" && !Number.isInteger(number))) return unreadable(property, value);
  const got = `got ${String(value)}.`;
  if (low !== null && high !== null && (number < low || number > high)) {
    return { number: "0008", message: `${name} must be between ${general(low)} and ${general(high)}, ${got}` };
  }
  if (low !== null && number < low) return { number: "0005", message: `${name} must be ${general(low)} or more, ${got}` };
  if (high !== null && number > high) return { number: "0007", message: `${name} must be ${general(high)} or less, ${got}` };
  if (above !== null && number <= above) return { number: "0004", message: `${name} must be greater than ${general(above)}, ${got}` };
  return { value: number };
}

/** A bound as Python's `:g` writes it. */
export function general(value: number): string {
  if (value === 0) return "0";
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  if (exponent >= -4 && exponent < 6) return String(Number(value.toPrecision(6)));
  const [digits = "", power = ""] = value.toExponential(5).split("e");
  const size = power.slice(1).padStart(2, "0");
  return `${Number(digits)}e${power.startsWith("-") ? "-" : "+"}${size}`;
}

function isSealed(value: unknown): boolean {
  return typeof value === "object" && value !== null && "sealed" in value && "shown" in value;
}

function shown(value: unknown): string {
  if (typeof value === "string") return value;
  return value === true ? "True" : value === false ? "False" : JSON.stringify(value).replaceAll('"', "'").replaceAll(",", ", ").replaceAll(":", ": ");
}

function unreadable(property: Property, value: unknown): Read {
  const text = typeof value === "string" ? `'${value}'` : shown(value);
  const expected = property.kind === "range" && Array.isArray(value) === false && typeof value !== "boolean" ? "a number" : wanted(property);
  return { number: "0002", message: `${property.name} must be ${expected}, got ${text}.` };
}

/** What a field accepts, in a few words below it. */
export function accepted({ kind, minimum, maximum, above }: Property): string {
  const what = kind === "integer" ? "A whole number" : kind === "range" ? "Numbers to try, such as 1; 10; 50," : "A number";
  if (minimum !== null && maximum !== null) return `${what} from ${general(minimum)} to ${general(maximum)}`;
  if (minimum !== null) return `${what} of ${general(minimum)} or more`;
  if (maximum !== null) return `${what} of ${general(maximum)} or less`;
  if (above !== null) return `${what} greater than ${general(above)}`;
  return kind === "range" ? "Numbers to try, such as 1; 10; 50" : what;
}
