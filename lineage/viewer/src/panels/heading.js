/** The words around the picture: title, problems, legend, how much is shown. */

import { placeOf } from "../drawing/camera.js";
import { el, fill } from "../drawing/dom.js";
import { Arrangement } from "../scene/arranging.js";
import { clean, countWords, cut, dots, grouped, isEvent, timeWords } from "../scene/words.js";
import { said } from "./parts.js";

export function describeLineage(viewer) {
  const { scene, nodeList, runs, noun } = viewer.runGraph;
  const events = nodeList.length - runs;
  const title = clean(scene.title || "Lineage");
  const map = noun !== "run"; // of flows: they have no times, and are no lineage
  viewer.tabs[0].parentNode.hidden = map;
  viewer.searchField.setAttribute("aria-label", `Find ${noun}s`);
  viewer.searchField.placeholder = map ? "Find: a flow, +Flow …" : "Find: a flow, status:failed, +Flow/12 …";
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
        el("ul", problems.slice(0, 200).map(line)),
      ),
  );
}

/** How many runs are on the screen, whole. */
export function countSight(viewer) {
  const { runs, noun } = viewer.runGraph;
  const { area, picture } = viewer.stage;
  let seen = 0;
  for (const { item } of picture.boxes) {
    const { x, y, w, h } = placeOf(viewer.stage, item.id);
    if (x >= 0 && y >= 0 && x + w <= area.w && y + h <= area.h && !isEvent(item.node))
      seen += item.members.length;
  }
  const untimed = picture.timeline && viewer.lanes.untimed;
  viewer.counter.textContent =
    (seen < runs ? `${grouped(seen)} of ` : runs > 1 ? "All " : "") +
    `${countWords(runs, noun)} in sight${untimed ? `, ${untimed} without a time` : ""}`;
}

export function countShown(viewer) {
  const { nodeList } = viewer.runGraph;
  viewer.scopeButton.hidden = !viewer.all && viewer.shown.size === nodeList.length;
  viewer.scopeButton.textContent = viewer.all ? "Show less" : "Show all";
  viewer.anew =
    viewer.view === "graph" && new Arrangement().begin(viewer.runGraph, viewer.items, viewer.links);
  viewer.tidyButton.hidden = !viewer.anew || viewer.arrangement.agrees(viewer.items, viewer.anew);
  viewer.tabs.forEach((tab, i) => {
    tab.setAttribute("aria-pressed", String((viewer.view === "graph") === (i === 0)));
  });
}
