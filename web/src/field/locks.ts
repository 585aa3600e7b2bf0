// One sender at a time on this device: the browser's Web Locks, or where they are missing a lease in the store.
//
// Owns both. Start at `webLocks`; `leases` says what a lease cannot promise.
import { type Chance, type Clock, type Locks, newKey, TIMEOUT } from "./device.ts";
import type { Store } from "./store.ts";

const NAME = "huying-field-send";

/** Web Locks hold across tabs and the service worker, and end with whoever holds them. */
export function webLocks(manager: LockManager): Locks {
  const alive = async (): Promise<boolean> => true;
  return { hold: (work) => manager.request(NAME, () => work(alive)) };
}

interface Lease {
  holder: string;
  until: number;
}

/** Longer than a request may take, since it is prolonged before each. */
const LEASE = TIMEOUT + 30_000;
const LOOK = 2_000;

/**
 * A lease ends by the clock. A page that is frozen in the middle of a request, or a clock that is set ahead, may let two senders
 * overlap by one request each: the idempotency key makes that harmless, and the elder stops before its next one.
 */
export function leases(store: Store, clock: Clock, chance: Chance): Locks {
  const me = newKey(chance);
  const take = async (): Promise<boolean> => {
    let mine = false;
    await store.setNote("lease", (old) => {
      const now = clock.now();
      const lease = old as Lease | undefined;
      // A lease that ends later than any could is of a clock that was set back.
      const free = lease === undefined || lease.until <= now || lease.until > now + LEASE;
      mine = free || lease.holder === me;
      return mine ? { holder: me, until: now + LEASE } : lease;
    });
    return mine;
  };
  const alive = async (): Promise<boolean> => {
    const lease = await store.note<Lease>("lease");
    return lease?.holder === me && take();
  };
  return {
    async hold(work) {
      while (!(await take())) await new Promise<void>((done) => clock.after(LOOK, done));
      try {
        return await work(alive);
      } finally {
        await store.setNote("lease", (old) => ((old as Lease | undefined)?.holder === me ? undefined : old));
      }
    },
  };
}
