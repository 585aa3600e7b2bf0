// The script of every console page. Without it the pages do the same by links and forms.
import { keepDue } from "./islands/due.ts";
import { startKeys } from "./islands/keys.ts";
import { listen } from "./islands/live.ts";
import { startPane } from "./islands/pane.ts";
import { startReplies } from "./islands/reply.ts";
import { startSeat } from "./islands/seat.ts";

document.documentElement.classList.add("js");
startPane(document);
startKeys(document);
keepDue(document);
listen(document);
startReplies(document);
startSeat(document);
