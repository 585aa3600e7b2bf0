// The script of the leader's screens. Without it they are true as of the moment that they name, and tables are the charts.
import { startCharts } from "./islands/charts.ts";
import { keepDue } from "./islands/due.ts";
import { keepFresh } from "./islands/fresh.ts";
import { startKeys } from "./islands/keys.ts";
import { startMenus } from "./islands/menus.ts";

document.documentElement.classList.add("js");
startKeys(document);
startMenus(document);
keepDue(document);
keepFresh(document);
startCharts(document);
