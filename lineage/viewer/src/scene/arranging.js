/** Columns and rows of what is on the screen. What has a place keeps it. */

import { isRead } from "./kinds.js";
import { pushTo } from "./words.js";

/** Rows near to `wanted` that keep the order and the room of each: between where all move down and all move up. */
function settle(wanted, rooms) {
  const apart = (i) => (rooms[i - 1] + rooms[i]) / 2;
  const down = [...wanted];
  const up = [...wanted];
  for (let i = 1; i < down.length; i++) down[i] = Math.max(down[i], down[i - 1] + apart(i));
  for (let i = up.length - 1; i > 0; i--) up[i - 1] = Math.min(up[i - 1], up[i] - apart(i));
  return down.map((row, i) => (row + up[i]) / 2);
}

/** How far `b` is from `a`, in columns and rows, if that is the same for all `items`; else nothing. */
function drift(items, a, b) {
  const way = (item) => ({ x: b(item).x - a(item).x, y: b(item).y - a(item).y });
  const { x, y } = way(items[0]);
  const alike = items.every((item) => Math.hypot(way(item).x - x, way(item).y - y) < 0.01); // a scene is rounded
  return alike && { x, y };
}

/**
 * Where everything stands. What has a place keeps it: only a new arrangement moves anything.
 *
 * A place belongs to a node, an item's `seat`: a bundle has that of the first of its runs, and hands it on when
 * it is unfolded.
 */
export class Arrangement {
  constructor(spots = [], routes = []) {
    this.spots = new Map(spots); // seat -> {x, y} in columns and rows
    this.routes = new Map(routes); // link id -> [[x, y], …]
  }

  copy() {
    return new Arrangement(this.spots, this.routes);
  }

  /** Give a place to all that has none, and forget the places of what is not there. */
  place(runGraph, items, links) {
    const { spots, routes } = this;
    for (const item of items) {
      const ids = item.members.map((i) => runGraph.nodeList[i].id);
      item.seat = ids.find((id) => spots.has(id)) ?? ids[0];
    }
    const seats = new Set(items.map((item) => item.seat));
    const there = new Set(links.map((link) => link.id));
    for (const seat of spots.keys()) if (!seats.has(seat)) spots.delete(seat);
    for (const id of routes.keys()) if (!there.has(id)) routes.delete(id);
    const known = items.filter((item) => spots.has(item.seat));
    const others = items.filter((item) => !spots.has(item.seat));
    if (!known.length) return this.begin(runGraph, items, links);
    const whole = items.length === runGraph.nodeList.length || !runGraph.staged;
    const moved =
      whole &&
      drift(
        known,
        (item) => item,
        (item) => spots.get(item.seat),
      );
    if (moved) this.asGiven(others, links, moved.x, (y) => y + moved.y);
    else if (whole && others.length > known.length) this.surround(known, others, links);
    else if (others.length || links.length > routes.size) this.add(items, links, known);
    return this;
  }

  /** Arrange from scratch: all of a lineage as the scene has it, a part of it closer together. */
  begin(runGraph, items, links) {
    if (items.length === runGraph.nodeList.length || !runGraph.staged) this.asGiven(items, links);
    else this.compact(items, links);
    return this;
  }

  /** Whether all stands here as it does in the other one, wherever that may be. */
  agrees(items, other) {
    return (
      !items.length ||
      drift(
        items,
        (item) => this.spots.get(item.seat),
        (item) => other.spots.get(item.seat),
      )
    );
  }

  /** What has no place yet gets the scene's, moved by `across` columns and from a row to `row(y)`. */
  asGiven(items, links, across = 0, row = (y) => y) {
    for (const { seat, x, y } of items) this.spots.set(seat, { x: x + across, y: row(y) });
    for (const { id, route } of links)
      if (!this.routes.has(id))
        this.routes.set(
          id,
          (route ?? []).map(([x, y]) => [x + across, row(y)]),
        );
  }

  /** The rest of the lineage around what is there: the scene, cut open at its row, moves up and down. */
  surround(known, others, links) {
    const spots = known.map((item) => this.spots.get(item.seat));
    const rows = [...spots.map(({ y }) => y), ...[...this.routes.values()].flat().map((point) => point[1])];
    const scene = known.map((item) => item.y).sort((a, b) => a - b);
    const cut = scene[scene.length >> 1];
    const [top, bottom] = [Math.min, Math.max].map((most) => rows.reduce((a, b) => most(a, b)));
    const across = spots[0].x - known[0].x;
    this.asGiven(others, links, across, (y) => y - cut + (y < cut ? top - 0.5 : bottom + 1));
  }

  /** A part of the lineage, drawn together: the order of the whole, the rows of the part. */
  compact(items, links) {
    const columns = new Map();
    const slot = (x, order, room, over) => {
      const made = { x, order, room, over, y: 0, near: [] };
      pushTo(columns, x, made);
      return made;
    };
    const slots = new Map(items.map((item) => [item.id, slot(item.x, item.y, 1)]));
    const taken = [...columns.keys()];
    const reads = [];
    for (const link of links) {
      const chain = [slots.get(link.from.id), ...this.bends(link, taken, slot), slots.get(link.to.id)];
      if (isOver(link)) reads.push(chain);
      this.routes.set(link.id, chain.slice(1, -1));
      chain.slice(1).forEach((to, i) => {
        to.near.push(chain[i]);
        chain[i].near.push(to);
      });
    }
    this.relax([...columns.entries()].sort((a, b) => a[0] - b[0]).map((entry) => entry[1]));
    levelReads(reads, [...columns.values()].flat());
    for (const item of items) this.spots.set(item.seat, { x: item.x, y: slots.get(item.id).y });
    for (const [id, chain] of this.routes)
      this.routes.set(
        id,
        chain.map(({ x, y }) => [x, y]),
      );
  }

  /** Way points where a long link crosses a column that has something in it; those of a read begin above its ends. */
  bends(link, taken, slot) {
    const { from, to } = link;
    const over = isOver(link) && 0.6;
    return taken
      .filter((x) => (over ? x >= from.x && x <= to.x : x > from.x && x < to.x))
      .sort((a, b) => a - b)
      .map((x) => {
        const given = link.route?.find((point) => point[0] === x);
        const row = from.y + ((to.y - from.y) * (x - from.x)) / (to.x - from.x);
        return slot(x, given ? given[1] : row - over, 0.5, over);
      });
  }

  relax(columns) {
    const spread = (column, wish) => {
      const rows = settle(
        column.map(wish),
        column.map((s) => s.room),
      );
      for (const [i, s] of column.entries()) s.y = rows[i];
    };
    for (const column of columns) {
      column.sort((a, b) => a.order - b.order);
      spread(column, () => 0);
    }
    for (let sweep = 0; sweep < 12; sweep++)
      for (const column of sweep % 2 ? [...columns].reverse() : columns)
        spread(column, ({ near, y }) =>
          near.length ? near.reduce((sum, t) => sum + t.y, 0) / near.length : y,
        );
  }

  /** New items take the free rows nearest to their neighbours; nothing that was there moves. */
  add(items, links, known) {
    const { spots, routes } = this;
    const shift = spots.get(known[0].seat).x - known[0].x;
    const taken = new Map(); // column -> what stands in it, in the order of the rows
    const occupy = (x, y, room) => {
      if (!taken.has(x)) taken.set(x, []);
      const column = taken.get(x);
      column.splice(column.findLastIndex((one) => one.y <= y) + 1, 0, { y, room });
    };
    for (const item of known) occupy(spots.get(item.seat).x, spots.get(item.seat).y, 1);
    for (const route of routes.values()) for (const [x, y] of route) occupy(x, y, 0.5);
    const near = new Map(items.map((item) => [item, []]));
    for (const { from, to } of links) {
      near.get(from).push(to);
      near.get(to).push(from);
    }
    const placed = (item) => near.get(item).filter(({ seat }) => spots.has(seat));
    let waiting = items.filter((item) => !spots.has(item.seat)).sort((a, b) => a.y - b.y);
    while (waiting.length) {
      const ready = waiting.filter((item) => placed(item).length);
      for (const item of ready.length ? ready : waiting.slice(0, 1)) {
        const beside = placed(item);
        const rows = beside.map(({ seat }) => spots.get(seat).y);
        // as far from its neighbour as in the scene
        const x = item.x + (beside.length ? spots.get(beside[0].seat).x - beside[0].x : shift);
        const wanted = rows.reduce((sum, row) => sum + row / rows.length, rows.length ? 0 : item.y);
        const y = freeRow(taken.get(x) ?? [], wanted, 1);
        spots.set(item.seat, { x, y });
        occupy(x, y, 1);
      }
      waiting = waiting.filter((item) => !spots.has(item.seat));
    }
    for (const link of links) if (!routes.has(link.id)) routes.set(link.id, this.detour(link, taken, occupy));
  }

  /** Free way points for a new link, column by column. */
  detour({ from, to }, taken, occupy) {
    const a = this.spots.get(from.seat);
    const b = this.spots.get(to.seat);
    const columns = [...taken.keys()].filter((x) => x > a.x && x < b.x).sort((p, q) => p - q);
    return columns.map((x) => {
      const y = freeRow(taken.get(x), a.y + ((b.y - a.y) * (x - a.x)) / (b.x - a.x), 0.5);
      occupy(x, y, 0.5);
      return [x, y];
    });
  }
}

const isOver = (link) => link.from.x < link.to.x && isRead(link);

/** Reads that begin and end at the top of their columns pass level over all cards there, the shorter ones lower. */
function levelReads(reads, columns) {
  const tops = new Map();
  for (const { x, y, room, over } of columns)
    if (!over) tops.set(x, Math.min(y - room / 2, tops.get(x) ?? Infinity));
  const lanes = reads.filter((chain) =>
    [chain[0], chain.at(-1)].every(({ x, y }) => y - 0.5 === tops.get(x)),
  );
  for (const lane of lanes.sort((a, b) => a.length - b.length)) {
    const bends = lane.slice(1, -1);
    const top = Math.min(...bends.map(({ x }) => tops.get(x)));
    for (const bend of bends) {
      bend.y = top - 0.25;
      tops.set(bend.x, top - 0.5);
    }
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
