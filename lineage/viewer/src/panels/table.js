/** The runs as a table, in step with the graph. */

import { el, fill } from "../drawing/dom.js";
import { countKinds } from "../scene/kinds.js";
import { clean, countWords, cut, durationWords, isEvent, nameOf, timeOf, timeWords } from "../scene/words.js";
import { goTo } from "../state/choosing.js";
import { said, statusOf } from "./parts.js";

const FIRST = 20; // table rows that are drawn with the page or while one types; more would delay that
export const ROWS = 100; // and as soon as it is drawn

/** A column that counts edges by kind. */
const counting = (name, edgesOf) => {
  const of = (node, runGraph) => edgesOf(runGraph)[runGraph.index.get(node.id)];
  return {
    name,
    number: true,
    key: (node, runGraph) => of(node, runGraph).length,
    cell: (node, runGraph) => countKinds(runGraph, of(node, runGraph)),
  };
};

/** What the table shows of a node, and what it sorts by. */
const COLUMNS = [
  { name: "", key: (node) => node.id, cell: nameOf },
  { name: "Status", key: (node) => node.status ?? "", cell: (node, runGraph) => statusOf(runGraph, node) },
  { name: "Started", key: (node) => timeOf(node) ?? "", cell: (node) => timeWords(timeOf(node)) },
  {
    name: "Took",
    number: true,
    key: (node) => node.duration ?? -1,
    cell: (node) => durationWords(node.duration),
  },
  { name: "User", key: (node) => node.user ?? "", cell: (node) => said(cut(clean(node.user ?? ""), 40)) },
  {
    name: "Tags",
    key: (node) => (node.tags ?? []).join(" "),
    cell: (node) => said(cut((node.tags ?? []).map(clean).join(", "), 60)),
  },
  counting("Causes", (runGraph) => runGraph.causes),
  counting("Effects", (runGraph) => runGraph.effects),
];

/** The runs as a table, in step with the graph. */
export class Table {
  /** @param {Viewer} viewer is told what was pressed */
  constructor(viewer) {
    this.viewer = viewer;
    this.sort = { column: 2, down: true };
    this.limit = FIRST;
    this.found = null;
    this.head = el("tr");
    this.body = el("tbody");
    this.caption = el("caption");
    this.more = el("button.more", { onclick: () => this.grow() });
    this.element = el(
      "section.table",
      el(
        "div.scroll",
        { tabindex: "0", role: "group", "aria-label": "Table of runs" },
        el("table", this.caption, el("thead", this.head), this.body),
      ),
      this.more,
    );
  }

  /** @param {Iterable<number>} indexes the nodes to list: those that were found, while the reader types */
  show(runGraph, indexes, selected, found = this.found) {
    const { column, down } = this.sort;
    const { key } = COLUMNS[column];
    this.runGraph = runGraph;
    if (found !== this.found) this.limit = found ? FIRST : ROWS;
    this.found = found;
    this.indexes = [...indexes];
    const keys = new Map(this.indexes.map((i) => [i, key(runGraph.nodeList[i], runGraph)]));
    const order = (a, b) => (keys.get(a) < keys.get(b) ? -1 : keys.get(a) > keys.get(b) ? 1 : a - b);
    this.indexes.sort((a, b) => (down ? order(b, a) : order(a, b)));
    fill(
      this.head,
      COLUMNS.map((one, i) => this.heading(one, i)),
    );
    fill(this.body);
    this.rows = new Map();
    this.draw(selected);
  }

  draw(selected) {
    const { runGraph, body, rows } = this;
    this.selectedIds = selected;
    // drawing all rows down to the selected one would take seconds
    const [first] = selected;
    const listed = this.indexes.filter((i, at) => at < this.limit || runGraph.nodeList[i].id === first);
    listed.forEach((i, at) => {
      const { id } = runGraph.nodeList[i];
      if (rows.has(id)) return;
      rows.set(id, this.row(i));
      body.insertBefore(rows.get(id), body.children[at]);
    });
    const rest = this.indexes.length - this.limit;
    this.more.hidden = rest <= 0;
    this.more.textContent = `Show ${Math.min(rest, 5 * ROWS)} more of ${countWords(this.indexes.length, "row")}`;
    const events = this.indexes.filter((i) => isEvent(runGraph.nodeList[i])).length;
    this.caption.textContent =
      countWords(this.indexes.length - events, runGraph.noun) +
      (events ? ` and ${countWords(events, "event")}` : "");
    this.mark(selected);
  }

  grow(limit = this.limit + 5 * ROWS) {
    this.limit = limit;
    this.draw(this.selectedIds);
  }

  /** Every row, or as many as there were. */
  print(now) {
    if (now) this.shown = this.limit;
    this.limit = now ? Infinity : this.shown;
    this.show(this.runGraph, this.indexes, this.selectedIds);
  }

  heading({ name, number }, i) {
    const { noun } = this.runGraph;
    const { column, down } = this.sort;
    const sort = () => {
      this.sort = { column: i, down: column === i ? !down : !!number || i === 2 };
      this.show(this.runGraph, this.indexes, this.selectedIds);
      this.head.children[i].firstChild.focus();
    };
    const arrow = el("span.arrow", { "aria-hidden": "true" }, column === i ? (down ? "↓" : "↑") : "");
    return el(
      `th${number ? ".number" : ""}`,
      { scope: "col", "aria-sort": column === i ? (down ? "descending" : "ascending") : null },
      el("button", { onclick: sort }, name || noun[0].toUpperCase() + noun.slice(1), arrow),
    );
  }

  row(i) {
    const { runGraph } = this;
    const node = runGraph.nodeList[i];
    const cells = COLUMNS.slice(1).map(({ cell, number }) =>
      el(`td${number ? ".number" : ""}`, cell(node, runGraph)),
    );
    const name = el("button", { title: cut(clean(node.id), 300) }, said(cut(nameOf(node), 100)));
    return el(
      "tr",
      { onclick: (event) => goTo(this.viewer, i, event) },
      el("th", { scope: "row" }, name),
      cells,
    );
  }

  /** Mark the selected rows; the first of them is always there, in its place of the order. */
  mark(selected) {
    this.selectedIds = selected;
    const [first] = selected;
    if (!this.rows.has(first) && this.indexes.includes(this.runGraph.index.get(first)))
      return this.show(this.runGraph, this.indexes, selected);
    for (const [id, row] of this.rows) {
      if (selected.has(id)) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
    return undefined;
  }
}
