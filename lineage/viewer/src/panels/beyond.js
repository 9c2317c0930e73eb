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

/** Tells behind which edge of the stage a box lies: "" if it is on the screen, whole. */
function edgeFinder(stage) {
  const { picture, area, view } = stage;
  const [kx, ky] = [across(stage), down(stage)];
  const names = picture.timeline ? picture.left - 20 : 0; // pixels that the names of lanes take
  return ({ x, y, w, h }) => {
    const left = view.x + x * kx;
    const top = view.y + y * ky;
    if (left < names) return "left";
    if (left + w * kx > area.w) return "right";
    if (top < 0) return "top";
    return top + h * ky > area.h ? "bottom" : "";
  };
}

/** How many runs are on the screen, whole, and behind which edges the others are. */
export function countSight(viewer) {
  const { runGraph, stage, lanes, edges, counter } = viewer;
  const { picture } = stage;
  const { runs, noun } = runGraph;
  const edgeOf = edgeFinder(stage);
  const beyond = {}; // runs behind each edge: those of which nothing is said, then by status
  let seen = 0;
  for (const box of picture.ranked) {
    const { item } = box;
    const edge = edgeOf(box);
    beyond[edge] ??= [0, 0, 0, 0];
    beyond[edge][WORST.indexOf(item.node.status) + 1] += item.members.length;
    if (!edge) seen += item.runs;
  }
  for (const edge of edges) sayBeyond(runGraph, edge, beyond[edge.dataset.name] ?? [0]);
  const all = runs > 1 && edges.every((edge) => edge.hidden);
  const untimed = picture.timeline && lanes.untimed;
  const words =
    (seen < runs ? `${grouped(seen)} of ` : all ? "All " : "") +
    `${countWords(runs, noun)} in sight${untimed ? `, ${untimed} without a time` : ""}`;
  if (counter.textContent !== words) counter.textContent = words; // writing lays the page out
}

/** "1 failed among 3 more →" */
function sayBeyond(runGraph, edge, counts) {
  const { name } = edge.dataset;
  const all = counts.reduce((sum, count) => sum + count);
  const worst = counts.findIndex((count, i) => i && count);
  const some = counts[worst];
  const bad = some && `${grouped(some)} ${clean(runGraph.styles[WORST[worst - 1]]?.word)}`;
  const more = `${grouped(all)} more`;
  const said = !bad ? more : some < all ? `${bad} among ${more}` : bad;
  edge.hidden = !all;
  const text = first(name) ? `${EDGES[name]} ${said}` : `${said} ${EDGES[name]}`;
  const button = edge.firstChild;
  if (button.textContent !== text) button.textContent = text;
}

const first = (name) => /left|top/.test(name);

/** Go to the nearest of what lies behind an edge, a bad one if there is any. */
function goBeyond(viewer, name) {
  const { stage } = viewer;
  const edgeOf = edgeFinder(stage);
  const items = stage.picture.ranked.filter((box) => edgeOf(box) === name).map(({ item }) => item);
  const alike = WORST.map((status) => items.filter(({ node }) => node.status === status));
  const goal = (alike.find(({ length }) => length) ?? items).at(first(name) ? -1 : 0);
  viewer.current = goal.id;
  viewer.live.textContent = spokenName(viewer, goal);
  reveal(stage, goal.id);
  focusGraph(viewer);
}
