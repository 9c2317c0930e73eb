/**
 * Draws a lineage: where a run came from and what it set off.
 *
 * Without dependencies, and the same in the notebook, the report, the card and the view without a
 * kernel. It draws a scene (docs/reference/scene.md) and loads nothing. Strings of a scene may be hostile: they
 * reach the document as text only, never as markup.
 */

import { Viewer } from "./lineage_viewer.js";

/**
 * Draw a scene into an element.
 *
 * @param {HTMLElement} element
 * @param {object} scene docs/reference/scene.md
 * @param {object} [options] theme: "auto", "light" or "dark"; details, table, downloads: whether there are
 *   any; permalink: keep the state in the page's address; wheel: zoom without focus; level of the heading;
 *   height of the drawing area in pixels; onDetails(node, element): called when the details of a node are shown,
 *   to add to the element what only the page knows. Artifacts have `data-artifact`, their name
 * @returns {Viewer} of which the part below `on` is for others
 */
export const mount = (element, scene, options) => new Viewer(element, scene, options);

export { attach } from "./state/attached.js";
