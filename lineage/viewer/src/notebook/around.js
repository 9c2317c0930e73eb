/** The ipywidgets around a view wear its theme (around.css). */

/** Keep the theme of a view on what is around it; gives a function that ends it. */
export function themeAround(root) {
  const wear = () => {
    const around = root.closest(".ln-sim");
    if (around) around.dataset.theme = root.dataset.theme;
  };
  const attached = new ResizeObserver(wear); // notebooks draw first and then attach
  const changed = new MutationObserver(wear);
  attached.observe(root);
  changed.observe(root, { attributes: true, attributeFilter: ["data-theme"] });
  return () => {
    attached.disconnect();
    changed.disconnect();
  };
}
