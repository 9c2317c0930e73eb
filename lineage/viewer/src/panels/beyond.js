/** What lies off the screen is said at the edge behind which it lies; a click goes there. */

import { across, down, reveal } from "../drawing/camera.js";
import { el } from "../drawing/dom.js";
import { clean, countWords, grouped } from "../scene/words.js";
import { spokenName } from "../state/questions.js";
import { focusGraph } from "../state/screen.js";

const WORST = ["failed", "missing", "running"]; // of other statuses nothing is said
const EDGES = { left: "←", right: "→", top: "↑", bottom: "↓" };

/** An edge of the stage each: faded where the picture goes on, with a button that leads there. */
export function buildEdges(viewer) {
  return Object.keys(EDGES).map((name) => {
    const button = el("button", { onclick: () => goBeyond(viewer, name) });
    return el(`div.beyond.${name}`, { "data-name": name, hidden: true }, button);
  });
}

/** How many runs are on the screen, whole, and behind which edges the others are. */
export function countSight(viewer) {
  const { runGraph, stage, lanes } = viewer;
  const { picture, area, view } = stage;
  const { runs, noun } = runGraph;
  const [kx, ky] = [across(stage), down(stage)];
  const names = picture.timeline ? picture.left - 20 : 0; // pixels that the names of lanes take
  const beyond = { left: [], right: [], top: [], bottom: [] };
  let seen = 0;
  for (const { item, x, y, w, h } of picture.ranked) {
    const [left, top] = [view.x + x * kx, view.y + y * ky];
    if (left < names) beyond.left.push(item);
    else if (left + w * kx > area.w) beyond.right.push(item);
    else if (top < 0) beyond.top.push(item);
    else if (top + h * ky > area.h) beyond.bottom.push(item);
    else seen += item.runs;
  }
  viewer.beyond = beyond;
  for (const edge of viewer.edges) sayBeyond(viewer, edge);
  const all = runs > 1 && !viewer.edges.some((edge) => !edge.hidden);
  const untimed = picture.timeline && lanes.untimed;
  const words =
    (seen < runs ? `${grouped(seen)} of ` : all ? "All " : "") +
    `${countWords(runs, noun)} in sight${untimed ? `, ${untimed} without a time` : ""}`;
  if (viewer.counter.textContent !== words) viewer.counter.textContent = words; // writing lays the page out
}

/** The worst status of items, if it is a bad one, and those that have it. */
function worstOf(items) {
  const alike = WORST.map((status) => items.filter(({ node }) => node.status === status));
  return alike.find(({ length }) => length) ?? [];
}

/** "1 failed among 3 more →" */
function sayBeyond({ beyond, runGraph }, edge) {
  const { name } = edge.dataset;
  const items = beyond[name];
  const worst = worstOf(items);
  const [all, some] = [items, worst].map((list) =>
    list.reduce((sum, { members }) => sum + members.length, 0),
  );
  const bad = some > 0 && `${grouped(some)} ${clean(runGraph.styleOf(worst[0].node).word)}`;
  const more = `${grouped(all)} more`;
  const said = !bad ? more : some < all ? `${bad} among ${more}` : bad;
  edge.hidden = !all;
  if (edge.dataset.said === said) return;
  edge.dataset.said = said;
  const arrow = EDGES[name];
  edge.firstChild.textContent = first(name) ? `${arrow} ${said}` : `${said} ${arrow}`;
}

const first = (name) => /left|top/.test(name);

/** Go to the nearest of what lies behind an edge, a bad one if there is any. */
function goBeyond(viewer, name) {
  const items = viewer.beyond[name];
  const bad = worstOf(items);
  const goal = (bad.length ? bad : items).at(first(name) ? -1 : 0);
  viewer.current = goal.id;
  viewer.live.textContent = spokenName(viewer, goal);
  reveal(viewer.stage, goal.id);
  focusGraph(viewer);
}
