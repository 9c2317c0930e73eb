/** What the pointer is on: its causes and effects light up, and the line below the stage says what it is. */

import { el, fill } from "../drawing/dom.js";
import { factOf } from "../drawing/strokes.js";
import { said, statusOf } from "../panels/parts.js";
import { edgeWords, neighbours, UP } from "../scene/kinds.js";
import {
  clean,
  countWords,
  cut,
  dayWords,
  dots,
  durationWords,
  headOf,
  isEvent,
  nameOf,
  timeOf,
  usualWords,
} from "../scene/words.js";

/** The pointer is on an item, or on a link, or on nothing. */
export function hover(viewer, target) {
  if (viewer.hovered === target) return;
  point(viewer, target);
}

/** Pointer or keyboard have come to an item or a link. */
export function point(viewer, target) {
  viewer.hovered = target;
  viewer.surface.classList.toggle("ln-pointed", !!target);
  lightUp(viewer, target);
  sayTarget(viewer, target);
}

/** Light an item's way back to its root causes and on to all its effects, or the ends of a link; else what was found. */
export function lightUp(viewer, target) {
  const lit = new Set();
  if (target?.from) return viewer.stage.highlight(new Set([target.from.id, target.to.id]));
  if (!target) {
    for (const i of viewer.matched ?? []) if (viewer.itemOf.has(i)) lit.add(viewer.itemOf.get(i).id);
    return viewer.stage.highlight(lit.size ? lit : null);
  }
  for (const way of ["up", "down"]) {
    const seen = new Set([target]);
    for (const at of seen) for (const other of viewer.near.get(at.id)?.[way] ?? []) seen.add(other);
    for (const at of seen) lit.add(at.id);
  }
  return viewer.stage.highlight(lit);
}

export function sayTarget(viewer, target) {
  const { noun } = viewer.runGraph;
  const words = !target
    ? el("span.soft", `Point at a ${noun} or a line to see what it is.`)
    : target.from
      ? sayLink(viewer, target)
      : sayItem(viewer, target);
  fill(viewer.line, words);
}

/** What leads from where to where, and why. */
function sayLink({ runGraph }, { from, to, edges, kinds }) {
  const name = ({ bundle, node }) => cut(bundle ? headOf(node) : nameOf(node), 80);
  return [
    said(`${name(from)} → ${name(to)}`, "bdi.strong"),
    el("span.soft", edgeWords(runGraph, edges, kinds)),
  ];
}

const sourceOf = (edge) => edge.source;

/** "triggered by ETLFlow/17", and so on for every kind of cause. */
export function causesOf({ causes, nodeList }, i) {
  return Object.entries(UP).flatMap(([kind, words]) => {
    const names = neighbours(causes[i], kind, sourceOf).map((near) => nameOf(nodeList[near.i]));
    return names.length ? [`${words.toLowerCase()} ${cut(names.join(", "), 160)}`] : [];
  });
}

/** "led to 4 runs, 1 failed" */
export function effectsOf(runGraph, members) {
  const effects = [...runGraph.reach(members, "down")].slice(members.length).map((i) => runGraph.nodeList[i]);
  const runs = effects.filter((other) => !isEvent(other));
  const failed = runs.filter((other) => other.status === "failed").length;
  return (
    runs.length > 0 &&
    el(
      "span",
      `led to ${countWords(runs.length, runGraph.noun)}`,
      failed > 0 && el("span.wrong", `, ${failed} failed`),
    )
  );
}

function sayItem({ runGraph }, item) {
  const { node, members, bundle } = item;
  const usual = usualWords(node);
  const facts = bundle
    ? []
    : [
        timeOf(node) && dayWords(timeOf(node)),
        node.duration != null && durationWords(node.duration) + (usual && `, ${usual}`),
        clean(node.user),
        ...causesOf(runGraph, members[0]),
      ];
  return [
    said(cut(bundle ? headOf(node) : nameOf(node), 160), "bdi.strong"),
    bundle ? el("span", factOf(item, runGraph)) : statusOf(runGraph, node),
    el("span.soft", dots(...facts)),
    effectsOf(runGraph, members),
  ];
}
