import { call, getPage } from "../../../api/client";
import { saveFile } from "../../../charts/svgFile";
import type { EndpointPath } from "../EndpointTabs";
import { ENDPOINT } from "../shapes";
import { joinCsv } from "../../../parts/joinCsv";

const SIZE = 20_000;

/** Save the rows of a span as a CSV file, page by page. */
export async function saveLog(path: EndpointPath, query: Readonly<Record<string, string>>, progress: (pages: number) => void): Promise<void> {
  const pages: string[] = [];
  let answer = await call<string>("GET", `${ENDPOINT}/log`, { path, query: { ...query, limit: SIZE, truths: true, format: "csv" } });
  for (;;) {
    pages.push(answer.body);
    progress(pages.length);
    if (answer.next === undefined) break;
    answer = await getPage<string>(answer.next);
  }
  saveFile(`${path.endpoint}-log.csv`, new Blob(joinCsv(pages), { type: "text/csv" }));
}
