/** The list of recent cascades in a notebook (anywidget): traits `content`, `since`, `opened`, `theme`, `uid`. */

import { follow, hideStill } from "./notebook/model.js";

const ALL = "all";

/** Show only the cascades of one status, and the headings above them. */
function filter(host, status) {
  for (const button of host.querySelectorAll("button[data-status]"))
    button.setAttribute("aria-pressed", button.dataset.status === status);
  let heading = null;
  for (const row of host.querySelectorAll("tbody tr")) {
    if (row.dataset.status === undefined) {
      heading = row;
      heading.hidden = true;
      continue;
    }
    row.hidden = status !== ALL && row.dataset.status !== status;
    if (heading && !row.hidden) heading.hidden = false;
  }
}

/** The theme to wear; in marimo the table stands in a shadow root, where no rule sees the theme of the page. */
function themeOf(model) {
  const theme = model.get("theme");
  const dark = document.body.dataset.theme?.includes("dark");
  return theme === "auto" && dark ? "dark" : theme;
}

/** The kernel writes the table and escapes what is in it (lineage/render/recent_page.py). */
function draw(model, host) {
  const chosen = host.querySelector("button[data-status][aria-pressed=true]")?.dataset.status ?? ALL;
  host.innerHTML = model.get("content");
  host.dataset.theme = themeOf(model);
  const known = host.querySelector(`button[data-status="${chosen}"]`);
  filter(host, known ? chosen : ALL);
  mark(model, host);
}

/** Mark the cascade that is open, and the window that is shown. */
function mark(model, host) {
  for (const button of host.querySelectorAll("button[data-cascade]"))
    button.setAttribute("aria-expanded", button.dataset.cascade === model.get("opened"));
  for (const button of host.querySelectorAll("button[data-since]"))
    button.setAttribute("aria-pressed", button.dataset.since === model.get("since"));
}

function press(model, host, target) {
  const button = target.closest("button") ?? target.closest("tr")?.querySelector("button[data-cascade]");
  if (!button) return;
  const { cascade, since, status } = button.dataset;
  if (status) filter(host, status);
  else if (cascade) model.send({ type: "open", cascade });
  else if (since) {
    host.setAttribute("aria-busy", "true");
    model.send({ type: "since", since });
  }
}

function render({ model, el }) {
  const host = document.createElement("div");
  host.className = "lineage-recent";
  el.append(host);
  draw(model, host);
  hideStill(model.get("uid"));
  host.addEventListener("click", ({ target }) => press(model, host, target));
  return follow(model, {
    "change:content": () => {
      host.removeAttribute("aria-busy");
      draw(model, host);
    },
    "change:opened": () => mark(model, host),
    "change:since": () => mark(model, host),
  });
}

export default { render };
