/** One row a flow on one time axis, in an outline by cause: for many flows, and for narrow windows. */

import { el } from "../drawing/dom.js";
import { clean, countWords, cut, dayWords, grouped } from "../scene/words.js";
import { countAt, starOf, stripOf } from "./bars.js";
import { put } from "./placing.js";

const OPEN = 40; // flows; the lanes of more are folded, and say what is in them
const AFTER = 2; // flows that a row names as those it comes after
const WIDTH = 420; // of a strip, which is stretched to the width that there is

export function drawRows(flows, act) {
  const { cards, lanes } = flows;
  const causes = cards.map((_, i) => flows.lines.filter(({ target }) => target === i));
  const rowOf = (i) => row(cards[i], causes[i], flows, act);
  if (lanes.length < 2) return el("div.flows-rows", axis(flows, null), lanes[0].cards.map(rowOf));
  return el(
    "div.flows-rows",
    { onkeydown: step },
    axis(flows, ""),
    lanes.map((lane) =>
      el(
        "details.flows-group",
        { open: cards.length <= OPEN },
        el("summary", laneHead(lane, flows)),
        lane.cards.map(rowOf),
      ),
    ),
  );
}

/** The times of the axis, above the strips. */
function axis({ start, end }) {
  const [one, year] = [10, 4].map((length) => start.slice(0, length) === end.slice(0, length));
  const day = (iso) =>
    one ? dayWords(iso) : `${dayWords(iso).slice(0, -6)}${year ? "" : ` ${iso.slice(0, 4)}`}`;
  return (
    start &&
    el(
      "div.flows-row.flows-axis",
      el("span"),
      el("span"),
      el("span.flows-ticks", el("span", day(start)), el("span", day(end))),
    )
  );
}

/** A lane as one row: its project, all its runs, and how many of its flows fail. */
function laneHead({ name, runs, cards: members }, { cards, bars: count }) {
  const own = members.map((i) => cards[i]).filter(({ event }) => !event);
  const failing = own.filter((card) => card.failing).length;
  const bars = {};
  for (const status of new Set(own.flatMap((card) => Object.keys(card.bars)))) {
    const sum = (i) => own.reduce((all, card) => all + countAt(card.bars[status], i), 0);
    bars[status] = { first: 0, counts: Array.from({ length: count }, (_, i) => sum(i)) };
  }
  return el(
    `span.flows-row${failing ? ".flows-fails" : ""}`,
    el(
      "span.flows-name",
      el("b", name ? cut(clean(name), 80) : "without a project"),
      ` ${countWords(runs, "run")}`,
    ),
    el("span.soft", countWords(own.length, "flow")),
    stretched({ bars }, count),
    el("span.flows-says", failing ? `✖ ${grouped(failing)} failing` : "none failing"),
  );
}

function row(card, causes, { cards, bars: count }, act) {
  const name = clean(card.name);
  const says = card.event ? "event" : clean(card.says);
  const most = [...causes].sort((a, b) => b.count - a.count);
  const after = most
    .slice(0, AFTER)
    .map((line, i, all) =>
      el(
        "button.flows-link",
        { onclick: () => act.line(line), title: `The ${grouped(line.count)} runs that came this way` },
        `${cards[line.source] === card ? "itself" : cut(clean(cards[line.source].name), 60)} ${grouped(line.count)}${all[i + 1] ? "," : ""}`,
      ),
    );
  return el(
    `div.flows-row${card.failing ? ".flows-fails" : ""}`,
    { "data-flow": card.name },
    put(
      el(
        "span.flows-name",
        el(
          "button",
          { "data-flow": card.name, title: `${cut(name, 300)}: ${says}`, onclick: () => act.card(card) },
          el("b", starOf(card), name),
          ` ${grouped(card.runs)}`,
        ),
      ),
      { paddingLeft: Math.min(6, card.x) * 10 },
    ),
    el(
      "span.soft.flows-after",
      after.length > 0 && ["after ", after.flatMap((link) => [link, " "])],
      most.length > AFTER && `and ${grouped(most.length - AFTER)} more`,
    ),
    stretched(card, count),
    el("span.flows-says", card.failing ? `✖ ${says}` : says),
  );
}

function stretched(card, count) {
  const svg = stripOf(card, WIDTH, count);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.removeAttribute("width");
  return svg;
}

/** Up and down among the rows that are there. */
function step(event) {
  const way = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
  const stops = [...event.currentTarget.querySelectorAll(".ln-flows-name button, summary")].filter(
    (stop) => stop.offsetParent,
  );
  const next = stops[stops.indexOf(event.target.closest("button, summary")) + way];
  if (!next) return;
  event.preventDefault();
  event.stopPropagation();
  next.focus();
}
