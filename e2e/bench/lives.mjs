// The life that goes on while somebody watches: cases of packs/starter, reported, filed, dispatched, returned, worked on, inspected.
//
// Owns which member gives which command to which case, at a rate, and notes every answer: what it notes is what the watchers must have
// been told. Every command has an idempotency key, and some are sent twice. Refuses to look at streams. Start at `Load`.

/** A sequence of chances that is the same for the same seed. */
export function chances(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const EAST = { street: "east", place: { area: "990101001001001" }, acceptor: "acceptor-east", station: "station-bridge", dispatcher: "dispatcher-east" };
const WEST = { street: "west", place: { area: "990101002001001" }, acceptor: "acceptor-west", station: "station-riverbend", dispatcher: "dispatcher-west" };
/** Matters that are inspected and end without photo and callback, with the unit that the dispatch table names. */
const KINDS = [
  { where: EAST, matter: "city/order/vendor", lead: "order-east" },
  { where: WEST, matter: "city/order/vendor", lead: "order-west" },
  { where: EAST, matter: "city/facility/litter", lead: "station-bridge" },
];

/** The commands of one case from report to end; `gives` is the unit that has a part in it from then on. */
function steps({ where, matter, lead }, chance) {
  const worker = `handler-${lead}`;
  const filing = { filing: { matter, condition: 1 } };
  const dispatch = { member: where.dispatcher, name: "dispatch", body: { lead }, gives: lead };
  const life = [{ member: `handler-${where.station}`, name: "file", body: filing }];
  if (chance() < 0.3) life.push({ member: where.acceptor, name: "note", body: { words: "来电人又问了一次" } });
  life.push(dispatch);
  // What comes back to a queue that it had left is the hardest for a list that moves nothing.
  if (chance() < 0.25) life.push({ member: worker, name: "return", body: { reason: "地点不在本单位辖区" } }, dispatch);
  life.push({ member: worker, name: "receive", body: { unit: lead } });
  life.push({ member: worker, name: "finish", body: { outcome: "answered", reason: "已当面答复并说明办理依据", evidence: [] }, gives: "inspection" });
  life.push({ member: "inspector-1", name: "pass", body: {} });
  return life;
}

export class Load {
  /** `rate` commands a second, on `open` cases at once, so that no queue is longer than a page shows. */
  constructor({ server, rate, open = 30, seed = 1, sources = ["hotline", "department"] }) {
    Object.assign(this, { server, rate, open, sources });
    this.chance = chances(seed);
    this.lives = [];
    this.next = 0;
    this.keys = 0;
    this.sent = 0;
    this.replayed = 0;
    this.refused = [];
    /** What was done, by case: `{ street, version, reportedAt, parts: { unit: version } }`. */
    this.cases = new Map();
  }

  async post(member, path, body, key) {
    const headers = { "content-type": "application/json", "x-huying-member": member, "idempotency-key": key };
    const answer = await fetch(this.server.url(path), { method: "POST", headers, body: JSON.stringify(body) });
    return { status: answer.status, body: await answer.json() };
  }

  /** One command; now and then it is sent a second time, as by a device that did not hear the answer. */
  async give(member, path, body) {
    this.keys += 1;
    const key = `watching-${this.keys}-${path.split("/").pop()}`;
    this.sent += 1;
    const answer = await this.post(member, path, body, key);
    if (answer.status >= 300) {
      this.refused.push(`${member} ${path}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`);
      return undefined;
    }
    if (this.keys % 20 === 0) {
      const again = await this.post(member, path, body, key);
      if (again.body.version === answer.body.version) this.replayed += 1;
      else this.refused.push(`${path}: sent again, it was done again`);
    }
    return answer.body;
  }

  async report() {
    const kind = KINDS[Math.floor(this.chance() * KINDS.length)];
    const { where, matter } = kind;
    const life = { steps: steps(kind, this.chance), busy: true };
    this.lives.push(life);
    const text = `第 ${this.keys} 次反映：有人占道或积存垃圾`;
    const reportedAt = performance.now();
    const made = await this.give(where.acceptor, "/api/v1/cases", { source: "hotline", matter, condition: 1, title: text, text, address: "演示路 1 号", place: where.place });
    life.busy = false;
    if (!made) return this.lose(life);
    life.id = made.id;
    this.cases.set(made.id, { street: where.street, version: made.version, reportedAt, parts: { [where.station]: 1 } });
  }

  async step(life) {
    life.busy = true;
    const { member, name, body, gives } = life.steps.shift();
    const done = await this.give(member, `/api/v1/cases/${life.id}/commands/${name}`, body);
    life.busy = false;
    if (!done) return this.lose(life);
    const known = this.cases.get(life.id);
    known.version = Math.max(known.version, done.version);
    if (gives) known.parts[gives] ??= done.version;
    if (life.steps.length === 0) this.lose(life);
  }

  lose(life) {
    this.lives = this.lives.filter((other) => other !== life);
  }

  /** The next command: the case that waited longest, or a new one while few are open. */
  one() {
    if (this.lives.length < this.open && (this.lives.length < this.open / 2 || this.chance() < 0.3)) return this.report();
    for (let tries = 0; tries < this.lives.length; tries++) {
      const life = this.lives[this.next++ % this.lives.length];
      if (life && !life.busy) return this.step(life);
    }
    return undefined;
  }

  /** Commands for so many seconds; resolves when the last was answered. Cases that are open then stay open. */
  async run(seconds) {
    const began = performance.now();
    const under = new Set();
    let given = 0;
    while (performance.now() - began < seconds * 1_000) {
      const due = Math.floor(((performance.now() - began) / 1_000) * this.rate);
      for (; given < due; given++) {
        const work = this.one();
        if (!work) break;
        const kept = work.catch((why) => this.refused.push(why.message)).finally(() => under.delete(kept));
        under.add(kept);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await Promise.all(under);
    this.seconds = (performance.now() - began) / 1_000;
  }
}
