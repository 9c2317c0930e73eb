/** The drawing area. */

import { countSight } from "../panels/beyond.js";
import { clean, FONT } from "../scene/words.js";
import { drawBox, drawLabels } from "../state/looks.js";
import { spokenName } from "../state/questions.js";
import { drawPicture } from "../state/screen.js";
import { resettle } from "../state/views.js";
import { across, down, gradeAt, halt } from "./camera.js";
import { drawCanvas } from "./canvas.js";
import { el, fill, svgEl } from "./dom.js";
import { followPointer } from "./pointer.js";
import { drawLink, SvgPen } from "./strokes.js";

const CANVAS_FROM = 1200; // boxes and links; SVG is slower from here on

/** The drawing area: shows a picture, pans and zooms it, and says what the pointer is on. */
export class Stage {
  /** @param {Viewer} viewer knows what is drawn and how it looks, and is told what the pointer does */
  constructor(host, viewer) {
    this.host = host;
    this.viewer = viewer;
    this.view = { x: 0, y: 0, k: 1 };
    this.held = true; // nothing is drawn until it is known where it is to be seen from
    this.ground = null; // the canvas without what stands out, once something does
    this.lit = null; // ids of items that stand out, or null when all are alike
    this.groups = new Map();
    this.labels = svgEl("g"); // names of artifacts
    this.canvas = el("canvas.canvas", { "aria-hidden": "true" });
    this.svg = svgEl("svg", { class: "ln-svg", "font-family": FONT });
    host.prepend(this.svg, this.canvas);
    followPointer(this);
    this.watcher = new ResizeObserver(() => this.resized());
    this.survey();
  }

  /** Keep how large it is; asking the page lays it out. Gives whether that has changed. */
  survey() {
    const { w, h } = this.area ?? {};
    this.ground = null;
    this.area = { w: this.host.clientWidth || 800, h: this.host.clientHeight || 400 };
    return this.area.w !== w || this.area.h !== h;
  }

  /** From where the picture is seen: pixels from its corner, and its zoom. */
  get view() {
    return this.seen;
  }

  set view(view) {
    this.seen = view;
    this.ground = null;
  }

  get large() {
    return this.picture.boxes.length + this.picture.links.length > CANVAS_FROM;
  }

  get grade() {
    return this.picture?.timeline ? 2 : gradeAt(this.view.k);
  }

  /** Draw a picture; the view stays as it is. */
  show(picture) {
    this.picture = picture;
    this.ground = null;
    this.chunks = null;
    this.drawnGrade = null;
    this.draw();
  }

  drawSvg() {
    const { picture, viewer } = this;
    this.drawnGrade = this.grade;
    this.groups.clear();
    fill(this.svg);
    this.under = svgEl("g", {}, this.svg);
    this.world = svgEl("g", { class: "ln-world" }, this.svg);
    this.above = svgEl("g", {}, this.svg);
    const links = svgEl("g", { class: "ln-links" }, this.world);
    this.linkGroups = picture.links.map((drawn) => {
      const group = svgEl("g", { class: "ln-link" }, links);
      return [group, drawn];
    });
    for (const box of picture.boxes) {
      const group = svgEl(
        "g",
        {
          class: "ln-node",
          "data-id": clean(box.item.id),
          role: "img",
          "aria-label": spokenName(viewer, box.item),
        },
        this.world,
      );
      this.groups.set(box.item.id, group);
      drawBox(viewer, new SvgPen(group), box, this.drawnGrade);
    }
    this.world.append(this.labels);
  }

  /** Bring what is on the screen in step with the view and the highlight. */
  draw() {
    const { picture, view, grade, viewer } = this;
    if (this.held) return undefined;
    if (this.ground) return drawCanvas(this); // only what stands out from it has changed
    if (picture.zoom && picture.zoom !== view.k) return drawPicture(viewer);
    this.onCanvas = this.large || grade === 0;
    this.svg.style.display = this.onCanvas ? "none" : "";
    this.canvas.style.display = this.onCanvas ? "" : "none";
    countSight(viewer);
    viewer.emit("drawn", grade < 2);
    if (this.onCanvas) return drawCanvas(this);
    if (grade !== this.drawnGrade) this.drawSvg();
    this.world.setAttribute(
      "transform",
      `translate(${view.x} ${view.y}) scale(${across(this)} ${down(this)})`,
    );
    this.light();
    for (const [group, paint] of [
      [this.under, picture.under],
      [this.above, picture.above],
    ]) {
      fill(group);
      paint?.(new SvgPen(group), view, this.area, viewer.colours);
    }
    return undefined;
  }

  schedule() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  /** Items in `lit` stand out, the rest steps back. */
  highlight(lit) {
    if (!lit && !this.lit) return;
    this.lit = lit;
    if (this.onCanvas) this.schedule();
    else if (this.world) this.light();
  }

  light() {
    const { lit } = this;
    this.world.classList.toggle("ln-dim", !!lit);
    for (const [id, group] of this.groups) group.classList.toggle("ln-lit", !!lit?.has(id));
    for (const [group, drawn] of this.linkGroups) {
      const strong = this.isLit(drawn.link);
      if (group.firstChild && group.classList.contains("ln-lit") === strong) continue;
      group.classList.toggle("ln-lit", strong);
      fill(group);
      drawLink(new SvgPen(group), drawn, this.viewer.colours, strong);
    }
    this.label();
  }

  label() {
    fill(this.labels);
    drawLabels(this, new SvgPen(this.labels));
  }

  isLit(link) {
    return !!this.lit && this.lit.has(link.from.id) && this.lit.has(link.to.id);
  }

  /** Draw some items again: they were selected, or are no longer. */
  redraw(ids) {
    this.ground = null;
    if (this.onCanvas) return this.schedule();
    for (const id of ids) {
      const group = this.groups.get(id);
      if (!group) continue;
      fill(group);
      drawBox(this.viewer, new SvgPen(group), this.picture.boxOf.get(id), this.drawnGrade);
    }
    return this.world && this.label();
  }

  /** Follow the size of the page. The first call of the observer only reports the size there is. */
  start() {
    this.resized();
    this.watcher.observe(this.host);
  }

  resized() {
    if (this.viewer.paper || !this.survey()) return;
    if (this.moved) this.schedule();
    else resettle(this.viewer);
  }

  destroy() {
    this.watcher.disconnect();
    halt(this);
    cancelAnimationFrame(this.frame);
  }
}
