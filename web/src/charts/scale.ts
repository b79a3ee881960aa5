/** From numbers of the data to pixels, and the ticks that axes show. */

export type Domain = readonly [low: number, high: number];

export interface Scale {
  (value: number): number;
  /** The number at a pixel. */
  invert(pixel: number): number;
  domain: Domain;
}

/** A linear scale; a domain of one number lies in the middle. */
export function linear(domain: Domain, from: number, to: number): Scale {
  const [low, high] = domain;
  const width = high - low;
  const scale = (value: number) => (width === 0 ? (from + to) / 2 : from + ((value - low) / width) * (to - from));
  const invert = (pixel: number) => (to === from ? low : low + ((pixel - from) / (to - from)) * width);
  return Object.assign(scale, { invert, domain });
}

/** About `most` round numbers within the domain. */
export function ticks([low, high]: Domain, most = 5): number[] {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [];
  if (low === high) return [low];
  const found = ticksBy([low, high], roundStep((high - low) / Math.max(1, most - 1)));
  // A domain that begins and ends between round numbers would show one or two of them only.
  return found.length < 3 && most > 2 ? ticksBy([low, high], roundStep((high - low) / (most + 1))) : found;
}

function ticksBy([low, high]: Domain, step: number): number[] {
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const found: number[] = [];
  for (let place = first; place <= last; place++) found.push(clean(place * step));
  return found;
}

/** The domain, made wider to round numbers, so that the first and the last tick are at its ends. */
export function nice([low, high]: Domain, most = 5): Domain {
  if (low === high) return low === 0 ? [0, 1] : [Math.min(0, low), Math.max(0, high)];
  const step = roundStep((high - low) / Math.max(1, most - 1));
  return [clean(Math.floor(low / step + 1e-9) * step), clean(Math.ceil(high / step - 1e-9) * step)];
}

/** The smallest and the largest of the finite numbers; from 0 to 1 if there are none. */
export function extent(values: Iterable<number>): Domain {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low > high ? [0, 1] : [low, high];
}

function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 2.5, 5, 10].find((each) => each * power >= rough * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** 0.1 + 0.2 is 0.3 on an axis. */
function clean(value: number): number {
  return Number.parseFloat(value.toPrecision(12)) + 0;
}
