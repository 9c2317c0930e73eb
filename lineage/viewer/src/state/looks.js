/** How items look: selected, current, with which badges. */

import { widthOf } from "../drawing/dom.js";
import { drawItem, drawLabel } from "../drawing/strokes.js";
import { isRead } from "../scene/kinds.js";
import { grouped } from "../scene/words.js";
import { canHide, isSelected } from "./questions.js";

const FEW = 60; // links
const LARGE = 30; // nodes; only from here on is hiding neighbours worth a button

export function drawBox(viewer, pen, box, grade) {
  drawItem(pen, box, lookOf(viewer, box, grade));
}

/**
 * The names of artifacts, on the links that are pointed at or selected, or an end of which is; and on those that have a
 * lane of their own, where these are few.
 */
export function drawLabels({ picture, viewer }, pen) {
  for (const drawn of picture.links) {
    const { link } = drawn;
    const ends = [link, link.from, link.to];
    const meant =
      (isRead(link) && picture.links.length < FEW) ||
      ends.includes(viewer.hovered) ||
      ends.some((item) => item.members && isSelected(viewer, item));
    if (meant && link.kinds.has("read") && !viewer.off.has("read"))
      // what is pointed at may have its labels close to the cards, but not on them
      drawLabel(pen, drawn, viewer.colours, picture.boxes, ends.includes(viewer.hovered) ? 0.5 : 6);
  }
}

export function lookOf(viewer, box, grade) {
  const timeline = viewer.view === "timeline";
  const current = viewer.current === box.item.id && viewer.surface.matches(":focus-visible");
  return {
    runGraph: viewer.runGraph,
    colours: viewer.colours,
    grade,
    timeline,
    selected: isSelected(viewer, box.item),
    current,
    badges: grade === 2 ? badgesOf(viewer, box) : [],
  };
}

/** The small buttons on a card: what is hidden behind it, on either side. */
export function badgesOf(viewer, { item, x, y, w, h }) {
  if (viewer.view === "timeline") return [];
  if (item.bundle) return [{ way: "unfold", text: "unfold", x: x + w - 54, y: y + h - 2, w: 60, h: 17 }];
  const active =
    viewer.runGraph.nodeList.length > LARGE && (viewer.current === item.id || isSelected(viewer, item));
  const made = [];
  for (const way of ["up", "down"]) {
    const hidden = new Set(viewer.runGraph.next(item.members[0], way).filter((j) => !viewer.shown.has(j)))
      .size;
    const further = item.node[way === "up" ? "more_upstream" : "more_downstream"] ?? 0;
    const count = hidden + further;
    const text = count ? `+${grouped(count)} more` : active && canHide(viewer, item, way) ? "hide" : null;
    const width = text && 14 + widthOf(text, 600, 11);
    if (text)
      made.push({
        way,
        text,
        far: !hidden && count,
        hide: !count,
        x: way === "up" ? x - 6 : x + w + 6 - width,
        y: y + h - 6,
        w: width,
        h: 17,
      });
  }
  return made;
}
