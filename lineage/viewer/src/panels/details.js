/** Everything known about what is selected. */

import { el, fill } from "../drawing/dom.js";
import { factOf } from "../drawing/strokes.js";
import { DOWN, edgeWords, KINDS, kindsOf, neighbours, UP } from "../scene/kinds.js";
import {
  clean,
  countWords,
  cut,
  dayWords,
  dots,
  grouped,
  headOf,
  isEvent,
  nameOf,
  pushTo,
  sizeWords,
  timeOf,
  timeWords,
} from "../scene/words.js";
import { goTo, lightNodes } from "../state/choosing.js";
import { foldAgain, unfold } from "../state/hiding.js";
import { causesOf, effectsOf } from "../state/hovering.js";
import { copyButton, factRows, facts, mark, said, statusOf, valueText } from "./parts.js";

/** Everything known about one node, or about the members of a bundle. */
export class Details {
  /** @param {Viewer} viewer is told what was pressed */
  constructor(viewer, level) {
    this.viewer = viewer;
    this.level = level;
    this.element = el("div.details", { role: "group", "aria-label": "Details", tabindex: "-1" });
  }

  show(runGraph, item) {
    this.runGraph = runGraph;
    const content = !item ? this.nothing() : item.bundle ? this.bundle(item) : this.node(item);
    const { element } = this;
    // asking for a layout of the whole page only where there is something to scroll back
    if (element.firstChild) element.scrollTop = 0;
    fill(element, el("div", content));
    if (item && !item.bundle) this.viewer.options.onDetails?.(item.node, element);
  }

  nothing() {
    return [el("p.hint", `Click a ${this.runGraph.noun} to see what triggered it and what it set off.`)];
  }

  section(heading, ...content) {
    return el("section", el(`h${this.level + 1}.part`, heading), content);
  }

  title(node, above) {
    const time = timeOf(node) && el("span.soft", timeWords(timeOf(node)));
    return el(
      "header",
      { role: "none" },
      el("div.over", above, time),
      said(headOf(node), `h${this.level}.name`),
    );
  }

  bundle(item) {
    const { runGraph } = this;
    return [
      this.title(item.node, el("span.status", mark(runGraph, item.node), factOf(item, runGraph))),
      el("div.actions", el("button", { onclick: () => unfold(this.viewer, item) }, "Unfold")),
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
    const event = isEvent(node);
    const run = node.kind === "run";
    const python = run && `Run("${node.id}")`;
    const why = !node.why && causesOf(runGraph, i).join(", ");
    const led = effectsOf(runGraph, item.members);
    return [
      this.title(node, statusOf(runGraph, node)),
      node.why
        ? el("p.why", clean(node.why), led && [" It ", led, "."])
        : (why || led) && el("p.why", why, led && [why && ", and ", led], "."),
      node.status === "missing" &&
        el("p.hint", "A trigger that can no longer be read: deleted, no access, another datastore."),
      el(
        "div.actions",
        this.sites(node),
        python && copyButton(python, cut(clean(python)), "Copy for Python"),
        event && copyButton(node.event_id ?? node.name, "Copy the id"),
        item.group &&
          !item.bundle &&
          el("button", { onclick: () => foldAgain(this.viewer, item.group) }, "Fold again"),
      ),
      this.around(UP, runGraph.causes[i], (edge) => edge.source),
      this.list("Further causes", [], node.more_upstream),
      this.around(DOWN, runGraph.effects[i], (edge) => edge.target),
      this.list("Further effects", [], node.more_downstream),
      node.origin && !runGraph.index.has(node.origin) && facts([["Resumed from", said(clean(node.origin))]]),
      this.section("Facts", facts(factRows(node))),
      this.block("Payload", node.payload),
      this.pairs("Parameters", node.parameters),
      this.pairs("Code", node.code),
      this.artifacts(i, node.artifacts),
      node.unread && el("p.hint", said(valueText(node.unread, 2000))),
    ];
  }

  /** The run in other places: Metaflow's UI, Argo's. */
  sites({ sites = [] }) {
    const link = ({ name, url }) =>
      el("a.link", { href: url, target: "_blank", rel: "noreferrer" }, clean(name));
    return sites.filter(({ url }) => /^https?:/.test(url)).map(link);
  }

  /** Causes or effects, by the kind of their edge. */
  around(words, edges, end) {
    return KINDS.map((kind) => this.list(words[kind], neighbours(edges, kind, end)));
  }

  /** Neighbours as buttons that lead to them. */
  list(title, entries, further = 0) {
    if (!entries.length && !further) return null;
    const line = ({ i, edge }) => {
      const node = this.runGraph.nodeList[i];
      const kinds = new Set(edge && kindsOf(edge));
      // the heading says what the strongest kind is
      if (edge?.kind !== "read") kinds.delete(edge?.kind);
      const words = [
        this.runGraph.noun === "run" && dayWords(edge?.timestamp ?? timeOf(node)),
        edge && edgeWords(this.runGraph, [edge], kinds),
      ];
      return el(
        "li",
        el(
          "button.near",
          { title: cut(clean(edge?.event ?? node.id), 300), onclick: () => goTo(this.viewer, i) },
          mark(this.runGraph, node),
          said(cut(nameOf(node), 200)),
          el("span.soft", dots(...words)),
        ),
      );
    };
    const first = entries.slice(0, 50).map(line);
    return this.section(
      [title, el("span.soft", ` ${grouped(entries.length + further)}`)],
      el("ul", first, this.moreLine(entries.length - first.length + further)),
    );
  }

  /** Nothing is cut silently. */
  moreLine(rest) {
    return rest > 0 && el("li.soft", `+${grouped(rest)} more`);
  }

  block(title, value) {
    if (value == null) return null;
    const text = valueText(value);
    return this.section([title, copyButton(text, "")], el("pre", { tabindex: "0" }, text));
  }

  pairs(title, record) {
    const rows = Object.entries(record ?? {});
    if (!rows.length) return null;
    return this.section(
      title,
      facts(rows.map(([name, value]) => [said(cut(clean(name))), said(valueText(value, 2000))])),
    );
  }

  /** What the run made and how many runs read it; of a run that was not read itself, what is known from those. */
  artifacts(i, known = []) {
    const readers = new Map();
    for (const { artifacts = [], target } of this.runGraph.effects[i])
      for (const name of artifacts) pushTo(readers, name, target);
    const names = new Set(known.map(({ name }) => name));
    const list = [
      ...known,
      ...[...readers.keys()].filter((name) => !names.has(name)).map((name) => ({ name })),
    ];
    if (!list.length) return null;
    const line = ({ name, type, size, value, error }) => {
      const by = readers.get(name);
      const light = () => lightNodes(this.viewer, [i, ...by]);
      const head = [
        said(cut(clean(name)), "bdi.strong"),
        el("span.soft", dots(type && clean(type), size != null && sizeWords(size))),
      ];
      const readBy =
        by && el("button.readers", { onclick: light }, `read by ${countWords(by.length, "run")}`);
      const named = { "data-artifact": name };
      if (value === undefined && !error) return el("li", named, el("div.artifact", head), readBy);
      return el(
        "li",
        named,
        el(
          "details",
          el("summary.artifact", head),
          error ? el("p.hint", valueText(error)) : el("pre", { tabindex: "0" }, valueText(value)),
        ),
        readBy,
      );
    };
    return this.section(
      "Artifacts",
      el("ul", list.slice(0, 300).map(line), this.moreLine(list.length - 300)),
    );
  }
}
