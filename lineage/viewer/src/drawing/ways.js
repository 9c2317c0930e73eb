/** The ways of links in the graph: a trigger goes right, a resume or a spawn down, a read over the top. */

import { isRead } from "../scene/kinds.js";
import { round, symbolPath } from "./shapes.js";

export const CARD = { w: 140, h: 66 };
const TURN = 8; // pixels: radius of a corner, and length of an arrow's head
const text = (point) => point.map(round).join(" ");

/** Where a column and a row begin on the picture, and which line of a folded graph they are in. */
export function spotOf({ x, y, fold }, column, row) {
  const line = fold ? Math.floor((column - fold.first) / fold.columns) : 0;
  return line
    ? { x: (column - line * fold.columns) * x, y: (row + line * fold.rows) * y, line }
    : { x: column * x, y: row * y, line };
}

/** The path of a link from box `a` to the height `goal` of box `b`, a point in its middle, its ends, and whether it ends from above. */
export function wayOf(link, a, b, route, step, goal) {
  const stops = route.map(([column, row]) => spotOf(step, column, row));
  const [gapX, gapY] = [(step.x - CARD.w) / 2, (step.y - CARD.h) / 2];
  const [right, bottom, level] = [a.x + a.w, a.y + a.h, a.y + a.h / 2];
  if (a.line !== b.line) {
    const out = right + Math.min(gapX, 9); // the stage may end 18 pixels from the cards
    const back = b.x - 15;
    const feed = spotOf(step, step.fold.first + step.fold.columns * b.line, step.fold.top).y - gapY;
    const turns = [
      [out, level],
      [out, feed],
      [back, feed],
      [back, goal],
    ];
    return bent([[right, level], ...turns, [b.x - 1, goal]], 0);
  }
  if (a.x !== b.x || b.y < a.y || isRead(link))
    return curved(a, b, goal, stops, isRead(link) && stops.length);
  const [middle, rail, first, last] = [
    a.x + a.w / 2,
    a.x - Math.min(gapX, 14),
    bottom + gapY,
    b.y - Math.max(gapY, 12),
  ];
  const aside = [
    [middle, first],
    [rail, first],
    [rail, last],
    [middle, last],
  ];
  return bent([[middle, bottom], ...(b.y - a.y > 1.5 * step.y ? aside : []), [middle, b.y - 1]], 1);
}

/** A line that is level where it leaves, passes and arrives; `over` the top, its stops begin and end above its ends. */
export function curved(a, b, goal, stops = [], over = false) {
  const start = over ? [a.x + a.w * 0.65, a.y] : [a.x + a.w, a.y + a.h / 2];
  const end = over ? [b.x + b.w * 0.35, b.y - 1] : [b.x - 1, goal];
  let [x, y] = start;
  let d = `M${text(start)}`;
  const bend = (toX, toY) => {
    const reach = Math.max(10, Math.abs(toX - x) / 2);
    d += `C${text([x + reach, y, toX + (toX > x ? -reach : reach), toY, toX, toY])}`;
  };
  const half = stops.length >> 1; // a name on a lane stands between two columns, where no other read goes up
  const places = stops.map((stop) => [stop.x + CARD.w / 2, stop.y + CARD.h / 2]);
  places.forEach(([middle, row], i) => {
    if (over && !i) d += `V${round(row)}`;
    else bend(middle + (middle > x ? -CARD.w : CARD.w) / 2, row);
    x = over && !stops[i + 1] ? end[0] : middle + CARD.w / 2;
    y = row;
    d += `H${round(x)}`;
  });
  if (over) d += `V${round(end[1] + 1 - TURN)}`;
  else bend(end[0] + 1 - TURN, end[1]);
  return {
    d,
    middle: between(places[over ? half - 1 : (stops.length - 1) >> 1] ?? start, places[half] ?? end),
    start,
    end,
    upright: +over,
  };
}

/** A line along points, upright and level in turn, with round corners. */
function bent(points, upright) {
  const [start, end] = [points[0], points.pop()];
  const stops = [...points, end.map((value, axis) => value + (axis === upright && 1 - TURN))];
  const near = (stop, other) =>
    text(stop.map((value, axis) => value + Math.max(-TURN, Math.min(TURN, (other[axis] - value) / 2))));
  const turns = stops.map((stop, i) =>
    stops[i - 1] && stops[i + 1]
      ? `${near(stop, stops[i - 1])}Q${text(stop)} ${near(stop, stops[i + 1])}`
      : text(stop),
  );
  return { d: `M${turns.join("L")}`, middle: between(start, end), start, end, upright };
}

const between = (p, q) => p.map((value, axis) => (value + q[axis]) / 2);

/** The head of a link, and the dot at the start of one that publishes. */
export const tipPath = (kind, { start, end, upright }) =>
  `M${text(end)}l${upright ? "-4.2 -8h8.4z" : "-8 -4.2v8.4z"}` +
  (kind === "publish" ? symbolPath({}, ...start, 3.5) : "");
