import type { ReactNode } from "react";

/** The drawings of the icons that the frame itself has, in a box of 16 by 16; strokes take the colour of the text. */
export const FRAME_DRAWINGS = {
  clock: (
    <><circle cx="8" cy="8" r="6.1" /><path d="M8 4.6V8l2.3 1.5" /></>
  ),
  cube: (
    <><path d="M8 1.7 13.6 4.9v6.2L8 14.3l-5.6-3.2V4.9z" /><path d="M2.6 5 8 8.1 13.4 5M8 8.1v6" /></>
  ),
  done: (
    <><circle cx="8" cy="8" r="6.1" /><path d="M5.3 8.2l1.9 1.9 3.5-4" /></>
  ),
  exit: (
    <><path d="M6.4 2.600H3.600a1 1 0 0 0-1 1v8.800a1 1 0 0 0 1 1h2.800M10.2 5l3 3-3 3M13 8H6.2" /></>
  ),
  eye: (
    <><path d="M1.6 8S4 3.6 8 3.6 14.4 8 14.4 8 12 12.4 8 12.4 1.6 8 1.6 8z" /><circle cx="8" cy="8" r="1.9" /></>
  ),
  failed: (
    <><path d="M5.4 1.9h5.2l3.5 3.5v5.2l-3.5 3.5H5.4l-3.5-3.5V5.4z" /><path d="M6 6l4 4M10 6l-4 4" /></>
  ),
  globe: (
    <><circle cx="8" cy="8" r="6.1" /><path d="M2 8h12M8 1.9C10 3.8 10.6 6 10.6 8S10 12.2 8 14.1C6 12.2 5.4 10 5.4 8S6 3.8 8 1.9z" /></>
  ),
  graph: (
    <><rect x="5.4" y="1.9" width="5.2" height="3.6" rx="1" /><rect x="1.7" y="10.5" width="5.2" height="3.6" rx="1" /><rect x="9.1" y="10.5" width="5.2" height="3.6" rx="1" /><path d="M8 5.5V8M4.3 10.5V8h7.4v2.5" /></>
  ),
  help: (
    <><circle cx="8" cy="8" r="6.1" /><path d="M6.2 6.3a1.9 1.9 0 1 1 2.8 1.7c-.7.4-1 .8-1 1.4M8 11.5h.01" /></>
  ),
  home: (
    <><path d="M2.5 7.3 8 2.6l5.5 4.7V13a.6.6 0 0 1-.6.6H9.7V9.9H6.3v3.7H3.1a.6.6 0 0 1-.6-.6z" /></>
  ),
  info: (
    <><circle cx="8" cy="8" r="6.1" /><path d="M8 7.4v3.4M8 5.1h.01" /></>
  ),
  list: (
    <><path d="M5.8 4h7.7M5.8 8h7.7M5.8 12h7.7M2.6 4h.01M2.6 8h.01M2.6 12h.01" /></>
  ),
  menu: (
    <><path d="M2.6 4.600h10.800M2.6 8h10.800M2.6 11.400h10.8" /></>
  ),
  more: (
    <><path d="M3.4 8h.01M8 8h.01M12.6 8h.01" strokeWidth="2.1" /></>
  ),
  pipe: (
    <><circle cx="3.6" cy="3.9" r="1.7" /><circle cx="3.6" cy="12.1" r="1.7" /><circle cx="12.4" cy="8" r="1.7" /><path d="M5.3 3.9h1.2a2.4 2.4 0 0 1 2.2 1.5l.5 1.1A2.4 2.4 0 0 0 10.7 8M5.3 12.1h1.2a2.4 2.4 0 0 0 2.2-1.5l.5-1.1A2.4 2.4 0 0 1 10.7 8" /></>
  ),
  renew: (
    <><path d="M13.3 8A5.3 5.3 0 1 1 11.7 4.2l1.6 1.6M13.3 2.6v3.2h-3.2" /></>
  ),
  right: (
    <><path d="M6 3.5 10.5 8 6 12.5" /></>
  ),
  running: (
    <><path className="turn" d="M8 1.9a6.1 6.1 0 1 1-6.1 6.1" /><path d="M6.8 5.8v4.4L10.3 8z" fill="currentColor" strokeWidth="1" /></>
  ),
  search: (
    <><circle cx="7" cy="7" r="4.4" /><path d="M10.3 10.3 13.8 13.8" /></>
  ),
  server: (
    <><rect x="2.2" y="2.4" width="11.6" height="4.8" rx="1.2" /><rect x="2.2" y="8.8" width="11.6" height="4.8" rx="1.2" /><path d="M4.8 4.800h.01M4.8 11.200h.01" /></>
  ),
  shield: (
    <><path d="M8 1.8l5.2 2v3.9c0 3.1-2.1 5.3-5.2 6.5-3.1-1.2-5.2-3.4-5.2-6.5V3.8z" /></>
  ),
  sun: (
    <><circle cx="8" cy="8" r="2.7" /><path d="M8 1.6v1.2M8 13.2v1.2M1.6 8h1.2M13.2 8h1.2M3.5 3.5l.8.8M11.7 11.7l.8.8M12.5 3.5l-.8.8M4.3 11.7l-.8.8" /></>
  ),
  table: (
    <><rect x="2" y="2.6" width="12" height="10.8" rx="1.4" /><path d="M2 6.2h12M6 6.2v7.2" /></>
  ),
  warn: (
    <><path d="M8 2.3 14.3 13.2H1.7z" /><path d="M8 6.6v3M8 11.3h.01" /></>
  ),
  x: (
    <><path d="M4 4l8 8M12 4l-8 8" /></>
  ),
} satisfies Record<string, ReactNode>;
