/** The picture for files and for paper. */

import { FONT } from "../scene/words.js";
import { svgEl } from "./dom.js";
import { drawLink, SvgPen } from "./strokes.js";

const EDGE = 24; // pixels around a picture

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
