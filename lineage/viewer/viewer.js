/**
 * Draws a lineage: where a run came from and what it set off.
 *
 * One ES module without dependencies, the same in the notebook, the report, the card and the view
 * without a kernel. It draws a scene (docs/scene.md) and loads nothing. Strings of a scene may be
 * hostile: they reach the document as text only, never as markup.
 *
 *   model        the scene with its edges indexed both ways
 *   fold         which runs stand for themselves and which hide in a bundle
 *   arrange      columns and rows; what has a place keeps it
 *   pictures     boxes and links in pixels: the graph, the timeline
 *   pens         the same strokes on SVG and on canvas
 *   stage        pan, zoom, pointer
 *   parts        details, table, toolbar
 *   viewer       the state, and who tells whom
 */

const CARD = { width: 180, height: 46 };
const STEP = { x: 262, y: 66 }; // pixels from one column or row to the next
const HOPS = 2; // what opens: the focus and this many hops each way …
const SMALL = 30; // … unless the whole lineage has no more nodes than this
const BUNDLE = 4; // runs alike, from this many on, open as one bundle
const CANVAS_FROM = 2500; // boxes and links; SVG is slower from here on
const ROWS = 100; // table rows that are drawn at once
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
const SVG = "http://www.w3.org/2000/svg";

// ------------------------------------------------------------------------------------------ words

/** Characters that draw nothing or turn the line around, except the joiner inside emoji. */
const UNSEEN = /(?!\u200d)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** A string as it can be shown: what is invisible becomes an escape that one can read. */
const clean = (value) =>
  String(value ?? "").replace(UNSEEN, (c) => `\\u${c.codePointAt(0).toString(16).padStart(4, "0")}`);

/** The first `length` characters; a label never needs ten thousand. */
const cut = (text, length = 80) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

/** 1200, "run" -> "1,200 runs" */
const countWords = (count, noun) => `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;

/** Seconds as a person would say it: 7322 -> "2 h 2 min"; as in lineage/style.py. */
function durationWords(seconds) {
  if (seconds == null) return "—";
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [size, unit, small, smallUnit] =
    whole >= 86400 ? [86400, "d", 3600, "h"] : whole >= 3600 ? [3600, "h", 60, "min"] : [60, "min", 1, "s"];
  const rest = Math.floor((whole % size) / small);
  return `${Math.floor(whole / size)} ${unit}${rest ? ` ${rest} ${smallUnit}` : ""}`;
}

/** "2026-01-02T03:04:05Z" -> "2026-01-02 03:04:05 UTC" */
const timeWords = (iso) => (iso ? `${clean(iso).slice(0, 19).replace("T", " ")} UTC` : "—");

/** How a run's duration compares with the usual one of its flow: "twice the usual 12 s". */
function usualWords(duration, usual) {
  if (duration == null || !usual) return "";
  const ratio = duration / usual;
  const than = `the usual ${durationWords(usual)}`;
  if (ratio > 1.8) return `${ratio.toFixed(1)} × ${than}`;
  if (ratio > 1.1) return `${Math.round((ratio - 1) * 100)} % more than ${than}`;
  if (ratio < 0.9) return `${Math.round((1 - ratio) * 100)} % less than ${than}`;
  return `about ${than}`;
}

/** What a person calls a node: "TrainingFlow/34", or "first" for an event. */
const nameOf = (node) => clean(node.kind === "event" ? node.name : node.id);
const headOf = (node) => clean(node.kind === "event" ? node.name : node.flow);
const timeOf = (node) => node.created_at ?? node.timestamp;

/** Add to the list that a map keeps under `key`. */
function pushTo(map, key, value) {
  if (map.has(key)) map.get(key).push(value);
  else map.set(key, [value]);
}

// -------------------------------------------------------------------------------------------- DOM

/**
 * An element: `el("button.quiet", { title: "…", onclick: f }, "text", child)`.
 * Children that are strings become text nodes: there is no way to markup from here.
 */
function el(spec, props = {}, ...children) {
  const [tag, ...classes] = spec.split(".");
  const node = document.createElement(tag || "div");
  if (classes.length) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value != null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(3).filter((child) => child || child === 0));
  return node;
}

function svgEl(tag, attributes, parent) {
  const node = document.createElementNS(SVG, tag);
  for (const name in attributes) if (attributes[name] != null) node.setAttribute(name, attributes[name]);
  parent?.append(node);
  return node;
}

const measuring = document.createElement("canvas").getContext("2d");
const fitted = new Map();

/** `text` cut with an ellipsis so that it is at most `width` pixels wide. */
function fit(text, width, font) {
  const key = `${width}${font}${text}`;
  if (fitted.has(key)) return fitted.get(key);
  if (fitted.size > 50000) fitted.clear();
  measuring.font = font;
  let characters = [...text.slice(0, 120)];
  let short = characters.length < text.length ? `${characters.join("")}…` : text;
  while (characters.length > 1 && measuring.measureText(short).width > width) {
    characters = characters.slice(0, -1);
    short = `${characters.join("")}…`;
  }
  fitted.set(key, short);
  return short;
}

// ------------------------------------------------------------------------------------------ model

/** A scene with its edges indexed both ways. Nodes are known by their index. */
class Model {
  constructor(scene) {
    this.scene = scene;
    this.nodes = scene.nodes ?? [];
    this.styles = scene.styles ?? {};
    this.focus = (scene.focus ?? []).filter((i) => this.nodes[i]);
    this.index = new Map(this.nodes.map((node, i) => [node.id, i]));
    this.edges = (scene.edges ?? []).filter((edge) => this.nodes[edge.source] && this.nodes[edge.target]);
    this.causes = this.nodes.map(() => []);
    this.effects = this.nodes.map(() => []);
    for (const edge of this.edges) {
      this.causes[edge.target].push(edge);
      this.effects[edge.source].push(edge);
    }
    this.runs = this.nodes.filter((node) => node.kind !== "event").length;
    // Columns are stages. Positions of the user's own may be anywhere: then they are kept as they are.
    this.staged = this.nodes.every((node) => Number.isInteger(node.x));
  }

  /** The word, symbol, glyph and colours of a node. */
  style(node) {
    const key = node.kind === "event" ? "event" : node.status;
    return this.styles[key] ?? this.styles.unknown ?? { word: key, symbol: "circle", glyph: "●" };
  }

  /** Indexes next to `i`: its causes ("up") or its effects ("down"). */
  next(i, way) {
    return way === "up" ? this.causes[i].map((edge) => edge.source) : this.effects[i].map((edge) => edge.target);
  }

  /** All that can be reached from `start` within `hops`, `start` included. */
  reach(start, way, hops = Infinity) {
    const seen = new Set(start);
    let ring = [...seen];
    for (let hop = 0; hop < hops && ring.length; hop++) {
      const further = [];
      for (const i of ring) {
        for (const j of this.next(i, way)) {
          if (seen.has(j)) continue;
          seen.add(j);
          further.push(j);
        }
      }
      ring = further;
    }
    return seen;
  }

  /** The shortest way from `i` to any of `goals`, in either direction, both ends included. */
  wayTo(i, goals) {
    const from = new Map([[i, null]]);
    for (const at of from.keys()) {
      if (goals.has(at)) {
        const way = [];
        for (let step = at; step !== null; step = from.get(step)) way.push(step);
        return way;
      }
      for (const j of [...this.next(at, "up"), ...this.next(at, "down")]) if (!from.has(j)) from.set(j, at);
    }
    return [i];
  }

  /** What is on the screen at first: the focus with a few hops each way, or all of a small lineage. */
  opening() {
    const all = new Set(this.nodes.keys());
    if (all.size <= SMALL || !this.focus.length) return all;
    return new Set([...this.reach(this.focus, "up", HOPS), ...this.reach(this.focus, "down", HOPS)]);
  }
}

// ------------------------------------------------------------------------------------------- fold

/**
 * Items are what stands on the screen: a run, an event, or a bundle of runs of one flow and status
 * that hang on the same causes. Causes that are folded count as one, so a sweep with its
 * consequences folds to a short chain.
 *
 * @returns {{items: Array, of: Map<number, object>}} the items, and the item of each shown node
 */
function fold(model, shown, unfolded) {
  const order = [...shown].sort((a, b) => model.nodes[a].x - model.nodes[b].x || model.nodes[a].y - model.nodes[b].y);
  const groupOf = new Map();
  const groups = new Map();
  for (const i of order) {
    const node = model.nodes[i];
    const causes = model.next(i, "up").filter((j) => shown.has(j));
    const names = (list) => [...new Set(list.map((j) => groupOf.get(j) ?? model.nodes[j].id))].sort().join("\n");
    const effects = model.next(i, "down").filter((j) => shown.has(j));
    const kin = causes.length ? `by ${names(causes)}${effects.length ? " on" : ""}` : `of ${names(effects)}`;
    const lone = model.focus.includes(i) || !(causes.length + effects.length);
    const key = lone ? node.id : [headOf(node), node.kind, node.status, node.x, kin].join("\n");
    groupOf.set(i, key);
    pushTo(groups, key, i);
  }
  const items = [];
  const of = new Map();
  for (const [key, members] of groups) {
    const bundle = members.length >= BUNDLE && !unfolded.has(key);
    for (const part of bundle ? [members] : members.map((i) => [i])) {
      const node = model.nodes[part[part.length >> 1]];
      const item = { id: bundle ? `bundle:${key}` : node.id, node, members: part, bundle: bundle && key, x: node.x, y: node.y };
      item.group = members.length >= BUNDLE ? key : null;
      items.push(item);
      for (const i of part) of.set(i, item);
    }
  }
  return { items, of };
}

/** The edges between items, each pair once, with the scene's way points where both ends are runs. */
function linkUp(model, { items, of }) {
  const links = new Map();
  for (const item of items) {
    for (const i of item.members) {
      for (const edge of model.effects[i]) {
        const to = of.get(edge.target);
        const id = to && `${item.id}\n${to.id}\n${edge.kind}`;
        if (!to || to === item || links.has(id)) continue;
        links.set(id, { id, from: item, to, kind: edge.kind, route: item.bundle || to.bundle ? null : edge.route });
      }
    }
  }
  return [...links.values()];
}

// ---------------------------------------------------------------------------------------- arrange

/** Rows nearest to `wanted` that keep the order and the room of each: isotonic regression. */
function settle(wanted, rooms) {
  let offset = 0;
  const offsets = rooms.map((room, i) => (i ? (offset += (rooms[i - 1] + room) / 2) : 0));
  const blocks = [];
  wanted.forEach((want, i) => {
    let block = { sum: want - offsets[i], count: 1 };
    while (blocks.length && blocks.at(-1).sum / blocks.at(-1).count > block.sum / block.count) {
      const before = blocks.pop();
      block = { sum: before.sum + block.sum, count: before.count + block.count };
    }
    blocks.push(block);
  });
  return blocks.flatMap((block) => Array(block.count).fill(block.sum / block.count)).map((row, i) => row + offsets[i]);
}

/** Where everything stands: `spots` of items and `routes` of links. What has a place keeps it. */
class Arrangement {
  constructor() {
    this.spots = new Map(); // item id -> {x, y} in columns and rows
    this.routes = new Map(); // link id -> [[x, y], …]
  }

  /** Give a place to all that has none. */
  place(model, items, links) {
    const known = items.filter((item) => this.spots.has(item.id));
    const whole = items.length === model.nodes.length;
    if (!known.length && (whole || !model.staged)) this.asGiven(items, links);
    else if (!known.length) this.compact(items, links);
    else this.add(model, items, links, known);
  }

  asGiven(items, links) {
    for (const item of items) this.spots.set(item.id, { x: item.x, y: item.y });
    for (const link of links) this.routes.set(link.id, link.route ?? []);
  }

  /** A part of the lineage, drawn together: the order of the whole, the rows of the part. */
  compact(items, links) {
    const columns = new Map();
    const slot = (x, order, room) => {
      const made = { x, order, room, y: 0, near: [] };
      pushTo(columns, x, made);
      return made;
    };
    const slots = new Map(items.map((item) => [item.id, slot(item.x, item.y, 1)]));
    const taken = [...columns.keys()];
    for (const link of links) {
      const chain = [slots.get(link.from.id), ...this.bends(link, taken, slot), slots.get(link.to.id)];
      this.routes.set(link.id, chain.slice(1, -1));
      chain.slice(1).forEach((to, i) => {
        to.near.push(chain[i]);
        chain[i].near.push(to);
      });
    }
    this.relax([...columns.entries()].sort((a, b) => a[0] - b[0]).map((entry) => entry[1]));
    for (const item of items) this.spots.set(item.id, { x: item.x, y: slots.get(item.id).y });
    for (const [id, chain] of this.routes) this.routes.set(id, chain.map(({ x, y }) => [x, y]));
  }

  /** Way points where a long link crosses a column that has something in it. */
  bends(link, taken, slot) {
    const { from, to } = link;
    return taken
      .filter((x) => x > from.x && x < to.x)
      .sort((a, b) => a - b)
      .map((x) => {
        const given = link.route?.find((point) => point[0] === x);
        return slot(x, given ? given[1] : from.y + ((to.y - from.y) * (x - from.x)) / (to.x - from.x), 0.5);
      });
  }

  relax(columns) {
    for (const column of columns) {
      column.sort((a, b) => a.order - b.order);
      const rows = settle(column.map((_, i) => i - column.length / 2), column.map((s) => s.room));
      column.forEach((s, i) => (s.y = rows[i]));
    }
    for (let sweep = 0; sweep < 12; sweep++) {
      for (const column of sweep % 2 ? [...columns].reverse() : columns) {
        const wanted = column.map((s) => (s.near.length ? s.near.reduce((sum, t) => sum + t.y, 0) / s.near.length : s.y));
        settle(wanted, column.map((s) => s.room)).forEach((y, i) => (column[i].y = y));
      }
    }
  }

  /** New items take the free rows nearest to what they hang on; nothing that was there moves. */
  add(model, items, links, known) {
    const shift = this.spots.get(known[0].id).x - known[0].x;
    const taken = new Map();
    const occupy = (x, y, room) => taken.set(x, [...(taken.get(x) ?? []), { y, room }].sort((a, b) => a.y - b.y));
    for (const item of known) occupy(this.spots.get(item.id).x, this.spots.get(item.id).y, 1);
    for (const link of links) for (const [x, y] of this.routes.get(link.id) ?? []) occupy(x, y, 0.5);
    const near = new Map(items.map((item) => [item.id, []]));
    for (const { from, to } of links) {
      near.get(from.id).push([to, 1]);
      near.get(to.id).push([from, -1]);
    }
    let waiting = items.filter((item) => !this.spots.has(item.id)).sort((a, b) => a.y - b.y);
    while (waiting.length) {
      const ready = waiting.filter((item) => near.get(item.id).some(([other]) => this.spots.has(other.id)));
      for (const item of ready.length ? ready : waiting.slice(0, 1)) {
        const placed = near.get(item.id).filter(([other]) => this.spots.has(other.id));
        const rows = placed.map(([other]) => this.spots.get(other.id).y);
        let x = item.x + shift;
        for (const [other, way] of placed) {
          const limit = this.spots.get(other.id).x;
          if (model.staged && (way > 0 ? x >= limit : x <= limit)) x = limit - way;
        }
        const y = freeRow(taken.get(x) ?? [], rows.length ? rows.reduce((a, b) => a + b) / rows.length : item.y, 1);
        this.spots.set(item.id, { x, y });
        occupy(x, y, 1);
      }
      waiting = waiting.filter((item) => !this.spots.has(item.id));
    }
    for (const link of links) if (!this.routes.has(link.id)) this.routes.set(link.id, this.detour(link, taken, occupy));
  }

  /** Free way points for a new link, column by column. */
  detour({ from, to }, taken, occupy) {
    const a = this.spots.get(from.id);
    const b = this.spots.get(to.id);
    const columns = [...taken.keys()].filter((x) => x > a.x && x < b.x).sort((p, q) => p - q);
    return columns.map((x) => {
      const y = freeRow(taken.get(x), a.y + ((b.y - a.y) * (x - a.x)) / (b.x - a.x), 0.5);
      occupy(x, y, 0.5);
      return [x, y];
    });
  }
}

/** The row nearest to `wanted` with `room` around it, in a column whose `taken` rows are sorted. */
function freeRow(taken, wanted, room) {
  let best = null;
  let low = -Infinity;
  for (const next of [...taken, null]) {
    const high = next ? next.y - (next.room + room) / 2 : Infinity;
    const row = Math.min(Math.max(wanted, low), high);
    if (low <= high + 1e-6 && (best === null || Math.abs(row - wanted) < Math.abs(best - wanted))) best = row;
    if (next) low = Math.max(low, next.y + (next.room + room) / 2);
  }
  return best;
}

// ----------------------------------------------------------------------------------------- pictures

const round = (x) => Math.round(x * 10) / 10;

/** The path of a link from box `a` to box `b`, level where it leaves, passes and arrives. */
function linkPath(a, b, route = []) {
  let x = a.x + a.w;
  let y = a.y + a.h / 2;
  let d = `M${round(x)} ${round(y)}`;
  const bend = (toX, toY) => {
    const reach = Math.max(30, Math.abs(toX - x) / 2);
    d += `C${round(x + reach)} ${round(y)} ${round(toX - reach)} ${round(toY)} ${round(toX)} ${round(toY)}`;
  };
  for (const [column, row] of route) {
    bend(column * STEP.x, row * STEP.y + CARD.height / 2);
    x = column * STEP.x + CARD.width;
    y = row * STEP.y + CARD.height / 2;
    d += `H${round(x)}`;
  }
  bend(b.x - 8, b.y + b.h / 2);
  return d;
}

const arrowPath = (box) => `M${round(box.x - 1)} ${round(box.y + box.h / 2)}l-8 -4.2v8.4z`;

function boundsOf(boxes) {
  const left = boxes.reduce((min, b) => Math.min(min, b.x), Infinity);
  const top = boxes.reduce((min, b) => Math.min(min, b.y), Infinity);
  const right = boxes.reduce((max, b) => Math.max(max, b.x + b.w), -Infinity);
  const bottom = boxes.reduce((max, b) => Math.max(max, b.y + b.h), -Infinity);
  return boxes.length ? { x: left, y: top, w: right - left, h: bottom - top } : { x: 0, y: 0, w: 1, h: 1 };
}

/** The lineage by cause: a card for every item at its column and row. */
function graphPicture(items, links, arrangement) {
  const boxes = items.map((item) => {
    const { x, y } = arrangement.spots.get(item.id);
    return { item, x: x * STEP.x, y: y * STEP.y, w: CARD.width, h: CARD.height };
  });
  return finish("graph", boxes, links, (link) => arrangement.routes.get(link.id));
}

function finish(kind, boxes, links, routeOf) {
  const boxOf = new Map(boxes.map((box) => [box.item.id, box]));
  const drawn = [];
  for (const link of links) {
    const a = boxOf.get(link.from.id);
    const b = boxOf.get(link.to.id);
    if (a && b) drawn.push({ link, a, b, d: linkPath(a, b, routeOf(link)), tip: arrowPath(b) });
  }
  return { kind, boxes, boxOf, links: drawn, bounds: boundsOf(boxes) };
}

// -------------------------------------------------------------------------------------------- pens

/** A quarter of a fat cross in the unit square, turned four times. */
const CROSS = [0, 1, 2, 3].flatMap((turn) =>
  [[0, -0.4], [0.55, -0.95], [0.95, -0.55]].map(([x, y]) => [[x, y], [-y, x], [-x, -y], [y, -x]][turn]),
);

/** The outline of a status symbol around (x, y); the names are plotly's. */
function symbolPath(symbol, x, y, r) {
  const outline = (points) => `M${points.map(([dx, dy]) => `${round(x + dx * r)} ${round(y + dy * r)}`).join("L")}z`;
  const around = (count, radii, turn = 0) =>
    outline(
      Array.from({ length: count }, (_, i) => {
        const angle = ((turn + (i * 360) / count) * Math.PI) / 180;
        const radius = radii[i % radii.length];
        return [radius * Math.cos(angle), radius * Math.sin(angle)];
      }),
    );
  if (symbol === "triangle-right") return around(3, [1.2]);
  if (symbol === "diamond") return around(4, [1.15]);
  if (symbol === "hexagon") return around(6, [1.1]);
  if (symbol === "star") return around(10, [1.25, 0.55], -90);
  if (symbol === "x") return outline(CROSS);
  const size = round(r);
  return `M${round(x - r)} ${round(y)}a${size} ${size} 0 1 0 ${2 * size} 0a${size} ${size} 0 1 0 ${-2 * size} 0z`;
}

/** Strokes that become SVG elements. Colours are attributes, so that a copy needs no stylesheet. */
class SvgPen {
  constructor(parent) {
    this.parent = parent;
  }

  rect(x, y, width, height, rx, ink) {
    svgEl("rect", { x: round(x), y: round(y), width: round(width), height: round(height), rx, ...this.paint(ink) }, this.parent);
  }

  path(d, ink) {
    svgEl("path", { d, ...this.paint(ink) }, this.parent);
  }

  text(text, x, y, { size, weight, fill, anchor }) {
    const node = svgEl("text", { x: round(x), y: round(y), "font-size": size, "font-weight": weight, fill, "text-anchor": anchor }, this.parent);
    node.textContent = text;
  }

  paint({ fill = "none", stroke, width, dash, alpha }) {
    return { fill, stroke, "stroke-width": stroke && (width ?? 1), "stroke-dasharray": dash, opacity: alpha };
  }
}

/** The same strokes on a canvas. */
class CanvasPen {
  constructor(context) {
    this.context = context;
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

/** A status symbol; an open one is drawn as a ring. */
function drawMark(pen, style, x, y, r, ink) {
  const open = style.symbol.endsWith("-open");
  pen.path(symbolPath(style.symbol, x, y, open ? r * 0.85 : r), open ? { stroke: ink, width: r * 0.35 } : { fill: ink });
}

/** The second line of a card: what is worth knowing at a glance. */
function factOf(item, model) {
  const { node, members } = item;
  const { word } = model.style(node);
  if (item.bundle) return node.kind === "event" ? countWords(members.length, "event") : countWords(members.length, `${word} run`);
  if (node.kind === "event") return `event · ${dayWords(node.timestamp)}`;
  const label = cut(clean(node.label ?? node.run_id), 14);
  return `${label} · ${node.status === "completed" && node.duration != null ? durationWords(node.duration) : word}`;
}

/** "2026-01-05T06:12:00Z" -> "5 Jan 06:12" */
function dayWords(iso) {
  const date = new Date(iso ?? NaN);
  if (Number.isNaN(date.getTime())) return "no time";
  const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.toISOString().slice(11, 16)}`;
}

/**
 * One item of the graph. `level` 2 is a card, 1 a card without words, 0 a mark: what can be told
 * apart at that zoom.
 */
function drawItem(pen, box, look) {
  const { model, colours, level, selected, current, badges = [] } = look;
  const { item, x, y, w, h } = box;
  const { node } = item;
  const style = model.style(node);
  const ink = style[colours.theme] ?? colours.muted;
  const focus = item.members.some((i) => model.focus.includes(i));
  const round = node.kind === "event" ? h / 2 : 10;
  if (selected) pen.rect(x - 4, y - 4, w + 8, h + 8, round + 4, { stroke: colours.accent, width: level < 2 ? 6 : 2.5 });
  if (current) pen.rect(x - 7.5, y - 7.5, w + 15, h + 15, round + 7, { stroke: colours.text, width: level < 2 ? 4 : 1.5, dash: "4 3" });
  if (level === 0) return drawMark(pen, style, x + w / 2, y + h / 2, focus ? 34 : 24, ink);
  if (item.bundle) {
    pen.rect(x + 8, y + 8, w, h, round, { fill: colours.card, stroke: colours.line });
    pen.rect(x + 4, y + 4, w, h, round, { fill: colours.card, stroke: colours.line });
  }
  pen.rect(x, y, w, h, round, { fill: colours.card, stroke: focus ? colours.text : node.status === "missing" ? ink : colours.line, width: focus ? 2 : 1, dash: node.status === "missing" ? "4 3" : null });
  if (level === 1) {
    pen.rect(x, y, w, h, round, { fill: ink, alpha: 0.14 });
    return drawMark(pen, style, x + w / 2, y + h / 2, 15, ink);
  }
  pen.rect(x + 9, y + 9, 28, 28, node.kind === "event" ? 14 : 7, { fill: ink, alpha: 0.13 });
  drawMark(pen, style, x + 23, y + 23, 6.5, ink);
  pen.text(fit(headOf(node), w - 58, `600 13px ${FONT}`), x + 46, y + 20.5, { size: 13, weight: 600, fill: colours.text });
  pen.text(fit(factOf(item, model), w - 56, `400 11.5px ${FONT}`), x + 46, y + 35.5, { size: 11.5, fill: colours.muted });
  for (const badge of badges) drawBadge(pen, badge, colours);
  return undefined;
}

function drawBadge(pen, { x, y, w, h, text, far }, colours) {
  pen.rect(x, y, w, h, h / 2, { fill: far ? colours.card : colours.chip, stroke: colours.lineStrong, dash: far ? "3 2" : null });
  pen.text(text, x + w / 2, y + h / 2 + 3.7, { size: 10.5, weight: 600, fill: colours.text, anchor: "middle" });
}

function drawLink(pen, { link, d, tip }, colours, strong) {
  const ink = strong ? colours.lit : colours.edge;
  pen.path(d, { stroke: ink, width: strong ? 2 : 1.4, dash: link.kind === "resume" ? "6 4" : null });
  pen.path(tip, { fill: ink });
}

// -------------------------------------------------------------------------------------------- stage

const levelAt = (k) => (k >= 0.5 ? 2 : k >= 0.17 ? 1 : 0);
const within = (box, x, y, slack = 0) =>
  x >= box.x - slack && x <= box.x + box.w + slack && y >= box.y - slack && y <= box.y + box.h + slack;

/** The drawing area: shows a picture, pans and zooms it, and says what the pointer is on. */
class Stage {
  /** @param {object} hooks look(item), over(item, point), press(item, badge, event), double(item) */
  constructor(host, hooks) {
    this.host = host;
    this.hooks = hooks;
    this.view = { x: 0, y: 0, k: 1 };
    this.lit = null; // ids of items that stand out, or null when all are alike
    this.groups = new Map();
    this.canvas = el("canvas.ln-canvas", { "aria-hidden": "true" });
    this.svg = svgEl("svg", { class: "ln-svg", "font-family": FONT });
    host.prepend(this.svg, this.canvas);
    this.listen();
    this.watcher = new ResizeObserver(() => this.resized());
    this.watcher.observe(host);
  }

  get size() {
    return { w: this.host.clientWidth || 800, h: this.host.clientHeight || 400 };
  }

  get level() {
    return this.picture?.kind === "timeline" ? 2 : levelAt(this.view.k);
  }

  /** Draw a picture; the view stays unless there was none. */
  show(picture) {
    this.picture = picture;
    this.onCanvas = picture.boxes.length + picture.links.length > CANVAS_FROM;
    this.svg.style.display = this.onCanvas ? "none" : "";
    this.canvas.style.display = this.onCanvas ? "" : "none";
    this.chunks = null;
    if (this.onCanvas) this.svg.replaceChildren();
    else this.drawSvg();
    this.draw();
  }

  drawSvg() {
    const { picture, hooks } = this;
    this.drawnLevel = this.level;
    this.groups.clear();
    this.svg.replaceChildren();
    this.under = svgEl("g", {}, this.svg);
    this.world = svgEl("g", { class: "ln-world" }, this.svg);
    this.above = svgEl("g", {}, this.svg);
    const links = svgEl("g", { class: "ln-links" }, this.world);
    this.linkGroups = picture.links.map((drawn) => {
      const group = svgEl("g", { class: "ln-link" }, links);
      drawLink(new SvgPen(group), drawn, hooks.colours());
      return [group, drawn];
    });
    for (const box of picture.boxes) {
      const group = svgEl("g", { class: "ln-node", "data-id": clean(box.item.id), role: "img", "aria-label": hooks.name(box.item) }, this.world);
      this.groups.set(box.item.id, group);
      hooks.drawBox(new SvgPen(group), box, this.drawnLevel);
    }
  }

  /** Bring what is on the screen in step with the view and the highlight. */
  draw() {
    if (!this.picture) return;
    if (this.onCanvas) return this.drawCanvas();
    if (this.level !== this.drawnLevel) this.drawSvg();
    const { x, y, k } = this.view;
    this.world.setAttribute("transform", this.picture.kind === "timeline" ? `translate(${x} ${y})` : `translate(${x} ${y}) scale(${k})`);
    this.light();
    for (const [name, group] of [["under", this.under], ["above", this.above]]) {
      group.replaceChildren();
      this.picture[name]?.(new SvgPen(group), this.view, this.size);
    }
    return undefined;
  }

  schedule() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  /** Items in `lit` stand out, the rest steps back. */
  highlight(lit) {
    this.lit = lit;
    if (this.onCanvas) this.schedule();
    else if (this.picture) this.light();
  }

  light() {
    const { lit } = this;
    this.world.classList.toggle("ln-dim", !!lit);
    for (const [id, group] of this.groups) group.classList.toggle("ln-lit", !!lit?.has(id));
    for (const [group, { link }] of this.linkGroups) group.classList.toggle("ln-lit", this.isLit(link));
  }

  isLit(link) {
    return !!this.lit && this.lit.has(link.from.id) && this.lit.has(link.to.id);
  }

  /** Draw some items again: they were selected, or are no longer. */
  redraw(ids) {
    if (this.onCanvas) return this.schedule();
    for (const id of ids) {
      const group = this.groups.get(id);
      if (!group) continue;
      group.replaceChildren();
      this.hooks.drawBox(new SvgPen(group), this.picture.boxOf.get(id), this.drawnLevel);
    }
    return undefined;
  }

  drawCanvas() {
    const { canvas, picture, view, size, hooks } = this;
    const ratio = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(size.w * ratio) || canvas.height !== Math.round(size.h * ratio)) {
      canvas.width = Math.round(size.w * ratio);
      canvas.height = Math.round(size.h * ratio);
    }
    const context = canvas.getContext("2d");
    const pen = new CanvasPen(context);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, size.w, size.h);
    picture.under?.(pen, view, size);
    const k = picture.kind === "timeline" ? 1 : view.k;
    context.setTransform(ratio * k, 0, 0, ratio * k, ratio * view.x, ratio * view.y);
    const seen = { x: -view.x / k, y: -view.y / k, w: size.w / k, h: size.h / k };
    const meets = (b) => b.x <= seen.x + seen.w && b.x + b.w >= seen.x && b.y <= seen.y + seen.h && b.y + b.h >= seen.y;
    context.globalAlpha = this.lit ? 0.2 : 1;
    this.canvasLinks(pen, meets, k);
    if (this.level) for (const box of picture.boxes) if (meets(box)) hooks.drawBox(pen, box, this.level);
    if (!this.level) this.canvasMarks(pen, picture.boxes, k);
    if (this.lit) {
      context.globalAlpha = 1;
      for (const drawn of picture.links) if (this.isLit(drawn.link)) drawLink(pen, drawn, hooks.colours(), true);
      for (const box of picture.boxes) if (this.lit.has(box.item.id) && meets(box)) hooks.drawBox(pen, box, this.level);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    picture.above?.(pen, view, size);
  }

  /** Links in chunks of one path each: thousands of single strokes are slow. */
  canvasLinks(pen, meets, k) {
    this.chunks ??= this.makeChunks();
    const colours = this.hooks.colours();
    for (const chunk of this.chunks) {
      if (!meets(chunk.bounds)) continue;
      pen.path(chunk.lines, { stroke: colours.edge, width: Math.max(1.4, 0.7 / k), dash: chunk.kind === "resume" && this.level ? "6 4" : null });
      if (this.level) pen.path(chunk.tips, { fill: colours.edge });
    }
  }

  makeChunks() {
    const chunks = [];
    for (const kind of new Set(this.picture.links.map(({ link }) => link.kind))) {
      const links = this.picture.links.filter(({ link }) => link.kind === kind).sort((p, q) => p.a.x - q.a.x || p.a.y - q.a.y);
      for (let at = 0; at < links.length; at += 150) {
        const part = links.slice(at, at + 150);
        chunks.push({
          kind,
          lines: new Path2D(part.map(({ d }) => d).join("")),
          tips: new Path2D(part.map(({ tip }) => tip).join("")),
          bounds: boundsOf(part.flatMap(({ a, b }) => [a, b])),
        });
      }
    }
    return chunks;
  }

  /** Far away, items of a status are one path. */
  canvasMarks(pen, boxes, k) {
    const r = Math.min(60, Math.max(14, 2.6 / k));
    const alike = new Map();
    for (const box of boxes) pushTo(alike, this.hooks.style(box.item), box);
    for (const [style, group] of alike) {
      const marks = group.map((box) => symbolPath(style.symbol, box.x + box.w / 2, box.y + box.h / 2, r)).join("");
      const ink = style[this.hooks.colours().theme];
      pen.path(marks, style.symbol.endsWith("-open") ? { stroke: ink, width: r * 0.4 } : { fill: ink });
    }
    for (const box of boxes) if (this.hooks.marked(box.item)) this.hooks.drawBox(pen, box, 0);
  }

  // ---- view

  /** A place on the screen in the picture's own pixels. */
  toPicture(x, y) {
    const k = this.picture?.kind === "timeline" ? 1 : this.view.k;
    return [(x - this.view.x) / k, (y - this.view.y) / k];
  }

  /** The whole picture on the screen, or its part around `boxes`; never larger than life. */
  fit(boxes = this.picture.boxes, animate = true) {
    if (this.picture.fit) return this.glide(this.picture.fit(this.size), animate);
    const { x, y, w, h } = boundsOf(boxes);
    const { w: width, h: height } = this.size;
    const k = Math.min(1, (width - 64) / w, (height - 56) / h);
    return this.glide({ k, x: (width - w * k) / 2 - x * k, y: (height - h * k) / 2 - y * k }, animate);
  }

  zoom(factor, x = this.size.w / 2, y = this.size.h / 2) {
    const { view } = this;
    const k = Math.min(this.picture.kind === "timeline" ? 5000 : 3, Math.max(0.01, view.k * factor));
    const ratio = k / view.k;
    if (this.picture.kind === "timeline") {
      this.view = { k, x: x - this.picture.left - (x - view.x - this.picture.left) * ratio, y: view.y };
      this.hooks.rescale();
    } else this.view = { k, x: x - (x - view.x) * ratio, y: y - (y - view.y) * ratio };
    this.schedule();
  }

  /** Bring an item onto the screen, if it is not there already. */
  reveal(id, animate = true) {
    const box = this.picture.boxOf.get(id);
    if (!box) return;
    const timeline = this.picture.kind === "timeline";
    const k = timeline ? 1 : this.view.k < 0.5 ? 0.8 : this.view.k;
    const { w, h } = this.size;
    const left = this.view.x + box.x * k;
    const top = this.view.y + box.y * k;
    const inset = timeline ? this.picture.left : 20;
    const near = k === this.view.k || timeline;
    if (near && left > inset && top > 20 && left + Math.min(box.w, 180) * k < w - 20 && top + box.h * k < h - 20) return;
    this.glide({ k: timeline ? this.view.k : k, x: w / 2 - (box.x + Math.min(box.w, w) / 2) * k, y: h / 2 - (box.y + box.h / 2) * k }, animate);
  }

  /** Go to a view, visibly unless the reader prefers less motion. */
  glide(goal, animate = true) {
    cancelAnimationFrame(this.gliding);
    const start = { ...this.view };
    const calm = !animate || this.onCanvas || this.picture.kind === "timeline" || matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (calm) {
      this.view = goal;
      this.hooks.rescale();
      return this.draw();
    }
    const began = performance.now();
    const step = (now) => {
      const t = Math.min(1, Math.max(0, (now - began) / 220));
      const eased = 1 - (1 - t) ** 3;
      for (const name of ["x", "y", "k"]) this.view[name] = start[name] + (goal[name] - start[name]) * eased;
      this.draw();
      if (t < 1) this.gliding = requestAnimationFrame(step);
    };
    this.gliding = requestAnimationFrame(step);
    return undefined;
  }

  resized() {
    const { w, h } = this.size;
    if (this.last && this.picture && !this.moved && (this.last.w !== w || this.last.h !== h)) this.hooks.refit();
    else if (this.picture) this.schedule();
    this.last = { w, h };
  }

  // ---- pointer

  /** What is at a place on the screen: a badge or an item. */
  at(x, y) {
    const [px, py] = this.toPicture(x, y);
    const { boxes } = this.picture ?? { boxes: [] };
    for (let i = boxes.length - 1; i >= 0; i--) {
      const box = boxes[i];
      if (!within(box, px, py, this.level ? 10 : 20)) continue;
      const badge = this.level === 2 && this.hooks.badges(box).find((b) => within(b, px, py, 2));
      if (badge || within(box, px, py, this.level === 2 ? 1 : 12)) return { box, item: box.item, badge };
    }
    return {};
  }

  point(event) {
    const frame = this.host.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  }

  listen() {
    const { host } = this;
    let drag = null;
    const down = (event) => {
      if (event.button || event.target.closest("button, .ln-tip")) return;
      const [x, y] = this.point(event);
      drag = { x, y, view: { ...this.view }, far: false };
    };
    const move = (event) => {
      const [x, y] = this.point(event);
      if (!drag) {
        const { item, badge } = this.at(x, y);
        host.style.cursor = item ? "pointer" : "grab";
        return this.hooks.over(badge ? null : item, event);
      }
      if (Math.hypot(x - drag.x, y - drag.y) > 4 && !drag.far) {
        drag.far = true;
        host.setPointerCapture(event.pointerId);
        host.style.cursor = "grabbing";
        this.hooks.over(null);
      }
      if (!drag.far) return undefined;
      this.moved = true;
      cancelAnimationFrame(this.gliding);
      this.view = { ...this.view, x: drag.view.x + x - drag.x, y: drag.view.y + y - drag.y };
      return this.schedule();
    };
    const up = (event) => {
      const still = drag && !drag.far;
      drag = null;
      host.style.cursor = "grab";
      if (!still) return;
      const { item, badge } = this.at(...this.point(event));
      this.hooks.press(item, badge, event);
    };
    host.addEventListener("pointerdown", down);
    host.addEventListener("pointermove", move);
    host.addEventListener("pointerup", up);
    host.addEventListener("pointercancel", () => (drag = null));
    host.addEventListener("pointerleave", () => this.hooks.over(null));
    host.addEventListener("dblclick", (event) => this.hooks.double(this.at(...this.point(event)).item));
    host.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  /** The wheel zooms; in a notebook only once the stage has the focus, so that pages scroll past it. */
  wheel(event) {
    const free = this.hooks.wheels() || event.ctrlKey || event.metaKey || this.host.contains(document.activeElement);
    if (!free || event.target.closest(".ln-tip")) return;
    event.preventDefault();
    cancelAnimationFrame(this.gliding);
    this.moved = true;
    this.hooks.over(null);
    const pixels = event.deltaY * [1, 16, 400][event.deltaMode];
    this.zoom(Math.exp(-pixels * (event.ctrlKey ? 0.01 : 0.0018)), ...this.point(event));
  }

  destroy() {
    this.watcher.disconnect();
    cancelAnimationFrame(this.gliding);
    cancelAnimationFrame(this.frame);
  }
}

// -------------------------------------------------------------------------------------------- parts

/** A status symbol as a small picture of its own, for tables and lists. */
function mark(model, node, size = 14) {
  const svg = svgEl("svg", { width: size, height: size, viewBox: "-8 -8 16 16", class: "ln-mark", "aria-hidden": "true" });
  drawMark(new SvgPen(svg), model.style(node), 0, 0, 6, `var(--ln-${node.kind === "event" ? "event" : model.style(node).word})`);
  return svg;
}

/** Symbol and word of a node's status. */
const statusOf = (model, node) => el("span.ln-status", {}, mark(model, node), clean(model.style(node).word));

/** Text that is never turned around or spilled by what is in it. */
const said = (text, spec = "bdi") => el(spec, { title: text.length > 60 ? cut(text, 2000) : null }, text);

/** A button that copies `text` and says so. */
function copyButton(text, label, title = "Copy") {
  const button = el("button.ln-copy", { type: "button", title, onclick: () => copyText(text, button) }, el("code", {}, label));
  return button;
}

async function copyText(text, button) {
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // no permission in this frame: the old way, which asks for none
    const area = el("textarea.ln-offscreen", { "aria-hidden": "true" });
    area.value = text;
    button.after(area);
    area.select();
    done = document.execCommand("copy");
    area.remove();
    button.focus();
  }
  button.dataset.said = done ? "Copied" : "Press Ctrl+C";
  setTimeout(() => delete button.dataset.said, 1400);
}

/** Rows of a description list; rows without a value are left out. */
const facts = (rows) =>
  el("dl.ln-facts", {}, rows.filter(([, value]) => value != null && value !== "" && value !== "—").map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));

/** Any recorded value as text, cut where nobody reads on. */
function valueText(value, length = 20000) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2) ?? "";
  const shown = text.length > length ? `${text.slice(0, length)}\n… ${countWords(text.length - length, "more character")}` : text;
  return shown.split("\n").map(clean).join("\n");
}

/** The facts of a node, the short form for the tip, the long one for the panel. */
function factRows(model, node, long) {
  const tags = (list) => (list?.length ? el("span.ln-tags", {}, list.slice(0, long ? 200 : 6).map((tag) => said(clean(tag), "bdi.ln-tag"))) : null);
  if (node.kind === "event") return [["Event", said(clean(node.event_id))], ["At", timeWords(node.timestamp)]];
  const usual = usualWords(node.duration, node.usual);
  const took = node.duration != null && el("span", {}, durationWords(node.duration), usual && el("span.ln-soft", {}, ` · ${usual}`));
  return [
    ["Started", timeWords(node.created_at)],
    ["Finished", timeWords(node.finished_at)],
    ["Took", took || null],
    ["User", node.user && said(clean(node.user))],
    ["Project", node.project && said([node.project, node.branch].filter(Boolean).map(clean).join(" · "))],
    ["Tags", tags(node.tags)],
    ["System tags", long ? tags(node.system_tags) : null],
  ];
}

/** Everything known about one node, or about the members of a bundle. */
class Details {
  /** @param {object} hooks go(index), unfold(item), foldAgain(group), close() */
  constructor(hooks) {
    this.hooks = hooks;
    this.element = el("aside.ln-details", { "aria-label": "Details", tabindex: "-1" });
  }

  show(model, item) {
    this.model = model;
    const content = !item ? this.nothing() : item.bundle ? this.bundle(item) : this.node(item);
    this.element.replaceChildren(...content);
    this.element.scrollTop = 0;
  }

  nothing() {
    return [el("p.ln-hint", {}, "Click a run to see when it ran, what triggered it and what it set off.")];
  }

  title(node, above) {
    return el("header", {}, el("div.ln-over", {}, above), said(headOf(node), "h3"));
  }

  bundle(item) {
    const { model } = this;
    return [
      this.title(item.node, el("span.ln-status", {}, mark(model, item.node), factOf(item, model))),
      el("div.ln-actions", {}, el("button", { type: "button", onclick: () => this.hooks.unfold(item) }, "Unfold")),
      this.list("In this bundle", item.members.map((i) => ({ i }))),
    ];
  }

  node(item) {
    const { model } = this;
    const { node } = item;
    const i = item.members[0];
    const event = node.kind === "event";
    const python = event ? null : `Run("${node.id}")`;
    return [
      this.title(node, statusOf(model, node)),
      el("div.ln-actions", {}, python && copyButton(python, cut(clean(python)), "Copy for Python"), event && copyButton(node.event_id ?? node.name, "Copy the id"), item.group && !item.bundle && el("button", { type: "button", onclick: () => this.hooks.foldAgain(item.group) }, "Fold with its like")),
      facts([event ? null : ["Run", said(clean(node.run_id))], ...factRows(model, node, true)].filter(Boolean)),
      node.status === "missing" && el("p.ln-hint", {}, "Recorded as a trigger, but no longer readable: deleted, not accessible, or in another datastore."),
      this.list(event ? "Caused by" : "Triggered by", model.causes[i].map((edge) => ({ i: edge.source, edge })), node.more_upstream),
      this.list(event ? "Triggered" : "Set off", model.effects[i].map((edge) => ({ i: edge.target, edge })), node.more_downstream),
      node.origin && !model.index.has(node.origin) && facts([["Resumed from", said(clean(node.origin))]]),
      this.block("Payload", node.payload),
      this.pairs("Parameters", node.parameters),
      this.pairs("Code", node.code),
      this.artifacts(node.artifacts),
    ].filter(Boolean);
  }

  /** Neighbours as buttons that lead to them. */
  list(title, entries, further = 0) {
    if (!entries.length && !further) return null;
    const line = ({ i, edge }) => {
      const node = this.model.nodes[i];
      const when = edge?.kind === "resume" ? "resumed" : dayWords(edge?.timestamp ?? timeOf(node));
      return el("li", {}, el("button.ln-near", { type: "button", title: cut(clean(edge?.event ?? node.id), 300), onclick: () => this.hooks.go(i) }, mark(this.model, node), said(cut(nameOf(node), 200)), el("span.ln-soft", {}, when)));
    };
    const first = entries.slice(0, 50).map(line);
    const rest = entries.length - first.length + further;
    return el("section", {}, el("h4", {}, title, el("span.ln-soft", {}, ` ${entries.length + further}`)), el("ul", {}, first, rest > 0 && el("li.ln-soft", {}, `+${rest.toLocaleString("en-US")} more`)));
  }

  block(title, value) {
    if (value == null) return null;
    const text = valueText(value);
    return el("section", {}, el("h4", {}, title, copyButton(text, "Copy")), el("pre", { tabindex: "0" }, text));
  }

  pairs(title, record) {
    const rows = Object.entries(record ?? {});
    if (!rows.length) return null;
    return el("section", {}, el("h4", {}, title), facts(rows.map(([name, value]) => [said(cut(clean(name))), said(valueText(value, 2000))])));
  }

  artifacts(list) {
    if (!list?.length) return null;
    const line = ({ name, type, size, value, error }) => {
      const head = [said(cut(clean(name)), "bdi.ln-strong"), el("span.ln-soft", {}, [type && clean(type), size != null && sizeWords(size)].filter(Boolean).join(" · "))];
      if (value === undefined && !error) return el("li.ln-artifact", {}, head);
      return el("li", {}, el("details", {}, el("summary.ln-artifact", {}, head), error ? el("p.ln-hint", {}, valueText(error)) : el("pre", { tabindex: "0" }, valueText(value))));
    };
    return el("section", {}, el("h4", {}, "Artifacts"), el("ul", {}, list.slice(0, 300).map(line)));
  }
}

/** 12345 -> "12.1 kB" */
function sizeWords(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let step = 0;
  for (; bytes >= 1000 && step < 4; step++) bytes /= 1000;
  return `${step ? bytes.toFixed(1) : bytes} ${units[step]}`;
}

/** What the table shows of a node, and what it sorts by. */
const COLUMNS = [
  { name: "Run", key: (node) => node.id, cell: (node) => nameOf(node) },
  { name: "Status", key: (node) => node.status ?? "", cell: (node, model) => statusOf(model, node) },
  { name: "Started", key: (node) => timeOf(node) ?? "", cell: (node) => timeWords(timeOf(node)) },
  { name: "Took", number: true, key: (node) => node.duration ?? -1, cell: (node) => durationWords(node.duration) },
  { name: "User", key: (node) => node.user ?? "", cell: (node) => said(cut(clean(node.user ?? ""), 40)) },
  { name: "Tags", key: (node) => (node.tags ?? []).join(" "), cell: (node) => said(cut((node.tags ?? []).map(clean).join(", "), 60)) },
  { name: "Causes", number: true, key: (node, model) => model.causes[model.index.get(node.id)].length },
  { name: "Effects", number: true, key: (node, model) => model.effects[model.index.get(node.id)].length },
];

/** The runs as a table, in step with the graph. */
class Table {
  /** @param {object} hooks go(index, event) */
  constructor(hooks) {
    this.hooks = hooks;
    this.sort = { column: 2, down: true };
    this.limit = ROWS;
    this.head = el("tr");
    this.body = el("tbody");
    this.caption = el("caption");
    this.more = el("button.ln-more", { type: "button", onclick: () => this.grow() });
    this.element = el("section.ln-table", { "aria-label": "Runs" }, el("div.ln-scroll", { tabindex: "0", role: "region", "aria-label": "Table of runs" }, el("table", {}, this.caption, el("thead", {}, this.head), this.body)), this.more);
  }

  /** @param {Iterable<number>} indexes the nodes to list, e.g. those that match */
  show(model, indexes, selected) {
    const { column, down } = this.sort;
    const { key } = COLUMNS[column];
    this.model = model;
    this.indexes = [...indexes];
    const keys = new Map(this.indexes.map((i) => [i, key(model.nodes[i], model)]));
    const order = (a, b) => (keys.get(a) < keys.get(b) ? -1 : keys.get(a) > keys.get(b) ? 1 : a - b);
    this.indexes.sort((a, b) => (down ? order(b, a) : order(a, b)));
    this.draw(selected);
  }

  draw(selected) {
    const { model } = this;
    this.selected = selected;
    this.head.replaceChildren(...COLUMNS.map((column, i) => this.heading(column, i)));
    this.rows = new Map(this.indexes.slice(0, this.limit).map((i) => [model.nodes[i].id, this.row(i)]));
    this.body.replaceChildren(...this.rows.values());
    const rest = this.indexes.length - this.limit;
    this.more.hidden = rest <= 0;
    this.more.textContent = `Show ${Math.min(rest, 5 * ROWS)} more of ${countWords(this.indexes.length, "row")}`;
    const events = this.indexes.filter((i) => model.nodes[i].kind === "event").length;
    this.caption.textContent = countWords(this.indexes.length - events, "run") + (events ? ` and ${countWords(events, "event")}` : "");
    this.mark(selected);
  }

  grow() {
    this.limit += 5 * ROWS;
    this.draw(this.selected);
  }

  heading({ name, number }, i) {
    const { column, down } = this.sort;
    const sort = () => {
      this.sort = { column: i, down: column === i ? !down : !!number || i === 2 };
      this.show(this.model, this.indexes, this.selected);
      this.head.children[i].firstChild.focus();
    };
    const arrow = el("span.ln-arrow", { "aria-hidden": "true" }, column === i ? (down ? "↓" : "↑") : "");
    return el(`th${number ? ".ln-number" : ""}`, { scope: "col", "aria-sort": column === i ? (down ? "descending" : "ascending") : null }, el("button", { type: "button", onclick: sort }, name, arrow));
  }

  row(i) {
    const { model } = this;
    const node = model.nodes[i];
    const cells = COLUMNS.slice(1).map(({ key, cell, number }) => el(`td${number ? ".ln-number" : ""}`, {}, cell ? cell(node, model) : key(node, model).toString()));
    const name = el("button", { type: "button", title: cut(clean(node.id), 300) }, said(cut(nameOf(node), 100)));
    return el("tr", { onclick: (event) => this.hooks.go(i, event) }, el("th", { scope: "row" }, name), cells);
  }

  /** Mark the selected rows, and show the first of them. */
  mark(selected) {
    this.selected = selected;
    const beyond = [...selected].some((id) => !this.rows.has(id)) && this.indexes.findIndex((i) => selected.has(this.model.nodes[i].id));
    if (beyond > 0 && beyond >= this.limit) {
      this.limit = beyond + ROWS;
      return this.draw(selected);
    }
    for (const [id, row] of this.rows) {
      if (selected.has(id)) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
    return undefined;
  }
}

// ------------------------------------------------------------------------------------------- viewer

class Viewer {
  constructor(host, scene, options) {
    this.options = { theme: "auto", details: true, table: true, height: null, live: false, level: 3, wheel: true, ...options };
    this.listeners = {};
    this.selected = new Set();
    this.current = null; // id of the item that the keyboard is on
    this.unfolded = new Set();
    this.arrangements = new Map();
    this.build(host);
    this.themed();
    this.load(scene);
    if (this.options.details) this.select(this.model.focus.slice(0, 1).map((i) => this.model.nodes[i].id));
    this.stage.fit(undefined, false);
  }

  // ---- what the page is made of

  build(host) {
    const button = (label, title, onclick) => el("button.ln-tool", { type: "button", title, "aria-label": title, onclick }, label);
    this.title = el("div.ln-title", { role: "heading", "aria-level": this.options.level });
    this.subtitle = el("div.ln-subtitle");
    this.problems = el("div");
    this.counter = el("span.ln-counter", { role: "status" });
    this.scope = el("button.ln-tool", { type: "button", onclick: () => this.toggleAll() });
    this.legend = el("div.ln-legend", { role: "list", "aria-label": "Legend" });
    this.live = el("div.ln-offscreen", { "aria-live": "polite" });
    this.tip = el("div.ln-tip", { role: "tooltip", hidden: true });
    this.surface = el("div.ln-stage", { tabindex: "0", role: "application", "aria-roledescription": "lineage graph", "data-lm-suppress-shortcuts": "true", onkeydown: (event) => this.key(event) });
    this.details = new Details({ go: (i) => this.go(i), unfold: (item) => this.unfold(item), foldAgain: (group) => this.foldAgain(group) });
    this.table = new Table({ go: (i, event) => this.go(i, event) });
    this.details.element.hidden = !this.options.details;
    this.table.element.hidden = !this.options.table;
    const zooms = el("div.ln-zooms", {}, button("+", "Zoom in", () => this.stage.zoom(1.4)), button("−", "Zoom out", () => this.stage.zoom(1 / 1.4)), button("⤢", "Fit to the window", () => this.stage.fit()));
    this.surface.append(this.tip, zooms);
    const body = el("div.ln-body", {}, el("div.ln-main", {}, this.surface, this.legend), this.details.element);
    this.tools = el("div.ln-tools", {}, this.counter, this.scope);
    this.root = el("div.lineage", {}, el("header.ln-head", {}, el("div.ln-heads", {}, this.title, this.subtitle)), this.problems, this.tools, body, this.table.element, this.live);
    if (this.options.height) this.surface.style.height = `${this.options.height}px`;
    this.stage = new Stage(this.surface, {
      colours: () => this.colours,
      name: (item) => this.spoken(item),
      style: (item) => this.model.style(item.node),
      marked: (item) => this.isSelected(item) || item.members.some((i) => this.model.focus.includes(i)),
      drawBox: (pen, box, level) => drawItem(pen, box, this.look(box, level)),
      badges: (box) => this.badges(box),
      over: (item, event) => this.over(item, event),
      press: (item, badge, event) => this.press(item, badge, event),
      double: (item) => item && (item.bundle ? this.unfold(item) : this.open(item)),
      rescale: () => {},
      refit: () => this.stage.fit(undefined, false),
      wheels: () => this.options.wheel,
    });
    host.replaceChildren(this.root);
  }

  // ---- theme

  themed() {
    const follow = () => {
      const { theme } = this.options;
      const body = document.body.dataset;
      const lab = body.jpThemeLight ?? (body.vscodeThemeKind && String(body.vscodeThemeKind.includes("light")));
      const dark = lab ? lab === "false" : matchMedia("(prefers-color-scheme: dark)").matches;
      this.root.dataset.theme = theme === "auto" ? (dark ? "dark" : "light") : theme;
      this.readColours();
      if (this.picture) this.stage.show(this.picture);
    };
    const media = matchMedia("(prefers-color-scheme: dark)");
    const body = new MutationObserver(follow);
    media.addEventListener("change", follow);
    body.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-vscode-theme-kind"] });
    this.unfollow = () => {
      media.removeEventListener("change", follow);
      body.disconnect();
    };
    this.follow = follow;
    follow();
  }

  /** The stylesheet is the one place for colours; the pens read them from there. */
  readColours() {
    const computed = getComputedStyle(this.root);
    const names = ["back", "card", "chip", "line", "lineStrong", "text", "muted", "accent", "edge", "lit"];
    this.colours = Object.fromEntries(names.map((name) => [name, computed.getPropertyValue(`--ln-${name}`).trim()]));
    this.colours.theme = this.root.dataset.theme;
    for (const [name, style] of Object.entries(this.model?.styles ?? {})) this.root.style.setProperty(`--ln-${name}`, style[this.colours.theme]);
  }

  // ---- state -> screen

  load(scene) {
    this.model = new Model(scene);
    this.all = false;
    this.shown = this.model.opening();
    this.readColours();
    this.describe();
    this.refresh();
    this.showTable();
    this.details.show(this.model, null);
  }

  describe() {
    const { scene, nodes, edges, runs } = this.model;
    const events = nodes.length - runs;
    this.title.textContent = clean(scene.title ?? "Lineage");
    this.title.title = cut(this.title.textContent, 500);
    this.subtitle.textContent = [countWords(runs, "run"), events && countWords(events, "event"), scene.source && clean(scene.source), scene.read_at && `read ${timeWords(scene.read_at)}`].filter(Boolean).join("  ·  ");
    this.surface.setAttribute("aria-label", `Lineage of ${cut(this.title.textContent, 200)}: ${countWords(runs, "run")}. Arrow keys follow causes and effects, Enter shows details.`);
    const problems = scene.problems ?? [];
    const line = ({ pathspec, reason }) => el("li", {}, said(cut(clean(pathspec), 200), "bdi.ln-strong"), `: ${clean(reason)}`);
    this.problems.replaceChildren();
    if (problems.length) this.problems.append(el("details.ln-problems", { open: problems.length < 4 }, el("summary", {}, `This lineage may be incomplete: ${countWords(problems.length, "problem")} in the records`), el("ul", {}, problems.slice(0, 200).map(line))));
    const kinds = new Map(nodes.map((node) => [this.model.style(node).word, node]));
    const item = (picture, word) => el("span", { role: "listitem" }, picture, word);
    this.legend.replaceChildren(...[...kinds].map(([word, node]) => item(mark(this.model, node), clean(word))), item(el("i.ln-line"), "triggered"));
    if (edges.some((edge) => edge.kind === "resume")) this.legend.append(item(el("i.ln-line.ln-dash"), "resumed"));
  }

  /** Work out items and positions again, and draw them. */
  refresh() {
    const { model } = this;
    const folded = fold(model, this.shown, this.all ? { has: () => true } : this.unfolded);
    this.itemOf = folded.of;
    this.items = folded.items;
    const links = linkUp(model, folded);
    const name = this.all ? "all" : "part";
    if (!this.arrangements.has(name)) this.arrangements.set(name, new Arrangement());
    this.arrangements.get(name).place(model, this.items, links);
    this.picture = graphPicture(this.items, links, this.arrangements.get(name));
    this.near = new Map(this.items.map((item) => [item.id, { up: [], down: [] }]));
    for (const { from, to } of links) {
      this.near.get(to.id).up.push(from);
      this.near.get(from.id).down.push(to);
    }
    this.stage.show(this.picture);
    this.count();
  }

  count() {
    const shown = [...this.shown].filter((i) => this.model.nodes[i].kind !== "event").length;
    const { runs } = this.model;
    this.counter.textContent = shown === runs ? `All ${countWords(runs, "run")} shown` : `${shown.toLocaleString("en-US")} of ${countWords(runs, "run")} shown`;
    this.scope.hidden = !this.all && this.shown.size === this.model.nodes.length;
    this.scope.textContent = this.all ? "Back to the run" : "Show all";
  }

  showTable() {
    if (this.options.table) this.table.show(this.model, this.model.nodes.keys(), this.selected);
  }

  isSelected(item) {
    return item.members.some((i) => this.selected.has(this.model.nodes[i].id));
  }

  look(box, level) {
    const selected = this.isSelected(box.item);
    const current = this.current === box.item.id && this.surface.matches(":focus");
    return { model: this.model, colours: this.colours, level, selected, current, badges: level === 2 ? this.badges(box) : [] };
  }

  /** The small buttons on a card: what is hidden behind it, on both sides. */
  badges({ item, x, y, w, h }) {
    if (item.bundle) return [{ way: "unfold", text: "unfold", x: x + w - 50, y: y + h - 2, w: 56, h: 17 }];
    const i = item.members[0];
    const made = [];
    for (const way of ["up", "down"]) {
      const hidden = new Set(this.model.next(i, way).filter((j) => !this.shown.has(j))).size;
      const further = item.node[way === "up" ? "more_upstream" : "more_downstream"] ?? 0;
      const active = this.current === item.id || this.isSelected(item);
      const text = hidden + further ? `+${(hidden + further).toLocaleString("en-US")} more` : active && this.canHide(item, way) ? "hide" : null;
      const width = text && 16 + text.length * 5.8;
      if (text) made.push({ way, text, far: !hidden && further > 0, hide: text === "hide", x: way === "up" ? x - 6 : x + w + 6 - width, y: y + h - 6, w: width, h: 17 });
    }
    return made;
  }

  // ---- what is on the screen

  canHide(item, way) {
    return !this.all && this.near.get(item.id)[way].length > 0 && this.afterHiding(item, way).size < this.shown.size;
  }

  /** What stays when the neighbours on one side go: whatever still hangs together with the focus. */
  afterHiding(item, way) {
    const { model, shown } = this;
    const start = model.focus.length ? model.focus : item.members;
    const kept = new Set(start.filter((i) => shown.has(i)));
    const keepers = new Set([...model.reach(start, way === "up" ? "down" : "up")].filter((i) => shown.has(i)));
    const gone = new Set(this.near.get(item.id)[way].flatMap((other) => other.members).filter((i) => !kept.has(i) && !keepers.has(i)));
    for (const i of kept) for (const w of ["up", "down"]) for (const j of model.next(i, w)) if (shown.has(j) && !gone.has(j)) kept.add(j);
    return kept;
  }

  /** Show the hidden neighbours of an item, or ask whoever listens for what was never read. */
  open(item, ways = ["up", "down"]) {
    const before = this.shown.size;
    for (const i of item.members) {
      for (const way of ways) for (const j of this.model.next(i, way)) this.shown.add(j);
    }
    if (this.shown.size > before) return this.changed(item);
    for (const way of ways) {
      if (item.node[way === "up" ? "more_upstream" : "more_downstream"]) this.emit("more", { id: item.node.id, direction: way === "up" ? "upstream" : "downstream" });
    }
    return undefined;
  }

  hide(item, ways = ["up", "down"]) {
    for (const way of ways) if (this.canHide(item, way)) this.shown = this.afterHiding(item, way);
    this.changed(item);
  }

  unfold(item) {
    this.unfolded.add(item.bundle);
    this.changed(item);
  }

  foldAgain(group) {
    this.unfolded.delete(group);
    this.changed();
  }

  changed() {
    this.refresh();
    this.showDetails();
  }

  toggleAll() {
    this.all = !this.all;
    if (this.all) {
      this.part = this.shown;
      this.shown = new Set(this.model.nodes.keys());
    } else this.shown = this.part;
    this.refresh();
    this.stage.fit(undefined, false);
  }

  // ---- pointer and selection

  press(item, badge, event) {
    this.surface.focus({ preventScroll: true });
    if (!item) return this.select([]);
    this.current = item.id;
    if (badge?.way === "unfold") return this.unfold(item);
    if (badge?.hide) return this.hide(item, [badge.way]);
    if (badge) return this.open(item, [badge.way]);
    const ids = item.members.map((i) => this.model.nodes[i].id);
    if (!(event.ctrlKey || event.metaKey || event.shiftKey)) return this.select(ids);
    const together = new Set(this.selected);
    for (const id of ids) together[this.isSelected(item) ? "delete" : "add"](id);
    return this.select([...together]);
  }

  select(ids, quiet = false) {
    const before = this.selected;
    this.selected = new Set(ids.filter((id) => this.model.index.has(id)));
    if (quiet !== true && [...before].join("\n") !== [...this.selected].join("\n")) this.emit("select", [...this.selected]);
    this.stage.redraw(this.items.map((item) => item.id));
    if (this.options.table) this.table.mark(this.selected);
    this.showDetails();
  }

  showDetails() {
    const first = [...this.selected][0];
    const item = first && this.itemOf.get(this.model.index.get(first));
    this.details.show(this.model, item ?? (first ? { node: this.model.nodes[this.model.index.get(first)], members: [this.model.index.get(first)] } : null));
  }

  /** Go to a node that was named in the details or the table. */
  go(i, event) {
    const { id } = this.model.nodes[i];
    if (event?.ctrlKey || event?.metaKey) return this.select(this.selected.has(id) ? [...this.selected].filter((other) => other !== id) : [...this.selected, id]);
    this.uncover(i);
    this.current = this.itemOf.get(i).id;
    this.select([id]);
    this.stage.reveal(this.current);
    return undefined;
  }

  /** Make sure that a node stands on the screen for itself. */
  uncover(i) {
    if (!this.shown.has(i)) {
      for (const j of this.model.wayTo(i, this.shown)) this.shown.add(j);
      this.refresh();
    }
    const item = this.itemOf.get(i);
    if (item.bundle) this.unfold(item);
  }

  over(item, event) {
    if (this.hovered === item?.id) return;
    this.hovered = item?.id;
    this.lightPath(item);
    this.showTip(item, event);
  }

  /** Light an item's way back to its root causes and on to all its effects. */
  lightPath(item) {
    if (!item) return this.stage.highlight(null);
    const lit = new Set();
    for (const way of ["up", "down"]) {
      const seen = new Set([item]);
      for (const at of seen) for (const other of this.near.get(at.id)[way]) seen.add(other);
      for (const at of seen) lit.add(at.id);
    }
    return this.stage.highlight(lit);
  }

  showTip(item) {
    this.tip.hidden = !item;
    if (!item) return;
    const { model } = this;
    const { node } = item;
    const causes = item.bundle ? [] : model.causes[item.members[0]].map((edge) => nameOf(model.nodes[edge.source]));
    const trigger = causes.length && said(cut(causes.slice(0, 3).join(", "), 160) + (causes.length > 3 ? ` and ${causes.length - 3} more` : ""));
    const rows = item.bundle ? [] : [...factRows(model, node, false), ["Trigger", trigger || null]];
    const payload = !item.bundle && node.payload && el("pre", {}, cut(valueText(node.payload, 400), 400));
    this.tip.replaceChildren(el("div.ln-over", {}, item.bundle ? factOf(item, model) : statusOf(model, node)), said(cut(item.bundle ? headOf(node) : nameOf(node), 160), "bdi.ln-strong"), facts(rows), payload || "");
    const box = this.picture.boxOf.get(item.id);
    const k = this.stage.view.k;
    const { w, h } = this.stage.size;
    const right = this.stage.view.x + (box.x + box.w) * k + 12;
    const left = this.stage.view.x + box.x * k - 12 - this.tip.offsetWidth;
    const x = right + this.tip.offsetWidth < w ? right : left > 0 ? left : Math.max(8, w - this.tip.offsetWidth - 8);
    const y = Math.min(Math.max(8, this.stage.view.y + box.y * k), Math.max(8, h - this.tip.offsetHeight - 8));
    this.tip.style.left = `${x}px`;
    this.tip.style.top = `${y}px`;
  }

  spoken(item) {
    const { node } = item;
    return item.bundle ? `${headOf(node)}, ${factOf(item, this.model)}` : `${cut(nameOf(node), 200)}, ${this.model.style(node).word}`;
  }

  // ---- keyboard

  key(event) {
    if (event.target !== this.surface || event.ctrlKey || event.metaKey || event.altKey) return;
    const item = this.items.find((other) => other.id === this.current) ?? this.home();
    const actions = {
      ArrowLeft: () => this.step(this.nearest(item, "up")),
      ArrowRight: () => this.step(this.nearest(item, "down")),
      ArrowUp: () => this.step(this.beside(item, -1)),
      ArrowDown: () => this.step(this.beside(item, 1)),
      Home: () => this.step(this.home()),
      Enter: () => this.enter(item),
      " ": () => this.press(item, null, event),
      "+": () => (item.bundle ? this.unfold(item) : this.open(item)),
      "-": () => this.hide(item),
      f: () => this.stage.fit(),
      Escape: () => this.escape(),
    };
    const action = actions[event.key === "=" ? "+" : event.key];
    if (!action || !item) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  home() {
    return this.itemOf.get(this.model.focus[0]) ?? this.items[0];
  }

  nearest(item, way) {
    if (this.current !== item.id) return item;
    const y = this.picture.boxOf.get(item.id).y;
    const distance = (other) => Math.abs(this.picture.boxOf.get(other.id).y - y);
    return [...this.near.get(item.id)[way]].sort((a, b) => distance(a) - distance(b))[0];
  }

  beside(item, step) {
    if (this.current !== item.id) return item;
    const { x } = this.picture.boxOf.get(item.id);
    const column = this.picture.boxes.filter((box) => box.x === x).sort((a, b) => a.y - b.y);
    return column[column.findIndex((box) => box.item === item) + step]?.item;
  }

  step(item) {
    if (!item) return;
    const before = this.current;
    this.current = item.id;
    this.stage.redraw([before, item.id]);
    this.stage.reveal(item.id);
    this.lightPath(item);
    const { up, down } = this.near.get(item.id);
    this.live.textContent = `${this.spoken(item)}, ${countWords(up.length, "cause")}, ${countWords(down.length, "effect")}`;
    this.emit("focus", item.node.id);
  }

  enter(item) {
    this.current = item.id;
    this.select(item.members.map((i) => this.model.nodes[i].id));
    if (this.options.details) this.details.element.focus();
  }

  escape() {
    this.over(null);
    this.stage.highlight(null);
    this.select([]);
  }

  // ---- doors

  on(name, listener) {
    (this.listeners[name] ??= new Set()).add(listener);
    return () => this.listeners[name].delete(listener);
  }

  emit(name, value) {
    for (const listener of this.listeners[name] ?? []) listener(value);
  }

  update(scene) {
    const ids = new Set([...this.shown].map((i) => this.model.nodes[i].id));
    const whole = this.shown.size === this.model.nodes.length;
    const old = this.model;
    this.model = new Model(scene);
    const opening = this.model.opening();
    const kept = this.model.nodes.map((node, i) => i).filter((i) => ids.has(this.model.nodes[i].id));
    const fresh = [...opening].filter((i) => !old.index.has(this.model.nodes[i].id));
    this.shown = whole && !this.all ? opening : new Set(this.all ? this.model.nodes.keys() : [...kept, ...fresh]);
    if (!this.shown.size) this.shown = opening;
    this.readColours();
    this.describe();
    this.refresh();
    this.selected = new Set([...this.selected].filter((id) => this.model.index.has(id)));
    this.showTable();
    this.showDetails();
  }

  focus(id) {
    const i = this.model.index.get(id);
    if (i === undefined) return;
    this.uncover(i);
    this.step(this.itemOf.get(i));
  }

  destroy() {
    this.unfollow();
    this.stage.destroy();
    this.root.remove();
  }
}

/**
 * Draw a scene into an element.
 *
 * @param {HTMLElement} element
 * @param {object} scene docs/scene.md
 * @param {object} [options] theme "auto" | "light" | "dark"; details, table: whether to show them;
 *   height in pixels; level of the heading; wheel: zoom without focus
 * @returns {{update, select, focus, on, destroy}} `on("select" | "focus" | "more", listener)`
 */
export function mount(element, scene, options = {}) {
  const viewer = new Viewer(element, scene, options);
  return {
    update: (next) => viewer.update(next),
    select: (ids) => viewer.select(ids),
    focus: (id) => viewer.focus(id),
    on: (name, listener) => viewer.on(name, listener),
    destroy: () => viewer.destroy(),
  };
}

/** The notebook's door (anywidget): traits `scene`, `selected`, `theme`, `height`, `uid`. */
function render({ model, el: host }) {
  const options = { details: false, table: false, wheel: false, live: true, theme: model.get("theme") || "auto", height: model.get("height") || 420 };
  const viewer = new Viewer(host, model.get("scene") ?? {}, options);
  const uid = model.get("uid");
  for (const still of document.querySelectorAll(".lineage-still")) if (uid && still.dataset.lineage === uid) still.style.display = "none";
  const follow = {
    "change:scene": () => viewer.update(model.get("scene") ?? {}),
    "change:selected": () => viewer.select(model.get("selected") ?? [], true),
    "change:theme": () => viewer.retheme(model.get("theme")),
  };
  for (const [name, listener] of Object.entries(follow)) model.on(name, listener);
  viewer.on("select", (ids) => {
    model.set("selected", ids);
    model.save_changes();
  });
  viewer.on("more", (ask) => model.send({ type: "more", ...ask }));
  viewer.select(model.get("selected") ?? [], true);
  return () => {
    for (const [name, listener] of Object.entries(follow)) model.off(name, listener);
    viewer.destroy();
  };
}

export default { render };
