/** State to screen: every change ends in `refresh` (what is there) or `markItems` (how it looks). */

import { graphPicture, lanesOf, stepFor, timelinePicture } from "../drawing/pictures.js";
import { countShown } from "../panels/heading.js";
import { fold, linkUp } from "../scene/folding.js";
import { KINDS } from "../scene/kinds.js";
import { lightUp } from "./hovering.js";
import { isSelected } from "./questions.js";

const ALWAYS = { has: () => true };

/** Work out items and positions again, and draw them. */
export function refresh(viewer) {
  const { runGraph } = viewer;
  const whole = viewer.all || viewer.view === "timeline";
  const folded = fold(runGraph, viewer.shown, whole ? ALWAYS : viewer.alone);
  viewer.itemOf = folded.of;
  viewer.items = folded.items;
  if (whole)
    for (const item of viewer.items) item.group = null; // folding is for a part
  else viewer.alone = new Set(viewer.items.filter((item) => !item.bundle).map((item) => item.node.id));
  viewer.links = linkUp(runGraph, folded);
  joinItems(viewer);
  if (viewer.view === "timeline") viewer.lanes = lanesOf(runGraph, viewer.items);
  else {
    const { arrangement, items, stage } = viewer;
    arrangement.place(runGraph, items, viewer.links);
    viewer.step ??= stepFor(items, viewer.links, arrangement, stage.area, runGraph.staged);
  }
  drawPicture(viewer);
  countShown(viewer);
}

/** Which items are next to each other, by the links of the kinds that are not hidden. */
function joinItems(viewer) {
  viewer.near = new Map(viewer.items.map((item) => [item.id, { up: [], down: [] }]));
  for (const link of viewer.links) {
    link.kind = KINDS.find((kind) => link.kinds.has(kind) && !viewer.off.has(kind));
    if (!link.kind) continue;
    link.dash = viewer.runGraph.kinds[link.kind]?.dash;
    viewer.near.get(link.to.id).up.push(link.from);
    viewer.near.get(link.from.id).down.push(link.to);
  }
}

/** Show or hide the edges of a kind; nothing moves. Gives whether they are shown now. */
export function toggleKind(viewer, kind) {
  const shown = viewer.off.delete(kind);
  if (!shown) viewer.off.add(kind);
  joinItems(viewer);
  drawPicture(viewer);
  return shown;
}

export function drawPicture(viewer) {
  const timeline = viewer.view === "timeline";
  viewer.picture = timeline
    ? timelinePicture(viewer.lanes, viewer.links, viewer.stage.view.k, viewer.stage.area.w)
    : graphPicture(viewer.items, viewer.links, viewer.arrangement, viewer.step);
  viewer.stage.show(viewer.picture);
  lightUp(viewer);
}

/** The table lists what the search found, or everything. */
export function listRows(viewer) {
  if (viewer.options.table)
    viewer.runTable.show(
      viewer.runGraph,
      viewer.matched ?? viewer.runGraph.nodeList.keys(),
      viewer.selectedIds,
    );
}

/** How things look has changed: selection, focus, badges. */
export function markItems(viewer) {
  const before = viewer.marked;
  viewer.marked = new Set(
    viewer.items
      .filter((item) => item.id === viewer.current || isSelected(viewer, item))
      .map((item) => item.id),
  );
  viewer.stage.redraw([...before, ...viewer.marked]);
  if (viewer.options.table) viewer.runTable.mark(viewer.selectedIds);
  if (!viewer.options.details) return;
  const [first] = viewer.selectedIds;
  const i = viewer.runGraph.index.get(first);
  const item = first && (viewer.itemOf.get(i) ?? { node: viewer.runGraph.nodeList[i], members: [i] });
  if (viewer.told === item && viewer.toldOf === first) return;
  viewer.told = item;
  viewer.toldOf = first;
  viewer.detailsPanel.show(viewer.runGraph, item);
}

export function refreshAll(viewer) {
  refresh(viewer);
  markItems(viewer);
}

/** Give the keyboard to the graph; the page stays where it is. */
export function focusGraph(viewer) {
  viewer.surface.focus({ preventScroll: true });
}
