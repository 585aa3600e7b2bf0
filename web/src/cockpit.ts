// The script of the leader's screens. Without it they are true as of the moment that they name.
import { keepDue } from "./islands/due.ts";
import { keepFresh } from "./islands/fresh.ts";
import { startKeys } from "./islands/keys.ts";

document.documentElement.classList.add("js");
startKeys(document);
keepDue(document);
keepFresh(document);
