/** From where the picture is seen: pan and zoom. */

export const MARGIN = { x: 18, y: 24 }; // pixels left free around a picture
const FAR = 0.2; // below this zoom there are marks only, and the columns take the width that there is

/** How much can be told apart at a zoom: cards (2), shapes (1) or marks (0). */
export const gradeAt = (k) => (k >= 0.5 ? 2 : k >= FAR ? 1 : 0);

/** Pixels on the screen for one of the picture's, across; down it is `view.k`. */
export function across(stage, k = stage.view.k) {
  if (stage.picture.timeline) return 1;
  return Math.max(k, Math.min(3 * FAR - 2 * k, (stage.area.w - 2 * MARGIN.x) / stage.picture.bounds.w));
}

export function down(stage) {
  return stage.picture.timeline ? 1 : stage.view.k;
}

/** A place on the screen in the picture's own pixels. */
export function toPicture(stage, x, y) {
  return [(x - stage.view.x) / across(stage), (y - stage.view.y) / down(stage)];
}

/** A picture as large as life: all of it, or as much around an item as there is room for. */
export function framePicture(stage, id) {
  const { w, h } = stage.area;
  const box = stage.picture.boxOf.get(id) ?? stage.picture.bounds;
  const goal = { k: 1, x: w / 2 - box.x - box.w / 2, y: h / 2 - box.y - box.h / 2 };
  return stage.picture.timeline ? fitPicture(stage, false) : glide(stage, inBounds(stage, goal), false);
}

/** The whole picture on the screen; never larger than life. */
export function fitPicture(stage, animate = true) {
  const { w, h } = stage.area;
  const { bounds, timeline } = stage.picture;
  if (timeline) return glide(stage, { x: 0, y: 0, k: 1 }, animate);
  const k = Math.min(1, (w - 2 * MARGIN.x) / bounds.w, (h - 2 * MARGIN.y) / bounds.h);
  return glide(stage, inBounds(stage, { k, x: 0, y: 0 }), animate);
}

export function zoomBy(stage, factor, x = stage.area.w / 2, y = stage.area.h / 2) {
  halt(stage);
  stage.moved = true;
  const { view } = stage;
  const { timeline, left = 0 } = stage.picture;
  const k = Math.min(timeline ? 5000 : 3, Math.max(timeline ? 0.5 : 0.001, view.k * factor));
  const ratio = timeline ? k / view.k : across(stage, k) / across(stage);
  stage.view = {
    k,
    x: x - left - (x - view.x - left) * ratio,
    y: timeline ? view.y : y - ((y - view.y) * k) / view.k,
  };
  stage.schedule();
}

/** Where an item stands on the screen. */
export function placeOf(stage, id) {
  const { x, y, w, h } = stage.picture.boxOf.get(id) ?? { x: 0, y: 0, w: 0, h: 0 };
  const [kx, ky] = [across(stage), down(stage)];
  return { x: stage.view.x + x * kx, y: stage.view.y + y * ky, w: w * kx, h: h * ky };
}

/** Bring an item onto the screen, if it is not there already. */
export function reveal(stage, id, animate = true) {
  const box = stage.picture.boxOf.get(id);
  if (!box) return;
  const { timeline, left } = stage.picture;
  const { w, h } = stage.area;
  const seen = placeOf(stage, id);
  const length = Math.min(seen.w, 180);
  const legible = timeline || stage.view.k >= 0.55;
  if (
    legible &&
    seen.x > (left ?? 16) - 4 &&
    seen.y > 16 &&
    seen.x + length < w - 16 &&
    seen.y + seen.h < h - 16
  )
    return;
  const k = timeline ? 1 : legible ? stage.view.k : 0.85;
  const goal = { k, x: w / 2 - box.x * k - length / 2, y: h / 2 - (box.y + box.h / 2) * k };
  glide(stage, timeline ? { ...goal, k: stage.view.k } : inBounds(stage, goal), animate);
}

/** The nearest view with no emptiness on one side while something is hidden on the other. */
function inBounds(stage, { k, x, y }) {
  const { bounds } = stage.picture;
  const { w, h } = stage.area;
  const along = (at, from, length, room, edge) => {
    const [first, last] = [edge - from, room - edge - from - length];
    return last > first ? (first + last) / 2 : Math.min(first, Math.max(last, at));
  };
  const kx = across(stage, k);
  return {
    k,
    x: along(x, bounds.x * kx, bounds.w * kx, w, MARGIN.x),
    y: along(y, bounds.y * k, bounds.h * k, h, MARGIN.y),
  };
}

export function halt(stage) {
  cancelAnimationFrame(stage.gliding);
}

/** Go to a view, visibly unless the reader prefers less motion. */
export function glide(stage, goal, animate = true) {
  halt(stage);
  const start = { ...stage.view };
  const calm =
    !animate ||
    stage.onCanvas ||
    stage.large ||
    stage.picture.timeline ||
    matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (calm) {
    stage.view = goal;
    return stage.draw();
  }
  const began = performance.now();
  const step = (now) => {
    const t = Math.min(1, Math.max(0, (now - began) / 220));
    const eased = 1 - (1 - t) ** 3;
    for (const name of ["x", "y", "k"]) stage.view[name] = start[name] + (goal[name] - start[name]) * eased;
    stage.draw();
    if (t < 1) stage.gliding = requestAnimationFrame(step);
  };
  stage.gliding = requestAnimationFrame(step);
  return undefined;
}
