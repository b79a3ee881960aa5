import type { Engine } from "../../../scoring";
import workerUrl from "./runtime.worker?worker&url";

/** What the worker is asked: to open a graph, or to compute rows with the one it has. */
export interface Asked {
  id: number;
  graph?: Uint8Array;
  matrix?: Float64Array;
  rows?: number;
}

export type Told = { id: number; numbers: Float64Array | null } | { id: number; error: string };

interface Waiting {
  done: (numbers: Float64Array | null) => void;
  fail: (error: Error) => void;
}

/** ONNX Runtime in a worker; `stop` ends it and frees its memory. */
export function startRuntime(): { engine: Engine; stop: () => void } {
  const worker = new Worker(scriptUrl() as string, { type: "module" });
  const waiting = new Map<number, Waiting>();
  let next = 0;
  worker.addEventListener("message", ({ data }: MessageEvent<Told>) => {
    const asker = waiting.get(data.id);
    waiting.delete(data.id);
    if ("error" in data) asker?.fail(new Error(`ONNX Runtime: ${data.error}`));
    else asker?.done(data.numbers);
  });
  worker.addEventListener("error", () => {
    for (const { fail } of waiting.values()) fail(new Error("ONNX Runtime could not be loaded in this browser."));
    waiting.clear();
  });
  const ask = (asked: Omit<Asked, "id">) =>
    new Promise<Float64Array | null>((done, fail) => {
      const id = next++;
      waiting.set(id, { done, fail });
      worker.postMessage({ id, ...asked } satisfies Asked);
    });
  const engine: Engine = async (graph) => {
    await ask({ graph });
    return async (matrix, rows) => (await ask({ matrix, rows })) ?? new Float64Array();
  };
  return { engine, stop: () => worker.terminate() };
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL: () => string }): { createScriptURL(input: string): unknown };
}

let policy: ReturnType<TrustedTypes["createPolicy"]> | undefined;

/** The worker's address, as the Studio's policy wants it: the one name it knows, which gives this address only. */
function scriptUrl(): unknown {
  const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
  if (!types) return workerUrl;
  policy ??= types.createPolicy("perennial-worker", { createScriptURL: () => workerUrl });
  return policy.createScriptURL("");
}
