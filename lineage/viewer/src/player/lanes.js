/** The timeline of a simulation: a lane for each flow, a bar for each run, which grows with the time. */

import { el, svgEl } from "../drawing/dom.js";

const LANE = 26; // pixels, as all below
const AXIS = 22;
const NAMES = 150;

/** An SVG element with text in it. */
function worded(tag, attributes, parent, text) {
  const node = svgEl(tag, attributes, parent);
  node.textContent = text;
  return node;
}

export class Lanes {
  /** @param {(node: number) => void} pick is told which flow's name was clicked, by its index in the map */
  constructor(pick) {
    this.pick = pick;
    this.element = el("div.play-lanes", { tabindex: "0", role: "group", "aria-label": "Lanes of the flows" });
    this.growing = null; // the bars that grow, once they are drawn
  }

  draw(playback, theme) {
    const width = Math.max(320, this.element.clientWidth || 0);
    const height = AXIS + LANE * playback.lanes.length;
    const { styles } = playback.map;
    this.ink = (look) => (styles[look] ?? styles.idle)[theme];
    this.xOf = (seconds) => NAMES + ((width - NAMES - 34) * seconds) / playback.length;
    const svg = svgEl("svg", { width, height, role: "img", "aria-label": "Timeline of the simulated runs" });
    for (const tick of playback.ticks) this.drawTick(svg, tick, height);
    for (const [row, lane] of playback.lanes.entries()) this.drawName(svg, lane, row);
    this.growing = playback.bars.map((bar) => this.drawBar(svg, bar)).filter(Boolean);
    for (const finish of playback.finishes) this.drawRange(svg, finish);
    this.cursor = svgEl("line", { y1: AXIS - 8, y2: height, class: "ln-play-now" }, svg);
    this.element.hidden = !playback.lanes.length;
    this.element.replaceChildren(svg);
  }

  drawTick(svg, { at, clock }, height) {
    const x = this.xOf(at);
    svgEl("line", { x1: x, x2: x, y1: AXIS - 4, y2: height, class: "ln-play-tick" }, svg);
    worded("text", { x, y: 12, "text-anchor": "middle", class: "ln-play-time" }, svg, clock);
  }

  drawName(svg, { name, node }, row) {
    const short = name.length > 20 ? `${name.slice(0, 19)}…` : name;
    const text = worded(
      "text",
      { x: 4, y: AXIS + row * LANE + 17, "data-node": node, class: "ln-play-name" },
      svg,
      short,
    );
    worded("title", {}, text, name);
    text.onclick = () => this.pick(node);
  }

  /** A run, or below it what it really was; gives what grows. */
  drawBar(svg, bar) {
    const { xOf } = this;
    const y = AXIS + bar.lane * LANE;
    const fill = this.ink(bar.look);
    const place = bar.real ? { y: y + 20, height: 4, rx: 2 } : { y: y + 5, height: 13, rx: 4 };
    const full = { x: xOf(bar.from), width: Math.max(3, xOf(bar.to) - xOf(bar.from)), ...place, fill };
    if (bar.real) {
      worded("title", {}, svgEl("rect", full, svg), `really: ${bar.name}, ${bar.look}`);
      return null;
    }
    svgEl("rect", { ...full, "fill-opacity": 0.12, stroke: fill, "stroke-opacity": 0.35 }, svg);
    const solid = svgEl("rect", full, svg);
    worded("title", {}, solid, `${bar.name}, ${bar.look}`);
    return { bar, solid };
  }

  /** By when a flow is done, where that is a matter of chance. */
  drawRange(svg, { lane, p50, p90 }) {
    const [half, most] = [this.xOf(p50), this.xOf(p90)];
    if (most - half <= 2) return;
    const y = AXIS + lane * LANE + 11.5;
    const range = svgEl("g", { class: "ln-play-range" }, svg);
    svgEl("path", { d: `M${half} ${y - 9}v18M${half} ${y}H${most}M${most} ${y - 4}v8` }, range);
    worded("title", {}, range, "done by the first mark in half of the samples, by the second in nine of ten");
  }

  /** What has happened by `now` is solid; what runs has the colour of running. At the start nothing has begun. */
  grow(now, started) {
    if (!this.growing) return;
    const { xOf, cursor } = this;
    for (const { bar, solid } of this.growing) {
      const begun = now > bar.from || (now === bar.from && started);
      solid.setAttribute("visibility", begun ? "visible" : "hidden");
      solid.setAttribute("width", Math.max(3, xOf(Math.min(now, bar.to)) - xOf(bar.from)));
      solid.setAttribute("fill", this.ink(now < bar.to ? "running" : bar.look));
    }
    cursor.setAttribute("x1", xOf(now));
    cursor.setAttribute("x2", xOf(now));
  }

  /** Make the name of one flow stand out, or of none. */
  mark(node) {
    for (const name of this.element.querySelectorAll("[data-node]"))
      name.classList.toggle("ln-strong", Number(name.dataset.node) === node);
  }
}
