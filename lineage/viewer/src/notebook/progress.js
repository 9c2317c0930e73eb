/** The line of what goes on: how many runs were read, a button that ends it, or why it failed. */

import { el, fill } from "../drawing/dom.js";
import { clean, countWords, grouped } from "../scene/words.js";

/** Gives the line's `element`, and `show`, which draws the model's trait `progress`. */
export function progressLine(model) {
  const bar = el("progress", { "aria-label": "Runs read" });
  const words = el("span.read", { role: "status" });
  const press = () => model.send({ type: model.get("progress").button.toLowerCase() });
  const button = el("button", { onclick: press });
  const wrong = el("span.wrong", { role: "alert" });
  const element = el("div.progress", bar, words, button, wrong);
  const show = () => {
    const { done, total, words: said, button: label, error } = model.get("progress") ?? {};
    element.hidden = !label && !error;
    words.hidden = button.hidden = !label;
    bar.hidden = done === undefined; // a watch goes on until it ends
    if (total && !said) {
      bar.max = total;
      bar.value = done;
    } else bar.removeAttribute("value");
    const counted = `${total ? `${grouped(done)} of ` : ""}${countWords(total || done, "run")} read …`;
    fill(words, clean(said) || (done ? counted : "Reading …"));
    fill(button, label);
    fill(wrong, error && `✖ ${clean(error)}`);
  };
  show();
  return { element, show };
}
