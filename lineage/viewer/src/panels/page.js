/** The elements of the page, and what their buttons do. */

import { fitPicture, zoomBy } from "../drawing/camera.js";
import { el } from "../drawing/dom.js";
import { Stage } from "../drawing/stage.js";
import { pressKey } from "../state/keyboard.js";
import { markItems } from "../state/screen.js";
import { search } from "../state/searching.js";
import { showScope, switchView, tidyUp } from "../state/views.js";
import { buildEdges } from "./beyond.js";
import { Details } from "./details.js";
import { Table } from "./table.js";

export function buildPage(viewer, host) {
  const { options } = viewer;
  const button = (label, title, onclick) => el("button", { title, "aria-label": title, onclick }, label);
  viewer.titleLine = el("div.title", { role: "heading", "aria-level": options.level });
  viewer.subtitleLine = el("div.subtitle");
  viewer.problemList = el("div");
  viewer.counter = el("span.counter");
  viewer.scopes = [
    button("Part", "Part: the runs nearby and those opened", () => showScope(viewer, false)),
    button("All", "All: every run that was read", () => showScope(viewer, true)),
  ];
  viewer.tidyButton = button("Tidy", "Tidy: rearrange what is shown", () => tidyUp(viewer));
  viewer.legend = el("div.legend", { role: "group", "aria-label": "Legend" });
  viewer.live = el("div.offscreen", { "aria-live": "polite" });
  viewer.line = el("div.line");
  const zooms = [
    button("+", "Zoom in", () => zoomBy(viewer.stage, 1.4)),
    button("−", "Zoom out", () => zoomBy(viewer.stage, 1 / 1.4)),
    button("⤢", "Fit to the window", () => fitPicture(viewer.stage)),
  ];
  // JupyterLab leaves the keys to the graph; Ctrl+S and the like stay its own
  const chords = ({ ctrlKey, metaKey }) =>
    viewer.surface.toggleAttribute("data-lm-suppress-shortcuts", !ctrlKey && !metaKey);
  viewer.surface = el("div.stage", {
    tabindex: "0",
    role: "application",
    "aria-roledescription": "graph",
    "data-lm-suppress-shortcuts": "true",
    onfocus: () => {
      addEventListener("keydown", chords, true);
      markItems(viewer);
    },
    onblur: () => {
      removeEventListener("keydown", chords, true);
      markItems(viewer);
    },
  });
  viewer.edges = buildEdges(viewer);
  viewer.surface.append(...viewer.edges);
  viewer.detailsPanel = new Details(viewer, options.level + 1);
  viewer.runTable = new Table(viewer);
  viewer.detailsPanel.element.hidden = !options.details;
  viewer.runTable.element.hidden = !options.table;
  viewer.tabs = ["graph", "timeline"].map((name) =>
    el("button", { onclick: () => switchView(viewer, name) }, name === "graph" ? "Graph" : "Timeline"),
  );
  const tools = el(
    "div.tools",
    el("div.tabs", { role: "group", "aria-label": "View" }, viewer.tabs),
    searchBox(viewer),
    viewer.counter,
    el("div.tabs", { role: "group", "aria-label": "How much is shown", hidden: true }, viewer.scopes),
    options.downloads && el("details.menu", el("summary", "Download"), el("div")), // downloads.js fills it
  );
  const body = el(
    "div.body",
    el(
      "div.main",
      viewer.surface,
      viewer.line,
      el("div.foot", viewer.legend, viewer.tidyButton, el("div.zooms", zooms)),
    ),
    viewer.detailsPanel.element,
  );
  viewer.root = el(
    "div",
    { class: "lineage", onkeydown: (event) => pressKey(viewer, event) },
    el("div.head", viewer.titleLine, viewer.subtitleLine),
    viewer.problemList,
    tools,
    body,
    viewer.runTable.element,
    viewer.live,
  );
  if (options.height) viewer.surface.style.height = `${options.height}px`;
  host.replaceChildren(viewer.root);
  viewer.stage = new Stage(viewer.surface, viewer);
}

function searchBox(viewer) {
  viewer.searchField = el("input", {
    type: "search",
    spellcheck: "false",
    autocomplete: "off",
    "data-lm-suppress-shortcuts": "true",
    oninput: () => search(viewer, viewer.searchField.value),
  });
  viewer.foundLine = el("span.found", { role: "status" });
  return el("div.search", viewer.searchField, viewer.foundLine);
}
