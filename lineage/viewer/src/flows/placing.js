/** Positions of elements: a style attribute is refused by the page's content security policy, a property is not. */

/** Give an element a place and a size, in pixels. */
export function put(node, place) {
  for (const [side, pixels] of Object.entries(place)) node.style[side] = `${pixels}px`;
  return node;
}
