/** The buttons of the player. */

import { el, svgEl } from "../drawing/dom.js";

const SIGNS = {
  start: "M2 2v10M12 2L5 7l7 5z",
  back: "M11 2L3 7l8 5z",
  play: "M3 1l9 6-9 6z",
  pause: "M4 2v10M10 2v10",
  forward: "M3 2l8 5-8 5z",
};

/**
 * To the start, back, play, pause, forward. Play and pause are two buttons, so that nothing changes under the pointer;
 * the keyboard goes from one to the other.
 */
export class Controls {
  /** @param {SimulationPlayer} player */
  constructor(player) {
    const step = (by) => () => player.step(by);
    const turn = (on) => () => {
      player.play(on);
      (on ? this.pause : this.start).focus();
    };
    this.first = signButton("start", "To the start", step(-Infinity));
    this.back = signButton("back", "Step back", step(-1));
    this.start = signButton("play", "Play", turn(true));
    this.pause = signButton("pause", "Pause", turn(false));
    this.forward = signButton("forward", "Step", step(1));
    this.element = el(
      "div.play-controls",
      { role: "group", "aria-label": "Play the simulation" },
      this.first,
      this.back,
      this.start,
      this.pause,
      this.forward,
    );
  }

  show({ at, last, playing }) {
    this.first.disabled = at === 0;
    this.back.disabled = at === 0;
    this.forward.disabled = at === last;
    this.start.disabled = playing;
    if (!playing && document.activeElement === this.pause) this.start.focus();
    this.pause.disabled = !playing;
  }
}

/** A button with a sign that is drawn, because fonts lack these signs or make pictures of them. */
function signButton(sign, title, onclick) {
  const svg = svgEl("svg", { width: 14, height: 14, viewBox: "0 0 14 14", "aria-hidden": "true" });
  const stroke = { "stroke-width": sign === "pause" ? 3 : 1.5, "stroke-linejoin": "round" };
  svgEl("path", { d: SIGNS[sign], fill: "currentColor", stroke: "currentColor", ...stroke }, svg);
  return el(
    "button",
    { title, "aria-label": title, "data-lm-suppress-shortcuts": "true", class: `ln-play-${sign}`, onclick },
    svg,
  );
}
