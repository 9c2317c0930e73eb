/** A scene that opens, one that replaces it, and a state that an address brings back. */

import { framePicture } from "../drawing/camera.js";
import { describeLineage } from "../panels/heading.js";
import { showLegend } from "../panels/legend.js";
import { readColours } from "../panels/theme.js";
import { Arrangement } from "../scene/arranging.js";
import { RunGraph } from "../scene/run_graph.js";
import { selectNodes, uncover } from "./choosing.js";
import { sayTarget } from "./hovering.js";
import { homeItem } from "./questions.js";
import { listRows, markItems, refresh } from "./screen.js";
import { search } from "./searching.js";
import { switchView } from "./views.js";

export function openScene(viewer, scene) {
  viewer.runGraph = new RunGraph(scene);
  viewer.all = false;
  viewer.shown = viewer.runGraph.opening();
  describeLineage(viewer);
  showLegend(viewer);
  if (viewer.options.details)
    viewer.selectedIds = new Set(
      viewer.runGraph.asked.slice(0, 1).map((i) => viewer.runGraph.nodeList[i].id),
    );
  refresh(viewer);
  listRows(viewer);
  markItems(viewer);
  sayTarget(viewer);
}

export function restoreAddress(viewer) {
  // a frame without a file (srcdoc) has no address to write to
  viewer.ready = viewer.options.permalink && location.protocol !== "about:";
  const state = new URLSearchParams(viewer.ready ? location.hash.slice(1) : "");
  if (state.get("view") === "timeline") switchView(viewer, "timeline");
  const ids = (state.get("select") ?? "").split(" ").filter((id) => viewer.runGraph.index.has(id));
  for (const id of ids) uncover(viewer, viewer.runGraph.index.get(id));
  if (ids.length) selectNodes(viewer, ids);
  if (state.get("find")) search(viewer, state.get("find"));
}

/** Draw another state of the lineage: selection, zoom and places stay. */
export function updateScene(viewer, scene) {
  const before = viewer.runGraph;
  const asked = (runGraph) => runGraph.asked.map((i) => runGraph.nodeList[i].id).join("\n");
  const shown = new Set([...viewer.shown].map((i) => before.nodeList[i].id));
  const whole = viewer.shown.size === before.nodeList.length;
  viewer.runGraph = new RunGraph(scene);
  const { nodeList, index } = viewer.runGraph;
  const opening = viewer.runGraph.opening();
  if (asked(before) !== asked(viewer.runGraph)) {
    viewer.arrangement = new Arrangement();
    viewer.step = null;
    viewer.alone = new Set();
    viewer.all = false;
    viewer.shown = opening;
    viewer.selectedIds = new Set();
  } else if (viewer.all || (whole && opening.size === nodeList.length))
    viewer.shown = new Set(nodeList.keys());
  else
    viewer.shown = new Set(
      [...nodeList.keys()].filter(
        (i) => shown.has(nodeList[i].id) || (opening.has(i) && !before.index.has(nodeList[i].id)),
      ),
    );
  viewer.selectedIds = new Set([...viewer.selectedIds].filter((id) => index.has(id)));
  viewer.matched = null;
  viewer.told = null;
  readColours(viewer);
  describeLineage(viewer);
  showLegend(viewer);
  refresh(viewer);
  listRows(viewer);
  markItems(viewer);
  if (viewer.searchField.value) search(viewer, viewer.searchField.value);
  if (!before.nodeList.length || asked(before) !== asked(viewer.runGraph))
    framePicture(viewer.stage, homeItem(viewer)?.id);
}
