/** Small things that the details, the table and the tip share. */

import { el, svgEl } from "../drawing/dom.js";
import { drawMark, SvgPen } from "../drawing/strokes.js";
import {
  clean,
  countWords,
  cut,
  dots,
  durationWords,
  isEvent,
  timeWords,
  usualWords,
} from "../scene/words.js";

/** A status symbol as a small picture of its own, for tables and lists. */
export function mark(runGraph, node, size = 14) {
  const svg = svgEl("svg", {
    width: size,
    height: size,
    viewBox: "-8 -8 16 16",
    class: "ln-mark",
    "aria-hidden": "true",
  });
  drawMark(new SvgPen(svg), runGraph.styleOf(node), 0, 0, 6, `var(--s-${runGraph.styleName(node)})`);
  return svg;
}

/** Symbol and word of a node's status. */
export const statusOf = (runGraph, node) => el("span.status", mark(runGraph, node), runGraph.wordOf(node));

/** Text that is never turned around or spilled by what is in it. */
export const said = (text, spec = "bdi") =>
  el(spec, { title: text.length > 60 ? cut(text, 2000) : null }, breakable(text));

/** A long name breaks behind what separates its words: "metaflow_version:2.19". */
const breakable = (text) =>
  text.length < 24 ? text : text.split(/(?<=[/:_.+=-])/).map((word, i) => [i > 0 && el("wbr"), word]);

/** A button that copies `text` and says so. */
export function copyButton(text, label, title = "Copy") {
  const button = el("button.copy", { title, onclick: () => copyText(text, button) }, said(label, "code"));
  return button;
}

async function copyText(text, button) {
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // no permission in this frame: the old way, which asks for none
    const area = el("textarea.offscreen", { "aria-hidden": "true" });
    area.value = text;
    button.after(area);
    area.select();
    done = document.execCommand("copy");
    area.remove();
    button.focus();
  }
  button.dataset.said = done ? "copied" : "press Ctrl+C";
  setTimeout(() => delete button.dataset.said, 1400);
}

/** Rows of a description list; rows without a value are left out. */
export const facts = (rows) =>
  el(
    "dl.facts",
    rows
      .filter(([, value]) => value && value !== "—")
      .map(([name, value]) => [el("dt", name), el("dd", value)]),
  );

/** Any recorded value as text, cut at a length that is still read. */
export function valueText(value, length = 20000) {
  const text = typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "");
  const shown =
    text.length > length
      ? `${text.slice(0, length)}\n… ${countWords(text.length - length, "more character")}`
      : text;
  return shown.split("\n").map(clean).join("\n");
}

/** The facts of a node. */
export function factRows(node) {
  if (isEvent(node)) return [["Event", said(clean(node.event_id))]];
  const { tags = [], system_tags: system = [] } = node;
  const usual = usualWords(node);
  const took =
    node.duration != null &&
    el("span", durationWords(node.duration), usual && el("span.soft", ` · ${usual}`));
  return [
    ["Run", node.run_id && said(clean(node.run_id))],
    ["Finished", timeWords(node.finished_at)],
    ["Took", took],
    ["User", node.user && said(clean(node.user))],
    ["Project", node.project && said(dots(clean(node.project), clean(node.branch)))],
    ["Tags", (tags.length || system.length) && [tagList(tags), system.length > 0 && systemTags(system)]],
  ];
}

const tagList = (tags) =>
  el(
    "span.tags",
    tags.slice(0, 200).map((tag) => said(clean(tag), "bdi.tag")),
  );

/** Metaflow's own: `user:ann`, `runtime:dev` and so on, which the other facts say mostly. */
const systemTags = (tags) => el("details", el("summary.soft", `system tags (${tags.length})`), tagList(tags));
