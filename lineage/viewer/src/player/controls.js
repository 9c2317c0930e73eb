/** The buttons of the player. */

import { el, svgEl } from "../drawing/dom.js";

const SIGNS = {
  start: "M2 2v10M12 2L5 7l7 5z",
  back: "M11 2L3 7l8 5z",
  play: "M3 1l9 6-9 6z",
  pause: "M4 2v10M10 2v10",
  forward: "M3 2l8 5-8 5z",
};

/** A button with a sign that is drawn, because fonts lack these signs or make pictures of them. */
export function signButton(sign, title, onclick) {
  const button = el("button", { title, "aria-label": title, onclick });
  showSign(button, sign);
  return button;
}

export function showSign(button, sign) {
  const svg = svgEl("svg", { width: 14, height: 14, viewBox: "0 0 14 14", "aria-hidden": "true" });
  svgEl(
    "path",
    {
      d: SIGNS[sign],
      fill: "currentColor",
      stroke: "currentColor",
      "stroke-width": sign === "pause" ? 3 : 1.5,
      "stroke-linejoin": "round",
    },
    svg,
  );
  button.replaceChildren(svg);
}
