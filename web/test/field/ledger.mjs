// What the worker did and was told, and the judge who asks after a run whether all of it came true.
//
// Owns the promises of docs/field.md as checks: nothing lost, nothing doubled, no photo missing, order kept, every state truthful.
export class Ledger {
  constructor(world) {
    this.world = world;
    this.written = new Map();
    this.count = 0;
    this.errors = [];
    this.claims = [];
    this.ghosts = 0;
  }

  /** The worker presses the button. `told` is set when the app says that it is kept. */
  write(name, photos) {
    this.count += 1;
    const entry = { mark: `#${this.count}.`, name, photos, at: this.world.now, skews: 0, told: false, items: [], given: false };
    this.written.set(entry.mark, entry);
    return entry;
  }

  kept(entry, items) {
    entry.told = true;
    entry.items = items.map(({ no, key, case: id, name }) => ({ no, key, id, name }));
  }

  lost(photo) {
    for (const entry of this.written.values()) entry.photos = entry.photos.filter((one) => one !== photo);
  }

  error(what) {
    this.errors.push(what);
  }

  /** At any moment: what the device says of each item is true, and nothing that is not delivered is gone. */
  async audit(device, server, modules) {
    const { items, photos } = await device.look(async (store) => ({ items: await store.items(), photos: new Set(await store.photoIds()) }));
    const byKey = new Map(items.map((item) => [item.key, item]));
    for (const item of items) {
      const there = find(server, item.key);
      if (item.state === "sent" && (there.length !== 1 || there[0].it.number !== item.number)) this.error(`item ${item.no} says delivered (${item.number}), and the server has ${there.length}`);
      if (item.state !== "sent" && item.number !== null) this.error(`item ${item.no} has a number and is not delivered`);
      if (!["kept", "sending", "sent", "needs", "dropped"].includes(item.state)) this.error(`item ${item.no} has no state: ${item.state}`);
      if (item.state === "needs" && item.trouble === null) this.error(`item ${item.no} needs the worker and does not say why`);
      if (item.trouble?.code === "key_reused") this.error(`item ${item.no} was sent with two different bodies`);
      if (item.state === "sending" && modules.shownState(item, Number.MAX_SAFE_INTEGER) !== "kept") this.error(`item ${item.no} would be sending for ever`);
      if (item.state !== "sent" && item.state !== "dropped") for (const { photo } of item.photos) if (!photos.has(photo)) this.error(`the photo ${photo.slice(0, 8)} of item ${item.no} is gone before it is delivered`);
    }
    for (const entry of this.written.values()) {
      for (const { key, no } of entry.items) if (!byKey.has(key) && !entry.cleared) this.error(`item ${no} (${entry.mark}) is gone from the device`);
    }
    return items;
  }

  /** At the end, when everything has had its time. */
  judge(items, server) {
    const byKey = new Map(items.map((item) => [item.key, item]));
    for (const it of server.cases.values()) {
      const made = it.log.map((entry) => byKey.get(entry.key));
      if (made.includes(undefined)) this.error(`case ${it.number} has an entry that no item of the device stands for`);
      for (const member of new Set(made.map((item) => item?.member))) {
        const order = made.filter((item) => item?.member === member).map((item) => item?.no);
        if (order.some((no, at) => at > 0 && no <= order[at - 1])) this.error(`case ${it.number} has its entries out of order: ${order}`);
      }
    }
    for (const item of items) {
      const there = find(server, item.key);
      if (item.state !== "sent" && item.state !== "dropped") this.error(`item ${item.no} ends as ${item.state} (${item.trouble?.kind} ${item.trouble?.code})`);
      // A request that was under way for minutes may be acted on after another try was refused: docs/field.md names it. It is counted.
      if (item.state === "dropped" && there.length > 0) {
        if (there[0].entry.stray) this.ghosts += 1;
        else this.error(`item ${item.no} was given up and is on the server`);
      }
      for (const { entry, it } of there) {
        if (entry.member !== item.member) this.error(`item ${item.no} of ${item.member} was done in the name of ${entry.member}`);
        const wanted = item.photos.map(({ photo }) => photo);
        if (String(entry.photos) !== String(wanted)) this.error(`item ${item.no} has photos ${entry.photos} instead of ${wanted}`);
        for (const photo of wanted) if (!server.files.has(`${it.id} ${photo}`)) this.error(`a photo of item ${item.no} is not on the server`);
      }
    }
    for (const entry of this.written.values()) this.one(entry, items, server);
  }

  one(entry, items, server) {
    const marked = [...server.cases.values()].flatMap((it) => it.log.filter(({ said, name }) => said.includes(entry.mark) && name === entry.name));
    const mine = items.filter((item) => item.name === entry.name && String(item.fields.text ?? item.fields.words ?? item.fields.reason).includes(entry.mark));
    if (marked.length > 1) this.error(`${entry.mark} stands ${marked.length} times on the server`);
    if (entry.told && mine.length !== 1) this.error(`${entry.mark} was kept and stands ${mine.length} times on the device`);
    if (entry.drafted && mine.length !== 1) this.error(`${entry.mark} was kept as a draft and stands ${mine.length} times on the device`);
    if (!entry.told && mine.length > 1) this.error(`${entry.mark} stands ${mine.length} times on the device`);
    if (entry.told && mine[0]?.state !== "dropped" && marked.length !== 1) this.error(`${entry.mark} was kept and is not on the server`);
    if (entry.told) {
      const sent = new Set(items.filter((item) => entry.items.some(({ key }) => key === item.key) && item.state === "sent").flatMap((item) => item.photos.map(({ photo }) => photo)));
      const given = items.some((item) => entry.items.some(({ key }) => key === item.key) && item.state === "dropped");
      if (!given) for (const photo of entry.photos) if (!sent.has(photo)) this.error(`${entry.mark} lacks a photo`);
    }
    for (const { claimed } of marked) {
      const off = Date.parse(claimed.occurred_at) - entry.at;
      this.claims.push({ skews: entry.skews, off });
      // Where nobody has set the clock meanwhile, a request's time is all that a claim may be off by.
      if (entry.skews === 0 && Math.abs(off) > 60_000) this.error(`${entry.mark} claims a moment that is off by ${off / 1000} s`);
    }
  }
}

/** Every entry on the server that came under a key. */
function find(server, key) {
  return [...server.cases.values()].flatMap((it) => it.log.filter((entry) => entry.key === key).map((entry) => ({ entry, it })));
}
