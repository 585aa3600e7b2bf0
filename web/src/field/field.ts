// The field app's heart in one piece, for its page: outbox, sending, tasks, signing out.
//
// Owns the wiring and nothing else. A page calls `start`, draws what `outbox.list` and `tasks.rows` say, and draws again when `changed` is
// called.
import { background, listen, persist, webChance, webClock, webNetwork } from "./browser.ts";
import { type Locks, webSum } from "./device.ts";
import { settled } from "./drafts.ts";
import { greet } from "./greet.ts";
import { leave } from "./leave.ts";
import { leases, webLocks } from "./locks.ts";
import { Outbox } from "./outbox.ts";
import { type Ended, round } from "./round.ts";
import { became } from "./send.ts";
import { type ClockNote, DAY, type Item } from "./shapes.ts";
import { open, type Store } from "./store.ts";
import { Sync } from "./sync.ts";
import { refresh } from "./tasks.ts";

export { canvasDraw, prepare } from "./photos.ts";
export { asOfWords, baseOf, copyOf, rows } from "./tasks.ts";
export { stateWords } from "./shapes.ts";

export interface Told {
  /** Something of the list has changed; `ended` says how the last round went, and so whether to ask for a sign-in. */
  changed(ended: Ended): void;
  failed(why: unknown): void;
  /** A page of another window holds the store: nothing goes on before it is closed. */
  blocked?(): void;
  /** Called with the open store before anything is sent or asked; false ends it there. */
  ready?(store: Store): Promise<boolean>;
}

export type Heart = NonNullable<Awaited<ReturnType<typeof start>>>;

/** A store that has not opened by then is held by something. */
const SLOW = 8_000;

export async function start(page: Window, told: Told) {
  const { navigator, location } = page;
  const [clock, chance, net, lang] = [webClock, webChance, webNetwork, page.document.documentElement.lang];
  const slow = clock.after(SLOW, () => told.blocked?.());
  // What is written stands in drafts, but for a photo that is being made ready: it is waited for.
  const moved = (): Promise<void> => settled().then(() => location.reload());
  const store = await open("huying-field", moved, told.blocked).finally(slow);
  if (told.ready && !(await told.ready(store))) return undefined;
  const locks: Locks = navigator.locks ? webLocks(navigator.locks) : leases(store, clock, chance);
  const sync = new Sync({ clock, chance, round: (urgent) => round({ store, clock, chance, net, locks, lang }, urgent), ended: told.changed, failed: told.failed });
  const wake = (): void => {
    void sync.poke("write");
    void persist(navigator);
    void background(navigator);
  };
  const outbox = new Outbox({ store, clock, chance, sum: webSum, wake });
  listen(page, sync);
  clock.after(DAY / 24, () => void outbox.clear().catch(told.failed));
  void outbox.clear().catch(told.failed);
  return {
    store,
    outbox,
    sync,
    /** A new copy of the tasks, where there is a net. */
    refresh: () => refresh({ net, store, clock, lang }),
    /** What became of an item's key at the server. */
    became: (item: Item) => became(item, { net, lang }),
    net,
    chance,
    /** Who is signed in, or why nobody is. */
    greet: () => greet({ net, store, clock, lang }),
    /** Server minus device, as far as it is known. */
    offset: async (): Promise<number> => (await store.note<ClockNote>("clock"))?.offset ?? 0,
    /** Everything but what is not delivered is wiped; of `discard` that too. The answer says how much rests. */
    leave: (discard?: string) => leave(store, discard),
  };
}
