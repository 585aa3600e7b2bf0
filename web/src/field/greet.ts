// The greeting: who is signed in, and what the clocks differ by. Every round of sending and every new copy of the tasks begins with it.
//
// Owns the notes `member`, `seats` and `clock`, from which the worker can go on without a net; with another member the copies of the one
// before go. Start at `greet`.
import { measured } from "./clock.ts";
import { type Clock, Cut, type Network } from "./device.ts";
import { fieldsOf, judgeTrouble } from "./judge.ts";
import type { ClockNote } from "./shapes.ts";
import { type Store, stays } from "./store.ts";

export interface Greeting {
  store: Store;
  clock: Clock;
  net: Network;
  lang: string;
}

/** Who it is; or how it failed, and after how long another try makes sense, ms. */
export type Greeted = { member: string; units: string[]; clocks: ClockNote } | { how: string; next: number | null };

const OFFLINE = 60_000;
class Left extends Error {}

/** Copies that are one member's: with another they go in the very transaction that writes the other's name. */
const COPIES = ["tasks", "known"];

export async function greet({ store, clock, net, lang }: Greeting): Promise<Greeted> {
  const asked = clock.now();
  try {
    const left = await store.note("left");
    const answer = await net.ask({ method: "GET", path: "/api/v1/session", headers: { "Accept-Language": lang } });
    const clocks = measured(answer.header("date"), asked, clock.now());
    const text = await answer.text();
    if (answer.status !== 200) {
      const verdict = judgeTrouble({ status: answer.status, retryAfter: answer.header("retry-after"), text }, clock.now());
      if (verdict.kind === "sign-in") return { how: verdict.code, next: null };
      return { how: "busy", next: verdict.kind === "later" && verdict.seconds !== null ? verdict.seconds * 1_000 : OFFLINE };
    }
    const { id, seats } = fieldsOf(text);
    // A page that is not the server's, or a clock that was set meanwhile: another time.
    if (typeof id !== "string" || clocks === undefined) return { how: "offline", next: OFFLINE };
    const own = (copy: unknown): unknown => ((copy as { member?: unknown } | undefined)?.member === id ? copy : undefined);
    await store.setNotes({ left: stays(left, Left), clock: () => clocks, member: () => id, seats: () => seats, ...Object.fromEntries(COPIES.map((name) => [name, own])) });
    return { member: id, units: units(seats), clocks };
  } catch (why) {
    if (why instanceof Cut) return { how: "offline", next: OFFLINE };
    // Somebody has signed out while the answer was under way: it greets nobody.
    if (why instanceof Left) return { how: "not_signed_in", next: null };
    throw why;
  }
}

function units(seats: unknown): string[] {
  const all = Array.isArray(seats) ? seats.map((seat: { unit?: unknown }) => seat.unit) : [];
  return [...new Set(all.filter((unit): unit is string => typeof unit === "string"))];
}
