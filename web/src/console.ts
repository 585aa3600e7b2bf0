// The script of every console page. Without it the pages do the same by links and forms.
import { startMap } from "./islands/beside.ts";
import { keepDue } from "./islands/due.ts";
import { startKeys } from "./islands/keys.ts";
import { listen } from "./islands/live.ts";
import { startMenus } from "./islands/menus.ts";
import { startPane } from "./islands/pane.ts";

document.documentElement.classList.add("js");
startPane(document);
startKeys(document);
startMenus(document);
keepDue(document);
listen(document);
startMap(document);
