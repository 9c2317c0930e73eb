/** The picture without what is there for the pointer: for files and for paper. */

import { gradeAt } from "../drawing/camera.js";
import { drawingOf } from "../drawing/exporting.js";
import { graphPicture, timelinePicture } from "../drawing/pictures.js";
import { drawItem } from "../drawing/strokes.js";
import { lookOf } from "../state/looks.js";

const PAPER = { w: 700, h: 900 }; // pixels of a printed page, about, to judge what can be read on it

/** What a file or a page shows: the picture, without what is there for the pointer. */
export function stillPicture(viewer, grade, area = viewer.stage.area) {
  const { colours, lanes, links } = viewer;
  const { timeline } = viewer.picture;
  const drawBox = (pen, box) => {
    const look = lookOf(viewer, box, grade);
    const badges = look.badges.filter(({ text }) => text.startsWith("+"));
    // a mark as large as its row
    const place = grade
      ? box
      : { ...box, x: box.x + box.w / 2 - 30, y: box.y + box.h / 2 - 30, w: 60, h: 60 };
    drawItem(pen, place, { ...look, selected: false, current: false, badges });
  };
  const picture = timeline ? timelinePicture(lanes, links, 1, area.w) : viewer.picture;
  return { picture, colours, drawBox, view: { x: 0, y: 0, k: 1 }, area };
}

/** On paper the whole picture is as wide as the page and every row is there; afterwards all is as it was. */
export function printPage(viewer, now) {
  const { runTable, items, links, step } = viewer;
  if (now) {
    const { timeline, bounds } = viewer.picture;
    const wide = (bounds.h * PAPER.w) / PAPER.h / bounds.w;
    const grade = timeline ? 2 : gradeAt(PAPER.w / bounds.w / Math.max(1, wide));
    const area = { w: 2 * PAPER.w, h: 0 };
    const shown = stillPicture(viewer, grade, area);
    if (!grade && wide > 1)
      shown.picture = graphPicture(items, links, viewer.arrangement, { ...step, x: step.x * wide });
    viewer.paper = drawingOf(shown, viewer.titleLine.textContent);
    viewer.paper.setAttribute("class", "ln-paper");
    viewer.surface.append(viewer.paper);
  } else {
    viewer.paper.remove();
    viewer.paper = null;
  }
  if (viewer.options.table) runTable.print(now);
}
