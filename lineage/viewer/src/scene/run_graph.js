/** The scene, indexed. */

import { clean, isEvent } from "./words.js";

const HOPS = 2; // what opens: the focus and this many hops each way …
const SMALL = 30; // … unless the whole lineage has no more nodes than this

/** A scene with its edges indexed both ways. Nodes are known by their index. */
export class RunGraph {
  constructor(scene) {
    this.scene = scene;
    this.nodeList = scene.nodes ?? [];
    this.styles = scene.styles ?? {};
    this.kinds = scene.kinds ?? {};
    this.asked = (scene.focus ?? []).filter((i) => this.nodeList[i]);
    this.index = new Map(this.nodeList.map((node, i) => [node.id, i]));
    this.edges = (scene.edges ?? []).filter(
      (edge) => this.nodeList[edge.source] && this.nodeList[edge.target],
    );
    this.causes = this.nodeList.map(() => []);
    this.effects = this.nodeList.map(() => []);
    for (const edge of this.edges) {
      this.causes[edge.target].push(edge);
      this.effects[edge.source].push(edge);
    }
    this.noun = scene.noun ?? "run"; // what is counted, beside events
    this.runs = this.nodeList.filter((node) => !isEvent(node)).length;
    // Columns are stages. Positions of the user's own may be anywhere: then they are kept as they are.
    this.staged = this.nodeList.every((node) => Number.isInteger(node.x));
  }

  /** The word, symbol, glyph and colours of a node. */
  styleOf(node) {
    return this.styles[this.styleName(node)] ?? { word: "unknown", symbol: "circle" };
  }

  /** The word of a node's status; a run that failed says where, and one on outdated inputs that it is stale. */
  wordOf(node) {
    const { word } = this.styleOf(node);
    return clean(
      (node.failed_step ? `${word} at ${node.failed_step}` : word) + (node.stale ? ", stale" : ""),
    );
  }

  styleName(node) {
    const name = isEvent(node) ? "event" : node.status;
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
    const all = new Set(this.nodeList.keys());
    if (all.size <= SMALL || !this.asked.length) return all;
    return new Set([...this.reach(this.asked, "up", HOPS), ...this.reach(this.asked, "down", HOPS)]);
  }
}
