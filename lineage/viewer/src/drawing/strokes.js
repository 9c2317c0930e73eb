/** What a card, a bar, a link look like: the same strokes on SVG and on canvas. */

import { artifactWords } from "../scene/kinds.js";
import {
  clean,
  countWords,
  cut,
  dayWords,
  dots,
  durationWords,
  FONT,
  headOf,
  isEvent,
} from "../scene/words.js";
import { fit, svgEl, widthOf } from "./dom.js";
import { round, symbolPath } from "./shapes.js";

/** Strokes that become SVG elements. Colours are attributes, so that a copy needs no stylesheet. */
export class SvgPen {
  constructor(parent) {
    this.parent = parent;
  }

  rect(x, y, width, height, rx, ink) {
    svgEl(
      "rect",
      { x: round(x), y: round(y), width: round(width), height: round(height), rx, ...this.paint(ink) },
      this.parent,
    );
  }

  path(d, ink) {
    svgEl("path", { d, ...this.paint(ink) }, this.parent);
  }

  write(text, x, y, { px, weight, inside, anchor }) {
    const ink = {
      x: round(x),
      y: round(y),
      "font-size": px,
      "font-weight": weight,
      fill: inside,
      "text-anchor": anchor,
    };
    svgEl("text", ink, this.parent).textContent = text;
  }

  paint({ inside = "none", outline, width, dash, cap, alpha }) {
    return {
      fill: inside,
      stroke: outline,
      "stroke-width": outline && (width ?? 1),
      "stroke-dasharray": dash || null,
      "stroke-linecap": cap,
      opacity: alpha,
    };
  }
}

/** The same strokes on a canvas. */
export class CanvasPen {
  constructor(context) {
    this.context = context;
  }

  rect(x, y, width, height, rx, ink) {
    this.context.beginPath();
    this.context.roundRect(x, y, width, height, rx);
    this.path(null, ink);
  }

  path(d, { inside, outline, width, dash, cap, alpha = 1 }) {
    const { context } = this;
    const path = d ? [typeof d === "string" ? new Path2D(d) : d] : []; // or the one that was begun
    const before = context.globalAlpha;
    context.globalAlpha = before * alpha;
    if (inside) {
      context.fillStyle = inside;
      context.fill(...path);
    }
    if (outline) {
      context.strokeStyle = outline;
      context.lineWidth = width ?? 1;
      context.lineCap = cap ?? "butt";
      context.setLineDash(dash ? dash.split(/[ ,]/).map(Number.parseFloat) : []);
      context.stroke(...path);
    }
    context.globalAlpha = before;
  }

  write(text, x, y, { px, weight = 400, inside, anchor = "start" }) {
    const { context } = this;
    context.font = `${weight} ${px}px ${FONT}`;
    context.textAlign = anchor === "middle" ? "center" : anchor;
    context.fillStyle = inside;
    context.fillText(text, x, y);
  }
}

/** A status symbol; an open one is a ring. */
export function drawMark(pen, style, x, y, r, ink) {
  const open = style.symbol.endsWith("-open");
  pen.path(
    symbolPath(style, x, y, open ? r * 0.85 : r),
    open ? { outline: ink, width: r * 0.35 } : { inside: ink },
  );
}

/** The last line of a card: what is worth knowing at a glance. Where there is little room, the id gives way to the time. */
export function factOf({ node, members, bundle }, runGraph, room = Infinity) {
  if (bundle)
    return countWords(members.length, isEvent(node) ? "event" : `${runGraph.styleOf(node).word} run`); // of one flow, so no map has any
  if (isEvent(node)) return node.kind === "flow" ? clean(node.label) : dayWords(node.timestamp);
  const id = cut(clean(node.label ?? node.run_id), 14);
  const took = node.duration != null && durationWords(node.duration);
  const facts = [id, `…${id.slice(-4)}`].map((name) => dots(name, took));
  return facts.find((fact) => fit(fact, room, 400, 11) === fact) ?? (took || id);
}

/**
 * One item. In the graph, `grade` 2 is a card, 1 a card without words, 0 a mark: what can be told apart at that
 * zoom; `flows/captions.js` writes names beside them. In the timeline it is a bar.
 */
export function drawItem(pen, box, { runGraph, colours, grade, selected, current, timeline, badges }) {
  const { item, x, y, w, h } = box;
  const { node } = item;
  const style = runGraph.styleOf(node);
  const ink = style[colours.theme] ?? colours.muted;
  const focus = item.members.some((i) => runGraph.asked.includes(i));
  const event = isEvent(node);
  const missing = node.status === "missing";
  const corner = timeline ? 5 : event ? 22 : 9;
  if (selected)
    pen.rect(x - 4, y - 4, w + 8, h + 8, corner + 4, {
      outline: colours.accent,
      width: grade === 1 ? 6 : 2.5,
    });
  if (current)
    pen.rect(x - 7.5, y - 7.5, w + 15, h + 15, corner + 7, {
      outline: colours.text,
      width: grade === 1 ? 4 : 1.5,
      dash: "4 3",
    });
  if (timeline) {
    pen.rect(x, y, w, h, corner, { inside: colours.card });
    pen.rect(x, y, w, h, corner, { inside: ink, alpha: 0.2 });
    if (focus) pen.rect(x, y, w, h, corner, { outline: colours.text, width: 1.5 });
    drawMark(pen, style, x + 8, y + h / 2, 5, ink);
    const label = clean(node.label);
    if (fit(label, w - 24, 400, 11) === label)
      pen.write(label, x + 18, y + 12, { px: 11, inside: colours.text });
    return;
  }
  if (grade === 0) {
    drawMark(pen, style, x + w / 2, y + h / 2, w / 2, ink);
    return;
  }
  for (const step of item.bundle ? [8, 4] : [])
    pen.rect(x + step, y + step, w, h, corner, { inside: colours.card, outline: colours.line });
  const failed = node.status === "failed";
  pen.rect(x, y, w, h, corner, {
    inside: missing ? colours.back : colours.card,
    outline: focus ? colours.text : missing || failed ? ink : colours.line,
    width: focus ? 2 : 1,
    dash: missing ? "4 3" : null,
  });
  if (failed || grade === 1) pen.rect(x, y, w, h, corner, { inside: ink, alpha: failed ? 0.07 : 0.14 });
  if (grade === 1) {
    drawMark(pen, style, x + 20, y + h / 2, 11, ink);
    return;
  }
  const left = x + (event ? 18 : 11);
  const line = (text, dx, dy, px, weight, inside) =>
    pen.write(fit(text, w - dx - (event ? 30 : 20), weight, px), left + dx, y + dy, { px, weight, inside });
  drawMark(pen, style, left + 5, y + 16.5, 4.5, ink);
  line(runGraph.wordOf(node), 15, 20.5, 11, 600, ink);
  line(headOf(node), 0, 37.5, 13, 650, colours.text);
  line(factOf(item, runGraph, w - (event ? 30 : 20)), 0, 53.5, 11, 400, colours.muted);
  for (const badge of badges) {
    const { far, text } = badge;
    const ground = {
      inside: far ? colours.card : colours.chip,
      outline: colours.lineStrong,
      dash: far ? "3 2" : null,
    };
    pen.rect(badge.x, badge.y, badge.w, badge.h, badge.h / 2, ground);
    pen.write(text, badge.x + badge.w / 2, badge.y + badge.h / 2 + 3.7, {
      px: 11,
      weight: 600,
      inside: colours.text,
      anchor: "middle",
    });
  }
}

/**
 * A link, in the line of its kind: solid if it triggered, long dashes if it was resumed, double if it was spawned,
 * dots with an open head if it was read. What publishes an event has a dot where the line begins.
 */
export function drawLink(pen, { link, d, tip }, colours, strong) {
  const ink = strong ? colours.lit : colours.edge;
  strokeLink(pen, link, d, { outline: ink, width: strong ? 2 : 1.5 }, colours);
  headLink(pen, link, tip, ink, colours);
}

/** The line of a link, or of many that are like it. */
export function strokeLink(pen, { kind, dash }, d, ink, colours) {
  const double = kind === "spawn";
  pen.path(d, { ...ink, width: ink.width * (double ? 3 : 1), dash, cap: kind === "read" ? "round" : null });
  if (double) pen.path(d, { outline: colours.back, width: ink.width });
}

/** Its head, or the heads of many. */
export function headLink(pen, { kind }, tip, ink, colours) {
  pen.path(tip, kind === "read" ? { inside: colours.back, outline: ink, width: 1.2 } : { inside: ink });
}

/** Which artifacts were read, on the line or beside it, where there is room at that distance from the cards. */
export function drawLabel(pen, { link, middle: [x, middle] }, colours, boxes, distance) {
  const text = artifactWords(link.edges);
  const w = widthOf(text, 500, 11) + 10;
  const free = (at) =>
    boxes.every(
      (b) =>
        Math.abs(b.x + b.w / 2 - x) > (b.w + w) / 2 + distance ||
        Math.abs(b.y + b.h / 2 - at) > b.h / 2 + 8 + distance,
    );
  // 42 pixels off, a label has room between two rows, which are at least 84 apart
  const y = [0, 9, -9, 18, -18, 27, -27, 42, -42].map((by) => middle + by).find(free);
  if (y === undefined) return;
  pen.rect(x - w / 2, y - 9, w, 18, 9, { inside: colours.card, outline: colours.lineStrong });
  pen.write(text, x, y + 4, { px: 11, weight: 500, inside: colours.text, anchor: "middle" });
}
