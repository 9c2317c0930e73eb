/** What only the kernel can write: more files in the menu of downloads. */

import { el, fill } from "../drawing/dom.js";
import { save } from "../drawing/saving.js";
import { unpack } from "./unpacking.js";
import { wrong } from "./wrong.js";

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
  const line = el("div.hint", { role: "status" });

  function ask(format, label) {
    menu.open = false;
    fill(line, `Writing ${label} …`);
    menu.parentElement.after(line);
    const key = `export ${format}`;
    questions.ask({ type: "export", format }, key, async ({ answer, error }) => {
      questions.answers.delete(key); // the lineage may change
      if (error) return fill(line, wrong(error));
      save(root.querySelector(".ln-title").textContent, answer.suffix, await unpack(answer.packed));
      line.remove();
    });
    questions.complain(key, line);
  }

  for (const [format, label] of Object.entries(FORMATS))
    menu.lastElementChild.append(el("button", { onclick: () => ask(format, label) }, label));
}
