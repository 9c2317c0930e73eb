/** The pointer over the stage: it drags, wheels, presses, hovers. */

import { pressItem } from "../state/choosing.js";
import { openItem } from "../state/hiding.js";
import { hover } from "../state/hovering.js";
import { badgesOf } from "../state/looks.js";
import { halt, toPicture, zoomBy } from "./camera.js";
import { measuring } from "./dom.js";
import { boundsOf } from "./pictures.js";

const within = (box, x, y, slack = 0) =>
  x >= box.x - slack && x <= box.x + box.w + slack && y >= box.y - slack && y <= box.y + box.h + slack;

/** What is at a place on the screen: a badge or an item. */
function itemAt(stage, x, y) {
  const [px, py] = toPicture(stage, x, y);
  const { boxes } = stage.picture;
  for (let i = boxes.length - 1; i >= 0; i--) {
    const box = boxes[i];
    if (!within(box, px, py, 12)) continue;
    const badge = stage.grade === 2 && badgesOf(stage.viewer, box).find((b) => within(b, px, py, 2));
    if (badge || within(box, px, py, stage.grade === 2 ? 1 : 12)) return { box, item: box.item, badge };
  }
  return {};
}

/** The link at a place on the screen, where links can be told apart. */
function linkAt(stage, x, y) {
  const [px, py] = toPicture(stage, x, y);
  measuring.lineWidth = 10 / stage.view.k;
  const near = ({ a, b, d }) =>
    within(boundsOf([a, b]), px, py, 100) && measuring.isPointInStroke(new Path2D(d), px, py);
  return stage.grade ? stage.picture.links.find(near)?.link : null;
}

function pointOf(stage, event) {
  const frame = stage.host.getBoundingClientRect();
  return [event.clientX - frame.left, event.clientY - frame.top];
}

export function followPointer(stage) {
  const { host } = stage;
  let drag = null;
  const down = (event) => {
    if (event.button || event.target.closest("button")) return;
    const [x, y] = pointOf(stage, event);
    drag = { x, y, view: { ...stage.view }, far: false };
  };
  const move = (event) => {
    const [x, y] = pointOf(stage, event);
    if (!drag) {
      const { item, badge } = itemAt(stage, x, y);
      host.style.cursor = item ? "pointer" : "grab";
      return hover(stage.viewer, badge ? null : (item ?? linkAt(stage, x, y)));
    }
    if (Math.hypot(x - drag.x, y - drag.y) > 4 && !drag.far) {
      drag.far = true;
      host.setPointerCapture(event.pointerId);
      host.style.cursor = "grabbing";
      hover(stage.viewer, null);
    }
    if (!drag.far) return undefined;
    stage.moved = true;
    halt(stage);
    stage.view = { ...stage.view, x: drag.view.x + x - drag.x, y: drag.view.y + y - drag.y };
    return stage.schedule();
  };
  const up = (event) => {
    const still = drag && !drag.far;
    drag = null;
    host.style.cursor = "grab";
    if (!still) return;
    const { item, badge } = itemAt(stage, ...pointOf(stage, event));
    pressItem(stage.viewer, item, badge, event);
  };
  const heard = {
    pointerdown: down,
    pointermove: move,
    pointerup: up,
    pointercancel: () => (drag = null),
    pointerleave: () => hover(stage.viewer, null),
    dblclick: (event) => openItem(stage.viewer, itemAt(stage, ...pointOf(stage, event)).item),
    wheel: (event) => turnWheel(stage, event),
  };
  for (const [name, listener] of Object.entries(heard))
    host.addEventListener(name, listener, { passive: false });
}

/** The wheel zooms; in a notebook only once the stage has the focus, so that pages scroll past it. */
function turnWheel(stage, event) {
  const free =
    stage.viewer.options.wheel ||
    event.ctrlKey ||
    event.metaKey ||
    stage.host.contains(document.activeElement);
  if (!free) return;
  event.preventDefault();
  hover(stage.viewer, null);
  const pixels = event.deltaY * [1, 16, 400][event.deltaMode];
  zoomBy(stage, Math.exp(-pixels * (event.ctrlKey ? 0.01 : 0.0018)), ...pointOf(stage, event));
}
