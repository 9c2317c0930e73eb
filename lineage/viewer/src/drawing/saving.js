/** Files that the browser keeps. */

import { clean } from "../scene/words.js";
import { el } from "./dom.js";

/** Let the browser keep a file, named after a lineage. */
export function save(title, ending, content, type) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const name = `lineage-${clean(title)}.${ending}`;
  el("a", { href: url, download: name.replace(/[^\w.-]+/g, "-").slice(0, 100) }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
