/** Two selected runs, compared by the kernel: a button beside the legend, and the comparison below the graph. */

import { el, fill } from "../drawing/dom.js";
import { clean } from "../scene/words.js";
import { wrong } from "./wrong.js";

export function addComparing(viewer, root, questions) {
  const button = el("button.compare", { hidden: true, onclick: compare }, "Compare");
  const place = el("section.comparison", { "aria-label": "Comparison", hidden: true });
  let pair = [];
  root.querySelector(".ln-zooms").before(button);
  root.append(place);

  viewer.on("select", (ids) => {
    pair = ids;
    button.hidden = ids.length !== 2 || ids.some((id) => id.startsWith("event:"));
  });

  function compare() {
    const [a, b] = pair;
    const key = JSON.stringify(["compare", a, b]);
    const title = el("b", clean(`${a} and ${b}`));
    const close = el("button", { onclick: () => put() }, "Close");
    const line = el("p.hint", { role: "status" }, "Reading what led to both …");
    put(el("header", title, close), line);
    questions.ask({ type: "compare", id: a, other: b }, key, ({ answer, error }) => {
      if (!place.contains(line)) return; // it was closed, or other runs are compared by now
      if (error) return line.replaceWith(wrong(error));
      // it knows the theme of the system, but not that of the notebook
      const media = root.dataset.theme === "dark" ? "all" : "not all";
      const srcdoc = answer.page.replace("(prefers-color-scheme: dark)", media);
      const frame = el("iframe", { sandbox: "", title: "Comparison", srcdoc });
      frame.style.height = `${answer.height}px`;
      line.replaceWith(frame);
      close.focus();
    });
    questions.complain(key, line);
  }

  function put(...content) {
    fill(place, content);
    place.hidden = !content.length;
  }
}
