import { Sheet } from "../parts/Sheet";
import { ALL_PLACES } from "./places";

const GROUPS: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  [
    "Anywhere",
    [
      ["Ctrl K", "Find or do"],
      ["?", "All keys"],
      ["/", "Search in the page"],
      ["Esc", "Close"],
      ...ALL_PLACES.flatMap(({ name, key }) => (key ? [[`G ${key.toUpperCase()}`, name] as const] : [])),
    ],
  ],
  ["Lists", [["J K", "Next, previous"], ["Enter", "Open"], ["X", "Pick"]]],
  [
    "Canvas",
    [
      ["Tab", "Next module in the order of the run"],
      ["← ↑ → ↓", "Along connections"],
      ["Enter", "Properties"],
      ["C", "Connect from here"],
      ["A", "Add a module"],
      ["Shift ↑ ↓ ← →", "Move"],
      ["F2", "Rename"],
      ["Ctrl C X V D", "Copy, cut, paste, duplicate"],
      ["Ctrl Z", "Undo"],
      ["Shift Ctrl Z", "Redo"],
      ["R", "Run"],
      [".", "To the error"],
      ["0", "Show all"],
      ["T", "Tidy up"],
      ["M", "Comment"],
    ],
  ],
  ["Evaluation", [["← →", "Threshold by 0.01"], ["Shift ← →", "Threshold by 0.1"], ["X", "Swap sides"]]],
  ["Dataset", [["← ↑ → ↓", "By cell"], ["Shift Enter", "Second column"]]],
];

/** All keys of the Studio. */
export function KeysSheet({ open, close }: { open: boolean; close: () => void }) {
  return (
    <Sheet open={open} close={close} title="Keyboard">
      {GROUPS.map(([group, keys]) => (
        <section key={group} className="col">
          <h3>{group}</h3>
          <div className="kbds">
            {keys.map(([key, act]) => (
              <span key={key + act}>
                <kbd>{key}</kbd>
                {act}
              </span>
            ))}
          </div>
        </section>
      ))}
    </Sheet>
  );
}
