import type { IconName } from "../parts/Icon";

export interface Place {
  name: string;
  to: string;
  icon: IconName;
  /** The second key after G. */
  key?: string;
  /** A word for the bar of a phone. */
  short?: string;
}

/** Where the navigation leads, by what one does there. */
export const PLACES: readonly { group: string; places: readonly Place[] }[] = [
  { group: "", places: [{ name: "Home", to: "/", icon: "home", key: "h" }] },
  {
    group: "Build",
    places: [
      { name: "Experiments", to: "/experiments", icon: "graph", key: "e" },
      { name: "Datasets", to: "/datasets", icon: "table", key: "d" },
      { name: "Datastores", to: "/datastores", icon: "server" },
      { name: "Models", to: "/models", icon: "cube", key: "m" },
    ],
  },
  {
    group: "Serve",
    places: [
      { name: "Web services", to: "/services", icon: "globe", key: "w", short: "Services" },
      { name: "Jobs and runs", to: "/jobs", icon: "list", key: "j", short: "Jobs" },
    ],
  },
  {
    group: "Automate",
    places: [
      { name: "Pipelines", to: "/pipelines", icon: "pipe", key: "p" },
      { name: "Triggers", to: "/triggers", icon: "clock" },
      { name: "Policies", to: "/policies", icon: "shield" },
    ],
  },
  { group: "Watch", places: [{ name: "Events and audit", to: "/events", icon: "eye", key: "v" }] },
];

/** All of them in one list. */
export const ALL_PLACES = PLACES.flatMap(({ places }) => places);

/** Whether a page lies at a place or below it. */
export function isAt(place: Place, path: string): boolean {
  return place.to === "/" ? path === "/" : path === place.to || path.startsWith(`${place.to}/`);
}
