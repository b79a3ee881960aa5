import { useEffect, useState } from "react";
import type { Cell } from "../../../scoring";
import { type Fields, fieldsOf, type FormColumn } from "./form";

/** The fields, kept in this tab: what was typed is there again after a look at another page. */
export function useKeptFields(endpoint: string, columns: readonly FormColumn[], typical: Record<string, Cell>) {
  const key = `perennial.test.${endpoint}`;
  const [fields, setFields] = useState<Fields>(() => {
    const start = fieldsOf(columns, typical);
    try {
      const kept = JSON.parse(sessionStorage.getItem(key) ?? "{}") as Fields;
      return Object.fromEntries(Object.entries(start).map(([name, text]) => [name, String(kept[name] ?? text)]));
    } catch {
      return start;
    }
  });
  useEffect(() => sessionStorage.setItem(key, JSON.stringify(fields)), [key, fields]);
  return [fields, setFields] as const;
}
