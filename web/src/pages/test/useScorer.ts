import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { type DistantModel, GraphNotScoredHere, load, loadWith, type Model } from "../../../scoring";
import { call } from "../../api/client";
import { startRuntime } from "./runtime";

/** The scorer in this browser: the model once it is loaded, or why only the service scores. */
export interface Scorer {
  model: Model | DistantModel | null;
  /** What computes the graph: this project's interpreter, or ONNX Runtime in a worker. */
  by: "interpreter" | "runtime";
  whyNot: string | null;
  /** The interpreter does not know the graph; this loads ONNX Runtime, which may. */
  loadRuntime: (() => void) | null;
  isLoading: boolean;
}

interface Loaded {
  model: Model | null;
  /** The file, where only its graph is not known here. */
  file: ArrayBuffer | null;
  whyNot: string | null;
}

/** Load an endpoint's model into this browser; `version` is what changes when the endpoint gets another one. */
export function useScorer(service: string, endpoint: string, version: string, isThere: boolean): Scorer {
  const { data, error } = useQuery({
    queryKey: ["scorer", service, endpoint, version],
    queryFn: () => loadScorer(service, endpoint),
    enabled: isThere,
    staleTime: Infinity,
    retry: false,
  });
  const [isWanted, setWanted] = useState(false);
  const runtime = useRuntime(isWanted ? (data?.file ?? null) : null);
  if (data?.file) {
    const loadRuntime = isWanted ? null : () => setWanted(true);
    return { ...runtime, by: "runtime", whyNot: runtime.whyNot ?? (runtime.model ? null : data.whyNot), loadRuntime };
  }
  return { model: data?.model ?? null, by: "interpreter", whyNot: error?.message ?? null, loadRuntime: null, isLoading: false };
}

async function loadScorer(service: string, endpoint: string): Promise<Loaded> {
  const path = { service, endpoint };
  const answer = await call<Blob>("GET", "/workspaces/{workspace}/webservices/{service}/endpoints/{endpoint}/model", { path });
  const file = await answer.body.arrayBuffer();
  try {
    return { model: await load(file), file: null, whyNot: null };
  } catch (error) {
    if (error instanceof GraphNotScoredHere) return { model: null, file, whyNot: error.message };
    throw error;
  }
}

interface RuntimeState {
  model: DistantModel | null;
  whyNot: string | null;
  isLoading: boolean;
}

const NONE: RuntimeState = { model: null, whyNot: null, isLoading: false };

/** A model file in ONNX Runtime, which ends with the page or with another file. */
function useRuntime(file: ArrayBuffer | null): RuntimeState {
  const [state, setState] = useState(NONE);
  useEffect(() => {
    if (file === null) return setState(NONE);
    let isCurrent = true;
    const tell = (now: RuntimeState) => isCurrent && setState(now);
    tell({ ...NONE, isLoading: true });
    const { engine, stop } = startRuntime();
    loadWith(file, engine).then(
      (model) => tell({ ...NONE, model }),
      (error: unknown) => tell({ ...NONE, whyNot: error instanceof Error ? error.message : String(error) }),
    );
    return () => {
      isCurrent = false;
      stop();
    };
  }, [file]);
  return state;
}
