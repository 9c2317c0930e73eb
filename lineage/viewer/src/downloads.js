/** The menu of files to download: the picture, the table of the runs, the document. */

import { el } from "./drawing/dom.js";
import { save } from "./drawing/saving.js";
import { KINDS, kindsOf, UP } from "./scene/kinds.js";

const LARGEST = 12000; // pixels, of a PNG's longer side

/** Called by the viewer, see `state/attached.js`. It has made the menu, if its page may save files. */
export default function start(viewer, root) {
  const menu = root.querySelector(".ln-menu");
  if (!menu) return;
  let scene = {};
  viewer.on("scene", (next) => {
    scene = next;
  });
  const keep = (...file) => save(scene.title, ...file);
  const ways = {
    "SVG picture": () => keep("svg", new XMLSerializer().serializeToString(viewer.still()), "image/svg+xml"),
    "PNG picture": async () => keep("png", await pngOf(viewer.still())),
    "CSV table": () => keep("csv", csvOf(scene), "text/csv"),
    "JSON document": () => keep("json", JSON.stringify(scene), "application/json"),
  };

  for (const [label, make] of Object.entries(ways)) {
    const onclick = () => {
      menu.open = false;
      make();
    };
    menu.lastElementChild.append(el("button", { onclick }, label));
  }
}

/** A picture as pixels, two for one where it is not too large for that. */
async function pngOf(svg) {
  const [w, h] = ["width", "height"].map((side) => Number(svg.getAttribute(side)));
  const ratio = Math.min(2, LARGEST / Math.max(w, h));
  const url = URL.createObjectURL(
    new Blob([new XMLSerializer().serializeToString(svg)], { type: "image/svg+xml" }),
  );
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = el("canvas", { width: Math.ceil(w * ratio), height: Math.ceil(h * ratio) });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(url);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

const CELLS =
  "id kind flow run_id name status created_at finished_at timestamp duration usual user project branch origin failed_step".split(
    " ",
  );

/** One line a node. A value that a spreadsheet would run is made text. */
function csvOf({ nodes = [], edges = [] }) {
  const cell = (value) => {
    const text = Array.isArray(value) ? value.join(" ") : String(value ?? "");
    const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
  };
  const causes = nodes.map(() => []);
  for (const edge of edges) if (nodes[edge.source]) causes[edge.target]?.push(edge);
  const names = (some) => some.map((edge) => nodes[edge.source].id);
  const lines = nodes.map((node, i) => {
    const of = (kind) => names(causes[i].filter((edge) => kindsOf(edge).includes(kind)));
    return [...CELLS.map((name) => node[name]), node.tags, names(causes[i]), ...KINDS.map(of)]
      .map(cell)
      .join(",");
  });
  const heads = KINDS.map((kind) => UP[kind].toLowerCase().replace(" ", "_")); // triggered_by, …
  return [[...CELLS, "tags", "causes", ...heads].join(","), ...lines, ""].join("\r\n");
}
