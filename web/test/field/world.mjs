// A virtual clock with an order of events, chance from a seed, and lives that can be ended in the middle of anything.
//
// Everything of the field app that waits, waits here: for an event of this clock, or for the real store, which is waited for
// before the clock goes on. So a run is the same every time for the same seed.
const immediate = () => new Promise((done) => setImmediate(done));

export class World {
  constructor(seed) {
    this.now = Date.UTC(2026, 4, 1, 0, 0, 0);
    this.began = this.now;
    this.state = seed >>> 0;
    this.queue = [];
    this.order = 0;
    this.busy = 0;
    this.failures = [];
  }

  /** From 0 up to 1 (mulberry32). */
  unit() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  chance(p) {
    return this.unit() < p;
  }

  between(low, high) {
    return low + Math.floor(this.unit() * (high - low + 1));
  }

  pick(list) {
    return list[Math.floor(this.unit() * list.length)];
  }

  bytes(count) {
    return Uint8Array.from({ length: count }, () => this.between(0, 255));
  }

  at(ms, act) {
    const event = { at: this.now + Math.max(0, ms), order: (this.order += 1), act };
    this.queue.push(event);
    return () => {
      event.act = undefined;
    };
  }

  /** Counts a real piece of work, for which the clock waits. */
  async real(work) {
    this.busy += 1;
    try {
      return await work();
    } finally {
      this.busy -= 1;
    }
  }

  async settle() {
    do await immediate();
    while (this.busy > 0);
  }

  /** Lets everything happen up to a moment, or until `done`. */
  async run(until, done = () => false) {
    await this.settle();
    while (!done()) {
      let next;
      for (const event of this.queue) {
        if (!event.act) continue;
        if (!next || event.at < next.at || (event.at === next.at && event.order < next.order)) next = event;
      }
      if (!next || next.at > until) break;
      this.queue = this.queue.filter((event) => event !== next && event.act);
      this.now = Math.max(this.now, next.at);
      next.act();
      await this.settle();
    }
    if (!done()) this.now = Math.max(this.now, until);
  }

  fail(what) {
    this.failures.push(what);
  }
}

/** A blob whose bytes are read at once: a real one is read on another thread, and two of them in no fixed order. */
export class Bytes extends Blob {
  constructor(bytes) {
    super([bytes], { type: "image/jpeg" });
    this.held = bytes;
  }

  slice(from, to) {
    return new Bytes(this.held.subarray(from, to));
  }

  async arrayBuffer() {
    return this.held.slice().buffer;
  }
}

/** One page or worker from its opening to its end. After the end nothing it waits for ever comes. */
export class Life {
  constructor(name) {
    this.name = name;
    this.alive = true;
    this.ends = [];
  }

  guard(promise) {
    return new Promise((yes, no) => {
      promise.then(
        (value) => this.alive && yes(value),
        (why) => this.alive && no(why),
      );
    });
  }

  end() {
    if (!this.alive) return;
    this.alive = false;
    for (const end of this.ends) end();
  }
}

export const never = () => new Promise(() => undefined);
