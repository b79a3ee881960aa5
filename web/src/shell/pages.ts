import { type ComponentType, lazy } from "react";

/** The props of a page are the parameters of its path, decoded. */
export type PageProps = Record<string, string | undefined>;

interface PageEntry {
  path: string;
  Page: ComponentType<PageProps>;
}

/** A page's module exports the page as its default; its code is loaded when it is opened. */
function page(path: string, load: () => Promise<{ default: ComponentType<never> }>): PageEntry {
  return { path, Page: lazy(load as () => Promise<{ default: ComponentType<PageProps> }>) };
}

/** Every page of the Studio with its path below `/studio`. */
export const PAGES: readonly PageEntry[] = [page("/", () => import("../pages/home/HomePage"))];
