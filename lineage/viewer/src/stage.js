/** The drawing area: pan, zoom, pointer. */

import { FONT, clean, pushTo } from "./words.js";
import { el, svgEl } from "./dom.js";
import { CanvasPen, SvgPen, drawLink, symbolPath } from "./drawing.js";
import { boundsOf } from "./pictures.js";

const CANVAS_FROM = 2500; // boxes and links; SVG is slower from here on
const MARGIN = { x: 32, y: 28 }; // pixels left free around a picture
const FAR = 0.2; // below this zoom there are marks only, and columns get no narrower than they must

export const levelAt = (k) => (k >= 0.5 ? 2 : k >= FAR ? 1 : 0);
const middle = (box) => `${box.x + box.w / 2} ${box.y + box.h / 2}`;
const moved = (path, matrix) => {
  const copy = new Path2D();
  copy.addPath(path, matrix);
  return copy;
};
const within = (box, x, y, slack = 0) =>
  x >= box.x - slack && x <= box.x + box.w + slack && y >= box.y - slack && y <= box.y + box.h + slack;

/** The drawing area: shows a picture, pans and zooms it, and says what the pointer is on. */
export class Stage {
  /** @param {Viewer} viewer knows what is drawn and how it looks, and is told what the pointer does */
  constructor(host, viewer) {
    this.host = host;
    this.viewer = viewer;
    this.view = { x: 0, y: 0, k: 1 };
    this.held = true; // nothing is drawn until it is known where it is to be seen from
    this.lit = null; // ids of items that stand out, or null when all are alike
    this.groups = new Map();
    this.canvas = el("canvas.ln-canvas", { "aria-hidden": "true" });
    this.svg = svgEl("svg", { class: "ln-svg", "font-family": FONT });
    host.prepend(this.svg, this.canvas);
    this.listen();
    this.watcher = new ResizeObserver(() => this.resized());
  }

  get size() {
    return { w: this.host.clientWidth || 800, h: this.host.clientHeight || 400 };
  }

  get large() {
    return this.picture.boxes.length + this.picture.links.length > CANVAS_FROM;
  }

  get level() {
    return this.picture?.timeline ? 2 : levelAt(this.view.k);
  }

  /** Pixels on the screen for one of the picture's, across; down it is `view.k`. */
  across(k = this.view.k) {
    if (this.picture.timeline) return 1;
    return Math.max(k, Math.min(FAR, (this.size.w - 2 * MARGIN.x) / this.picture.bounds.w));
  }

  get down() {
    return this.picture.timeline ? 1 : this.view.k;
  }

  /** Draw a picture; the view stays as it is. */
  show(picture) {
    this.picture = picture;
    this.chunks = null;
    this.drawnLevel = null;
    this.draw();
  }

  drawSvg() {
    const { picture, viewer } = this;
    this.drawnLevel = this.level;
    this.groups.clear();
    this.svg.replaceChildren();
    this.under = svgEl("g", {}, this.svg);
    this.world = svgEl("g", { class: "ln-world" }, this.svg);
    this.above = svgEl("g", {}, this.svg);
    const links = svgEl("g", { class: "ln-links" }, this.world);
    this.linkGroups = picture.links.map((drawn) => {
      const group = svgEl("g", { class: "ln-link" }, links);
      drawLink(new SvgPen(group), drawn, viewer.colours);
      return [group, drawn];
    });
    for (const box of picture.boxes) {
      const group = svgEl("g", { class: "ln-node", "data-id": clean(box.item.id), role: "img", "aria-label": viewer.spoken(box.item) }, this.world);
      this.groups.set(box.item.id, group);
      viewer.drawBox(new SvgPen(group), box, this.drawnLevel);
    }
  }

  /** Bring what is on the screen in step with the view and the highlight. */
  draw() {
    const { picture, view, level } = this;
    if (this.held) return undefined;
    if (picture.zoom && picture.zoom !== view.k) return this.viewer.draw();
    this.onCanvas = this.large || level === 0;
    this.svg.style.display = this.onCanvas ? "none" : "";
    this.canvas.style.display = this.onCanvas ? "" : "none";
    if (this.onCanvas) return this.drawCanvas();
    if (level !== this.drawnLevel) this.drawSvg();
    this.world.setAttribute("transform", `translate(${view.x} ${view.y}) scale(${this.across()} ${this.down})`);
    this.light();
    for (const name of ["under", "above"]) {
      this[name].replaceChildren();
      picture[name]?.(new SvgPen(this[name]), view, this.size, this.viewer.colours);
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
    for (const [group, { link }] of this.linkGroups) group.classList.toggle("ln-lit", this.isLit(link));
  }

  isLit(link) {
    return !!this.lit && this.lit.has(link.from.id) && this.lit.has(link.to.id);
  }

  /** Draw some items again: they were selected, or are no longer. */
  redraw(ids) {
    if (this.onCanvas) return this.schedule();
    for (const id of ids) {
      const group = this.groups.get(id);
      if (!group) continue;
      group.replaceChildren();
      this.viewer.drawBox(new SvgPen(group), this.picture.boxOf.get(id), this.drawnLevel);
    }
    return undefined;
  }

  drawCanvas() {
    const { canvas, picture, view, size, viewer } = this;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(size.w * ratio);
    canvas.height = Math.round(size.h * ratio);
    const context = canvas.getContext("2d");
    const pen = new CanvasPen(context);
    const colours = viewer.colours;
    context.scale(ratio, ratio);
    picture.under?.(pen, view, size, colours);
    const [kx, ky] = [this.across(), this.down];
    const frame = new DOMMatrix([kx, 0, 0, ky, view.x, view.y]);
    const seen = { x: -view.x / kx, y: -view.y / ky, w: size.w / kx, h: size.h / ky };
    const meets = (b) => b.x <= seen.x + seen.w && b.x + b.w >= seen.x && b.y <= seen.y + seen.h && b.y + b.h >= seen.y;
    const boxes = picture.boxes.filter(meets);
    const paint = (some, lit) => {
      if (!this.level) return this.drawFar(pen, some);
      context.save();
      context.transform(kx, 0, 0, ky, view.x, view.y);
      for (const drawn of lit ? picture.links.filter(({ link }) => this.isLit(link)) : []) drawLink(pen, drawn, colours, true);
      for (const box of some) viewer.drawBox(pen, box, this.level);
      return context.restore();
    };
    context.globalAlpha = this.lit ? 0.2 : 1;
    this.chunks ??= this.makeChunks();
    for (const { bounds, kind, lines, far, tips } of this.chunks) {
      if (meets(bounds)) pen.path(moved(this.level ? lines : far, frame), { stroke: colours.edge, width: Math.min(1.4, Math.max(0.5, 7 * ky)), dash: kind === "resume" ? "6 4" : null, alpha: picture.timeline && this.chunks.length > 4 ? 0.25 : 1 });
      if (meets(bounds) && this.level) pen.path(moved(tips, frame), { fill: colours.edge });
    }
    paint(boxes, false);
    context.globalAlpha = 1;
    if (this.lit) paint(boxes.filter((box) => this.lit.has(box.item.id)), true);
    picture.above?.(pen, view, size, colours);
  }

  /** Far away, items of a status are one path of marks. */
  drawFar(pen, boxes) {
    const r = Math.min(5, Math.max(1.8, 33 * this.view.k));
    const alike = new Map();
    const [kx, ky] = [this.across(), this.down];
    const place = ({ x, y, w, h }) => [this.view.x + (x + w / 2) * kx, this.view.y + (y + h / 2) * ky];
    for (const box of boxes) pushTo(alike, this.viewer.model.style(box.item.node), box);
    for (const [style, group] of alike) {
      const marks = group.map((box) => symbolPath(style.symbol, ...place(box), r)).join("");
      const ink = style[this.viewer.colours.theme];
      pen.path(marks, style.symbol.endsWith("-open") ? { stroke: ink, width: r * 0.4 } : { fill: ink });
    }
    for (const box of boxes.filter(({ item }) => this.viewer.outstanding(item))) {
      const [x, y] = place(box);
      this.viewer.drawBox(pen, { item: box.item, x: x - 6, y: y - 6, w: 12, h: 12 }, 0);
    }
  }

  /** Links in chunks of one path each: thousands of single strokes are slow. */
  makeChunks() {
    const chunks = [];
    for (const kind of new Set(this.picture.links.map(({ link }) => link.kind))) {
      const links = this.picture.links.filter(({ link }) => link.kind === kind).sort((p, q) => p.a.x - q.a.x || p.a.y - q.a.y);
      for (let at = 0; at < links.length; at += 150) {
        const part = links.slice(at, at + 150);
        chunks.push({
          kind,
          lines: new Path2D(part.map(({ d }) => d).join("")),
          far: new Path2D(part.map(({ a, b, d }) => `M${middle(a)}H${a.x + a.w}${d}H${b.x + b.w / 2}`).join("")),
          tips: new Path2D(part.map(({ tip }) => tip).join("")),
          bounds: boundsOf(part.flatMap(({ a, b }) => [a, b])),
        });
      }
    }
    return chunks;
  }

  // ---- view

  /** A place on the screen in the picture's own pixels. */
  toPicture(x, y) {
    return [(x - this.view.x) / this.across(), (y - this.view.y) / this.down];
  }

  /** The whole picture on the screen; never larger than life. */
  fit(animate = true) {
    const { w, h } = this.size;
    const { bounds, timeline } = this.picture;
    if (timeline) return this.glide({ x: 0, y: 0, k: 1 }, animate);
    const k = Math.min(1, (w - 2 * MARGIN.x) / bounds.w, (h - 2 * MARGIN.y) / bounds.h);
    return this.glide(this.inBounds({ k, x: 0, y: 0 }), animate);
  }

  zoom(factor, x = this.size.w / 2, y = this.size.h / 2) {
    this.halt();
    this.moved = true;
    const { view } = this;
    const { timeline, left = 0 } = this.picture;
    const k = Math.min(timeline ? 5000 : 3, Math.max(timeline ? 0.5 : 0.001, view.k * factor));
    const ratio = timeline ? k / view.k : this.across(k) / this.across();
    this.view = { k, x: x - left - (x - view.x - left) * ratio, y: timeline ? view.y : y - ((y - view.y) * k) / view.k };
    this.schedule();
  }

  /** Where an item stands on the screen. */
  onScreen(id) {
    const { x, y, w, h } = this.picture.boxOf.get(id) ?? { x: 0, y: 0, w: 0, h: 0 };
    const [kx, ky] = [this.across(), this.down];
    return { x: this.view.x + x * kx, y: this.view.y + y * ky, w: w * kx, h: h * ky };
  }

  /** Bring an item onto the screen, if it is not there already. */
  reveal(id, animate = true) {
    const box = this.picture.boxOf.get(id);
    if (!box) return;
    const { timeline, left } = this.picture;
    const { w, h } = this.size;
    const seen = this.onScreen(id);
    const length = Math.min(seen.w, 180);
    const legible = timeline || this.view.k >= 0.55;
    if (legible && seen.x > (left ?? 16) - 4 && seen.y > 16 && seen.x + length < w - 16 && seen.y + seen.h < h - 16) return;
    const k = timeline ? 1 : legible ? this.view.k : 0.85;
    const goal = { k, x: w / 2 - box.x * k - length / 2, y: h / 2 - (box.y + box.h / 2) * k };
    this.glide(timeline ? { ...goal, k: this.view.k } : this.inBounds(goal), animate);
  }

  /** The nearest view with no emptiness on one side while something is hidden on the other. */
  inBounds({ k, x, y }) {
    const { bounds } = this.picture;
    const { w, h } = this.size;
    const along = (at, from, length, room, edge) => {
      const [first, last] = [edge - from, room - edge - from - length];
      return last > first ? (first + last) / 2 : Math.min(first, Math.max(last, at));
    };
    const kx = this.across(k);
    return { k, x: along(x, bounds.x * kx, bounds.w * kx, w, MARGIN.x), y: along(y, bounds.y * k, bounds.h * k, h, MARGIN.y) };
  }

  halt() {
    cancelAnimationFrame(this.gliding);
  }

  /** Go to a view, visibly unless the reader prefers less motion. */
  glide(goal, animate = true) {
    this.halt();
    const start = { ...this.view };
    const calm = !animate || this.onCanvas || this.large || this.picture.timeline || matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (calm) {
      this.view = goal;
      return this.draw();
    }
    const began = performance.now();
    const step = (now) => {
      const t = Math.min(1, Math.max(0, (now - began) / 220));
      const eased = 1 - (1 - t) ** 3;
      for (const name of ["x", "y", "k"]) this.view[name] = start[name] + (goal[name] - start[name]) * eased;
      this.draw();
      if (t < 1) this.gliding = requestAnimationFrame(step);
    };
    this.gliding = requestAnimationFrame(step);
    return undefined;
  }

  /** Follow the size of the page. The observer's first word, that there is a size, is no news. */
  start() {
    this.extent = this.measure();
    this.watcher.observe(this.host);
  }

  measure() {
    return `${this.host.clientWidth} ${this.host.clientHeight}`;
  }

  resized() {
    const extent = this.measure();
    if (extent === this.extent || this.viewer.paper) return;
    this.extent = extent;
    if (this.moved) this.schedule();
    else this.viewer.resettle();
  }

  // ---- pointer

  /** What is at a place on the screen: a badge or an item. */
  at(x, y) {
    const [px, py] = this.toPicture(x, y);
    const { boxes } = this.picture;
    for (let i = boxes.length - 1; i >= 0; i--) {
      const box = boxes[i];
      if (!within(box, px, py, 12)) continue;
      const badge = this.level === 2 && this.viewer.badges(box).find((b) => within(b, px, py, 2));
      if (badge || within(box, px, py, this.level === 2 ? 1 : 12)) return { box, item: box.item, badge };
    }
    return {};
  }

  point(event) {
    const frame = this.host.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  }

  listen() {
    const { host } = this;
    let drag = null;
    const down = (event) => {
      if (event.button || event.target.closest("button, .ln-tip")) return;
      const [x, y] = this.point(event);
      drag = { x, y, view: { ...this.view }, far: false };
    };
    const move = (event) => {
      const [x, y] = this.point(event);
      if (!drag) {
        const { item, badge } = this.at(x, y);
        host.style.cursor = item ? "pointer" : "grab";
        return this.viewer.over(badge ? null : item, event);
      }
      if (Math.hypot(x - drag.x, y - drag.y) > 4 && !drag.far) {
        drag.far = true;
        host.setPointerCapture(event.pointerId);
        host.style.cursor = "grabbing";
        this.viewer.over(null);
      }
      if (!drag.far) return undefined;
      this.moved = true;
      this.halt();
      this.view = { ...this.view, x: drag.view.x + x - drag.x, y: drag.view.y + y - drag.y };
      return this.schedule();
    };
    const up = (event) => {
      const still = drag && !drag.far;
      drag = null;
      host.style.cursor = "grab";
      if (!still) return;
      const { item, badge } = this.at(...this.point(event));
      this.viewer.press(item, badge, event);
    };
    const heard = {
      pointerdown: down,
      pointermove: move,
      pointerup: up,
      pointercancel: () => (drag = null),
      pointerleave: () => this.viewer.over(null),
      dblclick: (event) => this.viewer.more(this.at(...this.point(event)).item),
      wheel: (event) => this.wheel(event),
    };
    for (const [name, listener] of Object.entries(heard)) host.addEventListener(name, listener, { passive: false });
  }

  /** The wheel zooms; in a notebook only once the stage has the focus, so that pages scroll past it. */
  wheel(event) {
    const free = this.viewer.options.wheel || event.ctrlKey || event.metaKey || this.host.contains(document.activeElement);
    if (!free || event.target.closest(".ln-tip")) return;
    event.preventDefault();
    this.viewer.over(null);
    const pixels = event.deltaY * [1, 16, 400][event.deltaMode];
    this.zoom(Math.exp(-pixels * (event.ctrlKey ? 0.01 : 0.0018)), ...this.point(event));
  }

  destroy() {
    this.watcher.disconnect();
    this.halt();
    cancelAnimationFrame(this.frame);
  }
}
