/** The line of a walk that goes on: how many runs were read, a button that ends it, or why it failed. */

import { el, fill } from "../drawing/dom.js";
import { clean, countWords, grouped } from "../scene/words.js";

/** Gives the line's `element`, and `show`, which draws the model's trait `progress`. */
export function progressLine(model) {
  const bar = el("progress", { "aria-label": "Runs read" });
  const words = el("span.read", { role: "status" });
  const stop = el("button", { onclick: () => model.send({ type: "cancel" }) }, "Cancel");
  const wrong = el("span.wrong", { role: "alert" });
  const element = el("div.progress", bar, words, stop, wrong);
  const show = () => {
    const { done, total, error } = model.get("progress") ?? {};
    element.hidden = done === undefined && !error;
    bar.hidden = words.hidden = stop.hidden = done === undefined;
    if (total) {
      bar.max = total;
      bar.value = done;
    } else bar.removeAttribute("value");
    fill(
      words,
      done ? `${total ? `${grouped(done)} of ` : ""}${countWords(total || done, "run")} read …` : "Reading …",
    );
    fill(wrong, error && `✖ ${clean(error)}`);
  };
  show();
  return { element, show };
}
