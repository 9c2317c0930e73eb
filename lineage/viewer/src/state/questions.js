/** What the state says: which item is meant, selected, at home, what can be hidden. */

import { factOf } from "../drawing/strokes.js";
import { cut, headOf, nameOf } from "../scene/words.js";

/** The item that the reader has in mind: the selected one, else the focus. */
export function anchorItem(viewer) {
  const [id] = viewer.selectedIds;
  return viewer.itemOf.get(viewer.runGraph.index.get(id)) ?? homeItem(viewer);
}

/** The boxes that are to be made out from far away. */
export function boxesThatStandOut({ runGraph, selectedIds, itemOf, picture }) {
  const nodes = [...runGraph.asked, ...[...selectedIds].map((id) => runGraph.index.get(id))];
  return nodes.map((i) => picture.boxOf.get(itemOf.get(i)?.id)).filter(Boolean);
}

export function isSelected(viewer, item) {
  return item.members.some((i) => viewer.selectedIds.has(viewer.runGraph.nodeList[i].id));
}

export function canHide(viewer, item, way) {
  return (
    !viewer.all &&
    viewer.near.get(item.id)[way].length > 0 &&
    afterHiding(viewer, item, way).size < viewer.shown.size
  );
}

/** What stays when the neighbours on one side go: whatever still hangs together with the focus. */
export function afterHiding(viewer, item, way) {
  const { runGraph, shown } = viewer;
  const kept = new Set((runGraph.asked.length ? runGraph.asked : item.members).filter((i) => shown.has(i)));
  const between = runGraph.reach(kept, way === "up" ? "down" : "up");
  const gone = new Set(
    viewer.near
      .get(item.id)
      [way].flatMap((other) => other.members)
      .filter((i) => !between.has(i)),
  );
  for (const i of kept)
    for (const w of ["up", "down"])
      for (const j of runGraph.next(i, w)) if (shown.has(j) && !gone.has(j)) kept.add(j);
  return kept;
}

export function spokenName(viewer, item) {
  const { node } = item;
  return item.bundle
    ? `${headOf(node)}, ${factOf(item, viewer.runGraph)}`
    : `${cut(nameOf(node), 200)}, ${viewer.runGraph.wordOf(node)}`;
}

export function homeItem(viewer) {
  return viewer.itemOf.get(viewer.runGraph.asked[0]) ?? viewer.items[0];
}
