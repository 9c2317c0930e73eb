/** The lineage as a file: SVG, PNG, CSV, JSON. */

import { KINDS, kindsOf, UP } from "../scene/kinds.js";
import { FONT } from "../scene/words.js";
import { el, svgEl } from "./dom.js";
import { CanvasPen, drawLink, SvgPen } from "./strokes.js";

const EDGE = 24; // pixels around a picture
const LARGEST = 12000; // pixels, of a PNG's longer side

/** Draw all of a picture with a pen. */
function drawAll(pen, { picture, view, area, colours, drawBox }) {
  picture.under?.(pen, view, area, colours);
  for (const link of picture.links) drawLink(pen, link, colours);
  for (const box of picture.boxes) drawBox(pen, box);
  picture.above?.(pen, view, area, colours);
}

function frameOf({ picture, area }) {
  if (picture.timeline) return { x: 0, y: 0, w: area.w, h: Math.max(area.h, picture.bottom) };
  const { x, y, w, h } = picture.bounds;
  return { x: x - EDGE, y: y - EDGE, w: w + 2 * EDGE, h: h + 2 * EDGE };
}

/** The picture as an `<svg>` that no stylesheet is needed for. */
export function drawingOf(shown, title) {
  const { x, y, w, h } = frameOf(shown);
  const svg = svgEl("svg", {
    xmlns: "http://www.w3.org/2000/svg",
    width: w,
    height: h,
    viewBox: [x, y, w, h].join(" "),
    "font-family": FONT,
  });
  svgEl("title", {}, svg).textContent = title;
  const pen = new SvgPen(svg);
  pen.rect(x, y, w, h, 0, { inside: shown.colours.back });
  drawAll(pen, shown);
  return svg;
}

/** The same as a document of its own. */
export const svgOf = (shown, title) => new XMLSerializer().serializeToString(drawingOf(shown, title));

/** The same as pixels, two for one where the picture is not too large for that. */
export function pngOf(shown) {
  const { x, y, w, h } = frameOf(shown);
  const ratio = Math.min(2, LARGEST / Math.max(w, h));
  const canvas = el("canvas", { width: Math.ceil(w * ratio), height: Math.ceil(h * ratio) });
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, -x * ratio, -y * ratio);
  const pen = new CanvasPen(context);
  pen.rect(x, y, w, h, 0, { inside: shown.colours.back });
  drawAll(pen, shown);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

const CELLS =
  "id kind flow run_id name status created_at finished_at timestamp duration usual user project branch origin failed_step".split(
    " ",
  );

/** One line a node. A value that a spreadsheet would run is made text. */
export function csvOf(runGraph) {
  const cell = (value) => {
    const text = Array.isArray(value) ? value.join(" ") : String(value ?? "");
    const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
  };
  const names = (edges) => edges.map((edge) => runGraph.nodeList[edge.source].id);
  const lines = runGraph.nodeList.map((node, i) => {
    const edges = runGraph.causes[i];
    const of = (kind) => names(edges.filter((edge) => kindsOf(edge).includes(kind)));
    return [...CELLS.map((name) => node[name]), node.tags, names(edges), ...KINDS.map(of)]
      .map(cell)
      .join(",");
  });
  const heads = KINDS.map((kind) => UP[kind].toLowerCase().replace(" ", "_")); // triggered_by, …
  return [[...CELLS, "tags", "causes", ...heads].join(","), ...lines, ""].join("\r\n");
}

/** Let the browser keep a file. */
export function save(name, content, type) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = el("a", { href: url, download: name.replace(/[^\w.-]+/g, "-").slice(0, 100) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
