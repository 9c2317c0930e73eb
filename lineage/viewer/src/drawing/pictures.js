/** Boxes and links in pixels: the graph and the timeline. */

import { dayWords, headOf, pushTo, timeOf } from "../scene/words.js";
import { MARGIN } from "./camera.js";
import { fit } from "./dom.js";
import { round, symbolPath } from "./shapes.js";

const CARD = { width: 140, height: 66 };
const STEP = { x: [168, 185], y: [84, 106] }; // pixels from one column or row to the next: at least, at most
const LANE = { left: 168, top: 30, row: 24, bar: 16 };

/** The path of a link from box `a` to box `b`, level where it leaves, passes and arrives, and a point in its middle. */
function linkPath(a, b, route, step, endY) {
  let x = a.x + a.w;
  let y = a.y + a.h / 2;
  let d = `M${round(x)} ${round(y)}`;
  const bend = (toX, toY) => {
    const reach = Math.max(10, Math.abs(toX - x) / 2);
    d += `C${[x + reach, y, toX - reach, toY, toX, toY].map(round).join(" ")}`;
  };
  for (const [column, row] of route) {
    bend(column * step.x, row * step.y + CARD.height / 2);
    x = column * step.x + CARD.width;
    y = row * step.y + CARD.height / 2;
    d += `H${round(x)}`;
  }
  bend(b.x - 8, endY);
  const [column, row] = route[route.length >> 1] ?? [];
  const middle = route.length
    ? [column * step.x + CARD.width / 2, row * step.y + CARD.height / 2]
    : [(a.x + a.w + b.x) / 2, (a.y + a.h / 2 + endY) / 2];
  return { d, middle };
}

/** The head of a link, and the dot at the start of one that publishes. */
export const tipPath = (kind, a, x, y) =>
  `M${round(x - 1)} ${round(y)}l-8 -4.2v8.4z` +
  (kind === "publish" ? symbolPath({}, a.x + a.w, a.y + a.h / 2, 3.5) : "");

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

function picture(boxes, links, routeOf, more, step) {
  const boxOf = new Map(boxes.map((box) => [box.item.id, box]));
  const ranked = [...boxes].sort((a, b) => a.x - b.x || a.y - b.y);
  const ends = links
    .map((link) => ({ link, a: boxOf.get(link.from.id), b: boxOf.get(link.to.id) }))
    .filter(({ link, a, b }) => a && b && link.kind);
  const kinds = new Map(); // of the links that arrive at a box, from the top
  for (const { link, b } of ends.sort((p, q) => p.a.y - q.a.y))
    kinds.set(b, (kinds.get(b) ?? new Set()).add(link.kind));
  const drawn = ends.map(({ link, a, b }) => {
    const all = [...kinds.get(b)]; // each kind has a place of its own, so that no head lies on another
    const y = b.y + b.h / 2 + ((all.indexOf(link.kind) - (all.length - 1) / 2) * b.h) / 4;
    return { link, a, b, ...linkPath(a, b, routeOf(link), step, y), tip: tipPath(link.kind, a, b.x, y) };
  });
  return { boxes, ranked, boxOf, links: drawn, bounds: boundsOf(boxes), ...more };
}

/** As far apart as columns and rows can be in an area; cards keep their size, and a text is never too small to read. */
export function stepFor(items, arrangement, area, staged) {
  const spots = items.map((item) => arrangement.spots.get(item.seat));
  const fitted = (places, [least, most], room) => {
    const span =
      places.reduce((a, b) => Math.max(a, b), 0) - places.reduce((a, b) => Math.min(a, b), Infinity);
    return staged && room / span > least ? Math.floor(Math.min(most, room / span)) : most;
  };
  return {
    x: fitted(
      spots.map(({ x }) => x),
      STEP.x,
      area.w - CARD.width - 2 * MARGIN.x,
    ),
    y: fitted(
      spots.map(({ y }) => y),
      STEP.y,
      area.h - CARD.height - 2 * MARGIN.y,
    ),
  };
}

/** The lineage by cause: a card for every item at its column and row. */
export function graphPicture(items, links, arrangement, step) {
  const boxes = items.map((item) => {
    const { x, y } = arrangement.spots.get(item.seat);
    return { item, x: x * step.x, y: y * step.y, w: CARD.width, h: CARD.height };
  });
  return picture(boxes, links, (link) => arrangement.routes.get(link.id), {}, step);
}

/** A lane per flow, in the order of the stages; runs at the same time lie below each other. */
export function lanesOf(runGraph, items) {
  const spans = new Map();
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
    if (from) spans.set(item, { item, from, to: Math.max(from, last || 0) });
  }
  const every = [...spans.values()];
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
      if (i % 2 === 0) pen.rect(0, lane.top + view.y, area.w, lane.height, 0, { inside: colours.panel });
    });
    for (const [time] of seen(view, area))
      pen.rect(xOf(time, view), LANE.top, 1, area.h, 0, { inside: colours.line });
  };
  const above = (pen, view, area, colours) => {
    lanes.forEach((lane, i) => {
      const y = lane.top + view.y;
      pen.rect(0, y, LANE.left, lane.height, 0, { inside: i % 2 ? colours.back : colours.panel });
      pen.write(fit(lane.name, LANE.left - 28, 600, 12.5), 14, y + 20.5, {
        px: 12.5,
        weight: 600,
        inside: colours.text,
      });
    });
    pen.rect(LANE.left, LANE.top, 1, area.h, 0, { inside: colours.line });
    pen.rect(0, 0, area.w, LANE.top, 0, { inside: colours.back });
    pen.rect(0, LANE.top, area.w, 1, 0, { inside: colours.line });
    for (const [time, label] of seen(view, area))
      pen.write(label, xOf(time, view) + 4, 20, { px: 11.5, inside: colours.muted });
    pen.rect(0, 0, LANE.left, LANE.top, 0, { inside: colours.back });
    pen.write("UTC", 14, 20, { px: 11.5, inside: colours.muted });
  };
  return picture(boxes, links, () => [], { timeline: true, zoom, left, bottom, under, above });
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
