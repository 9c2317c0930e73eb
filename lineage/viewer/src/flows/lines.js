/** What is said above and below the flows. */

import { el } from "../drawing/dom.js";
import { clean, countWords, cut, dayWords, grouped } from "../scene/words.js";
import { sampleStrip } from "./bars.js";

const NAMED = 3; // failing flows that are named; the rest is counted

/** Which flows fail now, the ones with most runs first. */
export function alertLine({ cards }, host) {
  const failing = cards.filter((card) => card.failing).sort((a, b) => b.runs - a.runs);
  if (!failing.length) return null;
  const named = failing
    .slice(0, NAMED)
    .map((card) =>
      el(
        "span",
        el("button.flows-link", { onclick: () => goTo(host, card) }, cut(clean(card.name), 60)),
        ` ${clean(card.failing)}`,
      ),
    );
  const rest = failing.length - named.length;
  return el(
    "div.flows-alert",
    el("span.flows-cross", { "aria-hidden": "true" }, "✖"),
    el("b", `${countWords(failing.length, "flow")} ${failing.length > 1 ? "are" : "is"} failing now`),
    named,
    rest > 0 && el("span.soft", `and ${grouped(rest)} more, marked in red`),
  );
}

function goTo(host, { name }) {
  const card = [...host.querySelectorAll("button[data-flow]")].find((other) => other.dataset.flow === name);
  const lane = card?.closest("details");
  if (lane) lane.open = true;
  card?.focus();
  card?.scrollIntoView({ block: "nearest" });
}

/** How to read a strip, a line and a number. */
export function keyLine({ cards, unit, lines, ...times }, rows) {
  const single = !rows && cards.every(({ strip }) => strip);
  const bars = single
    ? "One bar a run, in the order in which they began"
    : `One bar ${/\d/.test(unit) ? "for every " : "a "}${unit}, as high as its runs`;
  const span = spanWords(times);
  return el(
    "div.flows-key",
    sampleStrip(),
    el("span", "up completed, ", el("b.flows-bad", "down failed"), ", outlined running"),
    el(
      "span.soft",
      `${bars}${span && `; ${span}`}. `,
      lines.length > 0 &&
        `A number ${rows ? "after a flow: its runs; after a cause" : "on a line"}: how often it led to the flow. `,
      `Click a flow or a ${rows ? "cause" : "line"} for its runs.`,
    ),
  );
}

/** "1 to 29 Nov 2026" */
export function spanWords({ start, end }) {
  if (!start) return "";
  const year = (iso) => (iso.slice(0, 4) === end.slice(0, 4) && iso !== end ? "" : ` ${iso.slice(0, 4)}`);
  const day = (iso) => dayWords(iso).slice(0, -6);
  if (start.slice(0, 10) === end.slice(0, 10)) return `${day(end)} ${end.slice(0, 4)}`;
  const from =
    start.slice(0, 7) === end.slice(0, 7) ? day(start).split(" ")[0] : `${day(start)}${year(start)}`;
  return `${from} to ${day(end)}${year(end)}`;
}

/** That only a part of the runs is drawn one by one, and how to see others. */
export function partNotice({ flows, nodes, focus }) {
  const drawn = nodes.filter(({ kind }) => kind === "run").length;
  if (drawn >= flows.runs) return null;
  return [
    el("b", `${countWords(drawn, "run")} of ${grouped(flows.runs)} are drawn one by one, `),
    focus?.length ? "those nearest to the run that was asked for. " : "those that began last. ",
    "Flows counts all. For the others, draw a part: ",
    el("code", 'lin.select("status:failed")'),
    ", ",
    el("code", "lin.subset(keys)"),
    ", or trace fewer hops: ",
    el("code", "trace(run, upstream=2)"),
    ".",
  ];
}
