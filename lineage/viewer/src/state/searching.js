/** The search field: what its text means lights up. */

import { fill } from "../drawing/dom.js";
import { clean, cut, grouped, headOf } from "../scene/words.js";
import { remember } from "./address.js";
import { goTo } from "./choosing.js";
import { point } from "./hovering.js";
import { focusGraph, listRows } from "./screen.js";

const PAUSE = 700; // milliseconds

/** What the text means lights up; a single word that means nothing is looked for inside the names. */
export function search(viewer, text) {
  viewer.searchField.value = text;
  viewer.matched = null;
  clearTimeout(viewer.complaint);
  fill(viewer.foundLine);
  viewer.foundLine.classList.remove("ln-wrong");
  if (text.trim()) {
    let wrong;
    try {
      viewer.matched = viewer.meaning(text);
    } catch (error) {
      if (error.position === undefined) throw error;
      wrong = error;
    }
    if (!viewer.matched?.size && /^[^\s()+:"=]+$/.test(text.trim()))
      viewer.matched = containing(viewer, text.trim().toLowerCase());
    if (viewer.matched) sayMatches(viewer);
    else complain(viewer, text, wrong);
  }
  const { nodeList } = viewer.runGraph;
  viewer.emit("found", [text.trim(), new Set([...(viewer.matched ?? [])].map((i) => headOf(nodeList[i])))]);
  point(viewer, null); // what was found lights up, no matter what was pointed at before
  listRows(viewer);
  remember(viewer);
}

function containing(viewer, word) {
  return new Set(
    [...viewer.runGraph.nodeList.keys()].filter((i) =>
      viewer.runGraph.nodeList[i].id.toLowerCase().includes(word),
    ),
  );
}

export function sayMatches(viewer) {
  const hidden = [...viewer.matched].filter((i) => !viewer.shown.has(i)).length;
  const { size } = viewer.matched;
  viewer.foundLine.textContent = size
    ? `${grouped(size)} found${hidden ? `, ${grouped(hidden)} not on the screen` : ""} · Enter: next`
    : "nothing found";
}

/** Only after a pause: whoever types has not finished yet. */
function complain(viewer, text, { message, position }) {
  const words = `${message}: ${cut(text.slice(position), 20) || "␣"}`;
  viewer.complaint = setTimeout(() => {
    viewer.foundLine.classList.add("ln-wrong");
    viewer.foundLine.textContent = clean(words);
  }, PAUSE);
}

/** The next of what was found, in the order of the columns. */
export function goToNext(viewer, step) {
  if (!viewer.matched?.size) return;
  const { nodeList, index } = viewer.runGraph;
  const order = [...viewer.matched].sort(
    (a, b) => nodeList[a].x - nodeList[b].x || nodeList[a].y - nodeList[b].y,
  );
  const [first] = viewer.selectedIds;
  const at = order.indexOf(index.get(first));
  const to = at < 0 ? (step > 0 ? 0 : order.length - 1) : (at + step + order.length) % order.length;
  goTo(viewer, order[to]);
  sayMatches(viewer);
  viewer.foundLine.prepend(`${to + 1} of `);
}

export function leaveSearch(viewer) {
  search(viewer, "");
  focusGraph(viewer);
}
