import { Finder } from "./Finder";
import { KeysSheet } from "./KeysSheet";
import "./overlays.css";

export interface OverlaysProps {
  finding: boolean;
  keys: boolean;
  find: (open: boolean) => void;
  showKeys: (open: boolean) => void;
}

/** What lies over every page when it is called. No page needs it to be shown, so its code comes after the page. */
export default function Overlays({ finding, keys, find, showKeys }: OverlaysProps) {
  return (
    <>
      <Finder open={finding} close={() => find(false)} showKeys={() => showKeys(true)} />
      <KeysSheet open={keys} close={() => showKeys(false)} />
    </>
  );
}
