/** The state in the address of the page. */

/** Keep selection, view and search in the address of the page, for a link that leads back here. */
export function remember(viewer) {
  if (!viewer.ready) return;
  const state = new URLSearchParams();
  if (viewer.selectedIds.size && viewer.selectedIds.size < 50)
    state.set("select", [...viewer.selectedIds].join(" "));
  if (viewer.view !== "graph") state.set("view", viewer.view);
  if (viewer.searchField.value) state.set("find", viewer.searchField.value);
  history.replaceState(null, "", `#${state}`);
}
