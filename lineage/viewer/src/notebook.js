/**
 * The viewer in a notebook: what talks to the kernel.
 *
 * A module of its own, built as `notebookPart`; lineage/viewer/notebook.py puts it behind the viewer. Of the viewer it
 * knows `mount` and what `mount` documents, and nothing else.
 */

import { follow, hideStill } from "./notebook/model.js";
import { unpack } from "./notebook/unpacking.js";

/** The notebook's door (anywidget): traits `scene`, `selected`, `theme`, `height`, `uid`. */
export const widget =
  (mount) =>
  async ({ model, el: host }) => {
    const viewer = mount(host, await unpack(model.get("scene")), {
      details: false,
      table: false,
      wheel: false,
      theme: model.get("theme") || "auto",
      height: model.get("height") || 420,
    });
    hideStill(model.get("uid"));
    const unfollow = follow(model, {
      "change:scene": async () => {
        const sent = model.get("scene");
        const scene = await unpack(sent);
        if (sent === model.get("scene")) viewer.update(scene);
      },
      "change:selected": () => viewer.select(model.get("selected") ?? [], true),
      "change:theme": () => viewer.retheme(model.get("theme")),
      "msg:custom": (message) => message.type === "focus" && viewer.focus(message.id),
    });
    viewer.on("select", (ids) => {
      model.set("selected", ids);
      model.save_changes();
    });
    viewer.on("more", (ask) => model.send({ type: "more", ...ask }));
    viewer.select(model.get("selected") ?? [], true);
    return () => {
      unfollow();
      viewer.destroy();
    };
  };
