/** Elements and text on the page. */

import { FONT } from "../scene/words.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element: `el("button.quiet", { title: "…", onclick: f }, "text", child)`, with or without attributes; its class
 * is `ln-quiet`.
 * Children that are strings become text nodes: markup cannot be made from here.
 */
export function el(spec, ...children) {
  const props = children[0]?.constructor === Object ? children.shift() : {};
  const [tag, ...classes] = spec.split(".");
  const node = document.createElement(tag || "div");
  if (classes.length) node.className = classes.map((name) => `ln-${name}`).join(" ");
  if (tag === "button") node.type = tag;
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value != null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  return fill(node, children);
}

/** Put these into a node in place of what is there; what is empty is left out. */
export function fill(node, ...children) {
  node.replaceChildren(...children.flat(4).filter((child) => child || child === 0));
  return node;
}

export function svgEl(tag, attributes, parent) {
  const node = document.createElementNS(SVG, tag);
  for (const name in attributes) if (attributes[name] != null) node.setAttribute(name, attributes[name]);
  parent?.append(node);
  return node;
}

export const measuring = document.createElement("canvas").getContext("2d");
const fitted = new Map();

/** Pixels across. */
export function widthOf(text, weight, size) {
  measuring.font = `${weight} ${size}px ${FONT}`;
  return measuring.measureText(text).width;
}

/**
 * `text` that is at most `width` pixels wide: first without the word with which the names of flows end, then cut with an
 * ellipsis.
 */
export function fit(text, width, weight, size) {
  const key = `${width} ${weight} ${size} ${text}`;
  if (fitted.has(key)) return fitted.get(key);
  if (fitted.size > 50000) fitted.clear();
  if (text.length < 120 && widthOf(text, weight, size) > width) text = text.replace(/(.)Flow$/, "$1");
  let characters = [...text.slice(0, 120)];
  let short = characters.length < text.length ? `${characters.join("")}…` : text;
  while (characters.length > 1 && widthOf(short, weight, size) > width) {
    characters = characters.slice(0, -1);
    short = `${characters.join("")}…`;
  }
  fitted.set(key, short);
  return short;
}
