/** Part or all, graph or timeline, tidied up: what changes the whole view. */

import { fitPicture, framePicture, glide, placeOf } from "../drawing/camera.js";
import { countShown } from "../panels/heading.js";
import { readColours } from "../panels/theme.js";
import { Arrangement } from "../scene/arranging.js";
import { remember } from "./address.js";
import { anchorItem } from "./questions.js";
import { drawPicture, focusGraph, markItems, refresh, refreshAll } from "./screen.js";
import { sayMatches, search } from "./searching.js";

/** The page has another size, or shows this only now: notebooks draw first and then attach. */
export function resettle(viewer) {
  viewer.stage.held = true;
  readColours(viewer);
  viewer.step = null;
  refresh(viewer);
  frameView(viewer);
}

/** All of it on the screen, or as much around the selection as can be read. */
export function frameView(viewer) {
  const { stage } = viewer;
  stage.held = true;
  framePicture(stage, anchorItem(viewer)?.id);
  stage.held = false;
  stage.draw();
}

/** Draw `all` around what is there, or go back to the part as it was. */
export function showScope(viewer, all) {
  const { stage, runGraph, view, part } = viewer;
  if (viewer.all === all) return;
  viewer.all = all;
  if (all) {
    viewer.part = {
      ids: [...viewer.shown].map((i) => runGraph.nodeList[i].id),
      arrangement: viewer.arrangement,
      view,
      seen: { ...stage.view },
    };
    viewer.arrangement = viewer.arrangement.copy();
    viewer.shown = new Set(runGraph.nodeList.keys());
  } else {
    viewer.shown = new Set(part.ids.map((id) => runGraph.index.get(id)).filter((i) => i !== undefined));
    viewer.arrangement = part.arrangement ?? viewer.arrangement;
  }
  stage.held = true; // it is drawn where it is seen from then
  refreshAll(viewer);
  stage.held = false;
  if (all) fitPicture(stage);
  else if (part.arrangement && part.view === view) glide(stage, part.seen);
  else frameView(viewer);
}

/** Rearrange what is shown; nothing else moves it. The selected node, or the focus, keeps its place on the screen. */
export function tidyUp(viewer) {
  if (viewer.tidyButton.disabled) return;
  const { stage, part } = viewer;
  const { id } = anchorItem(viewer);
  const before = placeOf(stage, id);
  if (viewer.all) part.arrangement = null;
  viewer.arrangement = viewer.tidied;
  stage.held = true;
  drawPicture(viewer);
  const after = placeOf(stage, id);
  stage.held = false;
  stage.view = {
    k: stage.view.k,
    x: stage.view.x + before.x - after.x,
    y: stage.view.y + before.y - after.y,
  };
  stage.draw();
  countShown(viewer);
  focusGraph(viewer);
}

/** Draw what a search finds, by itself. */
export function showFound(viewer, text) {
  switchView(viewer, "graph");
  search(viewer, text);
  const found = viewer.matched;
  if (!found?.size) return;
  viewer.all = false;
  viewer.shown = new Set(found);
  viewer.alone = new Set();
  viewer.arrangement = new Arrangement();
  refreshAll(viewer);
  frameView(viewer);
  sayMatches(viewer);
}

export function switchView(viewer, name) {
  if (name === viewer.view) return;
  const { view } = viewer.stage;
  viewer.views[viewer.view] = { ...view, all: viewer.all };
  viewer.view = name;
  viewer.stage.view = viewer.views[name] ?? { x: 0, y: 0, k: 1 };
  refresh(viewer);
  markItems(viewer);
  if (viewer.views[name]?.all !== viewer.all) fitPicture(viewer.stage, false);
  remember(viewer);
}
