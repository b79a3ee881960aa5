import {
  Background,
  BackgroundVariant,
  type Connection,
  type EdgeChange,
  type NodeChange,
  type OnConnectEnd,
  applyNodeChanges,
  ReactFlow,
  SelectionMode,
  useReactFlow,
} from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { type DragEvent, type KeyboardEvent, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { ExperimentDocument, Point, PortRef } from "./document";
import { setComment } from "./edits";
import { type CanvasNode, GraphBuilder, type Live, NODE_MIDDLE, titleOf, type Wire, withFollowers } from "./graph";
import { ModuleNode } from "./ModuleNode";
import type { Palette } from "./palette";
import { CommentNode, ServiceNode } from "./SmallNodes";
import type { Room } from "./room";
import { FITTED } from "./useDrawing";
import type { Editor } from "./useEditor";
import { WireEdge } from "./WireEdge";

export const DRAGGED = "application/x-perennial-module";
const NODE_TYPES = { module: ModuleNode, service: ServiceNode, comment: CommentNode };
const EDGE_TYPES = { wire: WireEdge };
/** From so many things on, those outside the picture are not drawn. */
const MANY = 80;
const SETTLED_MS = 4000;
const NO_ATTRIBUTION = { hideAttribution: true };

interface CanvasProps {
  name: string;
  palette: Palette;
  editor: Editor;
  live: Live;
  /** Phones look, pick and run; they do not build. */
  fixed: boolean;
  connect: (from: PortRef, to: PortRef) => void;
  refuse: (from: PortRef, to: PortRef) => void;
  /** Where modules are kept, and where they and all else are shown. */
  places: ReadonlyMap<string, Point>;
  shown: ReadonlyMap<string, Point>;
  room: Room;
  add: (module: string, at: Point) => void;
  onKeys: (event: KeyboardEvent) => void;
}

/** The canvas: what is drawn, moved and connected there goes through `editor`. */
export function Canvas({ name, palette, editor, live, places, shown, room, fixed, connect, refuse, add, onKeys }: CanvasProps) {
  const { document, edit, picked, pick } = editor;
  const builder = useRef(new GraphBuilder()).current;
  const built = useMemo(() => builder.nodes({ palette, document, shown, room, live, picked }), [builder, palette, document, shown, room, live, picked]);
  const edges = useMemo(() => builder.edges({ palette, document, shown, room, live, picked }), [builder, palette, document, shown, room, live, picked]);
  const [nodes, setNodes] = useState<CanvasNode[]>(built);
  const { screenToFlowPosition, fitView } = useReactFlow();
  const box = useRef<HTMLDivElement>(null);
  // With the size of the canvas the graph is fitted into it before it is drawn for the first time.
  const [size, setSize] = useState<{ width: number; height: number }>();

  useLayoutEffect(() => setSize(box.current?.getBoundingClientRect()), []);
  const moves = useRef(false);
  useEffect(() => {
    // The strip of the last run takes some room when it has come: until one looks around, all of the graph is in sight.
    let height = box.current?.clientHeight;
    const watcher = new ResizeObserver(() => {
      const isSame = box.current?.clientHeight === height;
      height = box.current?.clientHeight;
      if (!isSame && !moves.current) void fitView(FITTED);
    });
    if (box.current) watcher.observe(box.current);
    const timer = setTimeout(() => watcher.disconnect(), SETTLED_MS);
    return () => {
      clearTimeout(timer);
      watcher.disconnect();
    };
  }, [fitView]);
  useEffect(() => {
    setNodes((before) => {
      const measured = new Map(before.map((node) => [node.id, node]));
      return built.map((node) => {
        const old = measured.get(node.id);
        return !node.measured && old?.measured && old.width === node.width && old.height === node.height ? Object.assign({}, node, { measured: old.measured }) : node;
      });
    });
  }, [built]);

  const change = useCallback(
    (changes: NodeChange<CanvasNode>[]) => {
      const selects = changes.filter((entry) => entry.type === "select");
      if (selects.length > 0) moves.current = true;
      if (selects.length > 0) pick(changedPicks(picked, selects));
      const others = changes.filter((entry) => entry.type !== "select" && entry.type !== "remove");
      if (others.length > 0) setNodes((now) => withFollowers(applyNodeChanges(others, now)));
    },
    [picked, pick],
  );
  const changeEdges = useCallback(
    (changes: EdgeChange<Wire>[]) => pick(changedPicks(picked, changes.filter((entry) => entry.type === "select"))),
    [picked, pick],
  );
  const moved = useCallback(
    (_: unknown, __: unknown, all: CanvasNode[]) => edit((now) => movedTo(now, places, room, all), all.length > 1 ? `Move ${all.length} things` : "Move"),
    [edit, places, room],
  );
  const ended: OnConnectEnd = (_, state) => {
    const { fromHandle, toHandle, isValid } = state;
    if (isValid || !fromHandle || !toHandle || toHandle.type === fromHandle.type) return;
    const ends = [fromHandle, toHandle].map(({ nodeId, id }) => [titleOf(nodeId) ?? "", id ?? ""] as const) as [PortRef, PortRef];
    if (fromHandle.type === "source") refuse(...ends);
    else refuse(ends[1], ends[0]);
  };
  const drop = (event: DragEvent) => {
    const module = event.dataTransfer.getData(DRAGGED);
    if (!module) return;
    event.preventDefault();
    const { x, y } = screenToFlowPosition({ x: event.clientX, y: event.clientY });
    add(module, [Math.round(x - NODE_MIDDLE[0]), Math.round(room.up(y - NODE_MIDDLE[1]))]);
  };
  return (
    <div
      className="cv"
      ref={box}
      onKeyDown={onKeys}
      onFocus={(event) => {
        const id = (event.target as HTMLElement).dataset["id"];
        if (id && event.target.matches(".react-flow__node:focus-visible")) pick([id]);
      }}
    >
      {size && (
        <ReactFlow<CanvasNode, Wire>
          width={size.width}
          height={size.height}
          onlyRenderVisibleElements={nodes.length > MANY}
          aria-label={`Canvas of ${name}, ${Object.keys(document.modules).length} modules. Arrow keys move along connections.`}
          nodes={nodes}
          edges={edges}
          nodeTypes={NODE_TYPES}
          edgeTypes={EDGE_TYPES}
          onNodesChange={change}
          onEdgesChange={changeEdges}
          onNodeDragStop={moved}
          onSelectionDragStop={(event, all) => moved(event, undefined, all)}
          onConnect={(made: Connection) => {
            const [from, to] = [titleOf(made.source), titleOf(made.target)];
            if (from && to && made.sourceHandle && made.targetHandle) connect([from, made.sourceHandle], [to, made.targetHandle]);
          }}
          onMoveStart={(event) => (moves.current ||= event !== null)}
          onConnectEnd={ended}
          isValidConnection={(made) => isFitting(nodes, made)}
          onDragOver={(event) => {
            if (!event.dataTransfer.types.includes(DRAGGED)) return;
            event.preventDefault();
            event.dataTransfer.dropEffect = "copy";
          }}
          onDrop={drop}
          nodesDraggable={!fixed}
          nodesConnectable={!fixed}
          connectionRadius={24}
          selectionMode={SelectionMode.Partial}
          selectionOnDrag={!fixed}
          panOnDrag={fixed ? true : [1, 2]}
          panOnScroll={!fixed}
          panActivationKeyCode="Space"
          zoomActivationKeyCode="Control"
          multiSelectionKeyCode={["Shift", "Control", "Meta"]}
          selectionKeyCode={null}
          deleteKeyCode={null}
          disableKeyboardA11y
          edgesFocusable={false}
          elevateNodesOnSelect={false}
          snapToGrid
          snapGrid={[2, 2]}
          minZoom={0.15}
          maxZoom={2}
          fitView
          fitViewOptions={FITTED}
          proOptions={NO_ATTRIBUTION}
        >
          <Background variant={BackgroundVariant.Dots} gap={20} size={1} />
        </ReactFlow>
      )}
    </div>
  );
}

function changedPicks(picked: ReadonlySet<string>, changes: readonly { type: string }[]): Set<string> {
  const next = new Set(picked);
  for (const entry of changes as unknown as readonly { id: string; selected: boolean }[]) {
    if (entry.selected) next.add(entry.id);
    else next.delete(entry.id);
  }
  return next;
}

function movedTo(document: ExperimentDocument, places: ReadonlyMap<string, Point>, room: Room, nodes: readonly CanvasNode[]): ExperimentDocument {
  // The first move fixes where all others stand.
  const layout = new Map(places);
  let next = document;
  for (const node of nodes) {
    const at: Point = [Math.round(node.position.x), Math.round(room.up(node.position.y))];
    const title = titleOf(node.id);
    if (title !== undefined) layout.set(title, at);
    if (node.type === "comment") {
      const comment = next.comments[node.data.place];
      if (comment) next = setComment(next, node.data.place, { ...comment, at });
    }
  }
  return { ...next, layout: Object.fromEntries(layout) };
}

function isFitting(nodes: readonly CanvasNode[], made: { source: string; target: string; sourceHandle?: string | null; targetHandle?: string | null }): boolean {
  const port = (id: string, side: "inputs" | "outputs", name: string | null | undefined) => {
    const node = nodes.find((each) => each.id === id);
    return node?.type === "module" ? node.data.module?.[side].find((each) => each.name === name)?.type : undefined;
  };
  const type = port(made.source, "outputs", made.sourceHandle);
  return made.source !== made.target && type !== undefined && type === port(made.target, "inputs", made.targetHandle);
}
