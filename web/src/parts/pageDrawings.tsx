import type { ReactNode } from "react";

/** The drawings of all other icons, which come with the first page, in a box of 16 by 16; strokes take the colour of the text. */
export const PAGE_DRAWINGS = {
  back: (
    <><path d="M2.7 8a5.3 5.3 0 1 0 1.6-3.8L2.7 5.8M2.7 2.6v3.2h3.2M8 5.2V8l2 1.2" /></>
  ),
  bins: (
    <><path d="M2 13.4h12M3.6 13.4V9.8h2.8v3.6M6.4 9.8V4.6h3.2v8.8M9.6 7.6h2.8v5.8" /></>
  ),
  browser: (
    <><rect x="1.8" y="2.8" width="12.4" height="10.4" rx="1.4" /><path d="M1.8 5.900h12.400M4 4.350h.01M6 4.350h.01" /></>
  ),
  cancelled: (
    <><circle cx="8" cy="8" r="6.1" /><rect x="5.9" y="5.9" width="4.2" height="4.2" rx=".8" fill="currentColor" strokeWidth="0" /></>
  ),
  clust: (
    <><circle cx="5" cy="5" r="1.4" /><circle cx="9.4" cy="3.6" r="1.4" /><circle cx="4.4" cy="10" r="1.4" /><circle cx="11.4" cy="9.4" r="1.4" /><circle cx="8.6" cy="12.6" r="1.4" /></>
  ),
  code: (
    <><path d="M5.4 4.4 1.9 8l3.5 3.6M10.6 4.4 14.1 8l-3.5 3.6" /></>
  ),
  cols: (
    <><rect x="2" y="2.6" width="12" height="10.8" rx="1.4" /><path d="M6 2.6v10.8M10 2.6v10.8" /></>
  ),
  copy: (
    <><rect x="5.6" y="5.6" width="8" height="8" rx="1.4" /><path d="M10.6 5.4V3.6a1.2 1.2 0 0 0-1.2-1.2H3.6a1.2 1.2 0 0 0-1.2 1.2v5.8a1.2 1.2 0 0 0 1.2 1.2h1.8" /></>
  ),
  dice: (
    <><rect x="2.4" y="2.4" width="11.2" height="11.2" rx="2" /><path d="M5.5 5.500h.01M10.5 10.500h.01M8 8h.01M10.5 5.500h.01M5.5 10.500h.01" strokeWidth="1.9" /></>
  ),
  down: (
    <><path d="M3.5 6 8 10.5 12.5 6" /></>
  ),
  evalm: (
    <><path d="M2.4 2.4v11.2h11.2" /><path d="M4.4 11.2C5.4 6.8 7.8 4.6 13 4" /></>
  ),
  filter: (
    <><path d="M2.2 3h11.6L9.6 8.2v4l-3.2 1.4V8.2z" /></>
  ),
  fit: (
    <><path d="M2.5 5.5v-3h3M10.5 2.5h3v3M13.5 10.5v3h-3M5.5 13.5h-3v-3" /></>
  ),
  gaps: (
    <><path d="M2.6 4h10.8M2.6 8h3.2M10.2 8h3.2M2.6 12h10.8" /><circle cx="8" cy="8" r=".9" /></>
  ),
  get: (
    <><path d="M8 2.4v7.8M5 7.3l3 3 3-3M2.8 13.2h10.4" /></>
  ),
  grip: (
    <><path d="M6 4h.01M10 4h.01M6 8h.01M10 8h.01M6 12h.01M10 12h.01" strokeWidth="2" /></>
  ),
  imp: (
    <><path d="M8 2.2v7.2M5.2 6.7 8 9.5l2.8-2.8M2.6 10.4v3.2h10.8v-3.2" /></>
  ),
  kept: (
    <><path d="M8 1.8l5.2 2v3.9c0 3.1-2.1 5.3-5.2 6.5-3.1-1.2-5.2-3.4-5.2-6.5V3.8z" /><path d="M6.1 5.9l3.8 3.8M9.9 5.9 6.1 9.7" /></>
  ),
  left: (
    <><path d="M10 3.5 5.5 8 10 12.5" /></>
  ),
  minus: (
    <><path d="M3 8h10" /></>
  ),
  norm: (
    <><path d="M2 13.4h12M3 12c2.6 0 2.9-8.6 5-8.6s2.4 8.6 5 8.6" /></>
  ),
  note: (
    <><path d="M2.4 3.2h11.2v8H8.2L5 13.8v-2.6H2.4z" /></>
  ),
  out: (
    <><path d="M6.2 3.4H3.6a1.2 1.2 0 0 0-1.2 1.2v7.8a1.2 1.2 0 0 0 1.2 1.2h7.8a1.2 1.2 0 0 0 1.2-1.2V9.8M9.2 2.4h4.4v4.4M13.4 2.6 7.6 8.4" /></>
  ),
  passed: (
    <><path d="M8 1.8l5.2 2v3.9c0 3.1-2.1 5.3-5.2 6.5-3.1-1.2-5.2-3.4-5.2-6.5V3.8z" /><path d="M5.6 7.9l1.7 1.7 3.1-3.5" /></>
  ),
  pen: (
    <><path d="M10.6 2.900l2.5 2.5-7.7 7.7-3.1.6.6-3.100z" /></>
  ),
  play: (
    <><path d="M4.8 3v10l8-5z" /></>
  ),
  plus: (
    <><path d="M8 3v10M3 8h10" /></>
  ),
  put: (
    <><path d="M8 10.4V2.6M5 5.5l3-3 3 3M2.8 13.2h10.4" /></>
  ),
  redo: (
    <><path d="M13 6.4H6.2a3.6 3.6 0 0 0 0 7.2h3.3M10.1 3.4l3 3-3 3" /></>
  ),
  reuse: (
    <><path d="M2.6 7.2A5.5 5.5 0 0 1 12 4.3l1.4 1.4M13.4 2.7v3h-3M13.4 8.8A5.5 5.5 0 0 1 4 11.7l-1.4-1.4M2.6 13.3v-3h3" /></>
  ),
  score: (
    <><path d="M2.4 13.6h11.2M4.4 11V7.6M8 11V3.6M11.6 11V6" /></>
  ),
  set: (
    <><path d="M2.4 5h5.8M11.8 5h1.8M2.4 11h1.8M7.8 11h5.8" /><circle cx="10" cy="5" r="1.7" /><circle cx="6" cy="11" r="1.7" /></>
  ),
  sigm: (
    <><path d="M2 2.4v11.2h12" /><path d="M3.6 11.6c4.4 0 3.8-7.4 9.4-7.4" /></>
  ),
  skipped: (
    <><circle cx="8" cy="8" r="6.1" strokeDasharray="2.2 2.1" /><path d="M5.2 8h5.6" /></>
  ),
  split: (
    <><path d="M8 2v3.4M8 5.4 4 9v4.4M8 5.4 12 9v4.4M2.2 11.6 4 13.4l1.8-1.8M10.2 11.6l1.8 1.8 1.8-1.8" /></>
  ),
  stop: (
    <><rect x="3.8" y="3.8" width="8.4" height="8.4" rx="1.4" /></>
  ),
  swap: (
    <><path d="M3 5.4h9.6M10 2.8l2.6 2.6L10 8M13 10.6H3.4M6 8l-2.6 2.6L6 13.2" /></>
  ),
  tcat: (
    <><path d="M2.4 2.9v5l6 5.9 5-5-5.9-6z" /><path d="M5.3 5.8h.01" strokeWidth="2" /></>
  ),
  tidy: (
    <><rect x="5.8" y="2" width="4.4" height="3.2" rx=".8" /><rect x="1.8" y="10.8" width="4.4" height="3.2" rx=".8" /><rect x="9.8" y="10.8" width="4.4" height="3.2" rx=".8" /><path d="M8 5.2v2.6M4 10.8v-3h8v3" /></>
  ),
  tlabel: (
    <><circle cx="8" cy="8" r="5.9" /><circle cx="8" cy="8" r="2.3" fill="currentColor" /></>
  ),
  tnum: (
    <><path d="M6.3 3 5.1 13M10.9 3 9.7 13M2.8 6.2h10.6M2.5 9.8h10.6" /></>
  ),
  train: (
    <><path d="M8 1.7 13.6 4.9v6.2L8 14.3l-5.6-3.2V4.9z" /><path d="M5.5 8.2l1.8 1.7 3.3-3.7" /></>
  ),
  tree: (
    <><circle cx="8" cy="3.3" r="1.5" /><circle cx="4.2" cy="8" r="1.5" /><circle cx="11.8" cy="8" r="1.5" /><path d="M7 4.5 5.2 6.8M9 4.5l1.8 2.3M3.6 9.4l-1.2 3.4M4.8 9.4 6 12.8M11.2 9.4 10 12.8M12.4 9.4l1.2 3.4" /></>
  ),
  ttext: (
    <><path d="M3 4.4V3h10v1.4M8 3v10M6.2 13h3.6" /></>
  ),
  undo: (
    <><path d="M3 6.4h6.8a3.6 3.6 0 0 1 0 7.2H6.5M5.9 3.4l-3 3 3 3" /></>
  ),
  up: (
    <><path d="M8 12.6V3.4M4.4 7 8 3.4 11.6 7" /></>
  ),
  updown: (
    <><path d="M5 6.2 8 3.2l3 3M5 9.8l3 3 3-3" /></>
  ),
  waiting: (
    <><circle cx="8" cy="8" r="6.1" strokeDasharray="2.2 2.1" /><path d="M5.3 8h.01M8 8h.01M10.7 8h.01" strokeWidth="1.9" /></>
  ),
} satisfies Record<string, ReactNode>;
