/** The drawing area: pan, zoom, pointer. */

import { FONT, clean, pushTo } from "./words.js";
import { el, svgEl } from "./dom.js";
import { CanvasPen, SvgPen, drawLink, symbolPath } from "./drawing.js";
import { boundsOf } from "./pictures.js";

const CANVAS_FROM = 2500; // boxes and links; SVG is slower from here on

const levelAt = (k) => (k >= 0.5 ? 2 : k >= 0.17 ? 1 : 0);
const within = (box, x, y, slack = 0) =>
  x >= box.x - slack && x <= box.x + box.w + slack && y >= box.y - slack && y <= box.y + box.h + slack;

/** The drawing area: shows a picture, pans and zooms it, and says what the pointer is on. */
export class Stage {
  /** @param {object} hooks look(item), over(item, point), press(item, badge, event), double(item) */
  constructor(host, hooks) {
    this.host = host;
    this.hooks = hooks;
    this.view = { x: 0, y: 0, k: 1 };
    this.lit = null; // ids of items that stand out, or null when all are alike
    this.groups = new Map();
    this.canvas = el("canvas.ln-canvas", { "aria-hidden": "true" });
    this.svg = svgEl("svg", { class: "ln-svg", "font-family": FONT });
    host.prepend(this.svg, this.canvas);
    this.listen();
    this.watcher = new ResizeObserver(() => this.resized());
    this.watcher.observe(host);
  }

  get size() {
    return { w: this.host.clientWidth || 800, h: this.host.clientHeight || 400 };
  }

  get level() {
    return this.picture?.timeline ? 2 : levelAt(this.view.k);
  }

  /** Draw a picture; the view stays unless there was none. */
  show(picture) {
    this.picture = picture;
    this.onCanvas = picture.boxes.length + picture.links.length > CANVAS_FROM;
    this.svg.style.display = this.onCanvas ? "none" : "";
    this.canvas.style.display = this.onCanvas ? "" : "none";
    this.chunks = null;
    if (this.onCanvas) this.svg.replaceChildren();
    else this.drawSvg();
    this.draw();
  }

  drawSvg() {
    const { picture, hooks } = this;
    this.drawnLevel = this.level;
    this.groups.clear();
    this.svg.replaceChildren();
    this.under = svgEl("g", {}, this.svg);
    this.world = svgEl("g", { class: "ln-world" }, this.svg);
    this.above = svgEl("g", {}, this.svg);
    const links = svgEl("g", { class: "ln-links" }, this.world);
    this.linkGroups = picture.links.map((drawn) => {
      const group = svgEl("g", { class: "ln-link" }, links);
      drawLink(new SvgPen(group), drawn, hooks.colours());
      return [group, drawn];
    });
    for (const box of picture.boxes) {
      const group = svgEl("g", { class: "ln-node", "data-id": clean(box.item.id), role: "img", "aria-label": hooks.name(box.item) }, this.world);
      this.groups.set(box.item.id, group);
      hooks.drawBox(new SvgPen(group), box, this.drawnLevel);
    }
  }

  /** Bring what is on the screen in step with the view and the highlight. */
  draw() {
    if (!this.picture) return undefined;
    if (this.picture.zoom && this.picture.zoom !== this.view.k) return this.hooks.rescale();
    if (this.onCanvas) return this.drawCanvas();
    if (this.level !== this.drawnLevel) this.drawSvg();
    const { x, y, k } = this.view;
    this.world.setAttribute("transform", this.picture.timeline ? `translate(${x} ${y})` : `translate(${x} ${y}) scale(${k})`);
    this.light();
    for (const [name, group] of [["under", this.under], ["above", this.above]]) {
      group.replaceChildren();
      this.picture[name]?.(new SvgPen(group), this.view, this.size, this.hooks.colours());
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
    else if (this.picture) this.light();
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
      this.hooks.drawBox(new SvgPen(group), this.picture.boxOf.get(id), this.drawnLevel);
    }
    return undefined;
  }

  drawCanvas() {
    const { canvas, picture, view, size, hooks } = this;
    const ratio = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(size.w * ratio) || canvas.height !== Math.round(size.h * ratio)) {
      canvas.width = Math.round(size.w * ratio);
      canvas.height = Math.round(size.h * ratio);
    }
    const context = canvas.getContext("2d");
    const pen = new CanvasPen(context);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, size.w, size.h);
    picture.under?.(pen, view, size, hooks.colours());
    const k = picture.timeline ? 1 : view.k;
    context.setTransform(ratio * k, 0, 0, ratio * k, ratio * view.x, ratio * view.y);
    const seen = { x: -view.x / k, y: -view.y / k, w: size.w / k, h: size.h / k };
    const meets = (b) => b.x <= seen.x + seen.w && b.x + b.w >= seen.x && b.y <= seen.y + seen.h && b.y + b.h >= seen.y;
    context.globalAlpha = this.lit ? 0.2 : 1;
    this.canvasLinks(pen, meets, k);
    if (this.level) for (const box of picture.boxes) if (meets(box)) hooks.drawBox(pen, box, this.level);
    if (!this.level) this.canvasMarks(pen, picture.boxes, k);
    if (this.lit) {
      context.globalAlpha = 1;
      for (const drawn of picture.links) if (this.isLit(drawn.link)) drawLink(pen, drawn, hooks.colours(), true);
      for (const box of picture.boxes) if (this.lit.has(box.item.id) && meets(box)) hooks.drawBox(pen, box, this.level);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    picture.above?.(pen, view, size, hooks.colours());
  }

  /** Links in chunks of one path each: thousands of single strokes are slow. */
  canvasLinks(pen, meets, k) {
    this.chunks ??= this.makeChunks();
    const colours = this.hooks.colours();
    for (const chunk of this.chunks) {
      if (!meets(chunk.bounds)) continue;
      pen.path(chunk.lines, { stroke: colours.edge, width: Math.max(1.4, 0.7 / k), dash: chunk.kind === "resume" && this.level ? "6 4" : null });
      if (this.level) pen.path(chunk.tips, { fill: colours.edge });
    }
  }

  makeChunks() {
    const chunks = [];
    for (const kind of new Set(this.picture.links.map(({ link }) => link.kind))) {
      const links = this.picture.links.filter(({ link }) => link.kind === kind).sort((p, q) => p.a.x - q.a.x || p.a.y - q.a.y);
      for (let at = 0; at < links.length; at += 150) {
        const part = links.slice(at, at + 150);
        chunks.push({
          kind,
          lines: new Path2D(part.map(({ d }) => d).join("")),
          tips: new Path2D(part.map(({ tip }) => tip).join("")),
          bounds: boundsOf(part.flatMap(({ a, b }) => [a, b])),
        });
      }
    }
    return chunks;
  }

  /** Far away, items of a status are one path. */
  canvasMarks(pen, boxes, k) {
    const r = Math.min(60, Math.max(14, 2.6 / k));
    const alike = new Map();
    for (const box of boxes) pushTo(alike, this.hooks.style(box.item), box);
    for (const [style, group] of alike) {
      const marks = group.map((box) => symbolPath(style.symbol, box.x + box.w / 2, box.y + box.h / 2, r)).join("");
      const ink = style[this.hooks.colours().theme];
      pen.path(marks, style.symbol.endsWith("-open") ? { stroke: ink, width: r * 0.4 } : { fill: ink });
    }
    for (const box of boxes) if (this.hooks.marked(box.item)) this.hooks.drawBox(pen, box, 0);
  }

  // ---- view

  /** A place on the screen in the picture's own pixels. */
  toPicture(x, y) {
    const k = this.picture?.timeline ? 1 : this.view.k;
    return [(x - this.view.x) / k, (y - this.view.y) / k];
  }

  /** The whole picture on the screen, or its part around `boxes`; never larger than life. */
  fit(boxes = this.picture.boxes, animate = true) {
    if (this.picture.timeline) return this.glide({ x: 0, y: 0, k: 1 }, animate);
    const { x, y, w, h } = boundsOf(boxes);
    const { w: width, h: height } = this.size;
    const k = Math.min(1, (width - 64) / w, (height - 56) / h);
    return this.glide({ k, x: (width - w * k) / 2 - x * k, y: (height - h * k) / 2 - y * k }, animate);
  }

  zoom(factor, x = this.size.w / 2, y = this.size.h / 2) {
    const { view } = this;
    const k = Math.min(this.picture.timeline ? 5000 : 3, Math.max(0.01, view.k * factor));
    const ratio = k / view.k;
    if (this.picture.timeline) {
      this.view = { k, x: x - this.picture.left - (x - view.x - this.picture.left) * ratio, y: view.y };
    } else this.view = { k, x: x - (x - view.x) * ratio, y: y - (y - view.y) * ratio };
    this.schedule();
  }

  /** Where an item stands on the screen. */
  onScreen(id) {
    const { x, y, w, h } = this.picture.boxOf.get(id) ?? { x: 0, y: 0, w: 0, h: 0 };
    const k = this.picture.timeline ? 1 : this.view.k;
    return { x: this.view.x + x * k, y: this.view.y + y * k, w: w * k, h: h * k };
  }

  /** Bring an item onto the screen, if it is not there already. */
  reveal(id, animate = true) {
    const box = this.picture.boxOf.get(id);
    if (!box) return;
    const { timeline, left } = this.picture;
    const { w, h } = this.size;
    const seen = this.onScreen(id);
    const length = Math.min(seen.w, 180);
    const legible = timeline || this.view.k >= 0.5;
    if (legible && seen.x > (left ?? 16) - 4 && seen.y > 16 && seen.x + length < w - 16 && seen.y + seen.h < h - 16) return;
    const k = timeline ? 1 : legible ? this.view.k : 0.85;
    this.glide({ k: timeline ? this.view.k : k, x: w / 2 - box.x * k - length / 2, y: h / 2 - (box.y + box.h / 2) * k }, animate);
  }

  /** Go to a view, visibly unless the reader prefers less motion. */
  glide(goal, animate = true) {
    cancelAnimationFrame(this.gliding);
    const start = { ...this.view };
    const calm = !animate || this.onCanvas || this.picture.timeline || matchMedia("(prefers-reduced-motion: reduce)").matches;
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

  resized() {
    const { w, h } = this.size;
    if (this.last && this.picture && !this.moved && (this.last.w !== w || this.last.h !== h)) this.hooks.refit();
    else if (this.picture) this.schedule();
    this.last = { w, h };
  }

  // ---- pointer

  /** What is at a place on the screen: a badge or an item. */
  at(x, y) {
    const [px, py] = this.toPicture(x, y);
    const { boxes } = this.picture ?? { boxes: [] };
    for (let i = boxes.length - 1; i >= 0; i--) {
      const box = boxes[i];
      if (!within(box, px, py, this.level ? 10 : 20)) continue;
      const badge = this.level === 2 && this.hooks.badges(box).find((b) => within(b, px, py, 2));
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
        return this.hooks.over(badge ? null : item, event);
      }
      if (Math.hypot(x - drag.x, y - drag.y) > 4 && !drag.far) {
        drag.far = true;
        host.setPointerCapture(event.pointerId);
        host.style.cursor = "grabbing";
        this.hooks.over(null);
      }
      if (!drag.far) return undefined;
      this.moved = true;
      cancelAnimationFrame(this.gliding);
      this.view = { ...this.view, x: drag.view.x + x - drag.x, y: drag.view.y + y - drag.y };
      return this.schedule();
    };
    const up = (event) => {
      const still = drag && !drag.far;
      drag = null;
      host.style.cursor = "grab";
      if (!still) return;
      const { item, badge } = this.at(...this.point(event));
      this.hooks.press(item, badge, event);
    };
    host.addEventListener("pointerdown", down);
    host.addEventListener("pointermove", move);
    host.addEventListener("pointerup", up);
    host.addEventListener("pointercancel", () => (drag = null));
    host.addEventListener("pointerleave", () => this.hooks.over(null));
    host.addEventListener("dblclick", (event) => this.hooks.double(this.at(...this.point(event)).item));
    host.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  /** The wheel zooms; in a notebook only once the stage has the focus, so that pages scroll past it. */
  wheel(event) {
    const free = this.hooks.wheels() || event.ctrlKey || event.metaKey || this.host.contains(document.activeElement);
    if (!free || event.target.closest(".ln-tip")) return;
    event.preventDefault();
    cancelAnimationFrame(this.gliding);
    this.moved = true;
    this.hooks.over(null);
    const pixels = event.deltaY * [1, 16, 400][event.deltaMode];
    this.zoom(Math.exp(-pixels * (event.ctrlKey ? 0.01 : 0.0018)), ...this.point(event));
  }

  destroy() {
    this.watcher.disconnect();
    cancelAnimationFrame(this.gliding);
    cancelAnimationFrame(this.frame);
  }
}
