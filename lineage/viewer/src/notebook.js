/**
 * The viewer in a notebook: what talks to the kernel.
 *
 * A module of its own, built as `notebookPart`; lineage/viewer/notebook.py puts it behind the viewer. Of the viewer it
 * knows `mount` and what `mount` documents, and nothing else.
 */

import { addComparing } from "./notebook/comparing.js";
import { addFormats } from "./notebook/exporting.js";
import { keepKeys } from "./notebook/keys.js";
import { follow, hideStill } from "./notebook/model.js";
import { showOnce } from "./notebook/places.js";
import { progressLine } from "./notebook/progress.js";
import { Questions } from "./notebook/questions.js";
import { unpack } from "./notebook/unpacking.js";

/** The notebook's door (anywidget): traits `scene`, `selected`, `theme`, `height`, `uid`, `details`, `progress`. */
export const widget =
  (mount) =>
  async ({ model, el: host }) => {
    const questions = model.get("details") ? new Questions(model) : null;
    const viewer = mount(host, await unpack(model.get("scene")), {
      details: !!questions,
      table: false,
      wheel: false,
      theme: model.get("theme") || "auto",
      height: model.get("height") || 420,
      onDetails: questions ? (node, element) => questions.show(node, element) : undefined,
    });
    host.classList.add("lineage-live");
    nameDetails(host);
    const progress = progressLine(model);
    host.firstElementChild.append(progress.element);
    const letKeys = keepKeys(host.firstElementChild);
    hideStill(model.get("uid"));
    const alone = showOnce(host, model.get("uid"));
    const unfollow = follow(model, {
      "change:scene": async () => {
        const sent = model.get("scene");
        const scene = await unpack(sent);
        if (sent !== model.get("scene")) return; // another one has come meanwhile
        viewer.update(scene);
        nameDetails(host);
      },
      "change:selected": () => viewer.select(model.get("selected") ?? [], true),
      "change:theme": () => viewer.retheme(model.get("theme")),
      "change:progress": progress.show,
      "msg:custom": (message) => questions?.hear(message),
    });
    viewer.on("select", (ids) => {
      model.set("selected", ids);
      model.save_changes();
    });
    viewer.on("more", (ask) => model.send({ type: "more", ...ask }));
    if (questions) {
      questions.viewer = viewer;
      addComparing(viewer, host.firstElementChild, questions);
      addFormats(host.firstElementChild, questions);
    }
    viewer.select(model.get("selected") ?? [], true);
    return () => {
      alone();
      letKeys();
      unfollow();
      viewer.destroy();
    };
  };

/** A notebook has several explorers: a screen reader tells their details apart. */
function nameDetails(host) {
  const { textContent } = host.querySelector(".ln-title");
  host.querySelector(".ln-details").setAttribute("aria-label", `Details of ${textContent}`);
}
