/** Items pressed, selected, gone to. */

import { reveal } from "../drawing/camera.js";
import { remember } from "./address.js";
import { hideNeighbours, showNeighbours, unfold } from "./hiding.js";
import { point } from "./hovering.js";
import { isSelected } from "./questions.js";
import { focusGraph, markItems, refresh } from "./screen.js";

export function pressItem(viewer, item, badge, event) {
  focusGraph(viewer);
  if (!item) return selectNodes(viewer, []);
  viewer.current = item.id;
  if (badge?.way === "unfold") return unfold(viewer, item);
  if (badge?.hide) return hideNeighbours(viewer, item, [badge.way]);
  if (badge) return showNeighbours(viewer, item, [badge.way]);
  const ids = item.members.map((i) => viewer.runGraph.nodeList[i].id);
  if (!(event.ctrlKey || event.metaKey || event.shiftKey)) return selectNodes(viewer, ids);
  const rest = [...viewer.selectedIds].filter((id) => !ids.includes(id));
  return selectNodes(viewer, isSelected(viewer, item) ? rest : [...rest, ...ids]);
}

export function selectNodes(viewer, ids, quiet = false) {
  const before = [...viewer.selectedIds].join("\n");
  viewer.selectedIds = new Set(ids.filter((id) => viewer.runGraph.index.has(id)));
  markItems(viewer);
  if (quiet || before === [...viewer.selectedIds].join("\n")) return;
  viewer.emit("select", [...viewer.selectedIds]);
  remember(viewer);
}

/** Go to a node that was named in the details, in the table or by the search. */
export function goTo(viewer, i, event) {
  const { id } = viewer.runGraph.nodeList[i];
  const rest = [...viewer.selectedIds].filter((other) => other !== id);
  if (event?.ctrlKey || event?.metaKey)
    return selectNodes(viewer, viewer.selectedIds.has(id) ? rest : [...rest, id]);
  uncover(viewer, i);
  viewer.current = viewer.itemOf.get(i).id;
  selectNodes(viewer, [id]);
  return reveal(viewer.stage, viewer.current);
}

/** Light some nodes, as if they had been searched for. */
export function lightNodes(viewer, indexes) {
  for (const i of indexes) uncover(viewer, i);
  viewer.matched = new Set(indexes);
  point(viewer, null);
}

/** Make sure that a node stands on the screen for itself. */
export function uncover(viewer, i) {
  const before = viewer.shown.size;
  if (!viewer.shown.has(i)) for (const j of viewer.runGraph.wayTo(i, viewer.shown)) viewer.shown.add(j);
  if (viewer.shown.size > before) refresh(viewer);
  const item = viewer.itemOf.get(i);
  if (item.bundle) unfold(viewer, item);
}
