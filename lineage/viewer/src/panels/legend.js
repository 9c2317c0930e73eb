/** What the symbols and the lines mean; a click on a line hides its kind. */

import { el, fill, svgEl } from "../drawing/dom.js";
import { drawLink, SvgPen } from "../drawing/strokes.js";
import { tipPath } from "../drawing/ways.js";
import { KINDS, kindsOf, kindWord } from "../scene/kinds.js";
import { clean } from "../scene/words.js";
import { toggleKind } from "../state/screen.js";
import { mark } from "./parts.js";

export function showLegend(viewer) {
  const { nodeList, edges } = viewer.runGraph;
  const words = new Map(nodeList.map((node) => [viewer.runGraph.styleOf(node).word, node]));
  const kinds = new Set(edges.flatMap(kindsOf));
  fill(
    viewer.legend,
    [...words].map(([word, node]) => el("span", mark(viewer.runGraph, node), clean(word))),
    KINDS.filter((kind) => kinds.has(kind)).map((kind) => kindSwitch(viewer, kind)),
  );
}

/** The legend's entry for a kind of edge, which shows and hides them. */
function kindSwitch(viewer, kind) {
  const { runGraph } = viewer;
  const toggle = () => button.setAttribute("aria-pressed", toggleKind(viewer, kind));
  const word = kindWord(runGraph, kind);
  const button = el(
    "button",
    { "aria-pressed": String(!viewer.off.has(kind)), onclick: toggle },
    lineSample(runGraph, kind),
    word,
  );
  return button;
}

/** A kind of edge as a small picture of its own. */
function lineSample(runGraph, kind) {
  const svg = svgEl("svg", { width: 34, height: 12 });
  const drawn = {
    link: { kind, dash: runGraph.kinds[kind]?.dash },
    d: "M4 6H25",
    tip: tipPath(kind, { start: [4, 6], end: [33, 6] }),
  };
  drawLink(new SvgPen(svg), drawn, { edge: "var(--edge)", back: "var(--back)" });
  return svg;
}
