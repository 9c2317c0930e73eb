/** The keyboard among cards: arrows go to the nearest card in their direction, Enter opens it as a button does. */

const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @param {Array} boxes where the pieces are, in the same order */
export function stepAmong(event, pieces, boxes) {
  const way = WAYS[event.key];
  const from = boxes[pieces.indexOf(event.target)];
  if (!way || !from || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  let best = Infinity;
  let next;
  boxes.forEach((box, i) => {
    const [dx, dy] = [box.x - from.x, box.y - from.y];
    const ahead = dx * way[0] + dy * way[1];
    const aside = Math.abs(dx * way[1]) + Math.abs(dy * way[0]);
    if (ahead <= 1 || ahead + 2 * aside >= best) return;
    best = ahead + 2 * aside;
    next = pieces[i];
  });
  next?.focus();
}
