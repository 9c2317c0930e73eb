/**
 * Modules that come after the viewer in the same script, each with `attach(start)`: views and words that not every
 * viewer needs. `start(viewer, root)` is called for each viewer once its page is built, before it has a scene.
 *
 * Such a module knows of the viewer what `Viewer` says is for others, and of its element, `root`, the class names. A
 * view of its own that covers the stage sets `data-cover` on `root` while it does.
 */

export const attached = [];

export const attach = (start) => attached.push(start);
