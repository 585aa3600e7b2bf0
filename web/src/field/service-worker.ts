// The service worker itself: binds the rules of shell.ts to the browser, and sends what waits when the net is back and no page is open.
//
// `SHELL` is written in by the build. Refuses to keep anything of its own: it is ended and started as the browser likes.
import { webChance, webClock, webNetwork } from "./browser.ts";
import { webLocks } from "./locks.ts";
import { round } from "./round.ts";
import { Keeper, type Shell } from "./shell.ts";
import { open } from "./store.ts";

declare const SHELL: Shell;

/** As much of the worker's scope as is used here; the library of pages does not know it. */
interface Scope {
  addEventListener(kind: string, act: (event: ExtendableEvent & { request: Request; tag: string; respondWith(answer: Promise<Response>): void }) => void): void;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  location: Location;
}
interface ExtendableEvent {
  waitUntil(work: Promise<unknown>): void;
}

const scope = self as unknown as Scope;
const means = { caches, fetch: (request: Request | string, how?: RequestInit) => fetch(request, how), origin: scope.location.origin, after: webClock.after };
const keeper = new Keeper(SHELL, means);

scope.addEventListener("install", (event) => event.waitUntil(keeper.install().then(() => scope.skipWaiting())));
scope.addEventListener("activate", (event) => event.waitUntil(keeper.activate().then(() => scope.clients.claim())));
scope.addEventListener("fetch", (event) => {
  const answer = keeper.answer(event.request);
  if (answer) event.respondWith(answer);
});
// Background Sync, where it exists. Rejecting has the browser try again later.
scope.addEventListener("sync", (event) => {
  if (event.tag === "outbox") event.waitUntil(send());
});

async function send(): Promise<void> {
  // Without Web Locks there is no saying whether a page sends: it is left to the pages.
  if (!navigator.locks) return;
  const store = await open("huying-field", () => undefined);
  try {
    const sender = { store, clock: webClock, chance: webChance, net: webNetwork, locks: webLocks(navigator.locks), lang: navigator.language };
    const ended = await round(sender, true);
    if (ended.next !== null) throw new Error(`not all was sent: ${ended.how}`);
  } finally {
    store.close();
  }
}
