/** The menu of files to download. */

import { el } from "../drawing/dom.js";
import { csvOf, pngOf, save, svgOf } from "../drawing/exporting.js";
import { clean } from "../scene/words.js";
import { stillPicture } from "./printing.js";

export function downloadMenu(viewer) {
  const name = () => `lineage-${clean(viewer.runGraph.scene.title ?? "")}`;
  const ways = {
    "SVG picture": () =>
      save(`${name()}.svg`, svgOf(stillPicture(viewer, 2), viewer.titleLine.textContent), "image/svg+xml"),
    "PNG picture": async () => save(`${name()}.png`, await pngOf(stillPicture(viewer, 2))),
    "CSV table": () => save(`${name()}.csv`, csvOf(viewer.runGraph), "text/csv"),
    "JSON document": () => save(`${name()}.json`, JSON.stringify(viewer.runGraph.scene), "application/json"),
  };
  const menu = el("details.menu", el("summary", "Download"));
  const close = (make) => () => {
    menu.open = false;
    make();
  };
  menu.append(
    el(
      "div",
      Object.entries(ways).map(([label, make]) => el("button", { onclick: close(make) }, label)),
    ),
  );
  return menu;
}
