/// <reference lib="webworker" />
import * as ort from "onnxruntime-web/wasm";
import { type Compute, onnxRuntime } from "../../../scoring";
import type { Asked, Told } from "./runtime";

// Its own file, served with a policy of its own: WebAssembly may run here, and nowhere else in the Studio.
ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";
const engine = onnxRuntime(ort);
let compute: Compute | null = null;

self.addEventListener("message", async ({ data }: MessageEvent<Asked>) => {
  try {
    if (data.graph) compute = await engine(data.graph);
    tell({ id: data.id, numbers: data.matrix && compute ? await compute(data.matrix, data.rows ?? 0) : null });
  } catch (error) {
    tell({ id: data.id, error: error instanceof Error ? error.message : String(error) });
  }
});

function tell(told: Told): void {
  self.postMessage(told);
}
