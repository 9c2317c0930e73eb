/** What only the kernel can write: more files in the menu of downloads. */

import { el, fill } from "../drawing/dom.js";
import { save } from "../drawing/saving.js";
import { clean } from "../scene/words.js";
import { unpack } from "./unpacking.js";

/** As `lineage.exporting.formats` calls them; tables of the runs are made here, see `downloads.js`. */
const FORMATS = {
  graphml: "GraphML",
  gexf: "GEXF",
  dot: "DOT",
  mermaid: "Mermaid",
  openlineage: "OpenLineage",
  json: "JSON for lineage.load",
};

export function addFormats(root, questions) {
  const menu = root.querySelector(".ln-menu");
  const line = el("p.hint", { role: "status", hidden: true });
  root.querySelector(".ln-tools").after(line);
  const say = (...words) => {
    fill(line, words);
    line.hidden = !words.length;
  };

  function ask(format, label) {
    menu.open = false;
    const key = `export ${format}`;
    say(`Writing ${label} …`);
    questions.ask({ type: "export", format }, key, async ({ answer, error }) => {
      questions.answers.delete(key); // the lineage may change
      if (error) return say(el("span.wrong", { role: "alert" }, `✖ ${clean(error)}`));
      save(root.querySelector(".ln-title").textContent, answer.suffix, await unpack(answer.packed));
      say();
    });
    questions.complain(key, line);
  }

  for (const [format, label] of Object.entries(FORMATS))
    menu.lastElementChild.append(el("button", { onclick: () => ask(format, label) }, label));
}
