// One run: a worker's day with one device and one server, from a seed; and many of them.
import { createHash } from "node:crypto";
import { Device } from "./device.mjs";
import * as memory from "./memory.mjs";
import { Ledger } from "./ledger.mjs";
import { Net } from "./network.mjs";
import { LARGEST, Server } from "./server.mjs";
import { Bytes, World } from "./world.mjs";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

class Run {
  constructor(modules, seed, open) {
    const world = new World(seed);
    const server = new Server(world);
    const device = new Device(world, modules, world.chance(0.7) ? "web" : "lease", open);
    Object.assign(this, { modules, world, server, device, net: new Net(world, server, modules, device), ledger: new Ledger(world) });
    this.tasks = Array.from({ length: 4 }, (_, at) => server.task(at < 3 ? "dispatched" : "reported"));
    this.own = [];
    this.pending = 0;
  }

  /** Something that takes its time, and of which the end is not waited for: a page that ends takes its promises with it. */
  go(work) {
    void work().catch((why) => {
      const { Another, Full, Taken } = this.modules;
      // No room, another's device, another window's draft: told, and nothing was written.
      if (![Another, Full, Taken].some((known) => why instanceof known)) this.world.fail(`an action failed: ${why?.stack ?? why}`);
    });
  }

  async page() {
    return this.device.pages.length > 0 ? this.world.pick(this.device.pages) : this.device.open(this.net);
  }

  photos(most) {
    const { world } = this;
    return Array.from({ length: world.between(0, most) }, () => {
      const size = world.chance(0.03) ? LARGEST + 1 : world.pick([3, 900, 20_000, 70_000, 150_000]);
      const bytes = new Uint8Array(size).fill(world.between(0, 255));
      bytes.set(world.bytes(Math.min(16, size)));
      return new Bytes(bytes);
    });
  }

  async write(draft, blobs) {
    const { world, ledger } = this;
    const sums = blobs.map((blob) => createHash("sha256").update(blob.held).digest("hex"));
    const page = await this.page();
    const entry = ledger.write(draft.name, sums);
    const words = `${entry.mark}${world.chance(0.05) ? " BAD" : ""}`;
    const field = draft.name === "report" ? "text" : ["return", "cannot-solve"].includes(draft.name) ? "reason" : "words";
    const whole = { ...draft, fields: { ...draft.fields, [field]: words }, photos: blobs.map((bytes) => ({ bytes, kind: "before" })) };
    const items = await (world.chance(0.4) ? this.through(page, entry, whole) : page.outbox.write(whole));
    ledger.kept(entry, items);
    if (draft.name === "report") this.own.push(items[0].case);
    if (draft.name === "report" && world.chance(0.5)) world.at(world.between(1, 10) * MINUTE, () => this.go(() => this.command(items[0].case)));
  }

  /** By way of a draft: kept, and after a while handed over, perhaps by two windows. Whatever ends in between, it is there once. */
  async through(page, entry, whole) {
    const { world, modules } = this;
    const member = await page.store.note("member");
    const [at, mine] = [modules.slot(member, entry.mark), modules.fresh(member, this.device.chance)];
    entry.whole = whole;
    await modules.keep(page.store, at, mine, (draft) => ({ ...draft, values: { mark: entry.mark } }));
    entry.drafted = true;
    const other = world.chance(0.3) ? world.pick(this.device.pages) : undefined;
    if (other) this.go(async () => void (await this.hand(other, entry, at, { ...mine })));
    return this.hand(page, entry, at, mine);
  }

  hand(page, entry, at, mine) {
    // The moment that is claimed is that of handing over.
    return this.modules.give(page.outbox, page.store, at, mine, () => (Object.assign(entry, { at: this.world.now, skews: 0 }), entry.whole));
  }

  report() {
    const fields = { place: { lon: 106.5, lat: 29.6 }, ...(this.world.chance(0.15) ? { hazard: true } : {}) };
    return this.write({ name: "report", fields }, this.photos(3));
  }

  /** On a task as it was last seen, or on a case of one's own. */
  async command(own) {
    const { world, server } = this;
    const it = own ? server.cases.get(own) : world.pick(this.tasks);
    const id = own ?? it.id;
    const name = own && !it ? world.pick(["note", "attach", "self-handle", "progress"]) : world.pick(["receive", "arrive", "progress", "finish", "return", "attach", "note"]);
    const seen = it && (this.seen?.get(id) ?? { version: it.version, stage: it.stage, custodian: it.custodian });
    const photos = ["finish", "attach", "self-handle", "note"].includes(name) ? this.photos(2) : [];
    await this.write({ name, case: id, fields: {}, ...(seen && !own ? { base: seen } : {}) }, photos);
  }

  /** The device takes a new copy of its tasks. */
  look() {
    this.seen = new Map(this.tasks.map(({ id, version, stage, custodian }) => [id, { version, stage, custodian }]));
  }

  /** The worker goes through what needs them. */
  async tend(last = false) {
    const { world, ledger } = this;
    const page = await this.page();
    // Whoever holds the device tends to their own; it may be another by now than the one who began the day.
    const member = await page.store.note("member");
    for (const [at, draft] of await this.modules.drafts(page.store, member)) {
      const entry = ledger.written.get(draft.values.mark);
      ledger.kept(entry, await this.hand(page, entry, at, draft));
    }
    const mine = await page.outbox.list(member);
    for (const { item } of mine) {
      if (item.state !== "needs") continue;
      const { kind, photo } = item.trouble;
      if (kind === "photo_lost") ledger.error(`item ${item.no} has lost a photo`);
      if (kind === "too_large" && photo) {
        ledger.lost(photo);
        await page.outbox.mend(item.no, {}, [photo]);
      } else if (kind === "fields") {
        const mended = Object.fromEntries(Object.entries(item.fields).map(([name, value]) => [name, typeof value === "string" ? value.replace(" BAD", "") : value]));
        await page.outbox.mend(item.no, mended);
      } else if (!last && world.chance(0.6)) await page.outbox.again(item.no);
      else await page.outbox.giveUp(item.no);
    }
  }

  /** One thing that happens, to the worker, the device, the way or the server. */
  happen() {
    const { world, device, net, server } = this;
    const spell = (set, unset, least, most) => {
      set();
      world.at(world.between(least, most) * MINUTE, unset);
    };
    const happenings = [
      [10, () => this.go(() => this.report())],
      [10, () => this.go(() => this.command())],
      [3, () => this.own.length > 0 && this.go(() => this.command(world.pick(this.own)))],
      [4, () => this.look()],
      [4, () => this.go(() => this.tend())],
      [3, () => device.pages.length < 3 && this.go(() => device.open(net))],
      [3, () => world.pick(device.pages)?.life.end()],
      [2, () => spell(() => (net.mode = "offline"), () => (net.mode = "open", this.poke("online")), 1, 90)],
      [1, () => spell(() => (net.mode = world.pick(["portal", "busy"])), () => (net.mode = "open"), 1, 20)],
      [2, () => spell(() => (device.kill = 0.03), () => (device.kill = 0), 1, 30)],
      [1, () => spell(() => (server.member = null), () => (server.member = "网格员 1", this.poke("signed-in")), 5, 60)],
      [3, () => spell(() => (server.member = "网格员 2"), () => (server.member = "网格员 1"), 1, 30)],
      [1, () => spell(() => (device.full = true), () => (device.full = false), 5, 60)],
      [1, () => this.setClock(device.skew + world.between(-5 * 60, 5 * 60) * MINUTE)],
      [1, () => server.sweep()],
      [5, () => server.meanwhile(world.pick([...server.cases.values()]))],
      [4, () => this.poke(world.pick(["online", "visible", "background"]))],
    ];
    let at = world.unit() * happenings.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, act] of happenings) if ((at -= weight) < 0) return act();
  }

  setClock(skew) {
    this.device.skew = skew;
    for (const entry of this.ledger.written.values()) entry.skews += 1;
  }

  poke(why) {
    for (const page of this.device.pages) void page.sync.poke(why);
  }

  async day() {
    const { world, device, net, server, ledger, modules } = this;
    device.skew = world.chance(0.5) ? world.between(-6 * 60, 6 * 60) * MINUTE : 0;
    // The worker signs in once, with the net there.
    net.rough = 0;
    const first = await device.open(net);
    await first.store.setNote("member", () => "网格员 1");
    await world.run(world.now + MINUTE);
    net.rough = world.pick([0.3, 1, 1, 3]);
    const length = world.between(2, 8) * HOUR;
    for (let at = world.between(20, 60); at > 0; at -= 1) world.at(world.unit() * length, () => this.happen());
    for (let at = 1; at <= 6; at += 1) world.at((at * length) / 6, () => this.go(() => ledger.audit(device, server, modules)));
    await world.run(world.now + length + 2 * HOUR);
    await this.evening();
  }

  /** Everything heals, the worker tends to what is left, and then the judge comes. */
  async evening() {
    const { world, device, net, server, ledger, modules } = this;
    Object.assign(net, { mode: "open", rough: 0 });
    Object.assign(device, { kill: 0, full: false });
    const waits = async () => {
      const { items, drafts } = await device.look((store) => modules.rest(store));
      return items + drafts > 0;
    };
    for (let times = 0; times < 60 && (await waits()); times += 1) {
      server.member = times % 2 === 0 ? "网格员 1" : "网格员 2";
      const page = await this.page();
      // Signing in is a contact, whether or not something waits.
      await page.store.setNote("member", () => server.member);
      this.poke("signed-in");
      await world.run(world.now + HOUR);
      this.go(() => this.tend(times > 9));
      await world.run(world.now + HOUR);
    }
    const items = await ledger.audit(device, server, modules);
    ledger.judge(items, server);
    await this.week(items);
  }

  /** Seven days after its number came, the copy goes, and with it the photos; nothing goes sooner. */
  async week(items) {
    const { world, device, net, ledger, modules } = this;
    const page = await this.page();
    this.server.member = "网格员 1";
    await page.store.setNote("member", () => "网格员 1");
    await world.run(world.now + 6 * DAY - 14 * HOUR);
    const later = async (known) => {
      this.go(async () => {
        await page.outbox.write({ name: "report", fields: { text: known } });
        await page.sync.poke("write");
        await page.outbox.clear();
      });
      await world.run(world.now + HOUR);
      return device.look(async (store) => ({ items: await store.items(), photos: await store.photoIds() }));
    };
    const soon = await later("after six days");
    const gone = items.filter((item) => !soon.items.some(({ no }) => no === item.no) && item.ended !== null && item.ended + modules.KEEP > world.now);
    if (gone.length > 0) ledger.error(`${gone.length} copies are gone before seven days`);
    await world.run(world.now + 3 * DAY);
    const late = await later("after nine days");
    if (late.items.length !== 2) ledger.error(`${late.items.length} copies stand there after nine days, instead of the 2 young ones`);
    if (late.photos.length !== 0) ledger.error(`${late.photos.length} photos stand there after nine days`);
  }
}

/** Runs one seed, on IndexedDB or in memory; the answer says what went wrong and what happened. */
export async function run(modules, seed, indexed = false) {
  const it = new Run(modules, seed, indexed ? modules.open : memory.open);
  await it.day();
  for (const page of [...it.device.pages]) page.life.end();
  if (indexed) indexedDB.deleteDatabase(it.device.name);
  else memory.forget(it.device.name);
  const { ledger, net, device, server, world } = it;
  const errors = [...world.failures, ...ledger.errors];
  return { seed, errors, claims: ledger.claims, counts: { ...net.counts, ...device.counts, ghosts: ledger.ghosts, written: ledger.written.size, cases: server.cases.size, entries: [...server.cases.values()].reduce((sum, { log }) => sum + log.length, 0), photos: server.files.size } };
}
