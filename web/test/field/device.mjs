// One simulated device: a store that lives on, pages and a worker that come and go, a clock that is wrong, room that runs out.
import { createHash } from "node:crypto";
import { Life, never } from "./world.mjs";

let devices = 0;

export class Device {
  constructor(world, modules, locks, open) {
    devices += 1;
    Object.assign(this, { world, modules, locks, openStore: open, name: `field-${devices}`, pages: [], skew: 0, full: false, kill: 0 });
    this.counts = { pages: 0, kills: 0, full: 0, ops: 0, failures: 0 };
    this.lock = { held: undefined, queue: [] };
    this.chance = { bytes: (count) => world.bytes(count), unit: () => world.unit() };
  }

  clock(life) {
    const { world } = this;
    return {
      now: () => world.now + this.skew,
      steady: () => world.now - world.began,
      after: (ms, act) => world.at(ms, () => life.alive && act()),
    };
  }

  /** The real store, of which any call may be the last that this page makes. */
  store(life, real) {
    const { world, counts } = this;
    const call = async (name, args) => {
      if (!life.alive) return never();
      counts.ops += 1;
      const end = world.chance(this.kill) ? world.pick(["before", "after"]) : undefined;
      if (end === "before") return this.end(life);
      if (this.full && (name === "write" || (name === "change" && world.chance(0.1)))) {
        counts.full += 1;
        throw new this.modules.Full("simulated");
      }
      const value = await life.guard(world.real(() => real[name](...args)));
      if (name === "dropPhotos" && value > 0 && world.chance(0.7)) this.full = false;
      if (end === "after") return this.end(life);
      return value;
    };
    return new Proxy(real, { get: (_real, name) => (typeof name === "string" && name !== "then" ? (...args) => (name === "close" ? undefined : call(name, args)) : undefined) });
  }

  end(life) {
    this.counts.kills += 1;
    life.end();
    return never();
  }

  webLocks(life) {
    const { lock } = this;
    const next = () => {
      lock.held = lock.queue.shift();
      lock.held?.go();
    };
    return {
      hold: (work) =>
        life.guard(
          new Promise((yes, no) => {
            if (!life.alive) return;
            const mine = { life };
            const free = () => {
              if (lock.held === mine) next();
              else lock.queue = lock.queue.filter((one) => one !== mine);
            };
            mine.go = () => work(async () => true).then((value) => (free(), yes(value)), (why) => (free(), no(why)));
            life.ends.push(free);
            lock.queue.push(mine);
            if (!lock.held) next();
          }),
        ),
    };
  }

  /** Opens a page, or the worker: both run the same code. */
  async open(net) {
    const { world, modules, counts } = this;
    const life = new Life(`page-${(counts.pages += 1)}`);
    const real = await world.real(() => this.openStore(this.name, () => undefined));
    life.ends.push(() => real.close());
    const [store, clock] = [this.store(life, real), this.clock(life)];
    const locks = this.locks === "web" ? this.webLocks(life) : modules.leases(store, clock, this.chance);
    const sender = { store, clock, chance: this.chance, net: net.for(life), locks, lang: "zh" };
    const sync = new modules.Sync({
      clock,
      chance: this.chance,
      round: (urgent) => modules.round(sender, urgent),
      ended: (how) => (page.ended = how),
      failed: (why) => {
        counts.failures += 1;
        if (!(why instanceof modules.Full)) world.fail(`a page failed: ${why?.stack ?? why}`);
      },
    });
    const sum = (blob) => life.guard(world.real(async () => createHash("sha256").update(new Uint8Array(await blob.arrayBuffer())).digest("hex")));
    const outbox = new modules.Outbox({ store, clock, chance: this.chance, sum, wake: () => void sync.poke("write") });
    const page = { life, store, sync, outbox, real };
    life.ends.push(() => (this.pages = this.pages.filter((one) => one !== page)));
    this.pages.push(page);
    void sync.poke("open");
    return page;
  }

  /** Looks at the store from beside, as it stands. */
  async look(act) {
    return this.world.real(async () => {
      const real = await this.openStore(this.name, () => undefined);
      try {
        return await act(real);
      } finally {
        real.close();
      }
    });
  }
}
