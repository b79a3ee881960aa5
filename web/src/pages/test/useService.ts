import { useEffect, useState } from "react";
import { call } from "../../api/client";
import { type Answer, type ExecuteResponse, serviceAnswer } from "./answers";

const PAUSE_MS = 400;

export interface ServiceState {
  answer: Answer | null;
  error: unknown;
  busy: boolean;
}

/**
 * Ask the service when the body stays as it is for a moment, or at once when `now` changes. An answer to what was typed
 * before is not shown. Without an address, nothing is asked.
 */
export function useService(
  address: string | undefined,
  key: string,
  body: string,
  inputs: ReadonlySet<string>,
  now: number,
): ServiceState {
  const [state, setState] = useState<ServiceState & { of: string }>({ answer: null, error: null, busy: false, of: "" });
  const [asked, setAsked] = useState(now);
  useEffect(() => {
    if (address === undefined) return;
    const controller = new AbortController();
    const timer = setTimeout(
      () => {
        setAsked(now);
        setState((before) => ({ ...before, busy: true }));
        void ask(address, key, body, inputs, controller.signal).then((found) => {
          if (!controller.signal.aborted) setState({ ...found, busy: false, of: body });
        });
      },
      now === asked ? PAUSE_MS : 0,
    );
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
    // `asked` only shortens the wait; a change of it is no reason to ask again.
  }, [address, key, body, inputs, now]);
  return state.of === body ? state : { answer: null, error: null, busy: address !== undefined };
}

async function ask(address: string, key: string, body: string, inputs: ReadonlySet<string>, signal: AbortSignal) {
  const start = performance.now();
  try {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const response = await call<ExecuteResponse>("POST", address, { body, headers, signal, query: { "api-version": "2.0" } });
    return { answer: serviceAnswer(response.body, inputs, performance.now() - start), error: null };
  } catch (error) {
    return { answer: null, error };
  }
}
