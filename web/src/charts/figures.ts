/** Numbers as the Studio writes them: 1,234 and 5.6 %, with a real minus; missing ones as –. */

const NARROW_SPACE = "\u202f";
const formats = new Map<string, Intl.NumberFormat>();

function format(value: number, options: Intl.NumberFormatOptions): string {
  const key = JSON.stringify(options);
  let found = formats.get(key);
  if (found === undefined) {
    found = new Intl.NumberFormat("en-GB", options);
    formats.set(key, found);
  }
  const text = found.format(value);
  // −0.000 is nothing but 0.000.
  return text.startsWith("-") ? (/[1-9]/.test(text) ? text.replace("-", "−") : text.slice(1)) : text;
}

type Maybe = number | null | undefined;

function missing(value: Maybe): value is null | undefined {
  return value === null || value === undefined || Number.isNaN(value);
}

/** Up to `digits` significant digits, whole numbers in full; very large and very small ones as 1.2e9. */
export function figure(value: Maybe, digits = 4): string {
  if (missing(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size >= 1e9 || (size > 0 && size < 1e-4)) return value.toExponential(2).replace("e+", "e").replaceAll("-", "−");
  if (Number.isInteger(value) || size >= 10 ** digits) return format(value, { maximumFractionDigits: 0 });
  return format(value, { maximumSignificantDigits: digits });
}

/** With so many digits after the point, so that figures above one another line up. */
export function fixed(value: Maybe, digits = 3): string {
  if (missing(value)) return "–";
  return format(value, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A share of 1 as 83.3 %. */
export function percent(share: Maybe, digits = 1): string {
  if (missing(share)) return "–";
  return `${format(share * 100, { maximumFractionDigits: digits })}${NARROW_SPACE}%`;
}

/** The size of a file: 312 bytes, 12.1 KB, 92 MB, 1.4 GB. */
export function fileSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const [power, unit] = bytes < 1024 ** 2 ? [1, "KB"] : bytes < 1024 ** 3 ? [2, "MB"] : [3, "GB"];
  return `${figure(bytes / 1024 ** Number(power), 3)} ${unit}`;
}

/** A difference with its sign: +0.020, −0.038, and 0 as it is. */
export function signed(value: Maybe, digits = 3): string {
  if (missing(value)) return "–";
  const text = fixed(Math.abs(value), digits);
  if (Number(text.replaceAll(",", "")) === 0) return text;
  return `${value > 0 ? "+" : "−"}${text}`;
}

/** Labels of ticks: all with as many digits as the step between them needs. */
export function tickTexts(values: readonly number[]): string[] {
  const [first, second] = values;
  if (first === undefined) return [];
  const step = second === undefined ? Math.abs(first) : Math.abs(second - first);
  const largest = Math.max(...values.map(Math.abs));
  if (largest >= 1e7 || (step > 0 && step < 1e-5)) return values.map((value) => (value === 0 ? "0" : figure(value, 3)));
  let digits = 0;
  while (digits < 6 && Math.abs(Number(step.toFixed(digits)) - step) > step * 1e-6) digits++;
  return values.map((value) => (Number.isInteger(value) ? format(value, {}) : fixed(value, digits)));
}
