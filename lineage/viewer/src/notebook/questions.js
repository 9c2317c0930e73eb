/** What the details ask the kernel: the facts of a run, the value of an artifact, why a run failed. */

import { el, fill } from "../drawing/dom.js";
import { clean } from "../scene/words.js";
import { plotlyPage, viewOf } from "./values.js";
import { wrong } from "./wrong.js";

const PATIENCE = 10000; // milliseconds until it is said that the kernel does not answer

/** The answers stay with the run as long as it is as it was. */
const keyOf = (node, ...rest) => JSON.stringify([node.id, node.status, node.finished_at, ...rest]);

/** Whether there is somewhere to look. */
const isStored = (node) => node.kind === "run" && node.status !== "missing" && node.status !== "simulated";

export class Questions {
  answers = new Map(); // key -> the kernel's message
  waiting = new Map(); // key -> what to do when it comes
  closed = new Set(); // keys of values that were loaded and hidden again
  described = new WeakSet(); // nodes that have their details
  viewer = null; // as soon as it is there
  plotly = null; // a promise of the library

  constructor(model) {
    this.model = model;
  }

  /** Add to the details of a node what the kernel knows, and buttons that ask. */
  show(node, element) {
    if (!isStored(node)) return;
    this.describe(node, element);
    if (node.failed_step) element.querySelector("header").after(this.why(node));
    for (const item of element.querySelectorAll("[data-artifact]"))
      if (!item.querySelector("details")) this.offer(node, item);
  }

  ask(question, key, then) {
    const first = !this.waiting.has(key);
    this.waiting.set(key, then);
    if (first) this.model.send({ ...question, key });
  }

  hear(message) {
    if (!message.key) return;
    this.answers.set(message.key, message);
    const then = this.waiting.get(message.key);
    this.waiting.delete(message.key);
    then?.(message);
  }

  /** Read parameters, code and artifact names of a run, once. */
  describe(node, element) {
    if (this.described.has(node)) return;
    const key = keyOf(node, "details");
    const add = ({ answer, error }) => {
      this.described.add(node);
      this.viewer.describe(node.id, answer ?? { unread: error });
    };
    const known = this.answers.get(key);
    // not while the details are being drawn
    if (known) return queueMicrotask(() => add(known));
    const line = el("p.hint", { role: "status" }, "Reading parameters, code and artifacts …");
    element.append(line);
    this.ask({ type: "details", id: node.id }, key, add);
    this.complain(key, line);
  }

  /** Where a kernel is busy or gone, a word of it. */
  complain(key, line) {
    setTimeout(() => {
      if (this.waiting.has(key)) fill(line, "The kernel has not answered yet: it is busy, or gone.");
    }, PATIENCE);
  }

  /** A button that loads an artifact; its value below, once it is there. */
  offer(node, item) {
    const name = item.dataset.artifact;
    const question = { type: "artifact", id: node.id, name };
    const button = this.loader(node, question, item, ["Load", "Hide", "Show"], (answer) => {
      const view = viewOf(answer);
      if (answer.kind === "plotly") this.plot(view, answer);
      return view;
    });
    item.querySelector(".ln-artifact").append(button);
  }

  /** The box of a failed run: a button, and what was raised. */
  why(node) {
    const box = el("div.failure");
    const question = { type: "why", id: node.id };
    const words = ["Show why", "Hide why", "Show why"];
    const button = this.loader(node, question, box, words, failureOf);
    box.prepend(el("div.ask", el("span", `Failed in step ${clean(node.failed_step)}.`), button));
    return box;
  }

  /** A button that asks once, and then shows and hides the answer at the end of `place`. */
  loader(node, question, place, [load, hide, again], draw) {
    const key = keyOf(node, question.type, question.name);
    const shown = el("div.loaded", { hidden: true });
    const put = ({ answer, error }) => {
      fill(shown, error ? wrong(error) : draw(answer));
      toggle(!this.closed.has(key));
      if (error) label(load);
    };
    const toggle = (open) => {
      shown.hidden = !open;
      this.closed[open ? "delete" : "add"](key);
      label(open ? hide : again);
      button.setAttribute("aria-expanded", open);
    };
    const arrive = (message) => {
      put(message);
      shown.scrollIntoView({ block: "nearest" });
    };
    const wait = () => {
      label("Loading …");
      fill(shown);
      shown.hidden = false;
      this.ask(question, key, arrive);
      this.complain(key, shown);
    };
    const press = () => {
      if (this.waiting.has(key)) return;
      if (this.answers.get(key)?.answer) return toggle(shown.hidden);
      this.closed.delete(key);
      wait();
    };
    const button = el("button.load", { onclick: press });
    const label = (words) => {
      fill(button, words);
      button.setAttribute("aria-label", [words, clean(question.name)].join(" ").trim());
    };
    label(load);
    place.append(shown);
    const known = this.answers.get(key);
    if (known) put(known);
    else if (this.waiting.has(key)) wait(); // it was asked before the details were drawn again
    return button;
  }

  /** plotly draws in a frame that can reach nothing; the kernel lends the library, once. */
  async plot(view, { figure }) {
    this.plotly ??= new Promise((resolve) => this.ask({ type: "plotly" }, "plotly", resolve));
    const { answer, error } = await this.plotly;
    if (error) return fill(view, wrong(error));
    view.querySelector("iframe").srcdoc = await plotlyPage(answer.deflated, figure, getComputedStyle(view));
  }
}

/** What a task raised. */
function failureOf({ task, type, message, trace }) {
  return [
    el("p.raised", type ? `${type}: ${message}` : message),
    el("p.soft", `task ${clean(task)}`),
    trace && el("pre", { tabindex: "0" }, trace),
  ];
}
