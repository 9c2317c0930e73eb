/** Lines between cards: as wide as the root of how many runs went that way, with the number where there is room. */

import { svgEl } from "../drawing/dom.js";

const WIDEST = 4; // pixels
const HEAD = 9; // pixels, of an arrow

const px = (value) => Math.round(value * 10) / 10;

/** Draw them; gives where each number stands. */
export function drawLines(svg, lines, boxes, place, card) {
  const most = lines.reduce((all, { count }) => Math.max(all, count), 1);
  const taken = boxes.map(({ x, y, w, h }) => ({ x: x + w / 2, y: y + h / 2, w, h }));
  return lines.map((line) => {
    const [a, b] = [boxes[line.source], boxes[line.target]];
    const curves = a === b ? [around(a)] : between(a, b, (line.route ?? []).map(place), card);
    const group = svgEl("g", {}, svg);
    const wide = 1.2 + (WIDEST - 1.2) * Math.sqrt(line.count / most);
    const d = curves
      .map((c, i) => `${i ? `L${c[0]} ${c[1]}` : `M${c[0]} ${c[1]}`}C${c.slice(2).join(" ")}`)
      .join("");
    svgEl("path", { d, class: "ln-flows-line", "stroke-width": px(wide) }, group);
    const end = curves.at(-1).slice(-2);
    const half = 3.2 + wide / 2;
    svgEl("path", { class: "ln-flows-tip", d: tipAt(end, a === b, half) }, group);
    const size = { w: 10 + 6.4 * String(line.count).length, h: 17 };
    return free(curves, size, taken);
  });
}

const tipAt = ([x, y], down, half) =>
  down
    ? `M${x} ${y + HEAD}l${-half} ${-HEAD}h${2 * half}z`
    : `M${x + HEAD} ${y}l${-HEAD} ${-half}v${2 * half}z`;

/** From the right of one card to the left of another, level where it leaves, passes and arrives. */
function between(a, b, route, card) {
  const stops = [[a.x + a.w, a.y + a.h / 2]];
  const curves = [];
  const bend = (x, y) => {
    const [x0, y0] = stops.at(-1);
    const reach = Math.max(12, Math.abs(x - x0) / 2);
    curves.push([x0, y0, x0 + reach, y0, x - reach, y, x, y].map(px));
    stops.push([x, y]);
  };
  for (const { x, y } of route) {
    bend(x, y + card.height / 2);
    stops.push([x + card.w, y + card.height / 2]);
  }
  bend(b.x - HEAD, b.y + b.h / 2);
  return curves;
}

/** A flow that leads to itself: from its right edge over the corner to its top. */
const around = ({ x, y, w }) =>
  [x + w, y + 24, x + w + 22, y + 24, x + w - 18, y - 30, x + w - 30, y - HEAD - 1].map(px);

const at = ([x0, y0, x1, y1, x2, y2, x3, y3], t) => {
  const u = 1 - t;
  const [p, q, r, s] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
  return { x: px(p * x0 + q * x1 + r * x2 + s * x3), y: px(p * y0 + q * y1 + r * y2 + s * y3) };
};

/** The place on a line nearest to its middle that covers no card and no other number. */
function free(curves, { w, h }, taken) {
  const meets = (p) =>
    taken.some((o) => Math.abs(o.x - p.x) < (o.w + w) / 2 && Math.abs(o.y - p.y) < (o.h + h) / 2);
  const order = [...curves.keys()].sort(
    (i, j) => Math.abs(i - curves.length / 2) - Math.abs(j - curves.length / 2),
  );
  const tries = order.flatMap((i) => [0.45, 0.3, 0.6, 0.2, 0.7, 0.8].map((t) => at(curves[i], t)));
  const best = tries.find((p) => !meets(p)) ?? tries[0];
  taken.push({ ...best, w, h });
  return best;
}
