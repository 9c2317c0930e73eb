/** Which runs stand for themselves and which hide in a bundle. */

import { kindsOf } from "./kinds.js";
import { headOf, isEvent, pushTo } from "./words.js";

const BUNDLE = 4; // runs alike, from this many on, open as one bundle
const MANY = 60; // runs; only among more do those fold that are connected to nothing

/** What stands on the screen: a run, an event, or a bundle of runs that are alike. */
class Item {
  group; // name of the bundle that its runs may fold into
  seat; // id of the node whose place it has; see `Arrangement`

  /** @param {string | false} bundle the name of the bundle that this is */
  constructor(node, members, bundle, style) {
    this.id = bundle || node.id;
    this.node = node; // that stands for all of them
    this.style = style;
    this.runs = isEvent(node) ? 0 : members.length;
    this.members = members; // indexes of nodes
    this.bundle = bundle;
    this.x = node.x;
    this.y = node.y;
  }
}

/**
 * Items are what stands on the screen: a run, an event, or a bundle of runs of one flow and status
 * with the same causes. Causes that are folded count as one, so a sweep with its
 * consequences folds to a short chain. A run in `alone` stays out of bundles: what is on the screen does not
 * vanish in one that opens beside it.
 *
 * @returns {{items: Array, of: Map<number, object>}} the items, and the item of each shown node
 */
export function fold(runGraph, shown, alone) {
  const { nodeList, asked } = runGraph;
  const order = [...shown].sort((a, b) => nodeList[a].x - nodeList[b].x || nodeList[a].y - nodeList[b].y);
  const groupOf = new Map(); // index of a node -> number of its group
  const groups = new Map(); // what the runs of a group share -> its members
  // by number: a group spelled out would hold those of all its causes, and theirs
  const names = (list) => [...new Set(list.map((j) => groupOf.get(j) ?? ~j))].sort();
  for (const i of order) {
    const node = nodeList[i];
    const [causes, effects] = ["up", "down"].map((way) => runGraph.next(i, way).filter((j) => shown.has(j)));
    const kin = causes.length ? [names(causes), effects.length > 0] : [names(effects)];
    const lone = asked.includes(i) || (shown.size <= MANY && !(causes.length + effects.length));
    const key = lone ? i : JSON.stringify([headOf(node), node.kind, node.status, !node.stale, node.x, kin]);
    pushTo(groups, key, i);
    groupOf.set(i, groupOf.get(groups.get(key)[0]) ?? groups.size);
  }
  const items = [];
  const of = new Map();
  for (const members of groups.values()) {
    const group = members.length >= BUNDLE && `bundle:${nodeList[members[0]].id}`;
    const loose = (i) => alone.has(nodeList[i].id);
    const rest = members.filter((i) => !loose(i));
    const parts =
      rest.length >= BUNDLE ? [rest, ...members.filter(loose).map((i) => [i])] : members.map((i) => [i]);
    for (const part of parts) {
      const node = nodeList[part[part.length >> 1]];
      const item = new Item(node, part, part.length > 1 && group, runGraph.styleOf(node));
      item.group = group;
      items.push(item);
      for (const i of part) of.set(i, item);
    }
  }
  return { items, of };
}

/**
 * The edges between items, each pair once, with the scene's way points where both ends are runs.
 *
 * `kinds` has every kind of these edges; which of them is drawn, `kind`, depends on what the legend shows.
 */
export function linkUp(runGraph, { items, of }) {
  const links = new Map();
  for (const item of items) {
    for (const i of item.members) {
      for (const edge of runGraph.effects[i]) {
        const to = of.get(edge.target);
        if (!to || to === item) continue;
        const id = `${item.id}\n${to.id}`;
        const route = item.bundle || to.bundle ? null : edge.route;
        if (!links.has(id)) links.set(id, { id, from: item, to, route, kinds: new Set(), edges: [] });
        const link = links.get(id);
        link.edges.push(edge);
        for (const kind of kindsOf(edge)) link.kinds.add(kind);
      }
    }
  }
  return [...links.values()];
}
