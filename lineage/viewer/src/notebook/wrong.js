/** Why the kernel could not answer, as text. */

import { el } from "../drawing/dom.js";
import { clean } from "../scene/words.js";

export const wrong = (error) => el("p.wrong", { role: "alert" }, `✖ ${clean(error)}`);
