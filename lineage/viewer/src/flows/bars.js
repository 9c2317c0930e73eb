/** A strip of statuses over time: up is completed, down is failed; it works without colour and at three pixels. */

import { el, svgEl } from "../drawing/dom.js";

const UP = 17; // pixels above the base line
const DOWN = 11; // below it
const LEAST = 2.6; // pixels of a bar that must not be missed: the failed ones

/** How many runs of a status lie in a bar of the axis. */
export const countAt = (counted, i) => counted?.counts[i - counted.first] ?? 0;

/** One bar a run, or `count` bars for stretches of time, each as high as there are runs in it. */
export function stripOf({ strip, bars }, width, count, single) {
  const svg = svgEl("svg", {
    class: "ln-flows-strip",
    viewBox: `0 0 ${width} ${UP + DOWN}`,
    width,
    height: UP + DOWN,
    "aria-hidden": "true",
  });
  return single && strip ? drawRuns(svg, strip, width) : drawBars(svg, bars, width, count);
}

function drawRuns(svg, statuses, width) {
  const step = Math.min(8, width / statuses.length);
  const paths = {};
  statuses.forEach((status, i) => {
    add(paths, status, i * step, step > 3 ? step - Math.max(1, step * 0.28) : step * 0.72, UP - 3, DOWN - 3);
  });
  return paint(svg, paths, Math.min(width, step * statuses.length));
}

function drawBars(svg, bars, width, count) {
  const step = width / count;
  const ups = Object.keys(bars).filter((status) => status !== "failed");
  const tops = Array.from({ length: count }, (_, i) => ups.reduce((sum, s) => sum + countAt(bars[s], i), 0));
  const unit = UP / Math.max(1, ...tops);
  const fall = Math.min(unit, DOWN / Math.max(1, ...(bars.failed?.counts ?? [])));
  const wide = Math.max(1, step - (step > 3 ? 1 : 0.4));
  const paths = {};
  for (let i = 0; i < count; i++) {
    let level = 0;
    for (const status of ups) {
      const up = countAt(bars[status], i) * unit;
      if (up) bar(paths, status, i * step, UP - level - Math.max(1, up), wide, Math.max(1, up));
      level += up;
    }
    const down = countAt(bars.failed, i);
    if (down) bar(paths, "failed", i * step, UP + 1, Math.max(LEAST, wide), Math.max(LEAST, down * fall));
  }
  return paint(svg, paths, width);
}

const add = (paths, status, x, w, up, down) =>
  status === "failed"
    ? bar(paths, status, x, UP + 1, Math.max(LEAST, w), down)
    : bar(paths, status, x, UP - up, w, up);

function bar(paths, status, x, y, w, h) {
  const px = (value) => Math.round(value * 100) / 100;
  paths[status] = `${paths[status] ?? ""}M${px(x)} ${px(y)}h${px(w)}v${px(h)}h${px(-w)}z`;
}

function paint(svg, paths, width) {
  svgEl("path", { class: "ln-flows-base", d: `M0 ${UP + 0.5}H${width}` }, svg);
  for (const [status, d] of Object.entries(paths)) svgEl("path", { class: `ln-flows-${status}`, d }, svg);
  return svg;
}

/** What marks an event, before its name. */
export const starOf = ({ event }) => event && el("span.flows-star", "★ ");

/** A small strip with one of each, for the line that explains it. */
export const sampleStrip = () =>
  stripOf({ strip: ["completed", "completed", "failed", "completed", "running"] }, 40, 0, true);
