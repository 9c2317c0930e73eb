/** A widget's model (anywidget), and the view that was there without a kernel. */

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
