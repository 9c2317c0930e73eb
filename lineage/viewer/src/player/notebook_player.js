/** The player in a notebook. */

import { themeAround } from "../notebook/around.js";
import { follow, hideStill } from "../notebook/model.js";
import { SimulationPlayer } from "./simulation_player.js";

/** The notebook's door (anywidget): traits `playback`, `at`, `selected`, `theme`, `height`, `uid`. */
export function renderPlayer({ model, el: host }) {
  const player = new SimulationPlayer(host, model.get("playback"), {
    theme: model.get("theme"),
    height: model.get("height"),
  });
  player.root.classList.add("ln-play-live");
  hideStill(model.get("uid"));
  const unfollow = follow(model, {
    "change:playback": () => player.load(model.get("playback")),
    "change:at": () => model.get("at") !== player.at && player.stop().go(model.get("at")),
    "change:selected": () =>
      model.get("selected")[0] !== player.selected && player.select(model.get("selected")[0]),
  });
  const traits = { at: "at", select: "selected" };
  for (const [event, trait] of Object.entries(traits)) {
    player.on(event, (value) => {
      model.set(trait, value);
      model.save_changes();
    });
  }
  const bare = themeAround(player.root);
  player.select(model.get("selected")[0]);
  if (model.get("at")) player.go(model.get("at"));
  return () => {
    unfollow();
    bare();
    player.destroy();
  };
}
