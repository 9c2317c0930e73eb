/** The view: its tab, what it hides of the others, and the parts that it is made of. */

import { el, fill } from "../drawing/dom.js";
import { countWords } from "../scene/words.js";
import { drawCards, fitsCards } from "./cards.js";
import { alertLine, keyLine, partNotice } from "./lines.js";
import { flowQuery, lineQuery } from "./queries.js";
import { drawRows } from "./rows.js";

const OPENS_FROM = 300; // runs; fewer are read one by one

/** Add the view to a viewer. */
export function addFlowsView(viewer, root) {
  const part = (name) => root.querySelector(`.ln-${name}`);
  const host = el("div.flows", { role: "group", "aria-label": "Flows" });
  const counter = el("span.flows-count");
  const notice = el("div.problems", { role: "note" });
  const tab = el("button", { onclick: () => show(true) }, "Flows");
  part("tabs").append(tab);
  part("tabs").addEventListener("click", ({ target }) => target !== tab && show(false, target));
  part("counter").before(counter);
  part("tools").before(notice);
  part("main").prepend(host);
  let scene = {};
  let width = 0;
  let found = ["", new Set()]; // a search, and the names of what it means
  let back; // the tab of the view that this one covers

  const shown = () => root.dataset.cover === "flows";
  const others = () => [...part("tabs").children].filter((other) => other !== tab);

  function show(on, target) {
    if (on === shown()) return;
    const pressed = others().find((other) => other.getAttribute("aria-pressed") === "true");
    back = (on ? pressed : target) ?? back ?? others()[0];
    if (on) root.dataset.cover = "flows";
    else delete root.dataset.cover;
    tab.setAttribute("aria-pressed", on);
    for (const other of others()) other.setAttribute("aria-pressed", !on && other === back);
    draw();
  }

  function open(query) {
    show(false, others()[0]);
    viewer.find(query);
  }

  /** Draw the summary for the width that there is; nothing is scaled below what can be read. */
  function draw() {
    const { flows } = scene;
    if (!flows || !shown()) return;
    width = host.clientWidth;
    const { cards } = flows;
    const act = {
      card: (card) => open(flowQuery(card)),
      line: ({ source, target }) => open(lineQuery(cards[source], cards[target])),
    };
    const rows = !fitsCards(flows, width);
    const body = rows ? drawRows(flows, act) : drawCards(flows, width, act);
    fill(host, alertLine(flows, host), body, keyLine(flows, rows));
    light();
  }

  /** What a search has not found steps back. */
  function light() {
    const [text, names] = found;
    const word = text.toLowerCase();
    for (const piece of host.querySelectorAll("[data-flow]")) {
      const name = piece.dataset.flow;
      const meant = !text || names.has(name) || name.toLowerCase().includes(word);
      piece.classList.toggle("ln-flows-dim", !meant);
    }
  }

  viewer.on("scene", (next) => {
    const first = !scene.nodes?.length;
    scene = next;
    const { flows } = scene;
    tab.hidden = !flows;
    fill(notice, flows && partNotice(scene));
    notice.hidden = !notice.firstChild;
    if (!flows) return show(false);
    const failing = flows.cards.filter((card) => card.failing).length;
    const count = flows.cards.filter((card) => !card.event).length;
    counter.textContent = countWords(count, "flow") + (failing ? `, ${failing} failing` : "");
    const asked = /\b(select|find|view)=/.test(location.hash);
    if (first && flows.runs >= OPENS_FROM && !asked) show(true);
    else draw();
  });
  viewer.on("select", (ids) => ids.length && show(false));
  viewer.on("found", (what) => {
    found = what;
    light();
  });
  new ResizeObserver(() => host.clientWidth !== width && draw()).observe(host);
}
