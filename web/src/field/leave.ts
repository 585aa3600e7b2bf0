// Signing out on a device that others may take up: everything is wiped but what its writer has not delivered, which nobody else sees.
//
// Owns what goes and what stays; docs/decisions/0027 says why what stays is not encrypted. An ended session is no signing out: the worker
// goes on writing, and signs in when there is a net. Start at `leave`.
import { DRAFT, slot } from "./drafts.ts";
import type { Item } from "./shapes.ts";
import type { Store } from "./store.ts";

/** Notes that say nothing of a person: of clocks, of who is sending just now, and how often somebody has signed out here. */
const BARE = ["clock", "hold", "lease", "left"];

const waits = (item: Item): boolean => item.state !== "sent" && item.state !== "dropped";

/** How much rests here that is not delivered: items and drafts. */
export interface Rest {
  items: number;
  drafts: number;
}

/**
 * Wipes copies of cases, what is known, names, and what is delivered with its photos, in one transaction; what rests is told. Of `discard`
 * the undelivered goes too, which only that member may ask for.
 */
export async function leave(store: Store, discard?: string): Promise<Rest> {
  const stays = {
    item: (item: Item): boolean => waits(item) && item.member !== discard,
    note: (name: string): boolean => BARE.includes(name) || (name.startsWith(DRAFT) && (discard === undefined || !name.startsWith(slot(discard)))),
  };
  // Counted, so that an answer that is still under way to somebody who has left is not taken for a greeting.
  await store.wipe(stays, { left: (old) => Number(old ?? 0) + 1 });
  return rest(store);
}

/** How much rests on the device, of whomever. The app's first layout left an empty note where its draft had been. */
export async function rest(store: Store): Promise<Rest> {
  return { items: (await store.items()).filter(waits).length, drafts: (await store.notes(DRAFT)).filter(({ value }) => value).length };
}
