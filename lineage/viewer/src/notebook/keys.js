/** Keys pressed in an explorer are its own; Ctrl+S and the like stay the notebook's. */

/** JupyterLab leaves the keys to elements with this attribute, and looks for it before any listener gets the key. */
const OURS = "data-lm-suppress-shortcuts";

/** Keep the keys while the focus is inside `root`. Gives what ends that. */
export function keepKeys(root) {
  const mark = ({ ctrlKey, metaKey }) => root.toggleAttribute(OURS, !ctrlKey && !metaKey);
  const listen = () => addEventListener("keydown", mark, true);
  const leave = () => removeEventListener("keydown", mark, true);
  root.addEventListener("focusin", listen);
  root.addEventListener("focusout", leave);
  return leave;
}
