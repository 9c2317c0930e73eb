/** What is said and how: the same wording as lineage/format.py. */

export const FONT = 'system-ui, "Segoe UI", Roboto, Arial, sans-serif';

/** Characters that draw nothing or turn the line around, except the joiner inside emoji. */
const UNSEEN = /(?!\u200d)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** A string as it can be shown: what is invisible becomes an escape that one can read. */
export const clean = (value) =>
  String(value ?? "").replace(UNSEEN, (c) => `\\u${c.codePointAt(0).toString(16).padStart(4, "0")}`);

/** The first `length` characters; a label never needs ten thousand. */
export const cut = (text, length = 80) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

/** 1200 -> "1,200"; toLocaleString would load a table of languages before the first drawing. */
export const grouped = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

/** 1200, "run" -> "1,200 runs" */
export const countWords = (count, noun) => `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;

/** Seconds as a person would say it: 7322 -> "2 h 2 min"; as in lineage/format.py. */
export function durationWords(seconds) {
  if (seconds == null) return "—";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const nearest = Math.round(seconds);
  const whole = seconds % 1 === 0.5 && nearest % 2 ? nearest - 1 : nearest; // halves as in Python
  if (whole < 60) return `${whole} s`;
  const [size, unit, small, smallUnit] =
    whole >= 86400 ? [86400, "d", 3600, "h"] : whole >= 3600 ? [3600, "h", 60, "min"] : [60, "min", 1, "s"];
  const rest = Math.floor((whole % size) / small);
  return `${Math.floor(whole / size)} ${unit}${rest ? ` ${rest} ${smallUnit}` : ""}`;
}

/** "2026-01-02T03:04:05Z" -> "2026-01-02 03:04:05 UTC" */
export const timeWords = (iso) => (iso ? `${clean(iso).slice(0, 19).replace("T", " ")} UTC` : "—");

/** How a run's duration compares with the usual one of its flow: "3.0 × the usual 12 s of 9 runs". */
export function usualWords({ duration, usual, usual_of: count }) {
  if (duration == null || !usual) return "";
  const ratio = duration / usual;
  const than = `the usual ${durationWords(usual)} of ${countWords(count, "run")}`;
  if (ratio > 1.8) return `${ratio.toFixed(1)} × ${than}`;
  if (ratio > 1.1) return `${Math.round((ratio - 1) * 100)} % more than ${than}`;
  if (ratio < 0.9) return `${Math.round((1 - ratio) * 100)} % less than ${than}`;
  return `about ${than}`;
}

/** What there is of these, on one line. */
export const dots = (...parts) => parts.filter(Boolean).join(" · ");

/** Events are no runs and no flows, wherever something is counted. */
export const isEvent = (node) => node.id.startsWith("event:");

/** What a person calls a node: "TrainingFlow/34", or "first" for an event. */
export const nameOf = (node) => (isEvent(node) ? headOf(node) : clean(node.id));
export const headOf = (node) => clean((isEvent(node) && node.name) || node.flow); // an event of a map has only that
export const timeOf = (node) => node.created_at ?? node.timestamp;

/** Add to the list that a map keeps under `key`. */
export function pushTo(map, key, value) {
  if (map.has(key)) map.get(key).push(value);
  else map.set(key, [value]);
}

/** "2026-01-05T06:12:00Z" -> "5 Jan 06:12" */
export function dayWords(iso) {
  const date = new Date(iso ?? NaN);
  if (Number.isNaN(date.getTime())) return "no time";
  const [, day, month, , clock] = date.toUTCString().split(" "); // Mon, 05 Jan 2026 06:12:00 GMT
  return `${Number(day)} ${month} ${clock.slice(0, 5)}`;
}

/** 12345 -> "12.3 kB" */
export function sizeWords(bytes) {
  const step = Math.min(4, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${step ? (bytes / 1000 ** step).toFixed(1) : bytes} ${["B", "kB", "MB", "GB", "TB"][step]}`;
}
