/** The ways of links in the graph: a trigger goes right, a resume or a spawn down, a read over the top. */

import { isRead } from "../scene/kinds.js";
import { round, symbolPath } from "./shapes.js";

export const CARD = { w: 140, h: 66 };
const TURN = 8; // pixels: radius of a corner, and length of an arrow's head
const RAIL = [9, 15]; // pixels at most from the end of a line to the way to the next one, and from there to its first card

const text = (point) => point.map(round).join(" ");

/** Where a column and a row begin on the picture, and which line of a folded graph they are in. */
export function spotOf({ x, y, fold }, column, row) {
  const line = fold ? Math.floor((column - fold.first) / fold.columns) : 0;
  return line
    ? { x: (column - line * fold.columns) * x, y: (row + line * fold.rows) * y, line }
    : { x: column * x, y: row * y, line };
}

/** The path of a link from box `a` to box `b`, a point in its middle, its ends, and whether it ends from above. */
export function wayOf(link, a, b, route, step) {
  const stops = route.map(([column, row]) => spotOf(step, column, row));
  const [gapX, gapY] = [(step.x - CARD.w) / 2, (step.y - CARD.h) / 2];
  if (isRead(link) && stops[0]) return over(a, b, stops, gapX);
  if (a.line !== b.line) {
    const [out, back] = [a.x + a.w + Math.min(gapX, RAIL[0]), b.x - RAIL[1]];
    const between = spotOf(step, step.fold.first + step.fold.columns * b.line, step.fold.top).y - gapY;
    const [level, goal] = [a.y + a.h / 2, b.y + b.h / 2];
    return bent([
      [a.x + a.w, level],
      [out, level],
      [out, between],
      [back, between],
      [back, goal],
      [b.x - 1, goal],
    ]);
  }
  if (a.x !== b.x || b.y < a.y) return curved(a, b, stops);
  const middle = a.x + a.w / 2;
  const points = [[middle, a.y + a.h]];
  if (b.y - a.y > 1.5 * step.y) {
    const above = b.y - Math.max(gapY, 12);
    points.push(
      [middle, a.y + a.h + gapY],
      [a.x - gapX, a.y + a.h + gapY],
      [a.x - gapX, above],
      [middle, above],
    );
  }
  return bent([...points, [middle, b.y - 1]], true);
}

/** Over the top, from column to column between the cards. */
function over(a, b, stops, gap) {
  const [from, to] = [a.x + a.w * 0.65, b.x + b.w * 0.35];
  const points = [[from, a.y]];
  let at = from;
  stops.forEach(({ x, y, line }, i) => {
    const before = stops[i - 1];
    const row = y + CARD.h / 2;
    if (before && (y !== before.y || line !== before.line))
      at = x < before.x ? x + CARD.w + gap : before.x + CARD.w + gap;
    points.push([at, (before ?? stops[0]).y + CARD.h / 2], [at, row]);
  });
  return bent([...points, [to, points.at(-1)[1]], [to, b.y - 1]], true);
}

/** A line that is level where it leaves, passes and arrives. */
export function curved(a, b, stops = []) {
  const start = [a.x + a.w, a.y + a.h / 2];
  const end = [b.x - 1, b.y + b.h / 2];
  let [x, y] = start;
  let d = `M${text(start)}`;
  const bend = (toX, toY) => {
    const reach = Math.max(10, Math.abs(toX - x) / 2);
    d += `C${text([x + reach, y, toX - reach, toY, toX, toY])}`;
  };
  for (const stop of stops) {
    bend(stop.x, stop.y + CARD.h / 2);
    [x, y] = [stop.x + CARD.w, stop.y + CARD.h / 2];
    d += `H${round(x)}`;
  }
  bend(end[0] + 1 - TURN, end[1]);
  const stop = stops[stops.length >> 1];
  const middle = stop
    ? [stop.x + CARD.w / 2, stop.y + CARD.h / 2]
    : [(start[0] + end[0]) / 2, (start[1] + end[1]) / 2];
  return { d, middle, start, end };
}

/** A line along points, upright and level in turn, with round corners; its middle is on its longest part. */
function bent(points, upright) {
  const end = points.pop();
  const start = points[0];
  const stops = [...points, upright ? [end[0], end[1] + 1 - TURN] : [end[0] + 1 - TURN, end[1]]];
  let d = "";
  let middle;
  let longest = -1;
  stops.forEach((stop, i) => {
    const near = (other) => {
      const length = Math.hypot(other[0] - stop[0], other[1] - stop[1]);
      if (other === stops[i - 1] && length > longest) {
        longest = length;
        middle = [(other[0] + stop[0]) / 2, (other[1] + stop[1]) / 2];
      }
      const part = length && Math.min(TURN, length / 2) / length;
      return text(stop.map((value, axis) => value + (other[axis] - value) * part));
    };
    const next = stops[i + 1];
    if (i) {
      const turn = near(stops[i - 1]);
      d += next ? `L${turn}Q${text(stop)} ${near(next)}` : `L${text(stop)}`;
    }
  });
  return { d: `M${text(start)}${d}`, middle, start, end, upright };
}

/** The head of a link, and the dot at the start of one that publishes. */
export const tipPath = (kind, { start, end, upright }) =>
  `M${text(end)}l${upright ? "-4.2 -8h8.4z" : "-8 -4.2v8.4z"}` +
  (kind === "publish" ? symbolPath({}, ...start, 3.5) : "");
