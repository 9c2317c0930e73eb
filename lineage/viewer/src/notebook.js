/** The viewer in a notebook. */

import { Viewer } from "./lineage_viewer.js";
import { retheme } from "./panels/theme.js";

/** Hide what was there without a kernel: the live view stands in its place. */
export function hideStill(uid) {
  for (const still of document.querySelectorAll(".lineage-still"))
    if (uid && still.dataset.lineage === uid) still.style.display = "none";
}

/** Listen to a widget's model; gives a function that ends it. */
export function follow(model, listeners) {
  for (const [name, listener] of Object.entries(listeners)) model.on(name, listener);
  return () => {
    for (const [name, listener] of Object.entries(listeners)) model.off(name, listener);
  };
}

/** The notebook's door (anywidget): traits `scene`, `selected`, `theme`, `height`, `uid`. */
export function render({ model, el: host }) {
  const options = {
    details: false,
    table: false,
    wheel: false,
    theme: model.get("theme") || "auto",
    height: model.get("height") || 420,
  };
  const viewer = new Viewer(host, model.get("scene") ?? {}, options);
  hideStill(model.get("uid"));
  const unfollow = follow(model, {
    "change:scene": () => viewer.update(model.get("scene") ?? {}),
    "change:selected": () => viewer.select(model.get("selected") ?? [], true),
    "change:theme": () => retheme(viewer, model.get("theme")),
    "msg:custom": (message) => message.type === "focus" && viewer.focus(message.id),
  });
  viewer.on("select", (ids) => {
    model.set("selected", ids);
    model.save_changes();
  });
  viewer.on("more", (ask) => model.send({ type: "more", ...ask }));
  viewer.select(model.get("selected") ?? [], true);
  return () => {
    unfollow();
    viewer.destroy();
  };
}
