/** The picture on a canvas: faster than SVG where there is a lot of it. */

import { pushTo } from "../scene/words.js";
import { drawBox, drawLabels } from "../state/looks.js";
import { standsOut } from "../state/questions.js";
import { across, down } from "./camera.js";
import { boundsOf } from "./pictures.js";
import { symbolPath } from "./shapes.js";
import { CanvasPen, drawLink, headLink, strokeLink } from "./strokes.js";

const middle = (box) => `${box.x + box.w / 2} ${box.y + box.h / 2}`;

const moved = (path, matrix) => {
  const copy = new Path2D();
  copy.addPath(path, matrix);
  return copy;
};

export function drawCanvas(stage) {
  const { canvas, picture, view, area, viewer } = stage;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(area.w * ratio);
  canvas.height = Math.round(area.h * ratio);
  const context = canvas.getContext("2d");
  const pen = new CanvasPen(context);
  const colours = viewer.colours;
  context.scale(ratio, ratio);
  picture.under?.(pen, view, area, colours);
  const [kx, ky] = [across(stage), down(stage)];
  const frame = new DOMMatrix([kx, 0, 0, ky, view.x, view.y]);
  const seen = { x: -view.x / kx, y: -view.y / ky, w: area.w / kx, h: area.h / ky };
  const meets = (b) =>
    b.x <= seen.x + seen.w && b.x + b.w >= seen.x && b.y <= seen.y + seen.h && b.y + b.h >= seen.y;
  const boxes = picture.boxes.filter(meets);
  const paint = (some, lit) => {
    if (!stage.grade) return drawFar(stage, pen, some);
    context.save();
    context.transform(kx, 0, 0, ky, view.x, view.y);
    for (const drawn of lit ? picture.links.filter(({ link }) => stage.isLit(link)) : [])
      drawLink(pen, drawn, colours, true);
    for (const box of some) drawBox(viewer, pen, box, stage.grade);
    return context.restore();
  };
  context.globalAlpha = stage.lit ? 0.36 : 1;
  stage.chunks ??= makeChunks(stage);
  for (const { bounds, like, lines, far, tips } of stage.chunks) {
    if (!meets(bounds)) continue;
    const ink = {
      outline: colours.edge,
      width: Math.min(1.5, Math.max(0.5, 7 * ky)),
      alpha: picture.timeline && stage.chunks.length > 4 ? 0.25 : 1,
    };
    strokeLink(pen, like, moved(stage.grade ? lines : far, frame), ink, colours);
    if (stage.grade) headLink(pen, like, moved(tips, frame), colours.edge, colours);
  }
  paint(boxes, false);
  context.globalAlpha = 1;
  if (stage.lit)
    paint(
      boxes.filter((box) => stage.lit.has(box.item.id)),
      true,
    );
  if (stage.grade) {
    context.save();
    context.transform(kx, 0, 0, ky, view.x, view.y);
    drawLabels(stage, pen);
    context.restore();
  }
  picture.above?.(pen, view, area, colours);
}

/** Far away, items of a status are one path of marks. */
function drawFar(stage, pen, boxes) {
  const r = Math.min(5, Math.max(1.8, 33 * stage.view.k));
  const alike = new Map();
  const [kx, ky] = [across(stage), down(stage)];
  const place = ({ x, y, w, h }) => [stage.view.x + (x + w / 2) * kx, stage.view.y + (y + h / 2) * ky];
  for (const box of boxes) pushTo(alike, stage.viewer.runGraph.styleOf(box.item.node), box);
  for (const [style, group] of alike) {
    const marks = group.map((box) => symbolPath(style, ...place(box), r)).join("");
    const ink = style[stage.viewer.colours.theme];
    pen.path(marks, style.symbol.endsWith("-open") ? { outline: ink, width: r * 0.4 } : { inside: ink });
  }
  for (const box of boxes.filter(({ item }) => standsOut(stage.viewer, item))) {
    const [x, y] = place(box);
    drawBox(stage.viewer, pen, { item: box.item, x: x - 6, y: y - 6, w: 12, h: 12 }, 0);
  }
}

/** Links in chunks of one path each: thousands of single strokes are slow. */
function makeChunks(stage) {
  const chunks = [];
  for (const kind of new Set(stage.picture.links.map(({ link }) => link.kind))) {
    const links = stage.picture.links
      .filter(({ link }) => link.kind === kind)
      .sort((p, q) => p.a.x - q.a.x || p.a.y - q.a.y);
    for (let at = 0; at < links.length; at += 150) {
      const part = links.slice(at, at + 150);
      chunks.push({
        like: part[0].link,
        lines: new Path2D(part.map(({ d }) => d).join("")),
        far: new Path2D(
          part.map(({ a, b, d }) => `M${middle(a)}H${a.x + a.w}${d}H${b.x + b.w / 2}`).join(""),
        ),
        tips: new Path2D(part.map(({ tip }) => tip).join("")),
        bounds: boundsOf(part.flatMap(({ a, b }) => [a, b])),
      });
    }
  }
  return chunks;
}
