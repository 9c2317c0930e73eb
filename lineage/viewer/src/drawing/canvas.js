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

const centre = ({ x, y, w, h }) => [x + w / 2, y + h / 2];

export function drawCanvas(stage) {
  const { canvas, picture, view, area, viewer, lit } = stage;
  const context = inkOn(canvas, area, devicePixelRatio);
  const pen = new CanvasPen(context);
  picture.under?.(pen, view, area, viewer.colours);
  if (lit || stage.ground) {
    const ground = groundOf(stage);
    context.globalAlpha = lit ? 0.36 : 1;
    context.drawImage(ground, 0, 0, ground.width / devicePixelRatio, ground.height / devicePixelRatio);
    context.globalAlpha = 1;
  } else paintAll(stage, context);
  if (lit) paintBoxes(stage, context, lit);
  if (stage.grade) inPicture(stage, context, () => drawLabels(stage, pen));
  picture.above?.(pen, view, area, viewer.colours);
}

/** All links and boxes, kept while only what stands out from them changes. */
function groundOf(stage) {
  if (!stage.ground) {
    stage.ground = new OffscreenCanvas(0, 0);
    paintAll(stage, inkOn(stage.ground, stage.area, devicePixelRatio));
  }
  return stage.ground;
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
  return ({ x, y, w, h }) =>
    view.x + x * kx <= area.w &&
    view.x + (x + w) * kx >= 0 &&
    view.y + y * ky <= area.h &&
    view.y + (y + h) * ky >= 0;
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
  for (const { bounds, like, ends, lines, tips } of stage.chunks) {
    if (!seen(bounds)) continue;
    const ink = {
      outline: colours.edge,
      width: Math.min(1.5, Math.max(0.5, 7 * ky)),
      alpha: picture.timeline && stage.chunks.length > 4 ? 0.25 : 1,
    };
    strokeLink(pen, like, stage.grade ? moved(lines, frame) : farLines(ends, frame), ink, colours);
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
  const { theme } = viewer.colours;
  const r = Math.min(5, Math.max(1.8, 33 * view.k));
  const half = Math.ceil(r + 1);
  const [kx, ky] = [across(stage), down(stage)];
  const { round } = Math;
  const place = ({ x, y, w, h }) => ({
    x: round(view.x + (x + w / 2) * kx),
    y: round(view.y + (y + h / 2) * ky),
  });
  const alike = new Map(Object.values(viewer.runGraph.styles).map((style) => [style, []])); // completed first
  for (const box of boxes) {
    const { x, y } = place(box);
    const { style } = box.item;
    if (!alike.has(style)) alike.set(style, []);
    const marks = alike.get(style);
    const last = marks.at(-1);
    const apart = last?.x === x ? y - last.to : Infinity;
    if (style.symbol === "circle" && apart < 2 * r) last.to = y;
    else if (apart > 1) marks.push({ x, y, to: y }); // nearer, it would not be seen
  }
  for (const [style, marks] of alike) {
    if (style.symbol === "circle") drawDots(context, marks, r, style[theme]);
    else if (marks.length) {
      const stamp = stampOf(style, half, r, theme);
      for (const { x, y } of marks) context.drawImage(stamp, x - half, y - half, 2 * half, 2 * half);
    }
  }
  for (const box of boxesThatStandOut(viewer)) {
    const { x, y } = place(box);
    drawBox(viewer, new CanvasPen(context), { item: box.item, x: x - 6, y: y - 6, w: 12, h: 12 }, 0);
  }
}

/** Dots; those that touch are one stroke, and squares where nobody could tell: those are faster. */
function drawDots(context, marks, r, ink) {
  const pen = new CanvasPen(context);
  context.fillStyle = ink;
  for (const { x, y, to } of marks)
    if (r < 2) context.fillRect(x - 2, y - 2, 4, to - y + 4);
    else pen.rect(x - r, y - r, 2 * r, to - y + 2 * r, r, { inside: ink });
}

const stamps = new WeakMap(); // style -> its mark as it was drawn last

/** The mark of a style as a picture. */
function stampOf(style, half, r, theme) {
  const key = `${r} ${theme} ${devicePixelRatio}`;
  if (stamps.get(style)?.key !== key) {
    const stamp = new OffscreenCanvas(0, 0);
    const pen = new CanvasPen(inkOn(stamp, { w: 2 * half, h: 2 * half }, devicePixelRatio));
    drawMark(pen, style, half, half, r, style[theme]);
    stamps.set(style, { key, image: stamp.transferToImageBitmap() });
  }
  return stamps.get(style).image;
}

/** Links between marks, once where they would lie on each other or beside each other without a gap. */
function farLines(ends, { a: kx, d: ky, e: left, f: top }) {
  const path = new Path2D();
  const { round } = Math;
  let [lastX, lastY, lastToX, lastToY] = [];
  for (let at = 0; at < ends.length; at += 4) {
    const x = round(left + ends[at] * kx);
    const y = round(top + ends[at + 1] * ky);
    const toX = round(left + ends[at + 2] * kx);
    const toY = round(top + ends[at + 3] * ky);
    if (x === lastX && y - lastY < 2 && toX === lastToX && Math.abs(toY - lastToY) < 2) continue;
    path.moveTo(x, y);
    path.lineTo(toX, toY);
    lastX = x;
    lastY = y;
    lastToX = toX;
    lastToY = toY;
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
        like: part[0].link,
        ends: new Float32Array(part.flatMap(({ a, b }) => [a, b].flatMap(centre))),
        lines: new Path2D(part.map(({ d }) => d).join("")),
        tips: new Path2D(part.map(({ tip }) => tip).join("")),
        bounds: boundsOf(part.flatMap(({ a, b }) => [a, b])),
      });
    }
  }
  return chunks;
}
