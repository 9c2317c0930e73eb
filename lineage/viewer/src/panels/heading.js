/** The words around the picture: title, problems, legend, how much is shown. */

import { el, fill } from "../drawing/dom.js";
import { Arrangement } from "../scene/arranging.js";
import { clean, countWords, cut, dots, timeWords } from "../scene/words.js";
import { said } from "./parts.js";

export function describeLineage(viewer) {
  const { scene, nodeList, runs, noun } = viewer.runGraph;
  const events = nodeList.length - runs;
  const title = clean(scene.title || "Lineage");
  const map = noun !== "run"; // of flows: they have no times, and are no lineage
  viewer.tabs[0].parentNode.hidden = map;
  viewer.searchField.setAttribute("aria-label", `Find ${noun}s`);
  viewer.searchField.placeholder = map ? "Find: a flow, +Flow …" : "Find: a flow, status:failed …";
  viewer.titleLine.textContent = cut(title, 300);
  viewer.subtitleLine.textContent = dots(
    countWords(runs, noun),
    events && countWords(events, "event"),
    clean(scene.source),
    scene.read_at && `read ${timeWords(scene.read_at)}`,
  );
  viewer.surface.setAttribute(
    "aria-label",
    `${map ? "" : "Lineage of "}${cut(title, 200)}. Arrows follow causes and effects, Enter shows details.`,
  );
  viewer.emit("scene", scene);
  const problems = scene.problems ?? [];
  const line = ({ pathspec, reason }) =>
    el("li", said(cut(clean(pathspec), 200), "bdi.strong"), `: ${clean(reason)}`);
  fill(
    viewer.problemList,
    problems.length > 0 &&
      el(
        "details.problems",
        { open: problems.length < 4 },
        el(
          "summary",
          `This ${map ? "flow map" : "lineage"} may be incomplete: ${countWords(problems.length, "problem")} in what was read`,
        ),
        el("ul", { tabindex: "0" }, problems.slice(0, 200).map(line)),
      ),
  );
}

export function countShown(viewer) {
  const [part, all] = viewer.scopes;
  // once it is there it stays: what is next to it must not move under the pointer
  if (viewer.all || viewer.shown.size < viewer.runGraph.nodeList.length) part.parentNode.hidden = false;
  part.setAttribute("aria-pressed", String(!viewer.all));
  all.setAttribute("aria-pressed", String(viewer.all));
  viewer.tidied =
    viewer.view === "graph" && new Arrangement().begin(viewer.runGraph, viewer.items, viewer.links);
  viewer.tidyButton.disabled = !viewer.tidied || viewer.arrangement.agrees(viewer.items, viewer.tidied);
  viewer.tabs.forEach((tab, i) => {
    const { cover } = viewer.root.dataset; // by a view of another module
    tab.setAttribute("aria-pressed", String(!cover && (viewer.view === "graph") === (i === 0)));
  });
}
