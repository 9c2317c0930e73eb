/** Plays a simulation: the flow map above, a timeline that grows below it. */

import { el } from "../drawing/dom.js";
import { mount } from "../viewer.js";
import { showSign, signButton } from "./controls.js";
import { Lanes } from "./lanes.js";

const TOTAL_MS = 18000; // what a whole play may take …
const DWELL_MS = [120, 1100]; // … but no moment is shorter or longer than this

/** State: which moment, and whether it plays. Every change goes through `go` or `load`. */
export class SimulationPlayer {
  constructor(host, playback, options) {
    this.options = { theme: "auto", height: null, level: 3, ...options };
    this.listeners = {};
    this.at = 0;
    this.build(host);
    this.load(playback);
  }

  build(host) {
    const step = (by) => () => this.stop().go(this.at + by);
    this.stage = el("div.play-map");
    this.toggle = signButton("play", "Play", () => this.play(!this.timer));
    this.buttons = [
      signButton("start", "To the start", () => this.stop().go(0)),
      signButton("back", "Step back", step(-1)),
      this.toggle,
      signButton("forward", "Step", step(1)),
    ];
    const slide = () => {
      const to = Number(this.slider.value); // `stop` puts the slider back to where it was
      this.stop().go(to);
    };
    this.slider = el("input", { type: "range", min: 0, "aria-label": "Moment", oninput: slide });
    // JupyterLab looks at the element with the focus only, and would take its arrow and enter keys
    for (const control of [...this.buttons, this.slider]) control.dataset.lmSuppressShortcuts = "true";
    this.clock = el("output.play-clock");
    this.said = el("p.play-said", { role: "status" });
    this.why = el("p.play-why", { role: "status" });
    this.notes = el("ul.play-notes");
    this.lanes = new Lanes((node) => this.pick(this.playback.map.nodes[node].id));
    const controls = el(
      "div.play-controls",
      { role: "group", "aria-label": "Play the simulation" },
      this.buttons,
      this.slider,
      this.clock,
    );
    this.root = el(
      "div",
      { class: "lineage ln-play" },
      this.stage,
      this.why,
      controls,
      this.said,
      this.lanes.element,
      this.notes,
    );
    host.replaceChildren(this.root);
    this.resized = new ResizeObserver(() => this.drawLanes());
  }

  /** Show another simulation at the time at which the last one stood. */
  load(playback) {
    const before = this.playback?.moments[this.at]?.at ?? -1;
    this.stop();
    this.playback = playback;
    this.slider.max = playback.moments.length - 1;
    this.at =
      before > 0
        ? Math.max(
            0,
            playback.moments.findLastIndex((moment) => moment.at <= before),
          )
        : 0;
    this.now = playback.moments[this.at].at;
    this.root.classList.toggle("ln-play-still", playback.moments.length === 1); // nothing to play
    this.root.classList.toggle("ln-play-small", playback.map.nodes.length <= 30); // nothing to search in
    this.notes.replaceChildren(...playback.notes.map((note) => el("li", note)));
    if (this.viewer) {
      const selected = this.selected;
      this.viewer.update(this.scene());
      this.select(selected);
    } else this.mountMap();
    this.show();
    this.drawLanes();
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
    this.followTheme();
    this.resized.observe(this.lanes.element);
  }

  /** The viewer knows the reader's theme. */
  followTheme() {
    const inner = this.stage.firstElementChild;
    const follow = () => {
      this.root.dataset.theme = inner.dataset.theme;
      this.drawLanes();
    };
    this.watcher = new MutationObserver(follow);
    this.watcher.observe(inner, { attributes: true, attributeFilter: ["data-theme"] });
    follow();
  }

  // ---- which moment

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
    const { map, moments } = this.playback;
    const looks = new Map(moments.slice(0, this.at + 1).flatMap((moment) => Object.entries(moment.set)));
    const nodes = map.nodes.map((node, i) => {
      const [status, label] = looks.get(String(i)) ?? [node.status, node.label];
      return { ...node, status, label };
    });
    return { ...map, nodes };
  }

  show() {
    if (!this.playback) return;
    const { moments } = this.playback;
    const { clock, said } = moments[this.at];
    const last = moments.length - 1;
    const [start, back, toggle, step] = this.buttons;
    this.slider.value = this.at;
    this.slider.ariaValueText = `${clock}: ${said.join(", ")}`;
    this.clock.textContent = clock;
    this.said.textContent = said.join("  ·  ");
    const word = this.timer ? "Pause" : "Play";
    if (toggle.title !== word) showSign(toggle, word.toLowerCase());
    toggle.title = word;
    toggle.ariaLabel = word;
    start.disabled = this.at === 0;
    back.disabled = this.at === 0;
    step.disabled = this.at === last;
    toggle.disabled = last === 0;
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
    const { map, why } = this.playback;
    const i = map.nodes.findIndex((node) => node.id === this.selected);
    const name = i < 0 ? "" : map.nodes[i].flow;
    const said = i < 0 ? "Click a flow to see why it fires, or what it waits for." : ` ${why[i]}.`;
    this.why.replaceChildren(el("strong", name), said);
    this.why.classList.toggle("ln-soft", i < 0);
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

  drawLanes() {
    const { theme } = this.root.dataset;
    if (!this.playback || !theme) return;
    this.lanes.draw(this.playback, theme);
    this.tell();
    this.grow();
  }

  grow() {
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
