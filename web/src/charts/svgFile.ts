/** Charts as files that stand alone: what the style sheet gave them is written into them. */

const COPIED = [
  "fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "opacity", "font-family",
  "font-size", "font-weight", "paint-order", "text-anchor",
] as const;
const NAMESPACE = "http://www.w3.org/2000/svg";

/** The SVG file of the charts in an element, one below another, with the ground of the page's theme. */
export function svgFile(charts: readonly SVGSVGElement[], ground: string): string {
  const gap = 12;
  const width = Math.max(1, ...charts.map((chart) => chart.clientWidth));
  const height = charts.reduce((sum, chart) => sum + chart.clientHeight + gap, gap);
  const file = document.createElementNS(NAMESPACE, "svg");
  file.setAttribute("xmlns", NAMESPACE);
  file.setAttribute("width", String(width + 2 * gap));
  file.setAttribute("height", String(height));
  const back = document.createElementNS(NAMESPACE, "rect");
  for (const [name, value] of [["width", "100%"], ["height", "100%"], ["fill", ground]] as const) back.setAttribute(name, value);
  file.append(back);
  let top = gap;
  for (const chart of charts) {
    const group = document.createElementNS(NAMESPACE, "g");
    group.setAttribute("transform", `translate(${gap} ${top})`);
    for (const child of chart.children) group.append(withStyles(child));
    file.append(group);
    top += chart.clientHeight + gap;
  }
  return new XMLSerializer().serializeToString(file);
}

function withStyles(source: Element): Element {
  const copy = source.cloneNode(false) as Element;
  copy.removeAttribute("class");
  if (!(source instanceof SVGTitleElement)) {
    const style = getComputedStyle(source);
    for (const name of COPIED) {
      const value = style.getPropertyValue(name);
      if (value !== "" && value !== "none" && value !== "normal") copy.setAttribute(name, value);
      else if (value === "none" && name === "fill") copy.setAttribute(name, value);
    }
  }
  for (const child of source.childNodes) copy.append(child instanceof Element ? withStyles(child) : child.cloneNode());
  return copy;
}

/** Give a text to the browser as a file. */
export function saveText(name: string, type: string, text: string): void {
  saveFile(name, new Blob([text], { type }));
}

/** Give bytes to the browser as a file. */
export function saveFile(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
