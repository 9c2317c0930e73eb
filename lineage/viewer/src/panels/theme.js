/** The reader's theme and its colours. */

import { printPage } from "./printing.js";

const COLOURS = [
  "back",
  "panel",
  "card",
  "chip",
  "line",
  "lineStrong",
  "text",
  "muted",
  "accent",
  "edge",
  "lit",
];

export function followTheme(viewer) {
  const changed = () => retheme(viewer);
  const watcher = new MutationObserver(changed);
  const leaving = new AbortController();
  for (const query of ["(prefers-color-scheme: dark)", "print"])
    matchMedia(query).addEventListener("change", changed, leaving);
  watcher.observe(document.body, {
    attributes: true,
    attributeFilter: ["data-jp-theme-light", "data-vscode-theme-kind", "data-theme"],
  });
  viewer.unfollow = () => {
    leaving.abort();
    watcher.disconnect();
  };
  retheme(viewer);
}

/** The reader's theme: what was asked for, else the notebook's, else the system's; on paper the light one. */
export function retheme(viewer, theme = viewer.options.theme) {
  viewer.options.theme = theme;
  const { jpThemeLight, vscodeThemeKind, theme: marimos } = document.body.dataset;
  const named = vscodeThemeKind ?? marimos;
  const dark = jpThemeLight
    ? jpThemeLight === "false"
    : named
      ? named.includes("dark")
      : matchMedia("(prefers-color-scheme: dark)").matches;
  const asked = theme === "light" || theme === "dark" ? theme : dark ? "dark" : "light";
  const paper = matchMedia("print").matches && viewer.root.closest(".lineage-page");
  viewer.root.dataset.theme = paper ? "light" : asked;
  readColours(viewer);
  viewer.stage.show(viewer.picture);
  if (!paper !== !viewer.paper) printPage(viewer, paper);
}

/** The stylesheet is the one place for colours; the pens read them from there. */
export function readColours(viewer) {
  const computed = getComputedStyle(viewer.surface);
  viewer.colours = Object.fromEntries(
    COLOURS.map((name) => [name, computed.getPropertyValue(`--${name}`).trim()]),
  );
  viewer.colours.theme = viewer.root.dataset.theme;
  for (const [name, style] of Object.entries(viewer.runGraph.styles))
    viewer.root.style.setProperty(`--s-${name}`, style[viewer.colours.theme]);
}
