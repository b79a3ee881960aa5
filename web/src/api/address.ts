/** Addresses of the app's routes. */

export type Values = Record<string, string | number | boolean | undefined>;

/** `/experiments/{experiment}/runs` with its names filled in; slashes, markup and dots in names stay names. */
export function fillPath(template: string, names: Values = {}): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = names[name];
    if (value === undefined || value === "") throw new Error(`${template} needs a value for ${name}.`);
    const text = encodeURIComponent(String(value));
    // A browser would take these for steps in the path.
    if (text === "." || text === "..") throw new Error(`No route can name '${text}'.`);
    return text;
  });
}

type Titled = readonly { Title: string }[];

/**
 * How addresses name the module of a run: by its title; or, where the title has characters that no part of a path can
 * have, by `~` and its place in the run.
 */
export function moduleInPath(title: string, modules: Titled): string {
  const place = /[/\\%?#]|^\.\.?$|^~/.test(title) ? modules.findIndex(({ Title }) => Title === title) : -1;
  return place < 0 ? title : `~${place}`;
}

/** The title that such a name stands for; the name as it is while the run is not known. */
export function titleInRun(name: string, modules: Titled = []): string {
  if (modules.some(({ Title }) => Title === name)) return name;
  return (/^~\d+$/.test(name) ? modules[Number(name.slice(1))]?.Title : undefined) ?? name;
}

/** `?a=1&b=2`, without what is undefined. */
export function fillQuery(query: Values = {}): string {
  const given = Object.entries(query).filter((entry): entry is [string, string | number | boolean] => entry[1] !== undefined);
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text && `?${text}`;
}

/** The address of the next page in a header `Link` of RFC 8288: path and query, on this origin only. */
export function nextPage(link: string | null, origin: string): string | undefined {
  const found = /<([^>]*)>\s*;\s*rel="?next"?/.exec(link ?? "")?.[1];
  if (found === undefined || !URL.canParse(found, origin)) return undefined;
  const url = new URL(found, origin);
  return url.pathname + url.search;
}
