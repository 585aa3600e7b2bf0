// One round of sending: greet the server, then every case's items in the order of writing, several cases side by side.
//
// Owns the order and the one-sender rule. Refuses timers and events: when a round is made is sync.ts. Start at `round`.
import { type Chance, type Clock, Full, type Locks, type Network } from "./device.ts";
import { greet } from "./greet.ts";
import { spare } from "./outbox.ts";
import { send, type Sending, type Went } from "./send.ts";
import type { Item } from "./shapes.ts";
import type { Store } from "./store.ts";

export interface Sender {
  store: Store;
  clock: Clock;
  chance: Chance;
  net: Network;
  locks: Locks;
  lang: string;
}

/** How a round ended, and after how long another makes sense, ms; null where nothing waits, or only a person can help. */
export interface Ended {
  /** `done`: nothing more to do now. `offline`, `busy`, or the code of what the session has to do first. */
  how: string;
  next: number | null;
}

/** Cases side by side: more would only share the same thin line. */
const SIDE_BY_SIDE = 3;
/** Clock and steady clock may part so far within a round. More means that the one was set, or the device slept. */
const APART = 5_000;

/** A wait that the server asked for, of everything. */
interface Hold {
  from: number;
  wait: number;
}

/** Sends what can be sent. `urgent`: something has changed (the net is back, the app was opened), so waits after cuts are over. */
export async function round(with_: Sender, urgent: boolean): Promise<Ended> {
  if (heads(await with_.store.items()).length === 0) return { how: "done", next: null };
  try {
    return await with_.locks.hold((alive) => locked(with_, urgent, alive));
  } catch (why) {
    // A step that cannot be written down is not taken. Photos that the server has make room for the next round.
    if (why instanceof Full) await spare(with_.store);
    throw why;
  }
}

const waits = (item: Item): boolean => item.state === "kept" || item.state === "sending";

async function locked(with_: Sender, urgent: boolean, alive: () => Promise<boolean>): Promise<Ended> {
  const { store, clock } = with_;
  const held = left(await store.note<Hold>("hold"), clock.now());
  if (held > 0) return { how: "busy", next: held };
  if (heads(await store.items()).length === 0) return { how: "done", next: null };
  const greeted = await greet(with_);
  if ("how" in greeted) return greeted;
  const { member, clocks } = greeted;
  const apart = clock.now() - clock.steady();
  const holds = (): boolean => Math.abs(clock.now() - clock.steady() - apart) < APART;
  const sending: Sending = { ...with_, clocks, alive };
  const tried = new Set<number>();
  for (;;) {
    const all = (await store.items()).filter((item) => item.member === member);
    const now = clock.now();
    const chains = heads(all).filter(([first]) => first !== undefined && !tried.has(first.no) && due(first, now, urgent));
    if (chains.length === 0) return { how: "done", next: soonest(heads(all), now) };
    const stopped = await sideBySide(chains, (chain) => along(chain, all, sending, tried, holds));
    if (stopped) return stop(with_, stopped);
  }
}

/** Of each case what one member has not delivered, where the first of it waits. What needs a worker holds up their own items of that case only. */
function heads(all: Item[]): Item[][] {
  const chains = new Map<string, Item[]>();
  for (const item of all) {
    if (item.state === "sent" || item.state === "dropped") continue;
    const whose = `${item.case} ${item.member}`;
    chains.set(whose, [...(chains.get(whose) ?? []), item]);
  }
  return [...chains.values()].filter(([first]) => first !== undefined && waits(first));
}

function due(item: Item, now: number, urgent: boolean): boolean {
  if (urgent && item.trouble?.kind !== "busy") return true;
  return left({ from: item.tried, wait: item.wait }, now) === 0;
}

/** What is left of a wait. A clock that was set back ends it: nobody waits for hours because of a wrong clock. */
function left(hold: Hold | undefined, now: number): number {
  if (hold === undefined || now < hold.from) return 0;
  return Math.max(0, hold.from + hold.wait - now);
}

function soonest(chains: Item[][], now: number): number | null {
  const all = chains.map(([first]) => (first === undefined ? 0 : left({ from: first.tried, wait: first.wait }, now)));
  return all.length === 0 ? null : Math.min(...all);
}

/** Sends along one case until something does not get through. */
async function along(chain: Item[], all: Item[], to: Sending, tried: Set<number>, holds: () => boolean): Promise<Went> {
  let before = all.filter((item) => item.case === chain[0]?.case && item.state === "sent").at(-1);
  for (const item of chain) {
    if (!waits(item)) return { went: "blocked" };
    // What the clocks differ by was measured before: it is measured again.
    if (!holds()) return { went: "stop", code: "clock", seconds: 1 };
    tried.add(item.no);
    const went = await send(item, before, to);
    if (went.went !== "next") return went;
    before = (await to.store.items()).find((now) => now.no === item.no);
  }
  return { went: "next" };
}

/**
 * Runs the chains, a few at a time; the first that stops everything keeps the others from beginning. A store that fails in one lane is
 * told only when the other lanes have ended, since the lock is given back then.
 */
async function sideBySide(chains: Item[][], run: (chain: Item[]) => Promise<Went>): Promise<Extract<Went, { went: "stop" }> | undefined> {
  let stopped: Extract<Went, { went: "stop" }> | undefined;
  let failed: { why: unknown } | undefined;
  const rest = [...chains];
  const lane = async (): Promise<void> => {
    for (let chain = rest.shift(); chain !== undefined && !stopped && !failed; chain = rest.shift()) {
      const went = await run(chain);
      if (went.went === "stop") stopped ??= went;
    }
  };
  const guarded = (): Promise<void> => lane().catch((why: unknown) => void (failed ??= { why }));
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, guarded));
  if (failed !== undefined) throw (failed as { why: unknown }).why;
  return stopped;
}

async function stop({ store, clock }: Sender, why: Extract<Went, { went: "stop" }>): Promise<Ended> {
  // Somebody else has signed in meanwhile: they are greeted next, and their own items go.
  if (why.code === "another_member") return { how: why.code, next: 0 };
  if (why.seconds === null) return { how: why.code, next: null };
  const wait = why.seconds * 1_000;
  await store.setNote("hold", () => ({ from: clock.now(), wait }));
  return { how: "busy", next: wait };
}
