/**
 * Plays a simulation (lineage/playback.py): the flow map above, a timeline that grows below it.
 *
 * Stands in one module after the viewer, whose `mount` it calls. It needs no kernel and no network.
 */

const TOTAL_MS = 18000; // what a whole play may take …
const DWELL_MS = [120, 1100]; // … but no moment is shorter or longer than this
const LANE = 26; // pixels, as all below
const AXIS = 22;
const NAMES = 150;
const SVG_NAME = "http://www.w3.org/2000/svg";

const SIGNS = { start: "M2 2v10M12 2L5 7l7 5z", back: "M11 2L3 7l8 5z", play: "M3 1l9 6-9 6z", pause: "M4 2v10M10 2v10", step: "M3 2l8 5-8 5z" };

function playNode(tag, className, text = "") {
  const node = Object.assign(document.createElement(tag), { className, textContent: text });
  return node;
}

function playDrawn(parent, tag, attributes, text) {
  const node = document.createElementNS(SVG_NAME, tag);
  for (const [name, value] of Object.entries(attributes)) if (value != null) node.setAttribute(name, value);
  if (text != null) node.textContent = text;
  parent.append(node);
  return node;
}

function playButton(sign, title, onclick) {
  const button = Object.assign(document.createElement("button"), { title, ariaLabel: title, onclick });
  playSign(button, sign);
  return button;
}

/** Drawn, because fonts lack these signs or make pictures of them. */
function playSign(button, sign) {
  const svg = document.createElementNS(SVG_NAME, "svg");
  for (const [name, value] of Object.entries({ width: 14, height: 14, viewBox: "0 0 14 14", "aria-hidden": "true" })) svg.setAttribute(name, value);
  playDrawn(svg, "path", { d: SIGNS[sign], fill: "currentColor", stroke: "currentColor", "stroke-width": sign === "pause" ? 3 : 1.5, "stroke-linejoin": "round" });
  button.replaceChildren(svg);
}

/** State: which moment, and whether it plays. Every change goes through `go` or `load`. */
class SimulationPlayer {
  constructor(host, playback, options) {
    this.options = { theme: "auto", height: null, level: 3, ...options };
    this.listeners = {};
    this.at = 0;
    this.build(host);
    this.load(playback);
  }

  build(host) {
    this.root = playNode("div", "lineage ln-play");
    this.stage = playNode("div", "ln-play-map");
    this.toggle = playButton("play", "Play", () => this.play(!this.timer));
    const step = (by) => () => this.stop().go(this.at + by);
    this.slider = Object.assign(document.createElement("input"), { type: "range", min: 0, ariaLabel: "Moment" });
    this.slider.oninput = () => {
      const to = Number(this.slider.value); // `stop` puts the slider back to where it was
      this.stop().go(to);
    };
    this.clock = playNode("output", "ln-play-clock");
    this.said = playNode("p", "ln-play-said");
    this.said.setAttribute("role", "status");
    const controls = playNode("div", "ln-play-controls");
    controls.setAttribute("role", "group");
    controls.setAttribute("aria-label", "Play the simulation");
    this.buttons = [playButton("start", "To the start", () => this.stop().go(0)), playButton("back", "Step back", step(-1)), this.toggle, playButton("step", "Step", step(1))];
    // JupyterLab looks at the element with the focus only, and would take its arrow and enter keys
    for (const control of [...this.buttons, this.slider]) control.dataset.lmSuppressShortcuts = "true";
    controls.append(...this.buttons, this.slider, this.clock);
    this.lanes = playNode("div", "ln-play-lanes");
    this.why = playNode("p", "ln-play-why");
    this.notes = playNode("ul", "ln-play-notes");
    this.why.setAttribute("role", "status");
    this.root.append(this.stage, this.why, controls, this.said, this.lanes, this.notes);
    host.replaceChildren(this.root);
    this.resized = new ResizeObserver(() => this.drawLanes());
  }

  /** Show another simulation at the time at which the last one stood. */
  load(playback) {
    const before = this.playback?.moments[this.at]?.at ?? -1;
    this.stop();
    this.playback = playback;
    this.slider.max = playback.moments.length - 1;
    this.at = before > 0 ? Math.max(0, playback.moments.findLastIndex((moment) => moment.at <= before)) : 0;
    this.now = playback.moments[this.at].at;
    this.root.classList.toggle("ln-play-still", playback.moments.length === 1); // nothing to play
    this.root.classList.toggle("ln-play-small", playback.map.nodes.length <= 30); // nothing to search in
    this.notes.replaceChildren(...playback.notes.map((note) => playNode("li", "", note)));
    if (this.viewer) {
      const selected = this.selected;
      this.viewer.update(this.scene());
      this.select(selected);
    } else {
      const { theme, height, level } = this.options;
      this.viewer = mount(this.stage, this.scene(), { theme, height: height ?? playback.height, level, details: false, table: false, wheel: false, downloads: false });
      this.viewer.on("select", ([id]) => this.chosen(id));
      this.followTheme();
      this.resized.observe(this.lanes);
    }
    this.show();
    this.drawLanes();
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
    this.slider.value = this.at;
    this.slider.ariaValueText = `${clock}: ${said.join(", ")}`;
    this.clock.textContent = clock;
    this.said.textContent = said.join("  ·  ");
    const word = this.timer ? "Pause" : "Play";
    if (this.toggle.title !== word) playSign(this.toggle, word.toLowerCase());
    this.toggle.title = this.toggle.ariaLabel = word;
    this.buttons[0].disabled = this.buttons[1].disabled = this.at === 0;
    this.buttons[3].disabled = this.at === last;
    this.toggle.disabled = last === 0;
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

  tell() {
    const i = this.playback.map.nodes.findIndex((node) => node.id === this.selected);
    const name = i < 0 ? "" : this.playback.map.nodes[i].flow;
    const said = i < 0 ? "Click a flow to see why it fires, or what it waits for." : ` ${this.playback.why[i]}.`;
    this.why.replaceChildren(playNode("strong", "", name), said);
    this.why.classList.toggle("ln-soft", i < 0);
    for (const name of this.lanes.querySelectorAll("[data-node]")) name.classList.toggle("ln-strong", Number(name.dataset.node) === i);
  }

  // ---- timeline

  /** Let the time run to `to`; at once for those who want no motion. */
  glide(to) {
    const from = this.now;
    const time = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : Math.min(this.timer ? this.dwell : 250, 600);
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
    const { playback, root } = this;
    if (!playback || !root.dataset.theme) return;
    const width = Math.max(320, this.lanes.clientWidth || 0);
    const height = AXIS + LANE * playback.lanes.length;
    const ink = (look) => (playback.map.styles[look] ?? playback.map.styles.idle)[root.dataset.theme];
    const x = (seconds) => NAMES + ((width - NAMES - 34) * seconds) / playback.length;
    const svg = document.createElementNS(SVG_NAME, "svg");
    for (const [name, value] of Object.entries({ width, height, role: "img", "aria-label": "Timeline of the simulated runs" })) svg.setAttribute(name, value);
    for (const { at, clock } of playback.ticks) {
      playDrawn(svg, "line", { x1: x(at), x2: x(at), y1: AXIS - 4, y2: height, class: "ln-play-tick" });
      playDrawn(svg, "text", { x: x(at), y: 12, "text-anchor": "middle", class: "ln-play-time" }, clock);
    }
    playback.lanes.forEach(({ name, node }, lane) => {
      const short = name.length > 20 ? `${name.slice(0, 19)}…` : name;
      const text = playDrawn(svg, "text", { x: 4, y: AXIS + lane * LANE + 17, "data-node": node, class: "ln-play-name" }, short);
      playDrawn(text, "title", {}, name);
      text.onclick = () => this.select(playback.map.nodes[node].id) ?? this.emit("select", [playback.map.nodes[node].id]);
    });
    this.grown = playback.bars.map((bar) => {
      const y = AXIS + bar.lane * LANE;
      const place = bar.real ? { y: y + 20, height: 4, rx: 2 } : { y: y + 5, height: 13, rx: 4 };
      const full = { x: x(bar.from), width: Math.max(3, x(bar.to) - x(bar.from)), ...place };
      if (bar.real) {
        playDrawn(playDrawn(svg, "rect", { ...full, fill: ink(bar.look) }), "title", {}, `really: ${bar.name}, ${bar.look}`);
        return null;
      }
      playDrawn(svg, "rect", { ...full, fill: ink(bar.look), "fill-opacity": 0.12, stroke: ink(bar.look), "stroke-opacity": 0.35 });
      const solid = playDrawn(svg, "rect", { ...full, fill: ink(bar.look) });
      playDrawn(solid, "title", {}, `${bar.name}, ${bar.look}`);
      return { bar, solid };
    }).filter(Boolean);
    for (const { lane, p50, p90 } of playback.finishes.filter((finish) => x(finish.p90) - x(finish.p50) > 2)) {
      const y = AXIS + lane * LANE + 11.5;
      const range = playDrawn(svg, "g", { class: "ln-play-range" });
      playDrawn(range, "path", { d: `M${x(p50)} ${y - 9}v18M${x(p50)} ${y}H${x(p90)}M${x(p90)} ${y - 4}v8` });
      playDrawn(range, "title", {}, "done by the first mark in half of the samples, by the second in nine of ten");
    }
    this.cursor = playDrawn(svg, "line", { y1: AXIS - 8, y2: height, class: "ln-play-now" });
    this.x = x;
    this.ink = ink;
    this.lanes.hidden = !playback.lanes.length;
    this.lanes.replaceChildren(svg);
    this.tell();
    this.grow();
  }

  /** What has happened by now is solid; what runs has the colour of running. */
  grow() {
    if (!this.grown) return;
    const { x, now } = this;
    for (const { bar, solid } of this.grown) {
      const begun = now > bar.from || (now === bar.from && this.at > 0);
      solid.setAttribute("visibility", begun ? "visible" : "hidden");
      solid.setAttribute("width", Math.max(3, x(Math.min(now, bar.to)) - x(bar.from)));
      solid.setAttribute("fill", this.ink(now < bar.to ? "running" : bar.look));
    }
    this.cursor.setAttribute("x1", x(now));
    this.cursor.setAttribute("x2", x(now));
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

/** Draw one simulation, or several with a list to choose from, into an element. */
function mountPlayers(host, playbacks, options) {
  const place = playNode("div", "");
  const above = options.heading ? [playNode("h2", "ln-play-heading", options.heading)] : [];
  const player = new SimulationPlayer(place, playbacks[0], options);
  if (playbacks.length > 1) {
    const list = document.createElement("select");
    list.append(...playbacks.map(({ name }, i) => new Option(name, i)));
    list.onchange = () => {
      player.load(playbacks[list.value]);
      player.go(0);
    };
    const label = playNode("label", "ln-play-choice", "When this happens: ");
    label.append(list);
    above.push(label);
  }
  player.root.prepend(...above);
  host.replaceChildren(place);
  return player;
}

/** The notebook's door (anywidget): traits `playback`, `at`, `selected`, `theme`, `height`, `uid`. */
function renderPlayer({ model, el: host }) {
  const player = new SimulationPlayer(host, model.get("playback"), { theme: model.get("theme"), height: model.get("height") });
  player.root.classList.add("ln-play-live");
  const uid = model.get("uid");
  for (const still of document.querySelectorAll(".lineage-still")) if (uid && still.dataset.lineage === uid) still.style.display = "none";
  const follow = {
    "change:playback": () => player.load(model.get("playback")),
    "change:at": () => model.get("at") !== player.at && player.stop().go(model.get("at")),
    "change:selected": () => model.get("selected")[0] !== player.selected && player.select(model.get("selected")[0]),
  };
  for (const [name, listener] of Object.entries(follow)) model.on(name, listener);
  for (const [event, trait] of [["at", "at"], ["select", "selected"]]) {
    player.on(event, (value) => {
      model.set(trait, value);
      model.save_changes();
    });
  }
  player.select(model.get("selected")[0]);
  if (model.get("at")) player.go(model.get("at"));
  return () => {
    for (const [name, listener] of Object.entries(follow)) model.off(name, listener);
    player.destroy();
  };
}

export default { render: renderPlayer };
