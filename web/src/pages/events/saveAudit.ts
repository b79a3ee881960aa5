import { call, getPage } from "../../api/client";
import { saveFile } from "../../charts/svgFile";
import { joinCsv } from "../../parts/joinCsv";
import type { Values } from "../../api/address";

export const AUDIT = "/workspaces/{workspace}/audit";

/** Save all acts that a search finds as a file, page by page. */
export async function saveAudit(query: Values, format: "csv" | "jsonl", progress: (pages: number) => void): Promise<void> {
  const pages: (string | Blob)[] = [];
  let answer = await call<string | Blob>("GET", AUDIT, { query: { ...query, format, limit: 1000 } });
  for (;;) {
    pages.push(answer.body);
    progress(pages.length);
    if (answer.next === undefined) break;
    answer = await getPage<string | Blob>(answer.next);
  }
  const texts = await Promise.all(pages.map((page) => (typeof page === "string" ? page : page.text())));
  saveFile(`audit.${format}`, new Blob(format === "csv" ? joinCsv(texts) : texts, { type: format === "csv" ? "text/csv" : "application/x-ndjson" }));
}
