import { useState } from "react";

/** Do one thing at a time; what went wrong is kept until the next. */
export function useAct() {
  const [busy, setBusy] = useState<string>();
  const [error, setError] = useState<unknown>();
  const act = async (name: string, work: () => Promise<void>) => {
    setBusy(name);
    setError(undefined);
    try {
      await work();
    } catch (found) {
      setError(found);
    } finally {
      setBusy(undefined);
    }
  };
  return { busy, error, act };
}
