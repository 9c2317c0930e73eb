/**
 * Plays simulations (lineage/scene/playback): the flow map above, a timeline that grows below it.
 *
 * Holds the viewer, too: a page that shows a lineage and plays a simulation needs only this module. It needs no
 * kernel and no network.
 */

import { el } from "./drawing/dom.js";
import { renderPlayer } from "./player/notebook_player.js";
import { SimulationPlayer } from "./player/simulation_player.js";

/** Draw one simulation, or several with a list to choose from, into an element. */
export function mountPlayers(host, playbacks, options) {
  const place = el("div");
  const above = options.heading ? [el("h2.play-heading", options.heading)] : [];
  const player = new SimulationPlayer(place, playbacks[0], options);
  if (playbacks.length > 1) above.push(choice(player, playbacks));
  player.root.prepend(...above);
  host.replaceChildren(place);
  return player;
}

function choice(player, playbacks) {
  const choose = ({ target }) => {
    player.load(playbacks[target.value]);
    player.go(0);
  };
  const list = el(
    "select",
    { onchange: choose },
    playbacks.map(({ name }, i) => new Option(name, i)),
  );
  return el("label.play-choice", "When this happens", list);
}

export { attach, mount } from "./viewer.js";
export default { render: renderPlayer };
