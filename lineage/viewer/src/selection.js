/**
 * The selection language (docs/reference/selection.md), for what is typed in the search field. A module of its own: a
 * page that opens needs none of it.
 */

import { RunGraph } from "./scene/run_graph.js";
import { select } from "./scene/selection.js";

export { RunGraph, select };

/** Called by the viewer, see `state/attached.js`. */
export default function start(viewer) {
  let scene;
  let runGraph;
  viewer.on("scene", (next) => {
    scene = next;
    runGraph = null;
  });
  viewer.meaning = (text) => {
    runGraph ??= new RunGraph(scene);
    return select(runGraph, text);
  };
}
