import { useQuery } from "@tanstack/react-query";
import { load, type Model } from "../../../scoring";
import { call } from "../../api/client";

/** The scorer in this browser: the model once it is loaded, or why only the service scores. */
export interface Scorer {
  model: Model | null;
  whyNot: string | null;
}

const WAITING: Scorer = { model: null, whyNot: null };

/** Load an endpoint's model into this browser; `version` is what changes when the endpoint gets another one. */
export function useScorer(service: string, endpoint: string, version: string, isThere: boolean): Scorer {
  const { data, error } = useQuery({
    queryKey: ["scorer", service, endpoint, version],
    queryFn: async () => {
      const path = { service, endpoint };
      const file = await call<Blob>("GET", "/workspaces/{workspace}/webservices/{service}/endpoints/{endpoint}/model", { path });
      return load(await file.body.arrayBuffer());
    },
    enabled: isThere,
    staleTime: Infinity,
    retry: false,
  });
  if (error) return { model: null, whyNot: error.message };
  return data ? { model: data, whyNot: null } : WAITING;
}
