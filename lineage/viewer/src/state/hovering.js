/** What the pointer is on: its causes and effects light up, a tip tells its facts. */

import { placeOf } from "../drawing/camera.js";
import { el } from "../drawing/dom.js";
import { factOf } from "../drawing/strokes.js";
import { factRows, facts, said, statusOf, valueText } from "../panels/parts.js";
import { cut, headOf, nameOf } from "../scene/words.js";

export function hover(viewer, item) {
  if (viewer.hovered === item?.id) return;
  viewer.hovered = item?.id;
  lightUp(viewer, item);
  showTip(viewer, item);
}

/** Light an item's way back to its root causes and on to all its effects; else what was found. */
export function lightUp(viewer, item) {
  const lit = new Set();
  if (!item) {
    for (const i of viewer.matched ?? []) if (viewer.itemOf.has(i)) lit.add(viewer.itemOf.get(i).id);
    return viewer.stage.highlight(lit.size ? lit : null);
  }
  for (const way of ["up", "down"]) {
    const seen = new Set([item]);
    for (const at of seen) for (const other of viewer.near.get(at.id)?.[way] ?? []) seen.add(other);
    for (const at of seen) lit.add(at.id);
  }
  return viewer.stage.highlight(lit);
}

export function showTip(viewer, item) {
  const { tip, runGraph, stage } = viewer;
  tip.hidden = !item;
  if (!item) return;
  const { node } = item;
  const causes = runGraph.causes[item.members[0]].map((edge) => nameOf(runGraph.nodes[edge.source]));
  const trigger =
    cut(causes.slice(0, 3).join(", "), 160) + (causes.length > 3 ? ` and ${causes.length - 3} more` : "");
  const rows = item.bundle ? [] : [...factRows(node, false), ["Trigger", trigger && said(trigger)]];
  const payload = !item.bundle && node.payload && el("pre", cut(valueText(node.payload, 400), 400));
  const head = el("div.ln-over", item.bundle ? factOf(item, runGraph) : statusOf(runGraph, node));
  tip.replaceChildren(
    head,
    said(cut(item.bundle ? headOf(node) : nameOf(node), 160), "bdi.ln-strong"),
    facts(rows),
    payload || "",
  );
  const box = placeOf(stage, item.id);
  const { w, h } = stage.size;
  const right = box.x + box.w + 12;
  const left = box.x - 12 - tip.offsetWidth;
  const x = right + tip.offsetWidth < w ? right : left > 0 ? left : Math.max(8, w - tip.offsetWidth - 8);
  tip.style.left = `${x}px`;
  tip.style.top = `${Math.max(8, Math.min(box.y, h - tip.offsetHeight - 8))}px`;
}
