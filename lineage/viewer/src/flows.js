/**
 * The lineage by flow: a third view beside graph and timeline, one card a flow with its runs as a strip of statuses
 * over time. It draws `flows` of a scene (docs/reference/scene.md), opens where there are hundreds of runs, says when
 * only a part of them is drawn one by one, and names what is too small to read in the graph.
 */

import { nameFarAway } from "./flows/captions.js";
import { addFlowsView } from "./flows/view.js";

/** Called by the viewer, see `state/attached.js`. */
export default function start(viewer, root) {
  addFlowsView(viewer, root);
  nameFarAway(viewer, root);
}
