// Signing out on a device that others may take up: everything is wiped but what is not delivered yet.
//
// Owns what goes and what stays; docs/decisions/0027 says why what stays is not encrypted. An ended session is no signing out: the worker
// goes on writing, and signs in when there is a net. Start at `leave`.
import type { Outbox } from "./outbox.ts";
import type { Store } from "./store.ts";

/** Notes that say nothing of a person: of clocks and of who is sending just now. */
const BARE = ["clock", "hold", "lease"];

/** Wipes; the answer is how many items stay, by member, to be told before the page closes. */
export async function leave(store: Store, outbox: Outbox): Promise<Map<string, number>> {
  // The name first: from here on nothing is written in it.
  await store.dropNotes(BARE);
  const over = (await store.items()).filter(({ state }) => state === "sent" || state === "dropped");
  await store.drop(over.map(({ no }) => no));
  return outbox.waiting();
}
