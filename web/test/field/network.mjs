// The way between device and server, with everything that may happen on it.
//
// Requests and answers are cut, late, doubled and out of order; a portal answers in the server's place; the server is busy or fails after
// it has acted. What was done is counted, so that a campaign can show that it happened.
import { never } from "./world.mjs";

export class Net {
  constructor(world, server, modules, device) {
    Object.assign(this, { world, server, modules, device });
    this.rough = 1;
    this.mode = "open";
    this.flying = new Set();
    this.counts = { requests: 0, offline: 0, lostBefore: 0, lostAfter: 0, late: 0, doubled: 0, portal: 0, busy: 0, failedAfter: 0, brokenParts: 0, overlaps: 0 };
  }

  for(life) {
    return { ask: (ask) => this.ask(life, ask) };
  }

  async ask(life, ask) {
    const { world, counts, modules } = this;
    if (!life.alive) return never();
    const { Cut, TIMEOUT } = modules;
    counts.requests += 1;
    const bytes = ask.body instanceof Blob ? new Uint8Array(await world.real(() => ask.body.arrayBuffer())) : undefined;
    if (!life.alive) return never();
    const changes = ask.method === "POST" || ask.method === "PATCH";
    const flight = { life };
    if (changes) {
      this.overlap(life, ask);
      this.flying.add(flight);
    }
    const rough = (p) => world.chance(p * this.rough);
    return life.guard(
      new Promise((yes, no) => {
        const over = (act, value) => {
          this.flying.delete(flight);
          act(value);
        };
        const cut = (ms, count) => {
          counts[count] += 1;
          world.at(Math.min(ms, TIMEOUT), () => over(no, new Cut(count)));
        };
        if (this.mode === "offline") return cut(world.between(0, 2_000), "offline");
        const there = Math.ceil(50 + 1_500 * world.unit() ** 4 + (rough(0.05) ? world.between(5_000, 50_000) : 0));
        const back = Math.ceil(50 + 1_500 * world.unit() ** 4 + (rough(0.02) ? world.between(1_000, 20_000) : 0));
        if (this.mode === "portal") return world.at(there, () => over(yes, answer({ status: 200, headers: { date: new Date(world.now).toUTCString() }, text: "<html>portal</html>" }), (counts.portal += 1)));
        const serve = (broken, stray = false) => this.server.handle({ ...ask, stray, at: world.now, body: bytes ? { bytes: broken ? bytes.slice(0, world.between(0, bytes.length)) : bytes, broken } : ask.body });
        if (rough(0.05)) {
          // Never arrives; of a photo's part some bytes may.
          const part = bytes && world.chance(0.6);
          if (part) world.at(there, () => (serve(true), (counts.brokenParts += 1)));
          return cut(there + world.between(0, 20_000), "lostBefore");
        }
        if (rough(0.02)) {
          // Arrives after the device has stopped waiting.
          world.at(TIMEOUT + world.between(1_000, 120_000), () => serve(false, true));
          return cut(TIMEOUT, "late");
        }
        if (rough(0.03)) {
          counts.doubled += 1;
          world.at(there + world.between(0, 40_000), () => serve(false, true));
        }
        world.at(there, () => {
          if (this.mode === "busy" || rough(0.01)) {
            counts.busy += 1;
            const status = world.pick([429, 503]);
            const headers = { date: new Date(world.now).toUTCString(), ...(world.chance(0.8) ? { "retry-after": String(world.between(1, 90)) } : {}) };
            const text = world.chance(0.8) ? JSON.stringify({ code: "busy", status, detail: "busy" }) : "";
            return world.at(back, () => over(yes, answer({ status, headers, text })));
          }
          let said = serve(false);
          if (rough(0.01)) {
            counts.failedAfter += 1;
            said = { status: world.pick([500, 502]), headers: {}, text: world.chance(0.5) ? JSON.stringify({ code: "internal" }) : "<html>bad gateway</html>" };
          }
          if (rough(0.06)) return cut(world.between(0, TIMEOUT), "lostAfter");
          // The answer comes twice: what was settled once stays settled.
          world.at(back, () => over(yes, answer(said)));
          if (rough(0.02)) world.at(back + 1_000, () => over(yes, answer(said)));
        });
      }),
    );
  }

  /** Two of one device's pages sending at once is what the lock is for. */
  overlap(life, ask) {
    for (const other of this.flying) {
      if (other.life === life || !other.life.alive) continue;
      this.counts.overlaps += 1;
      if (this.device.locks === "web") this.world.fail(`two senders at once: ${life.name} and ${other.life.name} (${ask.path})`);
      return;
    }
  }
}

function answer({ status, headers, text }) {
  return { status, header: (name) => headers[name.toLowerCase()] ?? null, text: async () => text };
}
