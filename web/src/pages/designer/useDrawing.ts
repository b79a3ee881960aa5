/** What can be done to the drawing, by mouse, key or button: each is one step that can be undone. */

import { useReactFlow } from "@xyflow/react";
import { useCallback, useEffect, useRef } from "react";
import { useToast } from "../../parts/Toast";
import { copyText, paste, readClip } from "./clipboard";
import { refusal } from "./connecting";
import type { ExperimentDocument, Point, PortRef } from "./document";
import * as edits from "./edits";
import { moduleId, NODE_MIDDLE, titleOf } from "./graph";
import { layOut } from "./layout";
import type { Palette } from "./palette";
import { removePicked } from "./picks";
import { below, freeSpot, joinedTo, withPlaces } from "./placing";
import type { Editor } from "./useEditor";

export type Drawing = ReturnType<typeof useDrawing>;

/** How the whole is fitted into the canvas: above the tools at its foot. */
export const FITTED = { padding: { top: "32px", left: "32px", right: "32px", bottom: "72px" }, maxZoom: 1 } as const;
const FITTING = { ...FITTED, duration: 180 };
const PASTED_BELOW = 92;

interface Drawn {
  palette: Palette;
  editor: Editor;
  /** Where modules are kept, and where they are shown: failed ones need room. */
  places: ReadonlyMap<string, Point>;
  shown: ReadonlyMap<string, Point>;
}

export function useDrawing({ palette, editor, places, shown }: Drawn) {
  const { document, edit, picked, pick } = editor;
  const toast = useToast();
  const flow = useReactFlow();
  const titles = [...picked].flatMap((id) => titleOf(id) ?? []);
  const only = titles.length === 1 && picked.size === 1 ? titles[0] : undefined;
  const latest = useRef(shown);
  useEffect(() => {
    latest.current = shown;
  });

  const show = useCallback(
    (title: string) => {
      pick([moduleId(title)]);
      const at = latest.current.get(title);
      if (at) void flow.setCenter(at[0] + NODE_MIDDLE[0], at[1] + 60, { zoom: Math.max(0.8, flow.getZoom()), duration: 180 });
    },
    [pick, flow],
  );
  const fit = useCallback(() => void flow.fitView(FITTING), [flow]);
  const connect = useCallback(
    (from: PortRef, to: PortRef) => {
      const why = refusal(palette, document, from, to);
      if (why) toast(why);
      else edit((now) => edits.connect(now, from, to), `Connect ${from[0]} and ${to[0]}`);
    },
    [palette, document, edit, toast],
  );
  const refuse = useCallback((from: PortRef, to: PortRef) => toast(refusal(palette, document, from, to) ?? "These ports do not fit."), [palette, document, toast]);
  const insert = useCallback(
    (text: string) => {
      const clip = readClip(text);
      if (!clip) return false;
      const first = [...places.values()][0] ?? [0, 0];
      const at: Point = [first[0] + 40, Math.max(0, ...[...places.values()].map(([, y]) => y)) + PASTED_BELOW];
      const [next, pasted] = paste(withPlaces(document, places), clip, at);
      edit(() => next, `Paste ${pasted.length} modules`);
      pick(pasted.map(moduleId));
      return true;
    },
    [document, places, edit, pick],
  );
  const middle = (): Point => {
    const box = window.document.querySelector(".cv")?.getBoundingClientRect();
    const at = flow.screenToFlowPosition({ x: (box?.left ?? 0) + (box?.width ?? 800) / 2, y: (box?.top ?? 0) + (box?.height ?? 600) / 2 });
    return [Math.round(at.x - NODE_MIDDLE[0]), Math.round(at.y - NODE_MIDDLE[1])];
  };
  const add = (module: string, at?: Point) => {
    const spot = at ?? (only ? below(places, only) : freeSpot(places, middle()));
    const [next, title] = edits.addModule(withPlaces(document, places), { module }, spot);
    const joined = at || !only ? next : joinedTo(palette, next, only, title);
    edit(() => joined, `Add ${title}`);
    pick([moduleId(title)]);
  };
  const remove = () => {
    if (picked.size === 0) return;
    const what = picked.size > 1 ? `${picked.size} things` : undefined;
    edit((now) => removePicked(now, picked), what ? `Delete ${what}` : "Delete");
    pick([]);
    toast(what ? `${what} deleted` : `${titles[0] ?? "It"} is deleted`, editor.undo);
  };
  const tidy = () => {
    edit((now) => edits.move(now, layOut(palette, now)), "Tidy up");
    setTimeout(fit, 30);
  };
  const comment = () => {
    const [x, y] = middle();
    edit((now) => ({ ...now, comments: [...now.comments, { text: "", at: [x, y] as Point }] }), "Add a comment");
  };
  const nudge = (x: number, y: number) => {
    const moved = new Map(titles.map((title) => [title, [(places.get(title)?.[0] ?? 0) + x, (places.get(title)?.[1] ?? 0) + y] as const]));
    edit((now) => edits.move(withPlaces(now, places), moved), "Move", `move ${titles.join()}`);
  };
  const copy = () => insert(copyText(document, new Set(titles)));
  const pickAll = () => pick(Object.keys(document.modules).map(moduleId));
  return { titles, only, show, fit, connect, refuse, insert, add, remove, tidy, comment, nudge, copy, pickAll };
}

/** The document with a comment's text changed; one without a text goes. */
export function withComment(document: ExperimentDocument, place: number, text: string): ExperimentDocument {
  const comment = document.comments[place];
  return comment ? edits.setComment(document, place, text.trim() === "" ? undefined : { ...comment, text }) : document;
}
