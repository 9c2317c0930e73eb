/** The picture on a canvas: faster than SVG where there is a lot of it. */

import { drawBox, drawLabels } from "../state/looks.js";
import { boxesThatStandOut } from "../state/questions.js";
import { across, down } from "./camera.js";
import { boundsOf } from "./pictures.js";
import { CanvasPen, drawLink, drawMark, headLink, strokeLink } from "./strokes.js";

const moved = (path, matrix) => {
  const copy = new Path2D();
  copy.addPath(path, matrix);
  return copy;
};

export function drawCanvas(stage) {
  const { canvas, picture, view, area, viewer, lit } = stage;
  const context = inkOn(canvas, area, devicePixelRatio);
  const pen = new CanvasPen(context);
  picture.under?.(pen, view, area, viewer.colours);
  context.globalAlpha = lit ? 0.36 : 1;
  paintAll(stage, context);
  context.globalAlpha = 1;
  if (lit) paintBoxes(stage, context, lit);
  if (stage.grade) inPicture(stage, context, () => drawLabels(stage, pen));
  picture.above?.(pen, view, area, viewer.colours);
}

/** A clean canvas as large as the stage. */
function inkOn(canvas, { w, h }, ratio) {
  const context = canvas.getContext("2d");
  const size = [Math.round(w * ratio), Math.round(h * ratio)];
  // a new size, even the same, has the page laid out
  if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, w, h);
  return context;
}

/** Draw in the picture's own pixels. */
function inPicture(stage, context, draw) {
  context.save();
  context.transform(across(stage), 0, 0, down(stage), stage.view.x, stage.view.y);
  draw();
  context.restore();
}

/** Whether a box of the picture is in sight, in part at least. */
function sightOf({ view, area }, kx, ky) {
  const [left, top, right, bottom] = [
    -view.x / kx,
    -view.y / ky,
    (area.w - view.x) / kx,
    (area.h - view.y) / ky,
  ];
  return ({ x, y, w, h }) => x <= right && x + w >= left && y <= bottom && y + h >= top;
}

/** All links and boxes. */
function paintAll(stage, context) {
  const { picture, view, viewer } = stage;
  const { colours } = viewer;
  const pen = new CanvasPen(context);
  const [kx, ky] = [across(stage), down(stage)];
  const frame = new DOMMatrix([kx, 0, 0, ky, view.x, view.y]);
  stage.chunks ??= makeChunks(stage);
  const seen = sightOf(stage, kx, ky);
  for (const { bounds, like, part, lines, tips } of stage.chunks) {
    if (!seen(bounds)) continue;
    const ink = {
      outline: colours.edge,
      width: Math.min(1.5, Math.max(0.5, 7 * ky)),
      alpha: picture.timeline && stage.chunks.length > 4 ? 0.25 : 1,
    };
    strokeLink(pen, like, stage.grade ? moved(lines, frame) : farLines(part, frame), ink, colours);
    if (stage.grade) headLink(pen, like, moved(tips, frame), colours.edge, colours);
  }
  paintBoxes(stage, context);
}

/** The boxes in sight, or those that stand out and the links between them. */
function paintBoxes(stage, context, lit) {
  const { picture, viewer } = stage;
  const seen = sightOf(stage, across(stage), down(stage));
  const boxes = picture.ranked.filter((box) => (!lit || lit.has(box.item.id)) && seen(box));
  if (!stage.grade) return paintFar(stage, context, boxes);
  const pen = new CanvasPen(context);
  return inPicture(stage, context, () => {
    for (const drawn of picture.links)
      if (lit && stage.isLit(drawn.link)) drawLink(pen, drawn, viewer.colours, true);
    for (const box of boxes) drawBox(viewer, pen, box, stage.grade);
  });
}

/** Far away, items are marks; those of a status are stamped. */
function paintFar(stage, context, boxes) {
  const { viewer, view } = stage;
  const r = Math.min(5, Math.max(1.8, 33 * view.k));
  const half = Math.ceil(r + 1);
  const [kx, ky] = [across(stage), down(stage)];
  const stamps = new Map();
  const last = new Map(); // where a style was stamped: one that lies on it would not be seen
  const place = ({ x, y, w, h }) => [view.x + (x + w / 2) * kx, view.y + (y + h / 2) * ky];
  for (const box of boxes) {
    const [x, y] = place(box).map(Math.round);
    const style = viewer.runGraph.styleOf(box.item.node);
    if (x * 1e5 + y - last.get(style) < 2) continue;
    last.set(style, x * 1e5 + y);
    if (!stamps.has(style)) stamps.set(style, stampOf(style, half, r, viewer.colours.theme));
    context.drawImage(stamps.get(style), x - half, y - half, 2 * half, 2 * half);
  }
  for (const box of boxesThatStandOut(viewer)) {
    const [x, y] = place(box);
    drawBox(viewer, new CanvasPen(context), { item: box.item, x: x - 6, y: y - 6, w: 12, h: 12 }, 0);
  }
}

function stampOf(style, half, r, theme) {
  const stamp = new OffscreenCanvas(0, 0);
  drawMark(
    new CanvasPen(inkOn(stamp, { w: 2 * half, h: 2 * half }, devicePixelRatio)),
    style,
    half,
    half,
    r,
    style[theme],
  );
  return stamp.transferToImageBitmap();
}

/** Links between marks, once where they would lie on each other. */
function farLines(part, { a: kx, d: ky, e: left, f: top }) {
  const path = new Path2D();
  let last = [];
  for (const { a, b } of part) {
    const from = Math.round(left + (a.x + a.w / 2) * kx);
    const to = Math.round(left + (b.x + b.w / 2) * kx);
    const y = Math.round(top + (a.y + a.h / 2) * ky);
    const end = Math.round(top + (b.y + b.h / 2) * ky);
    if (from === last[0] && to === last[1] && y === last[2] && end === last[3]) continue;
    last = [from, to, y, end];
    path.moveTo(from, y);
    path.lineTo(to, end);
  }
  return path;
}

/** Links in chunks of one path each: thousands of single strokes are slow. */
function makeChunks(stage) {
  const chunks = [];
  for (const kind of new Set(stage.picture.links.map(({ link }) => link.kind))) {
    const links = stage.picture.links
      .filter(({ link }) => link.kind === kind)
      .sort((p, q) => p.a.x - q.a.x || p.b.x - q.b.x || p.a.y - q.a.y || p.b.y - q.b.y);
    for (let at = 0; at < links.length; at += 150) {
      const part = links.slice(at, at + 150);
      chunks.push({
        part,
        like: part[0].link,
        lines: new Path2D(part.map(({ d }) => d).join("")),
        tips: new Path2D(part.map(({ tip }) => tip).join("")),
        bounds: boundsOf(part.flatMap(({ a, b }) => [a, b])),
      });
    }
  }
  return chunks;
}
