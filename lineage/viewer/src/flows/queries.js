/** The runs of a flow or of an edge, in the selection language: it works in the search field and in Python alike. */

const quote = (name) => (/^[^\s()+:"=*?]+$/.test(name) ? name : `"${name.replace(/["\\]/g, "\\$&")}"`);

const term = ({ event, name }) => `${event ? "event" : "flow"}:${quote(name)}`;

export const flowQuery = (card) => term(card);

/** The runs of one flow that led to runs of another, and those. */
export function lineQuery(from, to) {
  const [a, b] = [term(from), term(to)];
  return from === to ? a : `(${a} and 1+${b}) or (${b} and ${a}+1)`;
}
