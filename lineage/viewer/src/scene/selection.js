/** The selection language (docs/selection.md): text -> the nodes that it means. */

import { KINDS, kindsOf } from "./kinds.js";
import { isEvent } from "./words.js";

const FIELDS =
  "flow run event status tag user project branch kind after before origin failed_step stale".split(" ");
const STATUSES = ["completed", "failed", "running", "unknown", "missing", "simulated", "stale"];
const DEEPEST = 50; // parentheses and nots inside each other

/** What was wrong with a selection, and at which character, from 0. */
export class SelectionError extends Error {
  constructor(message, position) {
    super(message);
    this.position = position;
  }
}

/**
 * The indexes of the nodes that `text` selects.
 *
 * @param {RunGraph} runGraph
 * @param {string} text for example `2+TrainingFlow/34+ and not status:failed`
 * @returns {Set<number>}
 * @throws {SelectionError}
 */
export function select(runGraph, text) {
  const every = [...runGraph.nodeList.keys()];
  const where = (test) => new Set(every.filter((i) => test(runGraph.nodeList[i])));
  let at = 0;
  let depth = 0;

  const fail = (message, position = at) => {
    throw new SelectionError(message, position);
  };
  /** Read what the sticky expression matches here, or nothing. */
  const read = (expression) => {
    expression.lastIndex = at;
    const found = expression.exec(text);
    if (found) at = expression.lastIndex;
    return found;
  };
  const space = () => read(/\s*/y);
  const keyword = (word) => {
    space();
    return read(word);
  };

  function either() {
    if (++depth > DEEPEST) fail("too many parentheses");
    let found = both();
    while (keyword(/or(?![^\s()])/iy)) found = new Set([...found, ...both()]);
    depth--;
    return found;
  }

  function both() {
    let found = unless();
    while (keyword(/and(?![^\s()])/iy)) {
      const other = unless();
      found = new Set([...found].filter((i) => other.has(i)));
    }
    return found;
  }

  function unless() {
    if (!keyword(/not(?![^\s()])/iy)) return path();
    if (++depth > DEEPEST) fail("too many parentheses");
    const out = unless();
    depth--;
    return new Set(every.filter((i) => !out.has(i)));
  }

  function path() {
    const from = reach();
    if (!keyword(/=>/y)) return from;
    const back = runGraph.reach(reach(), "up");
    const start = at;
    if (keyword(/=>/y)) fail("put parentheses around the first =>", Math.max(start, at - 2));
    return new Set([...runGraph.reach(from, "down")].filter((i) => back.has(i)));
  }

  function reach() {
    space();
    const before = read(/(\d*)\+/y);
    const core = term();
    const after = read(/\+(\d*)/y);
    const hops = (found) => (found[1] ? Number(found[1]) : Infinity);
    return new Set([
      ...core,
      ...(before ? runGraph.reach(core, "up", hops(before)) : []),
      ...(after ? runGraph.reach(core, "down", hops(after)) : []),
    ]);
  }

  function term() {
    if (read(/\(/y)) {
      const found = either();
      space();
      if (!read(/\)/y)) fail("a closing ) is missing");
      return found;
    }
    const start = at;
    const name = quoted() ?? read(/(?:[^\s()+:"=]|=(?!>))+/y)?.[0];
    if (name === undefined || (text[start] !== '"' && /^(and|or|not)$/i.test(name)))
      fail("a name is missing", start);
    if (text[start] === '"' || !read(/:/y)) return named(name);
    if (!FIELDS.includes(name)) fail(`unknown field '${name}'; one of ${FIELDS.join(", ")}`, start);
    const begin = at;
    const value = quoted() ?? read(/(?:[^\s()+"=]|=(?!>))+/y)?.[0];
    if (!value) fail(`a value is missing after ${name}:`, begin);
    return field(name, value, begin);
  }

  function quoted() {
    if (text[at] !== '"') return undefined;
    return (read(/"((?:[^"\\]|\\.)*)"/suy) ?? fail("this quote is not closed"))[1].replace(/\\(.)/gsu, "$1");
  }

  /** A run by its pathspec; else all runs of a flow, or all events of that name. */
  function named(name) {
    const alike = glob(name);
    if (name.includes("/")) return where((node) => !isEvent(node) && alike(node.id));
    return where((node) => alike(isEvent(node) ? node.name : node.flow));
  }

  function field(name, value, begin) {
    const run = (test) => where((node) => !isEvent(node) && test(node));
    if (name === "status") {
      if (!STATUSES.includes(value)) fail(`unknown status '${value}'; one of ${STATUSES.join(", ")}`, begin);
      return run((node) => (value === "stale" ? node.stale : node.status === value));
    }
    if (name === "kind") {
      if (!KINDS.includes(value)) fail(`unknown kind '${value}'; one of ${KINDS.join(", ")}`, begin);
      const edges = runGraph.edges.filter((edge) => kindsOf(edge).includes(value));
      return new Set(edges.flatMap((edge) => [edge.source, edge.target]));
    }
    if (name === "after" || name === "before") {
      const limit =
        moment(value) ?? fail(`not a date: '${value}'; write 2026-01-31 or 2026-01-31T12:00`, begin);
      const later = name === "after";
      return where((node) => {
        const time = Date.parse(node.created_at ?? node.timestamp);
        return later ? time >= limit : time < limit;
      });
    }
    const alike = glob(value);
    if (name === "event") {
      return where((node) => isEvent(node) && (alike(node.name) || alike(`${node.name}/${node.event_id}`)));
    }
    if (name === "tag") return run((node) => [...(node.tags ?? []), ...(node.system_tags ?? [])].some(alike));
    const key = name === "run" ? "run_id" : name;
    return run((node) => node[key] != null && alike(node[key]));
  }

  const found = either();
  space();
  if (at < text.length)
    fail(text[at] === ")" ? "there is no ( for this )" : "and, or, or => is missing here");
  return found;
}

/** A test for a pattern in which `*` is anything and `?` is one character. */
function glob(pattern) {
  const parts = [...pattern].map((c) =>
    c === "*" ? ".*" : c === "?" ? "." : c.replace(/[\\^$.|+()[\]{}/]/, "\\$&"),
  );
  const expression = new RegExp(`^${parts.join("")}$`, "su");
  return (text) => expression.test(text);
}

/** Milliseconds of a date, or of a time in UTC, written in full or in part; null if it is none. */
function moment(text) {
  const found = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?Z?)?)?)?$/.exec(text);
  if (!found) return null;
  const [, year, month = "01", day = "01", hour = "00", minute = "00", second = "00"] = found;
  const full = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const time = Date.parse(full);
  return !Number.isNaN(time) && new Date(time).toISOString() === full ? time : null; // no 30 February
}
