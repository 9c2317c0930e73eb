/** One card a flow, in columns by stage and lanes by project, with lines between them. */

import { el, svgEl, widthOf } from "../drawing/dom.js";
import { clean, countWords, cut, grouped } from "../scene/words.js";
import { starOf, stripOf } from "./bars.js";
import { stepAmong } from "./keys.js";
import { drawLines } from "./lines_between.js";
import { put } from "./placing.js";

const CARD = { least: 132, usual: 184, most: 230, height: 82 };
const PADDING = 22; // pixels beside the text of a card, and its border
const GAP = 36; // pixels between columns, at least: an arrow and a number
const EDGE = 18; // pixels around
const TOP = 34; // pixels above the first row, for a heading or a line that leads back to its flow
const ROW = 108; // pixels from row to row
const MOST = 60; // flows; more are rows

export const columnsOf = ({ cards }) => 1 + cards.reduce((most, { x }) => Math.max(most, x), 0);

const nameOf = ({ event, name }) => (event ? `★ ${clean(name)}` : clean(name));

/** The width that the text of every card needs; only a very long name is cut. */
const neededWidth = (cards, count) =>
  cards.reduce((most, card) => {
    const words = nameOf(card) + (count ? ` ${grouped(card.runs)}` : "");
    return Math.max(most, Math.min(CARD.most, widthOf(words, 650, 13) + PADDING));
  }, CARD.least);

const roomFor = (flows, width) => Math.floor((width - 2 * EDGE + GAP) / columnsOf(flows)) - GAP;

/** Whether each flow can have a card with text that can be read. */
export const fitsCards = (flows, width) =>
  flows.cards.length <= MOST && roomFor(flows, width) >= neededWidth(flows.cards);

/** @param {object} act what a click does: `card(card)`, `line(line)` */
export function drawCards(flows, width, act) {
  const { cards, lines, lanes } = flows;
  const w = Math.min(roomFor(flows, width), Math.max(CARD.usual, neededWidth(cards, true)));
  const counted = w >= neededWidth(cards, true); // beside the name, or below it
  const across = Math.min(w + 96, (width - 2 * EDGE - w) / Math.max(1, columnsOf(flows) - 1));
  const place = ([x, y]) => ({ x: EDGE + x * across, y: TOP + y * ROW });
  const boxes = cards.map((card) => ({ ...place([card.x, card.y]), w, h: CARD.height }));
  const bottom = boxes.reduce((most, { y, h }) => Math.max(most, y + h), 0);
  const svg = svgEl("svg", { class: "ln-flows-lines", width, height: bottom + EDGE, "aria-hidden": "true" });
  const counts = drawLines(svg, lines, boxes, (point) => place(point), { ...CARD, w });
  const pieces = cards.map((card, i) => cardOf(card, boxes[i], { bars: flows.bars, counted }, act));
  const numbers = lines.map((line, i) => numberOf(line, cards, counts[i], act));
  const stage = el(
    "div.flows-stage",
    { onkeydown: (event) => stepAmong(event, pieces, boxes) },
    svg,
    lanes.length > 1 && lanes.map((lane) => laneOf(lane, boxes)),
    pieces,
    numbers,
  );
  lightNeighbours(stage, lines, pieces, numbers, svg);
  return put(stage, { height: bottom + EDGE });
}

function cardOf(card, { x, y, w, h }, { bars, counted }, act) {
  const says = card.event ? "event" : clean(card.says);
  const piece = el(
    `button.flows-card${card.event ? ".flows-isevent" : ""}${card.failing ? ".flows-fails" : ""}`,
    {
      "data-flow": card.name,
      title: `${cut(clean(card.name), 300)}: ${countWords(card.runs, card.event ? "event" : "run")}, ${says}`,
      onclick: () => act.card(card),
    },
    el("span.flows-head", el("b", starOf(card), clean(card.name)), counted && el("span", grouped(card.runs))),
    stripOf(card, w - PADDING, bars, true),
    el("span.flows-says", card.failing ? `✖ ${says}` : counted ? says : `${grouped(card.runs)} · ${says}`),
  );
  return put(piece, { left: x, top: y, width: w, height: h });
}

function numberOf({ count, source, target }, cards, { x, y }, act) {
  const [from, to] = [cards[source], cards[target]];
  const words = `${grouped(count)} from ${cut(clean(from.name), 80)} to ${cut(clean(to.name), 80)}`;
  const piece = el(
    "button.flows-number",
    {
      title: words,
      "aria-label": words,
      onclick: () => act.line({ source, target }),
    },
    grouped(count),
  );
  return put(piece, { left: x, top: y });
}

/** The project of a lane, above its cards, and a rule between it and the lane before. */
function laneOf({ name, runs, cards }, boxes) {
  const top = cards.reduce((least, i) => Math.min(least, boxes[i].y), Infinity) - 30;
  const head = el(
    "div.flows-lane",
    el("b", name ? cut(clean(name), 80) : "without a project"),
    ` ${countWords(runs, "run")}`,
  );
  return put(head, { top });
}

/** The lines of a flow stand out while the pointer or the keyboard is on it. */
function lightNeighbours(stage, lines, pieces, numbers, svg) {
  const mark = (on, touches) => {
    stage.classList.toggle("ln-flows-lit", on);
    lines.forEach((line, i) => {
      const meant = on && touches(line, i);
      svg.children[i].classList.toggle("ln-lit", meant);
      numbers[i].classList.toggle("ln-lit", meant);
    });
  };
  const watch = (piece, touches) => {
    for (const name of ["pointerenter", "focus"]) piece.addEventListener(name, () => mark(true, touches));
    for (const name of ["pointerleave", "blur"]) piece.addEventListener(name, () => mark(false));
  };
  pieces.forEach((piece, i) => {
    watch(piece, ({ source, target }) => source === i || target === i);
  });
  numbers.forEach((number, i) => {
    watch(number, (_, at) => at === i);
  });
}
