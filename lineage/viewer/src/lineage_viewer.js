/** The viewer of one lineage: its state, and what others may do with it. */

import { placeOf } from "./drawing/camera.js";
import { drawingOf } from "./drawing/exporting.js";
import { buildPage } from "./panels/page.js";
import { stillPicture } from "./panels/printing.js";
import { ROWS } from "./panels/table.js";
import { followTheme, retheme } from "./panels/theme.js";
import { Arrangement } from "./scene/arranging.js";
import { headOf } from "./scene/words.js";
import { attached } from "./state/attached.js";
import { selectNodes, uncover } from "./state/choosing.js";
import { stepTo } from "./state/keyboard.js";
import { openScene, restoreAddress, updateScene } from "./state/scenes.js";
import { markItems } from "./state/screen.js";
import { frameView, showFound } from "./state/views.js";

const DEFAULTS = { details: true, table: true, downloads: true, wheel: true, level: 2 };

/** The state. The modules in `state/` change it and say how; those in `panels/` and `drawing/` show it. */
export class Viewer {
  // what is drawn
  runGraph; // the scene, indexed
  shown; // indexes of the nodes that are drawn
  all = false; // whether that is everything because the reader asked for it
  part; // what was shown before that
  view = "graph"; // or "timeline"
  views = {}; // of the view that is not on the screen: its pan and zoom
  off = new Set(); // kinds of edges that the legend hides
  alone = new Set(); // ids of nodes that stand for themselves, and go on doing so
  items; // runs, events and bundles, as `fold` makes them
  itemOf; // index of a node -> its item
  links; // between items
  near; // id of an item -> the items next to it, `up` and `down`
  arrangement = new Arrangement();
  tidied; // the arrangement that tidying up would give, if there is one
  lanes; // of the timeline
  step; // pixels between columns and between rows
  picture; // boxes and links in pixels

  // how it looks
  colours; // of the theme, by name
  selectedIds = new Set(); // ids of nodes
  matched = null; // indexes that the search found
  marked = new Set(); // ids of items that look unlike the rest
  told = null; // the item that the details are of; undefined where they say what to click
  toldOf; // id of the node that was selected then
  current = null; // id of the item that the keyboard is on
  hovered; // the item or the link that the pointer is on
  paper = null; // the drawing for a printed page, while it is printed

  // whom it belongs to
  listeners = {};
  ready; // whether the address of the page keeps the state
  unfollow; // ends to follow the theme

  // its elements, which `buildPage` makes
  root;
  titleLine;
  subtitleLine;
  problemList;
  searchField;
  foundLine; // what the search found
  complaint; // timer: what was wrong in the search is said after a pause
  counter;
  scopes; // buttons: a part, and all
  tidyButton;
  tabs;
  surface; // what the stage draws on
  edges; // of the stage
  legend;
  line; // below the stage: what the pointer is on
  live; // what a screen reader is told
  stage;
  detailsPanel;
  runTable;

  constructor(host, scene, options) {
    this.options = { ...DEFAULTS, ...options };
    buildPage(this, host);
    for (const start of attached) start(this, this.root);
    openScene(this, scene);
    followTheme(this);
    restoreAddress(this);
    this.stage.start();
    frameView(this);
    if (this.options.table) requestAnimationFrame(() => setTimeout(() => this.runTable.grow(ROWS)));
  }

  // What is below here is for others.

  /** The indexes of the nodes that a text means, or an error with a position in it; `selection.js` puts its own here. */
  meaning() {
    return new Set();
  }

  /**
   * Call `listener` on "select" (ids), "focus" (id) or "more" ({ id, direction }); when another "scene" is there; on
   * "found" ([text, names of the flows and events that the search found]); when all is "drawn" (whether names are too
   * small to read). Gives a function that ends it.
   */
  on(name, listener) {
    this.listeners[name] ??= new Set();
    this.listeners[name].add(listener);
    return () => this.listeners[name].delete(listener);
  }

  emit(name, value) {
    for (const listener of this.listeners[name] ?? []) listener(value);
  }

  update(scene) {
    updateScene(this, scene);
  }

  select(ids, quiet) {
    selectNodes(this, ids, quiet);
  }

  focus(id) {
    const i = this.runGraph.index.get(id);
    if (i === undefined) return;
    uncover(this, i);
    stepTo(this, this.itemOf.get(i));
  }

  /** Add what was read later to a node: its parameters, code and artifacts. */
  describe(id, details) {
    Object.assign(this.runGraph.nodeList[this.runGraph.index.get(id)] ?? {}, details);
    if (this.toldOf !== id) return; // something else is shown by now
    this.toldOf = null;
    markItems(this);
  }

  /** Show in the graph what a selection means, and nothing else. */
  find(text) {
    showFound(this, text);
  }

  /** What is drawn, as { name, x, y, w, h }: the name of its flow or event, and its place in pixels of the stage. */
  places() {
    return this.picture.boxes.map(({ item }) => ({
      name: headOf(item.node),
      ...placeOf(this.stage, item.id),
    }));
  }

  /** The picture as an `<svg>` that no stylesheet is needed for. */
  still() {
    return drawingOf(stillPicture(this, 2), this.titleLine.textContent);
  }

  /** Wear another theme: "auto", "light" or "dark". */
  retheme(theme) {
    retheme(this, theme);
  }

  destroy() {
    this.unfollow();
    this.stage.destroy();
    this.root.remove();
  }
}
