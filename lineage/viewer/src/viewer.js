/**
 * Draws a lineage: where a run came from and what it set off.
 *
 * Without dependencies, and the same in the notebook, the report, the card and the view without a
 * kernel. It draws a scene (docs/scene.md) and loads nothing. Strings of a scene may be hostile: they
 * reach the document as text only, never as markup.
 */

import { clean, countWords, cut, grouped, headOf, isEvent, nameOf, timeWords } from "./words.js";
import { el } from "./dom.js";
import { Model } from "./model.js";
import { SelectionError, select } from "./selection.js";
import { fold, linkUp } from "./folding.js";
import { Arrangement } from "./arranging.js";
import { graphPicture, lanesOf, timelinePicture } from "./pictures.js";
import { drawItem, factOf } from "./drawing.js";
import { Stage, levelAt } from "./stage.js";
import { factRows, facts, mark, said, statusOf, valueText } from "./parts.js";
import { Details } from "./details.js";
import { ROWS, Table } from "./table.js";
import { csvOf, drawingOf, pngOf, save, svgOf } from "./exporting.js";

const DEFAULTS = { theme: "auto", details: true, table: true, downloads: true, permalink: false, wheel: true, level: 3, height: null };
const LARGE = 30; // nodes; only from here on is hiding neighbours worth a button
const COLOURS = ["back", "panel", "card", "chip", "line", "lineStrong", "text", "muted", "accent", "edge", "lit"];
const ALWAYS = { has: () => true };
const PAPER = { w: 700, h: 900 }; // pixels of a printed page, about, to judge what can be read on it

/** The state, and who tells whom: every change ends in `refresh` (what is there) or `mark` (how it looks). */
class Viewer {
  constructor(host, scene, options) {
    this.options = { ...DEFAULTS, ...options };
    this.listeners = {};
    this.view = "graph";
    this.views = {}; // of the view that is not on the screen: its pan and zoom
    this.selected = new Set();
    this.matched = null; // indexes that the search found
    this.marked = new Set(); // ids of items that look unlike the rest
    this.told = null; // the item that the details are of; undefined where they say what to click
    this.current = null; // id of the item that the keyboard is on
    this.alone = new Set(); // ids of nodes that stand for themselves, and go on doing so
    this.arrangement = new Arrangement();
    this.build(host);
    this.load(scene);
    this.followTheme();
    this.restore();
    this.stage.start();
    this.frame();
    if (this.options.table) requestAnimationFrame(() => setTimeout(() => this.table.grow(ROWS)));
  }

  // ---- what the page is made of

  build(host) {
    const { options } = this;
    const button = (label, title, onclick) => el("button", { title, "aria-label": title, onclick }, label);
    this.title = el("div.ln-title", { role: "heading", "aria-level": options.level });
    this.subtitle = el("div.ln-subtitle");
    this.problems = el("div");
    this.counter = el("span.ln-counter", { role: "status" });
    this.scope = button("", "", () => this.toggleAll());
    this.tidy = button("Tidy", "Tidy: arrange anew what is shown", () => this.arrange());
    this.legend = el("div.ln-legend", { role: "list", "aria-label": "Legend" });
    this.live = el("div.ln-offscreen", { "aria-live": "polite" });
    this.tip = el("div.ln-tip", { role: "tooltip", hidden: true });
    const zooms = [button("+", "Zoom in", () => this.stage.zoom(1.4)), button("−", "Zoom out", () => this.stage.zoom(1 / 1.4)), button("⤢", "Fit to the window", () => this.stage.fit())];
    this.surface = el("div.ln-stage", { tabindex: "0", role: "application", "aria-roledescription": "graph", "data-lm-suppress-shortcuts": "true", onfocus: () => this.mark(), onblur: () => this.mark() }, this.tip, el("div.ln-zooms", zooms));
    this.details = new Details(this, options.level + 1);
    this.table = new Table(this);
    this.details.element.hidden = !options.details;
    this.table.element.hidden = !options.table;
    this.tabs = ["graph", "timeline"].map((name) => el("button", { onclick: () => this.setView(name) }, name === "graph" ? "Graph" : "Timeline"));
    const tools = el("div.ln-tools", el("div.ln-tabs", { role: "group", "aria-label": "View" }, this.tabs), this.searchBox(), this.counter, this.scope, this.tidy, options.downloads && this.downloads());
    const body = el("div.ln-body", el("div.ln-main", this.surface, this.legend), this.details.element);
    this.root = el("div.lineage", { onkeydown: (event) => this.key(event) }, el("div.ln-head", this.title, this.subtitle), this.problems, tools, body, this.table.element, this.live);
    if (options.height) this.surface.style.height = `${options.height}px`;
    this.stage = new Stage(this.surface, this);
    host.replaceChildren(this.root);
  }

  searchBox() {
    this.input = el("input", { type: "search", spellcheck: "false", autocomplete: "off", "data-lm-suppress-shortcuts": "true", oninput: () => this.find(this.input.value) });
    this.found = el("span.ln-found", { role: "status" });
    return el("div.ln-search", this.input, this.found);
  }

  downloads() {
    const name = () => `lineage-${clean(this.model.scene.title ?? "")}`;
    const ways = {
      "SVG picture": () => save(`${name()}.svg`, svgOf(this.still(2), this.title.textContent), "image/svg+xml"),
      "PNG picture": async () => save(`${name()}.png`, await pngOf(this.still(2))),
      "CSV table": () => save(`${name()}.csv`, csvOf(this.model), "text/csv"),
      "JSON document": () => save(`${name()}.json`, JSON.stringify(this.model.scene), "application/json"),
    };
    const menu = el("details.ln-menu", el("summary", "Download"));
    const close = (make) => () => {
      menu.open = false;
      make();
    };
    menu.append(el("div", Object.entries(ways).map(([label, make]) => el("button", { onclick: close(make) }, label))));
    return menu;
  }

  /** What a file or a page shows: the picture, without what is there for the pointer. */
  still(level) {
    const { picture, colours, stage } = this;
    const drawBox = (pen, box) => {
      const look = this.look(box, level);
      const badges = look.badges.filter(({ text }) => text.startsWith("+"));
      // a mark as large as its row
      const place = level ? box : { ...box, x: box.x + box.w / 2 - 30, y: box.y + box.h / 2 - 30, w: 60, h: 60 };
      drawItem(pen, place, { ...look, selected: false, current: false, badges });
    };
    return { picture, colours, drawBox, view: stage.view, size: stage.size };
  }

  /** On paper the whole picture is as wide as the page and every row is there; afterwards all is as it was. */
  print(now) {
    const { table, items, links, lanes } = this;
    if (now) {
      const { timeline, bounds } = this.picture;
      const wide = (bounds.h * PAPER.w) / PAPER.h / bounds.w;
      const level = timeline ? 2 : levelAt(PAPER.w / bounds.w / Math.max(1, wide));
      const size = { w: 2 * PAPER.w, h: 0 };
      const shown = { ...this.still(level), view: { x: 0, y: 0, k: 1 }, size };
      if (timeline) shown.picture = timelinePicture(lanes, links, 1, size.w);
      else if (!level && wide > 1) shown.picture = graphPicture(items, links, this.arrangement, wide);
      this.paper = drawingOf(shown, this.title.textContent);
      this.paper.setAttribute("class", "ln-paper");
      this.surface.append(this.paper);
    } else {
      this.paper.remove();
      this.paper = null;
    }
    if (this.options.table) table.print(now);
  }

  // ---- theme

  followTheme() {
    const changed = () => this.retheme();
    const watcher = new MutationObserver(changed);
    const leaving = new AbortController();
    for (const query of ["(prefers-color-scheme: dark)", "print"]) matchMedia(query).addEventListener("change", changed, leaving);
    watcher.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-vscode-theme-kind"] });
    this.unfollow = () => {
      leaving.abort();
      watcher.disconnect();
    };
    this.retheme();
  }

  /** The reader's theme: what was asked for, else the notebook's, else the system's; on paper the light one. */
  retheme(theme = this.options.theme) {
    this.options.theme = theme;
    const { jpThemeLight, vscodeThemeKind } = document.body.dataset;
    const dark = jpThemeLight ? jpThemeLight === "false" : vscodeThemeKind ? vscodeThemeKind.includes("dark") : matchMedia("(prefers-color-scheme: dark)").matches;
    const asked = theme === "light" || theme === "dark" ? theme : dark ? "dark" : "light";
    const paper = matchMedia("print").matches;
    this.root.dataset.theme = paper ? "light" : asked;
    this.readColours();
    this.stage.show(this.picture);
    if (paper !== !!this.paper) this.print(paper);
  }

  /** The page has another size, or shows this only now: notebooks draw first and then attach. */
  resettle() {
    this.stage.held = true;
    this.readColours();
    this.refresh();
    this.frame();
  }

  /** All of it on the screen, or as much around the selection as can be read. */
  frame() {
    const { stage } = this;
    stage.held = true;
    stage.fit(false);
    if (!this.all) stage.reveal(this.anchor()?.id, false);
    stage.held = false;
    stage.draw();
  }

  /** The item that the reader has in mind: the selected one, else the focus. */
  anchor() {
    const [id] = this.selected;
    return this.itemOf.get(this.model.index.get(id)) ?? this.home();
  }

  /** The stylesheet is the one place for colours; the pens read them from there. */
  readColours() {
    const computed = getComputedStyle(this.root);
    this.colours = Object.fromEntries(COLOURS.map((name) => [name, computed.getPropertyValue(`--ln-${name}`).trim()]));
    this.colours.theme = this.root.dataset.theme;
    for (const [name, style] of Object.entries(this.model.styles)) this.root.style.setProperty(`--ln-s-${name}`, style[this.colours.theme]);
  }

  // ---- state -> screen

  load(scene) {
    this.model = new Model(scene);
    this.all = false;
    this.shown = this.model.opening();
    this.describe();
    if (this.options.details) this.selected = new Set(this.model.focus.slice(0, 1).map((i) => this.model.nodes[i].id));
    this.refresh();
    this.list();
    this.mark();
  }

  describe() {
    const { scene, nodes, edges, runs, noun } = this.model;
    const events = nodes.length - runs;
    const title = clean(scene.title || "Lineage");
    const map = noun !== "run"; // of flows: they have no times, and are no lineage
    this.tabs[0].parentNode.hidden = map;
    this.input.setAttribute("aria-label", `Find ${noun}s`);
    this.input.placeholder = map ? "Find: a flow, +Flow …" : "Find: a flow, status:failed, +Flow/12 …";
    this.title.textContent = cut(title, 300);
    this.subtitle.textContent = [countWords(runs, noun), events && countWords(events, "event"), clean(scene.source), scene.read_at && `read ${timeWords(scene.read_at)}`].filter(Boolean).join("  ·  ");
    this.surface.setAttribute("aria-label", `${map ? "" : "Lineage of "}${cut(title, 200)}. Arrows follow causes and effects, Enter shows details.`);
    const problems = scene.problems ?? [];
    const line = ({ pathspec, reason }) => el("li", said(cut(clean(pathspec), 200), "bdi.ln-strong"), `: ${clean(reason)}`);
    this.problems.replaceChildren();
    if (problems.length) this.problems.append(el("details.ln-problems", { open: problems.length < 4 }, el("summary", `This ${map ? "flow map" : "lineage"} may be incomplete: ${countWords(problems.length, "problem")} in what was read`), el("ul", problems.slice(0, 200).map(line))));
    const kinds = new Map(nodes.map((node) => [this.model.style(node).word, node]));
    const item = (picture, word) => el("span", { role: "listitem" }, picture, word);
    const line1 = edges.length && item(el("i.ln-line"), "triggered");
    const line2 = edges.some((edge) => edge.kind === "resume") && item(el("i.ln-line.ln-dash"), "resumed");
    this.legend.replaceChildren(...[...[...kinds].map(([word, node]) => item(mark(this.model, node), clean(word))), line1, line2].filter(Boolean));
  }

  /** Work out items and positions again, and draw them. */
  refresh() {
    const { model } = this;
    const whole = this.all || this.view === "timeline";
    const folded = fold(model, this.shown, whole ? ALWAYS : this.alone);
    this.itemOf = folded.of;
    this.items = folded.items;
    if (whole) for (const item of this.items) item.group = null; // folding is for a part
    else this.alone = new Set(this.items.filter((item) => !item.bundle).map((item) => item.node.id));
    this.links = linkUp(model, folded);
    this.near = new Map(this.items.map((item) => [item.id, { up: [], down: [] }]));
    for (const { from, to } of this.links) {
      this.near.get(to.id).up.push(from);
      this.near.get(from.id).down.push(to);
    }
    if (this.view === "timeline") this.lanes = lanesOf(model, this.items);
    else this.arrangement.place(model, this.items, this.links);
    this.draw();
    this.count();
  }

  draw() {
    const timeline = this.view === "timeline";
    this.picture = timeline ? timelinePicture(this.lanes, this.links, this.stage.view.k, this.stage.size.w) : graphPicture(this.items, this.links, this.arrangement);
    this.stage.show(this.picture);
    this.lightUp();
  }

  count() {
    const { runs, nodes, noun } = this.model;
    const shown = [...this.shown].filter((i) => !isEvent(nodes[i])).length;
    const untimed = this.view === "timeline" && this.lanes.untimed;
    this.counter.textContent = (shown === runs ? `${runs > 1 ? "All " : ""}${countWords(runs, noun)} shown` : `${grouped(shown)} of ${countWords(runs, noun)} shown`) + (untimed ? `, ${untimed} without a time` : "");
    this.scope.hidden = !this.all && this.shown.size === nodes.length;
    this.scope.textContent = this.all ? "Show less" : "Show all";
    this.anew = this.view === "graph" && new Arrangement().begin(this.model, this.items, this.links);
    this.tidy.hidden = !this.anew || this.arrangement.agrees(this.items, this.anew);
    this.tabs.forEach((tab, i) => tab.setAttribute("aria-pressed", String((this.view === "graph") === (i === 0))));
  }

  /** The table lists what the search found, or everything. */
  list() {
    if (this.options.table) this.table.show(this.model, this.matched ?? this.model.nodes.keys(), this.selected);
  }

  drawBox(pen, box, level) {
    drawItem(pen, box, this.look(box, level));
  }

  /** Whether an item is to be made out from far away. */
  outstanding(item) {
    return this.isSelected(item) || item.members.some((i) => this.model.focus.includes(i));
  }

  /** How things look has changed: selection, focus, badges. */
  mark() {
    const before = this.marked;
    this.marked = new Set(this.items.filter((item) => item.id === this.current || this.isSelected(item)).map((item) => item.id));
    this.stage.redraw([...before, ...this.marked]);
    if (this.options.table) this.table.mark(this.selected);
    if (!this.options.details) return;
    const [first] = this.selected;
    const i = this.model.index.get(first);
    const item = first && (this.itemOf.get(i) ?? { node: this.model.nodes[i], members: [i] });
    if (this.told === item && this.toldOf === first) return;
    this.told = item;
    this.toldOf = first;
    this.details.show(this.model, item);
  }

  isSelected(item) {
    return item.members.some((i) => this.selected.has(this.model.nodes[i].id));
  }

  look(box, level) {
    const timeline = this.view === "timeline";
    const current = this.current === box.item.id && this.surface.matches(":focus-visible");
    return { model: this.model, colours: this.colours, level, timeline, selected: this.isSelected(box.item), current, badges: level === 2 ? this.badges(box) : [] };
  }

  /** The small buttons on a card: what is hidden behind it, on either side. */
  badges({ item, x, y, w, h }) {
    if (this.view === "timeline") return [];
    if (item.bundle) return [{ way: "unfold", text: "unfold", x: x + w - 50, y: y + h - 2, w: 56, h: 17 }];
    const active = this.model.nodes.length > LARGE && (this.current === item.id || this.isSelected(item));
    const made = [];
    for (const way of ["up", "down"]) {
      const hidden = new Set(this.model.next(item.members[0], way).filter((j) => !this.shown.has(j))).size;
      const further = item.node[way === "up" ? "more_upstream" : "more_downstream"] ?? 0;
      const count = hidden + further;
      const text = count ? `+${grouped(count)} more` : active && this.canHide(item, way) ? "hide" : null;
      const width = text && 16 + text.length * 5.8;
      if (text) made.push({ way, text, far: !hidden && count, hide: !count, x: way === "up" ? x - 6 : x + w + 6 - width, y: y + h - 6, w: width, h: 17 });
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
    const kept = new Set((model.focus.length ? model.focus : item.members).filter((i) => shown.has(i)));
    const between = model.reach(kept, way === "up" ? "down" : "up");
    const gone = new Set(this.near.get(item.id)[way].flatMap((other) => other.members).filter((i) => !between.has(i)));
    for (const i of kept) for (const w of ["up", "down"]) for (const j of model.next(i, w)) if (shown.has(j) && !gone.has(j)) kept.add(j);
    return kept;
  }

  /** Show the hidden neighbours of an item, or ask whoever listens for what was never read. */
  open(item, ways = ["up", "down"]) {
    const before = this.shown.size;
    for (const way of ways) for (const i of item.members) for (const j of this.model.next(i, way)) this.shown.add(j);
    if (this.shown.size > before) return this.changed();
    for (const way of ways) {
      const direction = way === "up" ? "upstream" : "downstream";
      if (item.node[`more_${direction}`]) this.emit("more", { id: item.node.id, direction });
    }
    return undefined;
  }

  hide(item, ways = ["up", "down"]) {
    for (const way of ways) if (this.canHide(item, way)) this.shown = this.afterHiding(item, way);
    this.changed();
  }

  more(item) {
    if (item) (item.bundle ? this.unfold(item) : this.open(item));
  }

  unfold(item) {
    for (const i of item.members) this.alone.add(this.model.nodes[i].id);
    this.changed();
  }

  foldAgain(group) {
    for (const item of this.items) if (item.group === group) this.alone.delete(item.node.id);
    this.changed();
  }

  changed() {
    this.refresh();
    this.mark();
  }

  /** Draw all around what is there, or go back to the part as it was. */
  toggleAll() {
    const { stage, model, view, part } = this;
    this.all = !this.all;
    if (this.all) {
      this.part = { ids: [...this.shown].map((i) => model.nodes[i].id), arrangement: this.arrangement, view, seen: { ...stage.view } };
      this.arrangement = this.arrangement.copy();
      this.shown = new Set(model.nodes.keys());
    } else {
      this.shown = new Set(part.ids.map((id) => model.index.get(id)).filter((i) => i !== undefined));
      this.arrangement = part.arrangement ?? this.arrangement;
    }
    stage.held = true; // it is drawn where it is seen from then
    this.changed();
    stage.held = false;
    if (this.all) stage.fit();
    else if (part.arrangement && part.view === view) stage.glide(part.seen);
    else this.frame();
  }

  /** Arrange anew what is shown: nothing else moves it. What the reader has in mind stays under the eyes. */
  arrange() {
    if (this.tidy.hidden) return;
    const { stage, part } = this;
    const { id } = this.anchor();
    const before = stage.onScreen(id);
    if (this.all) part.arrangement = null;
    this.arrangement = this.anew;
    stage.held = true;
    this.draw();
    const after = stage.onScreen(id);
    stage.held = false;
    stage.view = { k: stage.view.k, x: stage.view.x + before.x - after.x, y: stage.view.y + before.y - after.y };
    stage.draw();
    this.count();
    this.toGraph();
  }

  setView(name) {
    if (name === this.view) return;
    const { view } = this.stage;
    this.views[this.view] = { ...view, all: this.all };
    this.view = name;
    this.stage.view = this.views[name] ?? { x: 0, y: 0, k: 1 };
    this.refresh();
    this.mark();
    if (this.views[name]?.all !== this.all) this.stage.fit(false);
    this.remember();
  }

  // ---- pointer and selection

  press(item, badge, event) {
    this.toGraph();
    if (!item) return this.select([]);
    this.current = item.id;
    if (badge?.way === "unfold") return this.unfold(item);
    if (badge?.hide) return this.hide(item, [badge.way]);
    if (badge) return this.open(item, [badge.way]);
    const ids = item.members.map((i) => this.model.nodes[i].id);
    if (!(event.ctrlKey || event.metaKey || event.shiftKey)) return this.select(ids);
    const rest = [...this.selected].filter((id) => !ids.includes(id));
    return this.select(this.isSelected(item) ? rest : [...rest, ...ids]);
  }

  select(ids, quiet = false) {
    const before = [...this.selected].join("\n");
    this.selected = new Set(ids.filter((id) => this.model.index.has(id)));
    this.mark();
    if (quiet || before === [...this.selected].join("\n")) return;
    this.emit("select", [...this.selected]);
    this.remember();
  }

  /** Go to a node that was named in the details, in the table or by the search. */
  go(i, event) {
    const { id } = this.model.nodes[i];
    const rest = [...this.selected].filter((other) => other !== id);
    if (event?.ctrlKey || event?.metaKey) return this.select(this.selected.has(id) ? rest : [...rest, id]);
    this.uncover(i);
    this.current = this.itemOf.get(i).id;
    this.select([id]);
    return this.stage.reveal(this.current);
  }

  /** Make sure that a node stands on the screen for itself. */
  uncover(i) {
    const before = this.shown.size;
    if (!this.shown.has(i)) for (const j of this.model.wayTo(i, this.shown)) this.shown.add(j);
    if (this.shown.size > before) this.refresh();
    const item = this.itemOf.get(i);
    if (item.bundle) this.unfold(item);
  }

  over(item) {
    if (this.hovered === item?.id) return;
    this.hovered = item?.id;
    this.lightUp(item);
    this.showTip(item);
  }

  /** Light an item's way back to its root causes and on to all its effects; else what was found. */
  lightUp(item) {
    const lit = new Set();
    if (!item) {
      for (const i of this.matched ?? []) if (this.itemOf.has(i)) lit.add(this.itemOf.get(i).id);
      return this.stage.highlight(lit.size ? lit : null);
    }
    for (const way of ["up", "down"]) {
      const seen = new Set([item]);
      for (const at of seen) for (const other of this.near.get(at.id)?.[way] ?? []) seen.add(other);
      for (const at of seen) lit.add(at.id);
    }
    return this.stage.highlight(lit);
  }

  showTip(item) {
    const { tip, model, stage } = this;
    tip.hidden = !item;
    if (!item) return;
    const { node } = item;
    const causes = model.causes[item.members[0]].map((edge) => nameOf(model.nodes[edge.source]));
    const trigger = cut(causes.slice(0, 3).join(", "), 160) + (causes.length > 3 ? ` and ${causes.length - 3} more` : "");
    const rows = item.bundle ? [] : [...factRows(model, node, false), ["Trigger", trigger && said(trigger)]];
    const payload = !item.bundle && node.payload && el("pre", cut(valueText(node.payload, 400), 400));
    const head = el("div.ln-over", item.bundle ? factOf(item, model) : statusOf(model, node));
    tip.replaceChildren(head, said(cut(item.bundle ? headOf(node) : nameOf(node), 160), "bdi.ln-strong"), facts(rows), payload || "");
    const box = stage.onScreen(item.id);
    const { w, h } = stage.size;
    const right = box.x + box.w + 12;
    const left = box.x - 12 - tip.offsetWidth;
    const x = right + tip.offsetWidth < w ? right : left > 0 ? left : Math.max(8, w - tip.offsetWidth - 8);
    tip.style.left = `${x}px`;
    tip.style.top = `${Math.max(8, Math.min(box.y, h - tip.offsetHeight - 8))}px`;
  }

  spoken(item) {
    const { node } = item;
    return item.bundle ? `${headOf(node)}, ${factOf(item, this.model)}` : `${cut(nameOf(node), 200)}, ${this.model.style(node).word}`;
  }

  // ---- search

  /** What the text means lights up; a single word that means nothing is looked for inside the names. */
  find(text) {
    this.matched = null;
    this.found.replaceChildren();
    this.found.classList.remove("ln-wrong");
    if (text.trim()) {
      try {
        this.matched = select(this.model, text);
      } catch (error) {
        if (!(error instanceof SelectionError)) throw error;
        this.complain(text, error);
      }
      if (!this.matched?.size && /^[^\s()+:"=]+$/.test(text.trim())) this.matched = this.inside(text.trim().toLowerCase());
      if (this.matched) this.sayFound();
    }
    this.lightUp();
    this.list();
    this.remember();
  }

  inside(word) {
    return new Set([...this.model.nodes.keys()].filter((i) => this.model.nodes[i].id.toLowerCase().includes(word)));
  }

  sayFound() {
    const hidden = [...this.matched].filter((i) => !this.shown.has(i)).length;
    const { size } = this.matched;
    this.found.classList.remove("ln-wrong");
    this.found.textContent = size ? `${grouped(size)} found${hidden ? `, ${grouped(hidden)} not on the screen` : ""} · Enter: next` : "nothing found";
  }

  complain(text, { message, position }) {
    this.found.classList.add("ln-wrong");
    const wrong = text.slice(position, position + 1);
    this.found.append(el("code", clean(cut(text.slice(Math.max(0, position - 24), position), 30)), el("mark", clean(wrong) || "␣"), clean(text.slice(position + 1, position + 13))), ` ${clean(message)}`);
  }

  /** The next of what was found, in the order of the columns. */
  next(step) {
    if (!this.matched?.size) return;
    const { nodes, index } = this.model;
    const order = [...this.matched].sort((a, b) => nodes[a].x - nodes[b].x || nodes[a].y - nodes[b].y);
    const [first] = this.selected;
    const at = order.indexOf(index.get(first));
    const to = at < 0 ? (step > 0 ? 0 : order.length - 1) : (at + step + order.length) % order.length;
    this.go(order[to]);
    this.sayFound();
    this.found.prepend(`${to + 1} of `);
  }

  // ---- keyboard

  key(event) {
    const { target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const done = () => {
      event.preventDefault();
      event.stopPropagation();
    };
    if (target === this.input) {
      if (event.key === "Enter") this.next(event.shiftKey ? -1 : 1);
      else if (event.key !== "Escape") return;
      else this.leaveSearch();
      done();
    } else if (event.key === "/" && !target.closest("input, textarea")) {
      this.input.focus();
      this.input.select();
      done();
    } else if (target === this.surface) {
      const item = this.items.find((other) => other.id === this.current) ?? this.home();
      const action = item && this.actions(item, event)[event.key];
      if (action) done();
      action?.();
    } else if (event.key === "Escape") {
      this.toGraph();
      done();
    }
  }

  actions(item, event) {
    const more = () => this.more(item);
    return {
      ArrowLeft: () => this.step(this.nearest(item, "up")),
      ArrowRight: () => this.step(this.nearest(item, "down")),
      ArrowUp: () => this.step(this.beside(item, -1)),
      ArrowDown: () => this.step(this.beside(item, 1)),
      Home: () => this.step(this.home()),
      Enter: () => this.enter(item),
      " ": () => this.press(item, null, event),
      "+": more,
      "=": more,
      "-": () => this.hide(item),
      f: () => this.stage.fit(),
      t: () => this.arrange(),
      Escape: () => this.clear(),
    };
  }

  home() {
    return this.itemOf.get(this.model.focus[0]) ?? this.items[0];
  }

  /** The cause or effect whose row is nearest; the first key press only shows where one is. */
  nearest(item, way) {
    if (this.current !== item.id) return item;
    const { boxOf } = this.picture;
    const distance = (other) => Math.abs((boxOf.get(other.id)?.y ?? Infinity) - boxOf.get(item.id).y);
    return [...this.near.get(item.id)[way]].sort((a, b) => distance(a) - distance(b))[0];
  }

  /** The next item in the same column, or in the same or the next lane. */
  beside(item, step) {
    const { boxes, boxOf } = this.picture;
    const box = boxOf.get(item.id);
    if (this.current !== item.id || !box) return item;
    const column = this.view === "timeline" ? boxes : boxes.filter((other) => other.x === box.x).sort((a, b) => a.y - b.y);
    return column[column.indexOf(box) + step]?.item;
  }

  step(item) {
    if (!item) return;
    this.current = item.id;
    this.mark();
    this.stage.reveal(item.id, true, true);
    this.lightUp(item);
    this.showTip(item);
    const { up, down } = this.near.get(item.id);
    this.live.textContent = `${this.spoken(item)}, ${countWords(up.length, "cause")}, ${countWords(down.length, "effect")}`;
    this.emit("focus", item.node.id);
  }

  enter(item) {
    this.current = item.id;
    this.select(item.members.map((i) => this.model.nodes[i].id));
    if (this.options.details) this.details.element.focus();
  }

  clear() {
    this.hovered = null;
    this.showTip(null);
    this.select([]);
    this.leaveSearch();
  }

  /** Give the keyboard to the graph; the page stays where it is. */
  toGraph() {
    this.surface.focus({ preventScroll: true });
  }

  leaveSearch() {
    this.input.value = "";
    this.find("");
    this.toGraph();
  }

  // ---- the address

  /** Keep selection, view and search in the address of the page, for a link that leads back here. */
  remember() {
    if (!this.ready) return;
    const state = new URLSearchParams();
    if (this.selected.size && this.selected.size < 50) state.set("select", [...this.selected].join(" "));
    if (this.view !== "graph") state.set("view", this.view);
    if (this.input.value) state.set("find", this.input.value);
    history.replaceState(null, "", `#${state}`);
  }

  restore() {
    // a frame without a file (srcdoc) has no address to write to
    this.ready = this.options.permalink && location.protocol !== "about:";
    const state = new URLSearchParams(this.ready ? location.hash.slice(1) : "");
    if (state.get("view") === "timeline") this.setView("timeline");
    const ids = (state.get("select") ?? "").split(" ").filter((id) => this.model.index.has(id));
    for (const id of ids) this.uncover(this.model.index.get(id));
    if (ids.length) this.select(ids);
    if (!state.get("find")) return;
    this.input.value = state.get("find");
    this.find(this.input.value);
  }

  // ---- doors

  on(name, listener) {
    (this.listeners[name] ??= new Set()).add(listener);
    return () => this.listeners[name].delete(listener);
  }

  emit(name, value) {
    for (const listener of this.listeners[name] ?? []) listener(value);
  }

  /** Draw another state of the lineage: selection, zoom and places stay. */
  update(scene) {
    const before = this.model;
    const asked = (model) => model.focus.map((i) => model.nodes[i].id).join("\n");
    const shown = new Set([...this.shown].map((i) => before.nodes[i].id));
    const whole = this.shown.size === before.nodes.length;
    this.model = new Model(scene);
    const { nodes, index } = this.model;
    const opening = this.model.opening();
    if (asked(before) !== asked(this.model)) Object.assign(this, { arrangement: new Arrangement(), alone: new Set(), all: false, shown: opening, selected: new Set() });
    else if (this.all || (whole && opening.size === nodes.length)) this.shown = new Set(nodes.keys());
    else this.shown = new Set([...nodes.keys()].filter((i) => shown.has(nodes[i].id) || (opening.has(i) && !before.index.has(nodes[i].id))));
    this.selected = new Set([...this.selected].filter((id) => index.has(id)));
    this.matched = null;
    this.told = null;
    this.readColours();
    this.describe();
    this.refresh();
    this.list();
    this.mark();
    if (this.input.value) this.find(this.input.value);
    if (!before.nodes.length || asked(before) !== asked(this.model)) this.stage.fit(false);
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
 * @param {object} [options] theme: "auto", "light" or "dark"; details, table, downloads: whether there are
 *   any; permalink: keep the state in the page's address; wheel: zoom without focus; level of the heading;
 *   height of the drawing area in pixels
 * @returns {Viewer} of which `update`, `select`, `focus`, `on` and `destroy` are for others; `on("select" | "focus" | "more", listener)`
 */
export const mount = (element, scene, options) => new Viewer(element, scene, options);

/** The notebook's door (anywidget): traits `scene`, `selected`, `theme`, `height`, `uid`. */
function render({ "model": model, "el": host }) {
  const options = { details: false, table: false, wheel: false, theme: model.get("theme") || "auto", height: model.get("height") || 420 };
  const viewer = new Viewer(host, model.get("scene") ?? {}, options);
  const uid = model.get("uid");
  for (const still of document.querySelectorAll(".lineage-still")) if (uid && still.dataset.lineage === uid) still.style.display = "none";
  const follow = {
    "change:scene": () => viewer.update(model.get("scene") ?? {}),
    "change:selected": () => viewer.select(model.get("selected") ?? [], true),
    "change:theme": () => viewer.retheme(model.get("theme")),
    "msg:custom": (message) => message.type === "focus" && viewer.focus(message.id),
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

export { Model, select };
export default { render };
