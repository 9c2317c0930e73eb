/** Why an edge is there: its kinds, in words and as a line. */

import { clean, countWords, cut, grouped } from "./words.js";

export const KINDS = ["trigger", "resume", "spawn", "publish", "read"]; // the strongest first

/** What the neighbours of a node are called by the kind of the edge, causes and effects. */
export const UP = {
  trigger: "Triggered by",
  resume: "Resumed from",
  spawn: "Spawned by",
  publish: "Published by",
  read: "Read from",
};
export const DOWN = {
  trigger: "Set off",
  resume: "Resumed by",
  spawn: "Spawned",
  publish: "Published",
  read: "Read by",
};

export const kindsOf = (edge) => edge.kinds ?? [edge.kind];

/** Whether a link says only that something was read. */
export const isRead = ({ kinds }) => kinds.size === 1 && kinds.has("read");

/** "model +2": the first artifacts that were read along edges, by name, and how many more. */
export function artifactWords(edges, most = 1) {
  const names = [...new Set(edges.flatMap((edge) => edge.artifacts ?? []))];
  const more = edges.reduce(
    (sum, edge) => sum + (edge.more_artifacts ?? 0),
    Math.max(0, names.length - most),
  );
  const first = names.slice(0, most).map((name) => cut(clean(name), 24));
  return first.length
    ? `${first.join(", ")}${more ? ` +${grouped(more)}` : ""}`
    : more
      ? countWords(more, "artifact")
      : "";
}

export const kindWord = (runGraph, kind) => clean(runGraph.kinds[kind]?.word ?? kind);

/** "triggered · read model, rows": everything that edges between the same two say. */
export function edgeWords(runGraph, edges, kinds) {
  const back = edges.flatMap((edge) => edge.returned ?? []).map(clean);
  return KINDS.filter((kind) => kinds.has(kind))
    .map((kind) => kindWord(runGraph, kind) + (kind === "read" ? ` ${artifactWords(edges, 9)}` : ""))
    .concat(back.length ? `read back ${cut(back.join(", "), 200)}` : [])
    .join(" · ");
}

/** The indexes of nodes with which a node is connected by edges of which `kind` is the strongest. */
export const neighbours = (edges, kind, end) =>
  edges.filter((edge) => kindsOf(edge)[0] === kind).map((edge) => ({ i: end(edge), edge }));

/** "2 triggered, 1 read" */
export function countKinds(runGraph, edges) {
  const counts = KINDS.map((kind) => [kind, edges.filter((edge) => kindsOf(edge).includes(kind)).length]);
  return (
    counts
      .filter(([, count]) => count)
      .map(([kind, count]) => `${grouped(count)} ${kindWord(runGraph, kind)}`)
      .join(", ") || "0"
  );
}
