import { useEffect, useState } from "react";

/** A value that is there at once, or that a promise comes to; until then what the promise before came to. */
export function useSettled<T>(value: T | Promise<T>): T | null {
  const [last, setLast] = useState<T | null>(null);
  useEffect(() => {
    if (!(value instanceof Promise)) return;
    let isCurrent = true;
    void value.then((found) => isCurrent && setLast(found));
    return () => {
      isCurrent = false;
    };
  }, [value]);
  return value instanceof Promise ? last : value;
}

/** What is made of a value: at once, or when its promise comes to it. */
export function whenThere<T, R>(value: T | Promise<T>, make: (found: T) => R): R | Promise<R> {
  return value instanceof Promise ? value.then(make) : make(value);
}
