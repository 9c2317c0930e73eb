/** What a card, a bar, a link look like: the same strokes on SVG and on canvas. */

import { clean, countWords, cut, dayWords, durationWords, FONT, headOf, isEvent } from "../scene/words.js";
import { fit, svgEl } from "./dom.js";
import { round } from "./pictures.js";

/** A quarter of a fat cross in the unit square, turned four times. */
const CROSS = [0, 1, 2, 3].flatMap((turn) =>
  [
    [0, -0.4],
    [0.55, -0.95],
    [0.95, -0.55],
  ].map(
    ([x, y]) =>
      [
        [x, y],
        [-y, x],
        [-x, -y],
        [y, -x],
      ][turn],
  ),
);

/** Corners, radii in turn, and the angle of the first. */
const SHAPES = {
  "triangle-right": [3, [1.2], 0],
  diamond: [4, [1.15], 0],
  hexagon: [6, [1.1], 0],
  star: [10, [1.25, 0.55], -90],
};

/** The outline of a status symbol around (x, y); the names are plotly's. */
export function symbolPath(symbol, x, y, r) {
  const [count, radii, turn] = SHAPES[symbol] ?? [];
  const corner = (_, i) => {
    const angle = ((turn + (i * 360) / count) * Math.PI) / 180;
    return [radii[i % radii.length] * Math.cos(angle), radii[i % radii.length] * Math.sin(angle)];
  };
  const points = symbol === "x" ? CROSS : count && Array.from({ length: count }, corner);
  if (points) return `M${points.map(([dx, dy]) => [x + dx * r, y + dy * r].map(round).join(" ")).join("L")}z`;
  const size = round(r);
  return `M${round(x - r)} ${round(y)}a${size} ${size} 0 1 0 ${2 * size} 0a${size} ${size} 0 1 0 ${-2 * size} 0z`;
}

/** Strokes that become SVG elements. Colours are attributes, so that a copy needs no stylesheet. */
export class SvgPen {
  constructor(parent) {
    this.parent = parent;
  }

  /** Draw with the origin moved to (x, y). */
  moved(x, y, draw) {
    draw(new SvgPen(svgEl("g", { transform: `translate(${x} ${y})` }, this.parent)));
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

  text(text, x, y, { size, weight, fill, anchor }) {
    const ink = {
      x: round(x),
      y: round(y),
      "font-size": size,
      "font-weight": weight,
      fill,
      "text-anchor": anchor,
    };
    svgEl("text", ink, this.parent).textContent = text;
  }

  paint({ fill = "none", stroke, width, dash, alpha }) {
    return { fill, stroke, "stroke-width": stroke && (width ?? 1), "stroke-dasharray": dash, opacity: alpha };
  }
}

/** The same strokes on a canvas. */
export class CanvasPen {
  constructor(context) {
    this.context = context;
  }

  moved(x, y, draw) {
    this.context.save();
    this.context.translate(x, y);
    draw(this);
    this.context.restore();
  }

  rect(x, y, width, height, rx, ink) {
    const path = new Path2D();
    path.roundRect(x, y, width, height, rx);
    this.path(path, ink);
  }

  path(d, { fill, stroke, width, dash, alpha = 1 }) {
    const { context } = this;
    const path = typeof d === "string" ? new Path2D(d) : d;
    const before = context.globalAlpha;
    context.globalAlpha = before * alpha;
    if (fill) {
      context.fillStyle = fill;
      context.fill(path);
    }
    if (stroke) {
      context.strokeStyle = stroke;
      context.lineWidth = width ?? 1;
      context.setLineDash(dash ? dash.split(" ").map(Number) : []);
      context.stroke(path);
    }
    context.globalAlpha = before;
  }

  text(text, x, y, { size, weight = 400, fill, anchor = "start" }) {
    const { context } = this;
    context.font = `${weight} ${size}px ${FONT}`;
    context.textAlign = anchor === "middle" ? "center" : anchor;
    context.fillStyle = fill;
    context.fillText(text, x, y);
  }
}

/** A status symbol; an open one is a ring. */
export function drawMark(pen, style, x, y, r, ink) {
  const open = style.symbol.endsWith("-open");
  pen.path(
    symbolPath(style.symbol, x, y, open ? r * 0.85 : r),
    open ? { stroke: ink, width: r * 0.35 } : { fill: ink },
  );
}

/** The second line of a card: what is worth knowing at a glance. */
export function factOf(item, runGraph) {
  const { node, members } = item;
  const { word } = runGraph.styleOf(node);
  if (item.bundle) return countWords(members.length, isEvent(node) ? "event" : `${word} run`); // of one flow, so no map has any
  if (node.kind === "event") return `event · ${dayWords(node.timestamp)}`;
  const known = node.status === "completed" && node.duration != null;
  return `${cut(clean(node.label ?? node.run_id), 14)} · ${known ? durationWords(node.duration) : word}`;
}

/**
 * One item. In the graph, `level` 2 is a card, 1 a card with nothing but a large name, 0 a mark: what can be told
 * apart at that zoom. In the timeline it is a bar.
 */
export function drawItem(pen, box, { runGraph, colours, level, selected, current, timeline, badges }) {
  const { item, x, y, w, h } = box;
  const { node } = item;
  const style = runGraph.styleOf(node);
  const ink = style[colours.theme] ?? colours.muted;
  const focus = item.members.some((i) => runGraph.focus.includes(i));
  const event = node.kind === "event";
  const missing = node.status === "missing";
  const corner = timeline ? 5 : event ? h / 2 : 10;
  if (selected)
    pen.rect(x - 4, y - 4, w + 8, h + 8, corner + 4, {
      stroke: colours.accent,
      width: level === 1 ? 6 : 2.5,
    });
  if (current)
    pen.rect(x - 7.5, y - 7.5, w + 15, h + 15, corner + 7, {
      stroke: colours.text,
      width: level === 1 ? 4 : 1.5,
      dash: "4 3",
    });
  if (timeline) {
    pen.rect(x, y, w, h, corner, { fill: colours.card });
    pen.rect(x, y, w, h, corner, { fill: ink, alpha: 0.2 });
    if (focus) pen.rect(x, y, w, h, corner, { stroke: colours.text, width: 1.5 });
    drawMark(pen, style, x + 8, y + h / 2, 5, ink);
    if (w > 60)
      pen.text(fit(clean(node.label), w - 24, 400, 11), x + 18, y + 12, { size: 11, fill: colours.text });
    return;
  }
  if (level === 0) {
    drawMark(pen, style, x + w / 2, y + h / 2, w / 2, ink);
    return;
  }
  for (const step of item.bundle ? [8, 4] : [])
    pen.rect(x + step, y + step, w, h, corner, { fill: colours.card, stroke: colours.line });
  const border = focus ? colours.text : missing ? ink : colours.line;
  pen.rect(x, y, w, h, corner, {
    fill: colours.card,
    stroke: border,
    width: focus ? 2 : 1,
    dash: missing ? "4 3" : null,
  });
  if (level === 1) {
    pen.rect(x, y, w, h, corner, { fill: ink, alpha: 0.14 });
    drawMark(pen, style, x + 24, y + h / 2, 13, ink);
    pen.text(fit(headOf(node).replace(/Flow$/, ""), w - 56, 600, 24), x + 46, y + 31, {
      size: 24,
      weight: 600,
      fill: colours.text,
    });
    return;
  }
  pen.rect(x + 9, y + 9, 28, 28, event ? 14 : 7, { fill: ink, alpha: 0.13 });
  drawMark(pen, style, x + 23, y + 23, 6.5, ink);
  pen.text(fit(headOf(node), w - 58, 600, 13), x + 46, y + 20.5, {
    size: 13,
    weight: 600,
    fill: colours.text,
  });
  pen.text(fit(factOf(item, runGraph), w - 56, 400, 11.5), x + 46, y + 35.5, {
    size: 11.5,
    fill: colours.muted,
  });
  for (const badge of badges) {
    const { far, text } = badge;
    const ground = {
      fill: far ? colours.card : colours.chip,
      stroke: colours.lineStrong,
      dash: far ? "3 2" : null,
    };
    pen.rect(badge.x, badge.y, badge.w, badge.h, badge.h / 2, ground);
    pen.text(text, badge.x + badge.w / 2, badge.y + badge.h / 2 + 3.7, {
      size: 10.5,
      weight: 600,
      fill: colours.text,
      anchor: "middle",
    });
  }
}

export function drawLink(pen, { link, d, tip }, colours, strong) {
  const ink = strong ? colours.lit : colours.edge;
  pen.path(d, { stroke: ink, width: strong ? 2 : 1.4, dash: link.kind === "resume" ? "6 4" : null });
  pen.path(tip, { fill: ink });
}
