// The browser's side of device.ts: the clock, chance, the network, and the events after which sending may get further.
import { type Answer, type Ask, type Chance, type Clock, Cut, Illegible, type Network, TIMEOUT } from "./device.ts";
import type { Sync } from "./sync.ts";

export const webClock: Clock = {
  now: () => Date.now(),
  steady: () => performance.now(),
  after: (ms, act) => {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};

export const webChance: Chance = {
  bytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
  unit: () => Math.random(),
};

export const webNetwork: Network = {
  async ask({ method, path, headers, body }: Ask): Promise<Answer> {
    // Read here: bytes that the store has lost would else look like a line that is always cut.
    const sent = body instanceof Blob ? await body.arrayBuffer().catch((why: unknown) => Promise.reject(new Illegible(String(why)))) : (body ?? null);
    const ending = new AbortController();
    const timer = setTimeout(() => ending.abort(), TIMEOUT);
    try {
      // A redirect is never the API's: it is a portal, or a page to sign in at.
      const answer = await fetch(path, { method, headers: headers ?? {}, body: sent, redirect: "error", cache: "no-store", credentials: "same-origin", signal: ending.signal });
      // Read here, within the time: a body that breaks off is a cut too.
      const text = await answer.text();
      return { status: answer.status, header: (name) => answer.headers.get(name), text: async () => text };
    } catch (why) {
      throw new Cut(why instanceof Error ? why.message : "");
    } finally {
      clearTimeout(timer);
    }
  },
};

/** Pokes on everything that is worth it, and asks for Background Sync where the browser has it. */
export function listen(page: Window, sync: Sync): void {
  page.addEventListener("online", () => void sync.poke("online"));
  page.addEventListener("pageshow", () => void sync.poke("visible"));
  page.document.addEventListener("visibilitychange", () => {
    if (page.document.visibilityState === "visible") void sync.poke("visible");
    else void background(page.navigator);
  });
  void sync.poke("open");
}

interface Background {
  sync?: { register(tag: string): Promise<void> };
}

/** So that what waits is sent after the page is left; nothing depends on it. */
export async function background(browser: Navigator): Promise<void> {
  try {
    const worker = (await browser.serviceWorker?.ready) as (ServiceWorkerRegistration & Background) | undefined;
    await worker?.sync?.register("outbox");
  } catch {
    // Forbidden, or not there: the pages' own events are enough.
  }
}

/** Asks the browser not to clear the device's store away when room is short; the answer is whether it promises. */
export async function persist(browser: Navigator): Promise<boolean> {
  return (await browser.storage?.persist?.()) ?? false;
}
