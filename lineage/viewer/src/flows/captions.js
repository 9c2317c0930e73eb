/** Names over the graph while its cards are too small for words: each column of runs of a flow is named once. */

import { el, fill, widthOf } from "../drawing/dom.js";
import { cut } from "../scene/words.js";
import { put } from "./placing.js";

const SIZE = { h: 17, extra: 12 }; // pixels of a label: its height, its ends
const MOST = 60; // labels; more would be noise
const TRIED = 400; // groups; smaller ones would only find their place taken
const AGAIN = 180; // pixels from a name to the same name in the same column
const NEAR = 30; // pixels between runs that are named together
const ALONG = [0.5, 0.3, 0.7, 0.1, 0.9]; // where a name may stand, from the top of its group to the bottom
const SOON = 500; // boxes; with more, names come when the picture rests
const REST = 120; // milliseconds

export function nameFarAway(viewer, root) {
  const layer = el("div.flows-names", { "aria-hidden": "true" });
  const stage = root.querySelector(".ln-stage");
  root.querySelector(".ln-beyond").before(layer); // which says what lies off the screen, over any name
  let waiting;
  let count = Infinity; // boxes that were named last
  const write = () => {
    const places = viewer.places();
    count = places.length;
    fill(layer, labelsOf(places, { w: stage.clientWidth, h: stage.clientHeight }).map(label));
    layer.hidden = false;
  };
  viewer.on("drawn", (small) => {
    clearTimeout(waiting);
    layer.hidden = true;
    if (!small) return;
    if (count <= SOON) write();
    else waiting = setTimeout(write, REST);
  });
}

const label = ({ name, x, y }) => put(el("span", name), { left: x, top: y });

/** Where names go: each first to its largest group, none over another. Gives the top left corners. */
export function labelsOf(places, area) {
  const made = [];
  const meets = (a) =>
    made.some((b) => {
      const apart = Math.abs(a.y - b.y);
      return a.x < b.x + b.w && b.x < a.x + a.w && apart < (a.name === b.name ? AGAIN : SIZE.h);
    });
  for (const { name, x, top, bottom } of groupsOf(places, area)) {
    const text = cut(name.replace(/Flow$/, "") || name, 24);
    const w = widthOf(text, 600, 11) + SIZE.extra;
    const left = Math.max(2, Math.min(x - w / 2, area.w - w - 2));
    const spots = ALONG.map((part) => ({
      name: text,
      x: left,
      y: Math.max(0, Math.min(area.h - SIZE.h, top + (bottom - top) * part - SIZE.h / 2)),
      w,
    }));
    const spot = spots.find((other) => !meets(other));
    if (spot) made.push(spot);
    if (made.length === MOST) break;
  }
  return made;
}

/** Runs of a flow that stand near each other in a column, as far as they are in sight: the largest of each flow first. */
function groupsOf(places, area) {
  const seen = places.filter(({ x, y, w, h }) => x + w > 0 && x < area.w && y + h > 0 && y < area.h);
  seen.sort((a, b) => a.y - b.y);
  const groups = [];
  const last = new Map(); // flow and column -> the group that ends here
  for (const { name, x, y, w, h } of seen) {
    const key = `${x} ${name}`;
    let group = last.get(key);
    if (!group || y - group.bottom > NEAR) {
      group = { name, x: x + w / 2, top: Math.max(0, y), bottom: 0, count: 0 };
      groups.push(group);
      last.set(key, group);
    }
    group.bottom = Math.min(area.h, y + h);
    group.count++;
  }
  groups.sort((a, b) => b.count - a.count);
  const first = new Map(groups.toReversed().map((group) => [group.name, group]));
  const firsts = groups.filter((group) => first.get(group.name) === group);
  return firsts.concat(groups.filter((group) => first.get(group.name) !== group)).slice(0, TRIED);
}
