import { useMemo } from "react";
import { useLive } from "../../api/poll";
import { Select } from "../../parts/Field";
import { writeAgainst } from "./against";

interface ComparePickerProps {
  experiment?: string;
  run?: string;
  module?: string;
  value: string;
  onValue: (value: string) => void;
}

interface RunEntry {
  RunId: string;
  Status?: { StatusCode: string; CreationTime: string };
  StatusCode?: string;
  CreationTime?: string;
}

/** What to compare with: earlier runs of the experiment, or a model of the workspace. */
export function ComparePicker({ experiment = "", run, module = "", value, onValue }: ComparePickerProps) {
  const runs = useLive<RunEntry[]>("/workspaces/{workspace}/experiments/{experiment}/runs", {
    path: { experiment },
    query: { limit: 20 },
    once: true,
    enabled: experiment !== "",
  });
  const models = useLive<{ Name: string; Version: number }[]>("/workspaces/{workspace}/models", { query: { limit: 100 }, once: true });
  const options = useMemo(() => {
    const earlier = (runs.data ?? [])
      .filter((each) => each.RunId !== run && (each.Status?.StatusCode ?? each.StatusCode) === "Finished")
      .map((each): [string, string] => [
        writeAgainst({ kind: "run", experiment, run: each.RunId, module, place: 0 }),
        `Run of ${when(each.Status?.CreationTime ?? each.CreationTime)}`,
      ]);
    const versions = (models.data ?? []).map((each): [string, string] => [
      writeAgainst({ kind: "model", name: each.Name, version: String(each.Version) }),
      `${each.Name}, version ${each.Version}`,
    ]);
    const known = [...earlier, ...versions];
    if (value && !known.some(([each]) => each === value)) known.unshift([value, "The one in the address"]);
    return [["", "Compare with…"] as [string, string], ...known];
  }, [runs.data, models.data, experiment, run, module, value]);
  return (
    <Select label="Compare with" labelHidden size="s" options={options} value={value} onChange={(event) => onValue(event.target.value)} />
  );
}

function when(time: string | undefined): string {
  if (!time) return "an unknown time";
  return new Date(time).toLocaleString("en-GB", { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" });
}
