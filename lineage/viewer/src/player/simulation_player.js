/** Plays a simulation: the flow map above, a timeline that grows below it. */

import { MARGIN } from "../drawing/camera.js";
import { el } from "../drawing/dom.js";
import { clean } from "../scene/words.js";
import { mount } from "../viewer.js";
import { Band } from "./band.js";
import { Controls } from "./controls.js";
import { Lanes } from "./lanes.js";
import { TimeAxis } from "./time_axis.js";

const TOTAL_MS = 18000; // what a whole play may take …
const DWELL_MS = [120, 1100]; // … but no moment is shorter or longer than this
const SMALL = 30; // flows and events of a map; in so few there is nothing to search for
const HIGHEST = 560; // pixels, of the map

/** State: which moment, and whether it plays. Every change goes through `go` or `load`. */
export class SimulationPlayer {
  constructor(host, playback, options) {
    this.options = { theme: "auto", height: null, level: 2, ...options };
    this.listeners = {};
    this.at = 0;
    this.build(host);
    this.load(playback);
  }

  build(host) {
    this.stage = el("div.play-map");
    this.band = new Band();
    this.controls = new Controls(this);
    this.axis = new TimeAxis(
      (by) => this.step(by),
      (seconds) => this.stop().go(this.nearest(seconds)),
    );
    this.lanes = new Lanes((node) => this.pick(this.playback.map.nodes[node].id));
    this.day = el("div.play-day");
    this.timeline = el(
      "div.play-timeline",
      el("div.play-head", el("div.play-left", this.day, this.controls.element), this.axis.element),
      el("div.play-lanes", this.lanes.names, this.lanes.bars),
    );
    this.ending = el("p");
    this.notes = el("ul.play-notes");
    this.root = el(
      "div",
      { class: "lineage ln-play" },
      el(
        "div.play-frame",
        this.stage,
        this.band.element,
        this.timeline,
        el("div.play-end", this.ending, this.notes),
      ),
    );
    host.replaceChildren(this.root);
    this.resized = new ResizeObserver(([{ contentRect }]) => {
      this.band.fit(this.playback);
      this.axis.space();
      if (contentRect.width !== this.width) this.fitMap(contentRect.width);
    });
  }

  /** Show another simulation at the time at which the last one stood. */
  load(playback) {
    const before = this.playback?.moments[this.at]?.at ?? -1;
    this.stop();
    this.playback = playback;
    const { moments, map, day, ending, notes } = playback;
    this.at = before > 0 ? moments.findLastIndex(({ at }) => at <= before) : 0;
    this.now = moments[this.at].at;
    this.root.classList.toggle("ln-play-still", moments.length === 1); // nothing to play
    this.small = map.nodes.length <= SMALL;
    this.root.classList.toggle("ln-play-small", this.small);
    this.day.textContent = clean(day);
    const [lead, ...rest] = clean(ending).split(": ");
    this.ending.replaceChildren(el("b", lead), ...rest.map((words) => `: ${words}`));
    this.notes.replaceChildren(...notes.map((note) => el("li", clean(note))));
    this.ending.parentNode.hidden = !ending && !notes.length;
    if (this.viewer) {
      const selected = this.selected;
      this.viewer.update(this.scene());
      this.select(selected);
    } else this.mountMap();
    this.band.fit(playback);
    this.show();
    this.drawTimeline();
  }

  mountMap() {
    const { theme, height, level } = this.options;
    this.viewer = mount(this.stage, this.scene(), {
      theme,
      height: height ?? this.playback.height,
      level,
      details: false,
      table: false,
      wheel: false,
      downloads: false,
    });
    this.viewer.on("select", ([id]) => this.chosen(id));
    this.viewer.on("drawn", () => this.growMap());
    this.followTheme();
    this.resized.observe(this.root);
  }

  /** In another width the map is as high as the playback says, until it is drawn. */
  fitMap(width) {
    const first = !this.width;
    this.width = width;
    this.setHeight(this.options.height ?? this.playback.height);
    if (first) requestAnimationFrame(() => this.growMap()); // by then it is drawn in this width
  }

  /** A map that is folded like text, because the window is narrow, needs more height. */
  growMap() {
    if (this.options.height || !this.small) return;
    const needed = this.viewer.picture.bounds.h + 2 * MARGIN.y;
    if (needed > this.height) this.setHeight(Math.min(HIGHEST, needed));
  }

  setHeight(height) {
    if (height === this.height) return;
    this.height = height;
    this.viewer.surface.style.height = `${height}px`;
  }

  /** The viewer knows the reader's theme. */
  followTheme() {
    const inner = this.stage.firstElementChild;
    const follow = () => {
      this.root.dataset.theme = inner.dataset.theme;
      this.drawTimeline();
    };
    this.watcher = new MutationObserver(follow);
    this.watcher.observe(inner, { attributes: true, attributeFilter: ["data-theme"] });
    follow();
  }

  // ---- which moment

  step(by) {
    return this.stop().go(this.at + by);
  }

  /** The moment that is nearest to a time; of several at that time the last, but at 0 the one before all of them. */
  nearest(seconds) {
    const { moments } = this.playback;
    const far = moments.map(({ at }) => Math.abs(at - seconds));
    return seconds > 0 ? far.lastIndexOf(Math.min(...far)) : 0;
  }

  go(to) {
    const last = this.playback.moments.length - 1;
    const at = Math.min(last, Math.max(0, to));
    if (at !== this.at) {
      this.at = at;
      this.viewer.update(this.scene());
      this.emit("at", at);
    }
    this.show();
    this.glide(this.playback.moments[at].at);
    return this;
  }

  play(on) {
    this.stop();
    if (!on) return;
    const last = this.playback.moments.length - 1;
    if (this.at === last) this.go(0);
    const dwell = Math.min(DWELL_MS[1], Math.max(DWELL_MS[0], TOTAL_MS / last));
    this.dwell = dwell;
    this.timer = setInterval(() => {
      this.go(this.at + 1);
      if (this.at >= last) this.stop();
    }, dwell);
    this.show();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.show();
    return this;
  }

  /** The map at this moment. */
  scene() {
    const { playback, at, made } = this;
    if (made?.at === at && made.playback === playback) return made.scene;
    const { map, moments } = playback;
    const looks = new Map(moments.slice(0, at + 1).flatMap((moment) => Object.entries(moment.set)));
    const nodes = map.nodes.map((node, i) => {
      const [status, label] = looks.get(String(i)) ?? [node.status, node.label];
      return { ...node, status, label };
    });
    this.made = { at, playback, scene: { ...map, nodes } };
    return this.made.scene;
  }

  show() {
    if (!this.playback) return;
    const { moments } = this.playback;
    this.controls.show({ at: this.at, last: moments.length - 1, playing: !!this.timer });
    this.axis.tell(moments[this.at]);
    this.band.tell(moments[this.at]);
    this.lanes.sign(this.scene().nodes);
    this.tell();
  }

  // ---- selection

  chosen(id) {
    if (id === this.selected) return;
    this.selected = id;
    this.tell();
    this.emit("select", id ? [id] : []);
  }

  select(id) {
    const known = this.playback.map.nodes.some((node) => node.id === id);
    this.selected = known ? id : undefined;
    this.viewer.select(known ? [id] : []);
    this.tell();
  }

  /** Select a flow by its name in the timeline. */
  pick(id) {
    this.select(id);
    this.emit("select", [id]);
  }

  tell() {
    const { map, why, moments } = this.playback;
    const i = map.nodes.findIndex(({ id }) => id === this.selected);
    const waits = i >= 0 && this.scene().nodes[i].status === "waiting";
    const last = waits && moments.slice(0, this.at + 1).findLast(({ lacks }) => lacks?.[i]);
    this.band.explain(i < 0 ? undefined : { name: map.nodes[i].flow, why: why[i], lacks: last?.lacks?.[i] });
    this.lanes.mark(i);
  }

  // ---- timeline

  /** Let the time run to `to`; at once for those who want no motion. */
  glide(to) {
    const from = this.now;
    const time = matchMedia("(prefers-reduced-motion: reduce)").matches
      ? 0
      : Math.min(this.timer ? this.dwell : 250, 600);
    const began = performance.now();
    cancelAnimationFrame(this.gliding);
    const move = (moment) => {
      const part = time ? Math.min(1, Math.max(0, (moment - began) / time)) : 1;
      this.now = from + (to - from) * part;
      this.grow();
      if (part < 1) this.gliding = requestAnimationFrame(move);
    };
    move(began);
  }

  drawTimeline() {
    const { theme } = this.root.dataset;
    if (!this.playback || !theme) return;
    this.root.style.setProperty("--waits", this.playback.map.styles.waiting[theme]);
    this.axis.draw(this.playback);
    this.lanes.draw(this.playback, theme);
    this.lanes.sign(this.scene().nodes);
    this.tell();
    this.grow();
  }

  /** Bring knob, line and bars to the time that it is. */
  grow() {
    this.timeline.style.setProperty("--now", this.now / this.playback.length);
    this.axis.place(this.now);
    this.lanes.grow(this.now, this.at > 0);
  }

  on(name, listener) {
    this.listeners[name] = listener;
  }

  emit(name, value) {
    this.listeners[name]?.(value);
  }

  destroy() {
    this.stop();
    cancelAnimationFrame(this.gliding);
    this.resized.disconnect();
    this.watcher.disconnect();
    this.viewer.destroy();
    this.root.remove();
  }
}
