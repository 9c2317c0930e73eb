/**
 * The viewer of a flow map in a notebook, with ipywidgets around it.
 *
 * A module of its own, built as `aroundPart`; lineage/viewer/notebook.py puts it behind the notebook's part. Its
 * stylesheet is the simulator's, too.
 */

import { themeAround } from "./notebook/around.js";

const SMALL = 30; // flows and events; in so few there is nothing to search for

/** @param {Function} render of the notebook's part */
export const widget = (render) => async (given) => {
  const { model, el: host } = given;
  const end = await render(given);
  host.classList.add("lineage-map");
  host.classList.toggle("lineage-small", model.get("scene").nodes?.length <= SMALL); // a large one comes packed
  const bare = themeAround(host.firstElementChild);
  return () => {
    bare();
    end();
  };
};
