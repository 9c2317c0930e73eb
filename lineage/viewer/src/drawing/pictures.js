/** Boxes and links in pixels: the graph and the timeline. */

import { dayWords, headOf, pushTo, timeOf } from "../scene/words.js";
import { MARGIN } from "./camera.js";
import { fit } from "./dom.js";
import { CARD, curved, spotOf, tipPath, wayOf } from "./ways.js";

const STEP = { x: [160, 185], y: [84, 106] }; // pixels from one column or row to the next: at least, at most
const LINES = 13; // fewer than this has a folded graph
const CORNER = 44; // pixels that buttons cover in the stage's corner, where a folded graph may end
const LANE = { left: 168, top: 30, row: 24, bar: 16 };

export function boundsOf(boxes) {
  const bounds = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y, w, h } of boxes) {
    bounds[0] = Math.min(bounds[0], x);
    bounds[1] = Math.min(bounds[1], y);
    bounds[2] = Math.max(bounds[2], x + w);
    bounds[3] = Math.max(bounds[3], y + h);
  }
  const [x, y, right, bottom] = boxes.length ? bounds : [0, 0, 1, 1];
  return { x, y, w: right - x, h: bottom - y };
}

function picture(boxes, links, way, more) {
  const boxOf = new Map(boxes.map((box) => [box.item.id, box]));
  const drawn = [];
  for (const link of links) {
    const a = boxOf.get(link.from.id);
    const b = boxOf.get(link.to.id);
    if (a && b && link.kind) drawn.push({ link, a, b, ...way(link, a, b, b.y + b.h / 2) });
  }
  const kinds = new Map(); // of the links that arrive level at a box, from the top
  const level = drawn.filter(({ upright }) => !upright).sort((p, q) => p.a.y - q.a.y);
  for (const { link, b } of level) kinds.set(b, (kinds.get(b) ?? new Set()).add(link.kind));
  for (const one of level) {
    const { link, a, b } = one;
    const all = [...kinds.get(b)]; // each kind has a place of its own, so that no head lies on another
    const y = b.y + b.h / 2 + ((all.indexOf(link.kind) - (all.length - 1) / 2) * b.h) / 4;
    if (all[1]) Object.assign(one, way(link, a, b, y));
  }
  for (const one of drawn) one.tip = tipPath(one.link.kind, one);
  const ranked = [...boxes].sort((a, b) => a.x - b.x || a.y - b.y);
  return { boxes, ranked, boxOf, links: drawn, bounds: boundsOf(boxes), ...more };
}

/** What cards and the bends of links take, at their places. */
function extentOf(items, { spots, routes }, place, { w, h }) {
  const cards = items.map(({ seat }) => ({ ...place(spots.get(seat)), w, h }));
  const bends = [...routes.values()]
    .flat()
    .map(([x, y]) => ({ ...place({ x, y: y + (h && 0.4) }), w, h: 0 }));
  return boundsOf([...cards, ...bends]);
}

/**
 * As far apart as columns and rows can be in an area; cards keep their size, and a text is never too small to read.
 * A graph of few rows that has more columns than fit is folded like text.
 */
export function stepFor(items, links, arrangement, area, staged) {
  const { x: first, y: top, w: wide, h: high } = extentOf(items, arrangement, (spot) => spot, { w: 0, h: 0 });
  const room = { x: area.w - CARD.w - 2 * MARGIN.x, y: area.h - CARD.h - 2 * MARGIN.y };
  const lines = Math.ceil((wide + 1) / (Math.floor(room.x / STEP.x[0]) + 1));
  const columns = Math.ceil((wide + 1) / lines);
  // where a graph is nearly a chain, few links go from line to line
  const narrow = high <= 2 && links.length <= items.length;
  const fold = staged &&
    narrow &&
    columns > 1 &&
    lines > 1 &&
    lines < LINES && { first, top, columns, rows: high + 1 };
  const fitted = (count, [least, most], length) =>
    staged && length / count > least ? Math.floor(Math.min(most, length / count)) : fold ? least : most;
  return {
    x: fitted(fold ? columns - 1 : wide, STEP.x, room.x),
    y: fitted(fold ? lines * fold.rows - 1 : high, STEP.y, fold ? room.y - CORNER : room.y),
    fold,
  };
}

/** The lineage by cause: a card for every item at its column and row. */
export function graphPicture(items, links, arrangement, step) {
  const place = ({ x, y }) => spotOf(step, x, y);
  const boxes = items.map((item) => ({ item, ...place(arrangement.spots.get(item.seat)), ...CARD }));
  return picture(
    boxes,
    links,
    (link, a, b, goal) => wayOf(link, a, b, arrangement.routes.get(link.id), step, goal),
    {
      bounds: extentOf(items, arrangement, place, CARD),
    },
  );
}

/** A lane per flow, in the order of the stages; runs at the same time lie below each other. */
export function lanesOf(runGraph, items) {
  const every = [];
  // what still ran when this was read lasts until then, but a run that died long ago must not squeeze the rest
  const times = runGraph.nodeList
    .flatMap((node) => [timeOf(node), node.finished_at].map(Date.parse))
    .filter(Boolean);
  const known = Math.max(...times);
  const latest = Math.max(
    known,
    Math.min(Date.parse(runGraph.scene.read_at) || 0, 2 * known - Math.min(...times) + 3600000),
  );
  for (const item of items) {
    const { node } = item;
    const effects = runGraph.effects[item.members[0]].map(
      (edge) => edge.timestamp ?? timeOf(runGraph.nodeList[edge.target]),
    );
    const from = Date.parse(timeOf(node) ?? effects.filter(Boolean).sort()[0]);
    const last =
      node.status === "running"
        ? latest
        : node.duration
          ? from + node.duration * 1000
          : Date.parse(node.finished_at);
    if (from) every.push({ item, from, to: Math.max(from, last || 0) });
  }
  const start = every.reduce((least, { from }) => Math.min(least, from), Infinity);
  const end = every.reduce((most, { to }) => Math.max(most, to), start + 1000);
  const flows = new Map();
  for (const span of every.sort((a, b) => a.from - b.from)) pushTo(flows, headOf(span.item.node), span);
  const lanes = [...flows].map(([name, runs]) => ({
    name,
    runs,
    x: Math.min(...runs.map((run) => run.item.x)),
  }));
  lanes.sort((a, b) => a.x - b.x || a.runs[0].from - b.runs[0].from);
  let top = LANE.top;
  for (const lane of lanes) {
    const ends = [];
    for (const run of lane.runs) {
      let row = ends.findIndex((until) => until <= run.from);
      if (row < 0) row = ends.length;
      ends[row] = run.to + (end - start) / 60;
      run.y = top + 8 + row * LANE.row;
    }
    Object.assign(lane, { top, height: ends.length * LANE.row + 8 });
    top += lane.height;
  }
  return { lanes, start, end, bottom: top, untimed: items.length - every.length };
}

/** The lineage by time: bars as long as the runs, `zoom` times wider than the window. */
export function timelinePicture({ lanes, start, end, bottom }, links, zoom, width) {
  const left = LANE.left + 20;
  const scale = (Math.max(200, width - left - 40) / (end - start)) * zoom;
  const boxes = lanes.flatMap(({ runs }) =>
    runs.map(({ item, from, to, y }) => ({
      item,
      x: left + (from - start) * scale,
      y,
      w: Math.max(LANE.bar, (to - from) * scale),
      h: LANE.bar,
    })),
  );
  const seen = (view, area) =>
    ticks(start + (LANE.left - left - view.x) / scale, start + (area.w - left - view.x) / scale, scale);
  const xOf = (time, view) => left + (time - start) * scale + view.x;
  const under = (pen, view, area, colours) => {
    lanes.forEach((lane, i) => {
      if (i % 2 === 0) pen.rect(0, lane.top + view.y, area.w, lane.height, 0, { inside: colours.card });
    });
    for (const [time] of seen(view, area))
      pen.rect(xOf(time, view), LANE.top, 1, area.h, 0, { inside: colours.line });
  };
  const above = (pen, view, area, colours) => {
    lanes.forEach((lane, i) => {
      const y = lane.top + view.y;
      pen.rect(0, y, LANE.left, lane.height, 0, { inside: i % 2 ? colours.back : colours.card });
      pen.write(fit(lane.name, LANE.left - 22, 600, 12.5), 14, y + 20.5, {
        px: 12.5,
        weight: 600,
        inside: colours.text,
      });
    });
    pen.rect(LANE.left, LANE.top, 1, area.h, 0, { inside: colours.line });
    pen.rect(0, 0, area.w, LANE.top, 0, { inside: colours.back });
    pen.rect(0, LANE.top, area.w, 1, 0, { inside: colours.line });
    for (const [time, label] of seen(view, area)) {
      const x = xOf(time, view) + 4;
      if (x + 7 * label.length < area.w) pen.write(label, x, 20, { px: 11.5, inside: colours.muted });
    }
    pen.rect(0, 0, LANE.left, LANE.top, 0, { inside: colours.back });
    pen.write("UTC", 14, 20, { px: 11.5, inside: colours.muted });
  };
  return picture(boxes, links, (_, a, b, goal) => curved(a, b, goal), {
    timeline: true,
    zoom,
    left,
    bottom,
    under,
    above,
  });
}

const SECONDS = [
  1, 5, 15, 30, 60, 300, 900, 1800, 3600, 10800, 21600, 43200, 86400, 172800, 604800, 2592000, 7776000,
  31536000,
];

/** Round times in a stretch, at least 90 pixels apart, with what is written beside them. */
function ticks(from, to, scale) {
  const step = 1000 * (SECONDS.find((seconds) => seconds * 1000 * scale >= 90) ?? SECONDS.at(-1));
  const made = [];
  for (let time = Math.ceil(from / step) * step; time <= to && made.length < 60; time += step) {
    const iso = new Date(time).toISOString();
    const clock = step < 60000 ? iso.slice(11, 19) : iso.slice(11, 16);
    made.push([time, time % 86400000 ? (made.length ? clock : dayWords(iso)) : dayWords(iso).slice(0, -6)]);
  }
  return made;
}
