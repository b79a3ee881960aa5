import { CellError, type DistantModel, type Model } from "../../../scoring";
import { type Answer, browserAnswer } from "./answers";
import { whenThere } from "./useSettled";

export type ScoredRow = Record<string, string | null>;

export interface BrowserScore {
  /** The row that was scored: from ONNX Runtime, answers come a moment after the typing. */
  row: ScoredRow | null;
  answer: Answer | null;
  said: string | null;
  /** The columns whose cells were refused, with what is wrong. */
  wrong: ReadonlyMap<string, string>;
}

export const NOT_SCORED: BrowserScore = { row: null, answer: null, said: null, wrong: new Map() };

/** What the scorer in this browser says of a row, at once or a moment later. */
export function scoreHere(model: Model | DistantModel | null, row: ScoredRow): BrowserScore | Promise<BrowserScore> {
  if (model === null) return NOT_SCORED;
  try {
    const found = whenThere(browserAnswer(model, row), (answer): BrowserScore => ({ ...NOT_SCORED, row, answer }));
    return found instanceof Promise ? found.catch(refusal) : found;
  } catch (error) {
    return refusal(error);
  }
}

function refusal(error: unknown): BrowserScore {
  const said = error instanceof Error ? error.message : String(error);
  const wrong = error instanceof CellError ? new Map([[error.column, said.replace(/^.*?': /, "")]]) : new Map<string, string>();
  return { ...NOT_SCORED, said, wrong };
}
