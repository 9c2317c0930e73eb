/** The scene, indexed. */

import { isEvent } from "./words.js";

const HOPS = 2; // what opens: the focus and this many hops each way …
const SMALL = 30; // … unless the whole lineage has no more nodes than this

/** A scene with its edges indexed both ways. Nodes are known by their index. */
export class RunGraph {
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
    this.noun = scene.noun ?? "run"; // what is counted, beside events
    this.runs = this.nodes.filter((node) => !isEvent(node)).length;
    // Columns are stages. Positions of the user's own may be anywhere: then they are kept as they are.
    this.staged = this.nodes.every((node) => Number.isInteger(node.x));
  }

  /** The word, symbol, glyph and colours of a node. */
  styleOf(node) {
    return this.styles[this.styleName(node)] ?? { word: "unknown", symbol: "circle" };
  }

  styleName(node) {
    const name = node.kind === "event" ? "event" : node.status;
    return Object.hasOwn(this.styles, name) ? name : "unknown";
  }

  /** Indexes next to `i`: its causes ("up") or its effects ("down"). */
  next(i, way) {
    return way === "up"
      ? this.causes[i].map((edge) => edge.source)
      : this.effects[i].map((edge) => edge.target);
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
