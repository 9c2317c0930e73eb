/** Where an explorer is drawn: in a container of widgets, it is not drawn by its cell a second time. */

const CELL = ".jp-Cell, .jp-OutputArea, .output_area, .cell";
const drawn = new Map(); // uid -> elements of the views

/** Hide a view that stands alone in a cell while a container in the same cell has one. Gives what ends that. */
export function showOnce(host, uid) {
  if (!drawn.has(uid)) drawn.set(uid, new Set());
  const views = drawn.get(uid);
  views.add(host);
  // notebooks draw first and then attach
  const waiting = requestAnimationFrame(() => setTimeout(settle));
  const settle = () => {
    for (const view of views) {
      const twin = [...views].some((other) => isInside(other) && sameCell(view, other));
      view.style.display = twin && !isInside(view) ? "none" : "";
    }
  };
  return () => {
    cancelAnimationFrame(waiting);
    views.delete(host);
    settle();
  };
}

/** Whether a view is in a container: every widget's element has this class, also its own. */
function isInside(view) {
  return !!view.parentElement?.closest(".jupyter-widgets");
}

function sameCell(one, other) {
  const cell = one.closest(CELL);
  return !!cell && cell === other.closest(CELL);
}
