/** The words below the map: what happens at this moment, and about the flow that is selected. */

import { el, widthOf } from "../drawing/dom.js";
import { clean } from "../scene/words.js";

const HINT = "Click a flow to see why it fires, or what it waits for.";
const LINE = 21; // pixels
const MEASURED = 300; // sentences whose length is known beforehand, so that selecting moves nothing
const MOST = 3; // lines that are kept free

export class Band {
  constructor() {
    this.said = el("p.play-said", { role: "status" });
    this.why = el("p.play-why", { role: "status" });
    this.element = el("div.play-band", this.said, this.why);
  }

  /** Keep as many lines free as the longest sentence takes. */
  fit({ map, why }) {
    const room = this.element.clientWidth - 32;
    if (room < 100) return;
    const widths = why
      .slice(0, MEASURED)
      .map((words, i) => widthOf(`${map.nodes[i].flow} waits for it: ${words}`, 420, 14));
    const lines = Math.min(MOST, Math.ceil((1.05 * Math.max(0, ...widths)) / room));
    this.why.style.minHeight = `${LINE * Math.max(1, lines)}px`;
  }

  tell({ clock, said }) {
    this.said.replaceChildren(el("b", clock), said.map(clean).join(" · "));
  }

  /**
   * @param {object} [flow] undefined for none: its `name`, `why` it fires or does not, and what it `lacks` at this
   *   moment, if it waits
   */
  explain(flow) {
    this.why.classList.toggle("ln-soft", !flow);
    if (!flow) this.why.replaceChildren(HINT);
    else this.why.replaceChildren(...sentence(flow));
  }
}

/** "PredictionFlow waits for TrainingFlow: it fires at 09:18, because …" */
function sentence({ name, why, lacks }) {
  const flow = el("b", clean(name));
  const words = clean(why);
  if (!lacks || !words.startsWith("fires ")) return [flow, ` ${words}.`];
  return [flow, " waits for ", el("b.play-lacks", clean(lacks)), `: it ${words}.`];
}
