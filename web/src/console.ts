// The script of every console page. Without it the pages do the same by links and forms.
import { startPicks } from "./islands/acts.ts";
import { startMap } from "./islands/beside.ts";
import { keepDue } from "./islands/due.ts";
import { startKeeping } from "./islands/keep.ts";
import { startKeys } from "./islands/keys.ts";
import { listen } from "./islands/live.ts";
import { keepLooking } from "./islands/looking.ts";
import { startMenus } from "./islands/menus.ts";
import { startPane } from "./islands/pane.ts";
import { startReplies } from "./islands/reply.ts";
import { startSeat } from "./islands/seat.ts";

document.documentElement.classList.add("js");
startPane(document);
startKeeping(document);
startKeys(document);
startMenus(document);
startPicks(document);
keepDue(document);
listen(document);
startMap(document);
keepLooking(document);
startReplies(document);
startSeat(document);
