import { expect, test } from "vitest";
import { lasting, until, when } from "./times";

const now = new Date(2026, 10, 27, 13, 10);

test("days near now have names, others a date, other years a year", () => {
  expect(when(new Date(2026, 10, 27, 12, 52), now)).toBe("today 12:52");
  expect(when(new Date(2026, 10, 26, 0, 1), now)).toBe("yesterday 00:01");
  expect(when(new Date(2026, 10, 2, 6, 14), now)).toBe("2 Nov 06:14");
  expect(when(new Date(2025, 10, 2, 6, 14), now)).toBe("2 Nov 2025");
});

test("times that are missing or no times are not shown as a date", () => {
  expect(when(null, now)).toBe("–");
  expect(when("soon", now)).toBe("soon");
});

test("lengths of time keep their width", () => {
  expect([0.42, 14.2, 72, 11_100].map(lasting)).toEqual(["0.4 s", "14 s", "1 min 12 s", "3 h 05 min"]);
  expect(lasting(null)).toBe("–");
  expect(lasting(59.7)).toBe("1 min 00 s");
});

test("what is due says in how long", () => {
  expect(until(new Date(2026, 10, 27, 18, 0), now)).toBe("in 5 h");
  expect(until(new Date(2026, 10, 27, 13, 22), now)).toBe("in 12 min");
  expect(until(new Date(2026, 10, 27, 13, 0), now)).toBe("now");
});
