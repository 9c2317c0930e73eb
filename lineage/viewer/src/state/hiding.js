/** Neighbours shown and hidden, bundles unfolded and folded. */

import { afterHiding, canHide } from "./questions.js";
import { refreshAll } from "./screen.js";

/** Show the hidden neighbours of an item, or ask whoever listens for what was never read. */
export function showNeighbours(viewer, item, ways = ["up", "down"]) {
  const before = viewer.shown.size;
  for (const way of ways)
    for (const i of item.members) for (const j of viewer.runGraph.next(i, way)) viewer.shown.add(j);
  if (viewer.shown.size > before) return refreshAll(viewer);
  for (const way of ways) {
    const direction = way === "up" ? "upstream" : "downstream";
    if (item.node[`more_${direction}`]) viewer.emit("more", { id: item.node.id, direction });
  }
  return undefined;
}

export function hideNeighbours(viewer, item, ways = ["up", "down"]) {
  for (const way of ways) if (canHide(viewer, item, way)) viewer.shown = afterHiding(viewer, item, way);
  refreshAll(viewer);
}

export function openItem(viewer, item) {
  if (item) item.bundle ? unfold(viewer, item) : showNeighbours(viewer, item);
}

export function unfold(viewer, item) {
  for (const i of item.members) viewer.alone.add(viewer.runGraph.nodeList[i].id);
  refreshAll(viewer);
}

export function foldAgain(viewer, group) {
  for (const item of viewer.items) if (item.group === group) viewer.alone.delete(item.node.id);
  refreshAll(viewer);
}
