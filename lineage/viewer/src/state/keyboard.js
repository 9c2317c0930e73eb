/** What the keys do. */

import { fitPicture, reveal } from "../drawing/camera.js";
import { countWords } from "../scene/words.js";
import { pressItem, selectNodes } from "./choosing.js";
import { hideNeighbours, openItem } from "./hiding.js";
import { point } from "./hovering.js";
import { homeItem, spokenName } from "./questions.js";
import { focusGraph, markItems } from "./screen.js";
import { goToNext, leaveSearch } from "./searching.js";
import { tidyUp } from "./views.js";

export function pressKey(viewer, event) {
  const { target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const done = () => {
    event.preventDefault();
    event.stopPropagation();
  };
  if (target === viewer.searchField) {
    if (event.key === "Enter") goToNext(viewer, event.shiftKey ? -1 : 1);
    else if (event.key !== "Escape") return;
    else leaveSearch(viewer);
    done();
  } else if (event.key === "/" && !target.closest("input, textarea")) {
    viewer.searchField.focus();
    viewer.searchField.select();
    done();
  } else if (target === viewer.surface) {
    const item = viewer.items.find((other) => other.id === viewer.current) ?? homeItem(viewer);
    const action = item && actionsOf(viewer, item, event)[event.key];
    if (action) done();
    action?.();
  } else if (event.key === "Escape") {
    focusGraph(viewer);
    done();
  }
}

function actionsOf(viewer, item, event) {
  const more = () => openItem(viewer, item);
  return {
    ArrowLeft: () => stepTo(viewer, nearestItem(viewer, item, "up")),
    ArrowRight: () => stepTo(viewer, nearestItem(viewer, item, "down")),
    ArrowUp: () => stepTo(viewer, itemBeside(viewer, item, -1)),
    ArrowDown: () => stepTo(viewer, itemBeside(viewer, item, 1)),
    Home: () => stepTo(viewer, homeItem(viewer)),
    Enter: () => enterItem(viewer, item),
    " ": () => pressItem(viewer, item, null, event),
    "+": more,
    "=": more,
    "-": () => hideNeighbours(viewer, item),
    f: () => fitPicture(viewer.stage),
    t: () => tidyUp(viewer),
    Escape: () => clearAll(viewer),
  };
}

/** The cause or effect whose row is nearest; the first key press only shows where one is. */
function nearestItem(viewer, item, way) {
  if (viewer.current !== item.id) return item;
  const { boxOf } = viewer.picture;
  const distance = (other) => Math.abs((boxOf.get(other.id)?.y ?? Infinity) - boxOf.get(item.id).y);
  return [...viewer.near.get(item.id)[way]].sort((a, b) => distance(a) - distance(b))[0];
}

/** The next item in the same column, or in the same or the next lane. */
function itemBeside(viewer, item, step) {
  const { boxes, boxOf } = viewer.picture;
  const box = boxOf.get(item.id);
  if (viewer.current !== item.id || !box) return item;
  const column =
    viewer.view === "timeline" ? boxes : boxes.filter((other) => other.x === box.x).sort((a, b) => a.y - b.y);
  return column[column.indexOf(box) + step]?.item;
}

export function stepTo(viewer, item) {
  if (!item) return;
  viewer.current = item.id;
  markItems(viewer);
  reveal(viewer.stage, item.id, true, true);
  point(viewer, item);
  const { up, down } = viewer.near.get(item.id);
  viewer.live.textContent = `${spokenName(viewer, item)}, ${countWords(up.length, "cause")}, ${countWords(down.length, "effect")}`;
  viewer.emit("focus", item.node.id);
}

function enterItem(viewer, item) {
  viewer.current = item.id;
  selectNodes(
    viewer,
    item.members.map((i) => viewer.runGraph.nodeList[i].id),
  );
  if (viewer.options.details) viewer.detailsPanel.element.focus();
}

function clearAll(viewer) {
  point(viewer, null);
  selectNodes(viewer, []);
  leaveSearch(viewer);
}
