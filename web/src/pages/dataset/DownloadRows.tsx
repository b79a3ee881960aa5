import { useState } from "react";
import { call } from "../../api/client";
import { fileName } from "../../charts/csv";
import { saveFile } from "../../charts/svgFile";
import { Menu } from "../../parts/Menu";
import { useToast } from "../../parts/Toast";
import { explain } from "../../api/errors";
import type { TableSource } from "./table";

const FORMATS = { csv: "CSV", parquet: "Parquet", arrow: "Arrow" } as const;

interface DownloadRowsProps {
  title: string;
  source: TableSource;
  /** The order and the conditions of what is shown. */
  query: Record<string, string>;
}

/** The rows that are shown, all of them, as a file. */
export function DownloadRows({ title, source, query }: DownloadRowsProps) {
  const [busy, setBusy] = useState(false);
  const toast = useToast();
  const save = async (format: keyof typeof FORMATS) => {
    setBusy(true);
    try {
      const { body } = await call<Blob | string>("GET", source.table, { path: source.path, query: { ...query, format } });
      saveFile(fileName(title, format), body instanceof Blob ? body : new Blob([body], { type: "text/csv;charset=utf-8" }));
    } catch (error) {
      toast(explain(error).sentence);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Menu
      label={busy ? "The file is being made" : "Download these rows"}
      size="s"
      icon={busy ? "running" : "get"}
      entries={Object.entries(FORMATS).map(([format, name]) => ({ name, icon: "get" as const, act: () => void save(format as keyof typeof FORMATS) }))}
    />
  );
}
