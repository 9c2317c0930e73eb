/** Values of artifacts, from the views of lineage/client/views: elements and text, never markup. */

import { el, svgEl } from "../drawing/dom.js";
import { clean, countWords, dots, grouped } from "../scene/words.js";

const SHOW = { table, array, picture, plotly, tree, text };

/** The element of a view. */
export const viewOf = (view) => (SHOW[view.kind] ?? text)(view);

const framed = (content, ...caption) =>
  el("figure.value", content, caption.length > 0 && el("figcaption", caption));

/** [21840, 4] -> "21840 × 4" */
const shapeWords = (shape) => shape.map(grouped).join(" × ");

function table({ columns, rows, shape, type }) {
  const classOf = (i) => (columns[i].number ? ".number" : "");
  const cell = (value, i) =>
    value === null ? el(`td.soft${classOf(i)}`, "missing") : el(`td${classOf(i)}`, value || " ");
  const head = columns.map(({ name, type: kind }, i) =>
    el(`th${classOf(i)}`, { scope: "col" }, clean(name), el("span.soft", clean(kind))),
  );
  const [all, across] = shape;
  return framed(
    el(
      "div.cells",
      { tabindex: "0", role: "group", "aria-label": "The first rows" },
      el(
        "table",
        el("thead", el("tr", head)),
        el(
          "tbody",
          rows.map((row) => el("tr", row.map(cell))),
        ),
      ),
    ),
    el("span", `${grouped(rows.length)} of ${countWords(all, "row")} · ${columnWords(columns, across)}`),
    el("span", clean(type)),
  );
}

/** An index is shown as a column, and not counted as one. */
function columnWords(columns, across) {
  const shown = Math.min(across, columns.filter(({ type }) => type !== "index").length);
  return shown < across ? `${shown} of ${countWords(across, "column")}` : countWords(across, "column");
}

function array({ shape, dtype, text: printed, low, high, mean, missing, bars }) {
  return framed(
    [bars?.length > 0 && histogram(bars, low, high), el("pre", { tabindex: "0" }, printed)],
    el(
      "span",
      dots(
        low !== undefined && (low === high ? `all ${low}` : `${low} to ${high}`),
        mean !== undefined && low !== high && `mean ${mean}`,
        missing > 0 && `${grouped(missing)} NaN`,
      ),
    ),
    el("span", `shape ${shapeWords(shape)} · ${clean(dtype)}`),
  );
}

function histogram(bars, low, high) {
  const svg = svgEl("svg", {
    class: "ln-bars",
    viewBox: `0 0 ${bars.length} 20`,
    preserveAspectRatio: "none",
    role: "img",
    "aria-label": `Histogram from ${low} to ${high}`,
  });
  const most = Math.max(...bars);
  bars.forEach((count, x) => {
    // a bar that has anything is seen
    const height = count && Math.max(0.6, (19 * count) / most);
    svgEl("rect", { x: x + 0.06, y: 20 - height, width: 0.88, height }, svg);
  });
  return svg;
}

function picture({ mime, data, size, type }) {
  return framed(
    el("img", { src: `data:${mime};base64,${data}`, alt: `Picture: ${clean(type)}` }),
    el("span", clean(type)),
    size && el("span", `${size.join(" × ")} pixels`),
  );
}

function plotly({ type }) {
  return framed(
    el("iframe.plot", { sandbox: "allow-scripts", title: "plotly figure" }),
    el("span", clean(type)),
  );
}

/** A page for a plotly figure: it may run plotly, and reach nothing. */
export async function plotlyPage(deflated, figure, { backgroundColor }) {
  const bytes = Uint8Array.from(atob(deflated), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const library = await new Response(stream).text();
  const policy =
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data: blob:";
  const data = JSON.stringify(figure).replaceAll("<", "\\u003c");
  return `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<style>html, body, #plot { height: 100%; margin: 0; background: ${backgroundColor} }</style><div id="plot"></div>
<script>${library.replaceAll("</script", "<\\/script")}</script>
<script>const { data, layout } = JSON.parse(${data});
const margin = { t: layout.title ? 60 : 24, r: 24, b: 48, l: 56, ...layout.margin };
Plotly.newPlot("plot", data, { ...layout, margin, width: undefined, height: undefined, autosize: true },
  { responsive: true, displaylogo: false });</script>`;
}

function tree({ value }) {
  return el("div.value", el("div.tree", branch(value, 0)));
}

/** A leaf is a text; a branch opens. */
function branch(value, depth, key) {
  const name = key ? [el("span.key", clean(key)), ": "] : [];
  if (typeof value === "string") return el("div", name, el("span.strong", value));
  const { type, length, items } = value;
  const words = `${type}, ${countWords(length, type === "dict" ? "key" : "item")}`;
  if (!length) return el("div", name, el("span.soft", words));
  const rest = length - items.length;
  return el(
    "details",
    { open: depth === 0 || (depth < 3 && items.length < 8) },
    el("summary", name, el("span.soft", words)),
    items.map(([inner, item]) => branch(item, depth + 1, inner)),
    rest > 0 && el("div.soft", `and ${countWords(rest, "more item")}`),
  );
}

function text({ text: shown, type, more }) {
  return framed(
    el("pre", { tabindex: "0" }, shown),
    el("span", clean(type)),
    more > 0 && el("span", `${grouped(more)} characters are left out`),
  );
}
