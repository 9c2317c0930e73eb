/** Columns and rows of what is on the screen. What has a place keeps it. */

import { pushTo } from "./words.js";

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
export class Arrangement {
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
