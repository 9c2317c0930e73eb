/** The picture without what is there for the pointer: for files and for paper. */

import { levelAt } from "../drawing/camera.js";
import { drawingOf } from "../drawing/exporting.js";
import { graphPicture, timelinePicture } from "../drawing/pictures.js";
import { drawItem } from "../drawing/strokes.js";
import { lookOf } from "../state/looks.js";

const PAPER = { w: 700, h: 900 }; // pixels of a printed page, about, to judge what can be read on it

/** What a file or a page shows: the picture, without what is there for the pointer. */
export function stillPicture(viewer, level) {
  const { picture, colours, stage } = viewer;
  const drawBox = (pen, box) => {
    const look = lookOf(viewer, box, level);
    const badges = look.badges.filter(({ text }) => text.startsWith("+"));
    // a mark as large as its row
    const place = level
      ? box
      : { ...box, x: box.x + box.w / 2 - 30, y: box.y + box.h / 2 - 30, w: 60, h: 60 };
    drawItem(pen, place, { ...look, selected: false, current: false, badges });
  };
  return { picture, colours, drawBox, view: stage.view, size: stage.size };
}

/** On paper the whole picture is as wide as the page and every row is there; afterwards all is as it was. */
export function printPage(viewer, now) {
  const { table, items, links, lanes } = viewer;
  if (now) {
    const { timeline, bounds } = viewer.picture;
    const wide = (bounds.h * PAPER.w) / PAPER.h / bounds.w;
    const level = timeline ? 2 : levelAt(PAPER.w / bounds.w / Math.max(1, wide));
    const size = { w: 2 * PAPER.w, h: 0 };
    const shown = { ...stillPicture(viewer, level), view: { x: 0, y: 0, k: 1 }, size };
    if (timeline) shown.picture = timelinePicture(lanes, links, 1, size.w);
    else if (!level && wide > 1) shown.picture = graphPicture(items, links, viewer.arrangement, wide);
    viewer.paper = drawingOf(shown, viewer.titleLine.textContent);
    viewer.paper.setAttribute("class", "ln-paper");
    viewer.surface.append(viewer.paper);
  } else {
    viewer.paper.remove();
    viewer.paper = null;
  }
  if (viewer.options.table) table.print(now);
}
