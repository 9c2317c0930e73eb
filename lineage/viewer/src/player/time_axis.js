/** The axis of time above the lanes: ticks, a slider whose knob stands where the lanes have that time, the clock. */

import { el, widthOf } from "../drawing/dom.js";

const STEPS = {
  ArrowRight: 1,
  ArrowUp: 1,
  ArrowLeft: -1,
  ArrowDown: -1,
  PageUp: 10,
  PageDown: -10,
  Home: -Infinity,
  End: Infinity,
};

/** Where a time stands on the axis, as CSS: the knob, the ticks and the bars of all lanes. */
export const xOf = (seconds, { length }) => `${(100 * seconds) / length}%`;

/** Pixels that a label on the axis takes. */
const labelWidth = (text) => widthOf(text, 400, 11);

export class TimeAxis {
  /**
   * @param {(by: number) => void} step is told how many moments to go on
   * @param {(seconds: number) => void} slide is told where the slider was dragged to
   */
  constructor(step, slide) {
    const pressed = (event) => {
      const by = STEPS[event.key];
      if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      step(by);
    };
    this.slider = el("input.play-slider", {
      type: "range",
      min: 0,
      "aria-label": "Time",
      // JupyterLab looks at the element with the focus only, and would take its arrow keys
      "data-lm-suppress-shortcuts": "true",
      oninput: () => slide(Number(this.slider.value)),
      onkeydown: pressed,
    });
    this.slider.setAttribute("step", "any"); // not above, where the build shortens this name
    this.clock = el("output.play-clock");
    this.marks = el("div");
    this.element = el("div.play-scale", this.marks, this.slider, this.clock);
    this.width = 600; // pixels, until the page has told
  }

  draw(playback) {
    this.playback = playback;
    this.slider.max = playback.length;
    this.labels = playback.ticks.map(({ at, clock }) => {
      const label = el("span.play-tick", clock);
      label.style.left = `max(${xOf(at, playback)}, ${labelWidth(clock) / 2}px)`;
      return { at, label, half: labelWidth(clock) / 2 };
    });
    this.marks.replaceChildren(...this.labels.map(({ label }) => label));
    this.space();
  }

  /** As many labels as have room beside each other. */
  space() {
    this.width = this.element.clientWidth || this.width;
    const { ticks, length } = this.playback;
    const apart = ticks[1] ? ((ticks[1].at - ticks[0].at) / length) * this.width : this.width;
    const widest = Math.max(0, ...this.labels.map(({ half }) => 3 * half)); // the first may stand half of it aside
    const every = Math.ceil((widest + 8) / apart);
    this.labels.forEach(({ label }, i) => {
      label.hidden = i % every > 0;
    });
    this.place(this.now ?? 0);
  }

  /** Move the knob; the labels under the clock give way to it. */
  place(now) {
    this.now = now;
    this.slider.value = now;
    const half = labelWidth(this.clock.textContent) / 2 + 14; // bold, and with its padding
    for (const { at, label, half: own } of this.labels) {
      const distance = (Math.abs(at - now) / this.playback.length) * this.width;
      label.style.visibility = distance < half + own ? "hidden" : "";
    }
  }

  /** Say which moment it is. */
  tell({ clock, said }) {
    this.clock.textContent = clock;
    this.slider.ariaValueText = `${clock}: ${said.join(", ")}`;
  }
}
