/** The timeline of a simulation: a lane for each flow, a bar for each run, which fills with the time. */

import { el, svgEl } from "../drawing/dom.js";
import { drawMark, SvgPen } from "../drawing/strokes.js";
import { clean, countWords, durationWords, isEvent } from "../scene/words.js";
import { xOf } from "./time_axis.js";

const LANE = 26; // pixels

/** The sign of a style, 12 pixels high. */
function sign(style, theme) {
  const svg = svgEl("svg", { width: 12, height: 12, viewBox: "-8 -8 16 16", "aria-hidden": "true" });
  drawMark(new SvgPen(svg), style, 0, 0, 6.5, style[theme]);
  return svg;
}

/** What a row of the timeline shows, at its place. */
function placed(spec, { lane, from, to }, playback, title = "", ...children) {
  const node = el(spec, title && { title }, ...children);
  node.style.top = `${lane * LANE}px`;
  node.style.left = xOf(from, playback);
  if (to > from) node.style.width = xOf(to - from, playback);
  return node;
}

export class Lanes {
  /** @param {(node: number) => void} pick is told which flow's name was clicked, by its index in the map */
  constructor(pick) {
    this.pick = pick;
    this.names = el("div.play-names", { role: "group", "aria-label": "Flows of the timeline" });
    this.bars = el("div.play-bars", { role: "img", "aria-label": "Timeline of the simulated runs" });
    this.growing = [];
  }

  draw(playback, theme) {
    this.theme = theme;
    this.styles = playback.map.styles;
    this.buttons = playback.lanes.map(({ name, node }) => {
      const title = clean(name);
      const button = el("button.play-name", { title, "data-lm-suppress-shortcuts": "true" }, el("i"), title);
      button.addEventListener("click", () => this.pick(node));
      return { button, node, status: null };
    });
    this.names.replaceChildren(...this.buttons.map(({ button }) => button));
    this.growing = playback.bars.map((bar) => this.bar(bar, playback));
    this.bars.style.height = `${LANE * playback.lanes.length}px`;
    this.bars.replaceChildren(
      ...playback.ticks.map(({ at }) => {
        const line = el("i.play-grid");
        line.style.left = xOf(at, playback);
        return line;
      }),
      ...this.growing.map(({ node }) => node),
      ...this.spans(playback),
    );
  }

  /** A run, what really was beside it, or what arrives. */
  bar(bar, playback) {
    const { name, look, real, instant } = bar;
    const style = this.styles[look] ?? this.styles.idle;
    const words = `${real ? "really: " : ""}${clean(name)}, ${clean(style.word)}`;
    const took = bar.to > bar.from ? ` in ${durationWords(bar.to - bar.from)}` : "";
    const spec = instant ? "span.play-instant" : real ? "span.play-real" : "span.play-bar";
    const done = el("i");
    const node = placed(spec, bar, playback, words + took, instant ? sign(style, this.theme) : done);
    return { bar, node, done, ink: style[this.theme], state: null };
  }

  /** Behind the bars of each lane: by when they are done if that is a matter of chance, and how long they take. */
  spans(playback) {
    const { bars, finishes } = playback;
    return playback.lanes.flatMap((_, lane) => {
      const own = bars.filter((bar) => bar.lane === lane && !bar.real && !bar.instant);
      const chances = finishes.filter(({ lane: of, p50, p90 }) => of === lane && p90 > p50);
      const ends = [...own.map(({ to }) => to), ...chances.map(({ p90 }) => p90)];
      if (!own.length) return [];
      const [{ from, to }] = own;
      const words = own.length > 1 ? countWords(own.length, "run") : durationWords(to - from);
      return [
        ...chances.map(({ p50, p90 }) =>
          placed(
            "span.play-range",
            { lane, from: p50, to: p90 },
            playback,
            "done by the first mark in half of the samples, by the second in nine of ten",
          ),
        ),
        placed("span.play-took", { lane, from: Math.max(...ends) }, playback, "", words),
      ];
    });
  }

  /** What is over by `now` is full, what runs is striped, what is to come is an outline. At the start nothing has begun. */
  grow(now, started) {
    for (const entry of this.growing) {
      const { bar, node, done, ink } = entry;
      const begun = now > bar.from || (now === bar.from && started);
      const over = begun && now >= bar.to;
      const state = over ? "past" : begun ? "runs" : "comes";
      if (state !== entry.state) {
        entry.state = state;
        node.dataset.state = state;
        node.style.color = state === "runs" ? this.styles.running[this.theme] : begun || bar.real ? ink : "";
      }
      if (state === "runs") done.style.width = `${(100 * (now - bar.from)) / (bar.to - bar.from)}%`;
      else done.style.width = over || bar.real ? "100%" : "0";
    }
  }

  /** The sign of each flow's state, beside its name. */
  sign(nodes) {
    for (const lane of this.buttons ?? []) {
      const node = nodes[lane.node];
      const status = isEvent(node) ? "event" : node.status;
      if (status === lane.status) continue;
      lane.status = status;
      const style = this.styles[status] ?? this.styles.idle;
      lane.button.firstChild.replaceChildren(sign(style, this.theme));
      lane.button.ariaLabel = `${lane.button.title}, ${clean(style.word)}`;
    }
  }

  /** Make the name of one flow stand out, or of none. */
  mark(node) {
    for (const lane of this.buttons ?? [])
      lane.button.setAttribute("aria-pressed", String(lane.node === node));
  }
}
