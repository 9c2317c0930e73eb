/** Everything known about what is selected. */

import { el } from "../drawing/dom.js";
import { factOf } from "../drawing/strokes.js";
import { clean, cut, dayWords, grouped, headOf, nameOf, sizeWords, timeOf } from "../scene/words.js";
import { goTo } from "../state/choosing.js";
import { foldAgain, unfold } from "../state/hiding.js";
import { copyButton, factRows, facts, mark, said, statusOf, valueText } from "./parts.js";

/** Everything known about one node, or about the members of a bundle. */
export class Details {
  /** @param {Viewer} viewer is told what was pressed */
  constructor(viewer, level) {
    this.viewer = viewer;
    this.level = level;
    this.element = el("aside.ln-details", { "aria-label": "Details", tabindex: "-1" });
  }

  show(runGraph, item) {
    this.runGraph = runGraph;
    const content = !item ? this.nothing() : item.bundle ? this.bundle(item) : this.node(item);
    const { element } = this;
    // asking for a layout of the whole page only where there is something to scroll back
    if (element.firstChild) element.scrollTop = 0;
    element.replaceChildren(...content);
  }

  nothing() {
    return [el("p.ln-hint", `Click a ${this.runGraph.noun} to see what triggered it and what it set off.`)];
  }

  section(heading, ...content) {
    return el("section", el(`h${this.level + 1}.ln-part`, heading), content);
  }

  title(node, above) {
    return el("header", el("div.ln-over", above), said(headOf(node), `h${this.level}.ln-name`));
  }

  bundle(item) {
    const { runGraph } = this;
    return [
      this.title(item.node, el("span.ln-status", mark(runGraph, item.node), factOf(item, runGraph))),
      el("div.ln-actions", el("button", { onclick: () => unfold(this.viewer, item) }, "Unfold")),
      this.list(
        "In this bundle",
        item.members.map((i) => ({ i })),
      ),
    ];
  }

  node(item) {
    const { runGraph } = this;
    const { node } = item;
    const i = item.members[0];
    const event = node.kind === "event";
    const run = node.kind === "run";
    const python = run && `Run("${node.id}")`;
    return [
      this.title(node, statusOf(runGraph, node)),
      el(
        "div.ln-actions",
        python && copyButton(python, cut(clean(python)), "Copy for Python"),
        event && copyButton(node.event_id ?? node.name, "Copy the id"),
        item.group &&
          !item.bundle &&
          el("button", { onclick: () => foldAgain(this.viewer, item.group) }, "Fold again"),
      ),
      facts([["Run", run && said(clean(node.run_id))], ...factRows(node, true)]),
      node.status === "missing" &&
        el("p.ln-hint", "A trigger that can no longer be read: deleted, no access, another datastore."),
      this.list(
        event ? "Caused by" : "Triggered by",
        runGraph.causes[i].map((edge) => ({ i: edge.source, edge })),
        node.more_upstream,
      ),
      this.list(
        event ? "Triggered" : "Set off",
        runGraph.effects[i].map((edge) => ({ i: edge.target, edge })),
        node.more_downstream,
      ),
      node.origin && !runGraph.index.has(node.origin) && facts([["Resumed from", said(clean(node.origin))]]),
      this.block("Payload", node.payload),
      this.pairs("Parameters", node.parameters),
      this.pairs("Code", node.code),
      this.artifacts(node.artifacts),
      node.unread && el("p.ln-unread.ln-hint", said(valueText(node.unread, 2000))),
    ].filter(Boolean);
  }

  /** Neighbours as buttons that lead to them. */
  list(title, entries, further = 0) {
    if (!entries.length && !further) return null;
    const line = ({ i, edge }) => {
      const node = this.runGraph.nodes[i];
      const when =
        this.runGraph.noun !== "run"
          ? ""
          : edge?.kind === "resume"
            ? "resumed"
            : dayWords(edge?.timestamp ?? timeOf(node));
      return el(
        "li",
        el(
          "button.ln-near",
          { title: cut(clean(edge?.event ?? node.id), 300), onclick: () => goTo(this.viewer, i) },
          mark(this.runGraph, node),
          said(cut(nameOf(node), 200)),
          el("span.ln-soft", when),
        ),
      );
    };
    const first = entries.slice(0, 50).map(line);
    return this.section(
      [title, el("span.ln-soft", ` ${grouped(entries.length + further)}`)],
      el("ul", first, this.moreLine(entries.length - first.length + further)),
    );
  }

  /** Nothing is cut silently. */
  moreLine(rest) {
    return rest > 0 && el("li.ln-soft", `+${grouped(rest)} more`);
  }

  block(title, value) {
    if (value == null) return null;
    const text = valueText(value);
    return this.section([title, copyButton(text, "Copy")], el("pre", { tabindex: "0" }, text));
  }

  pairs(title, record) {
    const rows = Object.entries(record ?? {});
    if (!rows.length) return null;
    return this.section(
      title,
      facts(rows.map(([name, value]) => [said(cut(clean(name))), said(valueText(value, 2000))])),
    );
  }

  artifacts(list) {
    if (!list?.length) return null;
    const line = ({ name, type, size, value, error }) => {
      const head = [
        said(cut(clean(name)), "bdi.ln-strong"),
        el(
          "span.ln-soft",
          [type && clean(type), size != null && sizeWords(size)].filter(Boolean).join(" · "),
        ),
      ];
      if (value === undefined && !error) return el("li.ln-artifact", head);
      return el(
        "li",
        el(
          "details",
          el("summary.ln-artifact", head),
          error ? el("p.ln-hint", valueText(error)) : el("pre", { tabindex: "0" }, valueText(value)),
        ),
      );
    };
    return this.section(
      "Artifacts",
      el("ul", list.slice(0, 300).map(line), this.moreLine(list.length - 300)),
    );
  }
}
