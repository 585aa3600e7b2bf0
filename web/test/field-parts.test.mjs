// The field app's photos, tasks, shell and sign-out, each by itself; and how much all of it weighs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { load } from "./field/load.mjs";
import * as memory from "./field/memory.mjs";

const { read, write, prepare, TooLarge, LARGEST, refresh, rows, copyOf, asOfWords, metres, Keeper, Outbox, leave, rest, slot, Cut } = await load(undefined, ["exif", "photos", "tasks", "shell", "outbox", "leave", "drafts", "device"]);

const JPEG = Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xda, 0, 2, 7, 7, 0xff, 0xd9]);
const bare = () => JPEG.slice().buffer;
const FACTS = { taken: "2026:05:01 08:24:00", offset: "+08:00", place: { lon: 106.5512345, lat: -29.6 } };

/** An Exif segment as cameras of the other byte order write it: II, with the place north and west. */
function little() {
  const [u16, u32] = [(n) => [n & 255, n >> 8], (n) => [n & 255, (n >> 8) & 255, (n >> 16) & 255, n >>> 24]];
  const entry = (tag, type, count, value) => [...u16(tag), ...u16(type), ...u32(count), ...value];
  const gps = 26;
  const tiff = [0x49, 0x49, 42, 0, ...u32(8), ...u16(1), ...entry(0x8825, 4, 1, u32(gps)), ...u32(0)];
  const values = gps + 2 + 4 * 12 + 4;
  tiff.push(...u16(4), ...entry(1, 2, 2, [0x4e, 0, 0, 0]), ...entry(2, 5, 3, u32(values)), ...entry(3, 2, 2, [0x57, 0, 0, 0]), ...entry(4, 5, 3, u32(values + 24)), ...u32(0));
  for (const [n, d] of [[30, 1], [30, 1], [0, 1], [10, 1], [0, 1], [36, 1]]) tiff.push(...u32(n), ...u32(d));
  const size = tiff.length + 8;
  return Uint8Array.from([0xff, 0xd8, 0xff, 0xe1, size >> 8, size & 255, 0x45, 0x78, 0x69, 0x66, 0, 0, ...tiff, 0xff, 0xd9]).buffer;
}

test("what is written into a photo is read from it again, to the centimetre", async () => {
  for (const facts of [FACTS, { ...FACTS, offset: null }, { ...FACTS, place: null }, { taken: null, offset: null, place: { lon: -0.0001, lat: 0.0001 } }]) {
    const again = read(await write(bare(), facts).arrayBuffer());
    assert.deepEqual([again.taken, again.offset], [facts.taken, facts.offset]);
    if (facts.place === null) assert.equal(again.place, null);
    else assert.ok(metres(again.place, facts.place) === 0, JSON.stringify(again));
  }
});

test("a camera's place is read in either byte order, and photos without one have none", () => {
  assert.deepEqual(read(little()).place, { lon: -10.01, lat: 30.5 });
  for (const bytes of [bare(), new ArrayBuffer(0), new Uint8Array([0x89, 0x50, 0x4e, 0x47]).buffer]) assert.deepEqual(read(bytes), { taken: null, offset: null, place: null });
});

test("a photo that breaks off anywhere, or has any byte wrong, is read without a failure", async () => {
  for (const whole of [new Uint8Array(little()), new Uint8Array(await write(bare(), FACTS).arrayBuffer())]) {
    for (let at = 0; at < whole.length; at += 1) {
      read(whole.slice(0, at).buffer);
      for (const byte of [0, 0x7f, 0xff]) read(Uint8Array.from(whole, (old, place) => (place === at ? byte : old)).buffer);
    }
  }
});

test("a photo is read before it is shrunk, and one that cannot be drawn goes as it is while it may", async () => {
  const original = await write(bare(), FACTS);
  const small = await prepare(original, async (_, edge, quality) => (assert.deepEqual([edge, quality], [1600, 0.7]), new Blob([JPEG])));
  assert.equal(small.facts.taken, FACTS.taken);
  assert.equal(read(await small.bytes.arrayBuffer()).taken, FACTS.taken);
  const fails = async () => Promise.reject(new Error("no picture"));
  const same = await prepare(original, fails);
  assert.deepEqual([same.asItWas, same.bytes], [true, original]);
  const huge = { size: LARGEST + 1, arrayBuffer: async () => bare() };
  await assert.rejects(prepare(huge, fails), TooLarge);
});

const clock = { now: () => Date.UTC(2026, 4, 1, 1, 41, 30), steady: () => 0, after: () => () => undefined };
const DATE = "Fri, 01 May 2026 01:41:30 GMT";

function server(change = {}) {
  const asked = [];
  const cases = {
    a: { id: "a", number: "C-1", version: 3, stage: "dispatched", custodian: "t", title: "x", address: null, place: { lon: 106.5, lat: 29.5 }, allowed: [{ name: "receive" }, { name: "supervise" }] },
    b: { id: "b", number: "C-2", version: 1, stage: "handling", custodian: "t", title: null, address: null, place: { lon: null, lat: null }, allowed: [{ name: "finish" }] },
  };
  const answers = {
    "/api/v1/session": { id: "m", seats: [{ unit: "t" }, { unit: "t" }] },
    "/api/v1/units/t/queue?limit=100": { items: [{ id: "a", kind: "assignment", due: "2026-05-01T01:00:00Z", state: "overdue" }, { id: "b", kind: "custody", due: null, state: "fine" }, { id: "a", kind: "trace", due: null, state: "fine" }] },
    ...Object.fromEntries(Object.entries(cases).map(([id, it]) => [`/api/v1/cases/${id}?journal=false`, it])),
    ...change,
  };
  const ask = async ({ path, headers }) => {
    asked.push(path + (headers["If-None-Match"] ? ` ${headers["If-None-Match"]}` : ""));
    const value = answers[path];
    if (value === "cut") throw new Cut();
    const same = headers["If-None-Match"] === `"${value?.version}"`;
    const status = typeof value === "number" ? value : same ? 304 : 200;
    return { status, header: (name) => (name === "date" ? DATE : null), text: async () => (status === 200 ? JSON.stringify(value) : "") };
  };
  return { asked, net: { ask } };
}

async function store() {
  const it = await memory.open(`parts-${Math.random()}`);
  await it.setNote("member", () => "m");
  return it;
}

test("a copy of the tasks is taken whole or not at all, and only what has changed is fetched again", async () => {
  const kept = await store();
  const first = server();
  const copy = await refresh({ net: first.net, store: kept, clock, lang: "zh" });
  assert.deepEqual(copy.tasks.map(({ id, kind, place }) => [id, kind, place]).sort(), [["a", "assignment", { lon: 106.5, lat: 29.5 }], ["b", "custody", null]]);
  assert.equal(first.asked.filter((path) => path.includes("queue")).length, 1);
  const second = server();
  await refresh({ net: second.net, store: kept, clock, lang: "zh" });
  assert.ok(second.asked.includes('/api/v1/cases/a?journal=false "3"'));
  for (const change of [{ "/api/v1/cases/b?journal=false": "cut" }, { "/api/v1/session": 401 }, { "/api/v1/units/t/queue?limit=100": 503 }, { "/api/v1/cases/b?journal=false": 500 }]) {
    const fresh = await store();
    await fresh.setNote("tasks", () => copy);
    assert.equal(await refresh({ net: server(change).net, store: fresh, clock, lang: "zh" }), undefined);
    assert.deepEqual(await copyOf(fresh, "m"), copy);
  }
  const less = await refresh({ net: server({ "/api/v1/cases/b?journal=false": 404 }).net, store: kept, clock, lang: "zh" });
  assert.deepEqual(less.tasks.map(({ id }) => id), ["a"]);
  assert.equal(await copyOf(kept, "somebody else"), undefined);
});

test("every question of the copy says whose it is; where somebody else has signed in meanwhile, theirs is taken and nothing of theirs is kept as one's own", async () => {
  const kept = await store();
  const { net } = server();
  let member = "m";
  const named = [];
  // Another tab signs somebody else in between the greeting and the first question.
  const switching = {
    ask: async (ask) => {
      if (ask.path === "/api/v1/session") {
        const answer = await net.ask(ask);
        const text = JSON.stringify({ id: member, seats: [{ unit: "t" }] });
        member = "n";
        return { ...answer, text: async () => text };
      }
      named.push(ask.headers["For-Member"]);
      if (ask.headers["For-Member"] !== member) return { status: 409, header: () => null, text: async () => JSON.stringify({ code: "another_member" }) };
      return net.ask(ask);
    },
  };
  await kept.setNote("known", () => ({ member: "m" }));
  const copy = await refresh({ net: switching, store: kept, clock, lang: "zh" });
  assert.deepEqual([copy.member, named[0], new Set(named.slice(1))], ["n", "m", new Set(["n"])]);
  assert.deepEqual([await kept.note("member"), await copyOf(kept, "m"), (await copyOf(kept, "n")).tasks.length], ["n", undefined, 2]);
  assert.equal(await kept.note("known"), undefined, "what the one before knew goes with the name");
});

test("a queue of several pages is taken whole", async () => {
  const line = (id) => ({ id, kind: "custody", due: null, state: "fine" });
  const pages = { "/api/v1/units/t/queue?limit=100": { items: [line("a")], next: "x y" }, "/api/v1/units/t/queue?limit=100&cursor=x%20y": { items: [line("b")], next: null } };
  const copy = await refresh({ net: server(pages).net, store: await store(), clock, lang: "zh" });
  assert.deepEqual(copy.tasks.map(({ id }) => id).sort(), ["a", "b"]);
});

test("a copy that comes when its member has signed out is not kept", async () => {
  const kept = await store();
  const { net } = server();
  const leaving = { ask: async (ask) => (ask.path.includes("/cases/") && (await leave(kept)), net.ask(ask)) };
  await refresh({ net: leaving, store: kept, clock, lang: "zh" });
  // Greeted once more, since the session still stands at the server: that is the page's to end, before it wipes.
  assert.equal(await copyOf(kept, "m"), undefined);
});

test("what the worker has done shows at once as pending, and offers what comes after it", async () => {
  const copy = await refresh({ net: server().net, store: await store(), clock, lang: "zh" });
  const item = (change) => ({ case: "a", member: "m", state: "kept", until: 0, no: 1, version: null, ...change });
  const rowOf = (...items) => rows(copy, items, clock.now(), 0, null).find(({ task }) => task.id === "a");
  assert.deepEqual(rowOf().offers, ["receive"]);
  assert.deepEqual([rowOf(item({ name: "receive" })).offers, rowOf(item({ name: "receive" })).pending], [["arrive", "progress", "finish", "return"], [{ name: "receive", state: "kept", no: 1 }]]);
  assert.deepEqual(rowOf(item({ name: "receive" }), item({ name: "finish", no: 2 })).offers, ["attach", "note"]);
  assert.deepEqual(rowOf(item({ name: "finish", state: "needs" })).offers, []);
  assert.deepEqual(rowOf(item({ name: "receive", state: "sent", version: 3 })).pending, []);
  assert.equal(rowOf(item({ name: "receive", state: "sent", version: 4 })).pending.length, 1);
  assert.deepEqual([rowOf(item({ name: "receive", member: "other" })).pending, rowOf(item({ name: "receive", state: "dropped" })).pending], [[], []]);
});

test("overdue tasks come first, then the nearest, then the earliest due", () => {
  const now = clock.now();
  const task = (number, change) => ({ id: number, number, version: 1, due: now + 9e9, paused: false, place: null, allowed: [], ...change });
  const tasks = [
    task("far", { place: { lon: 106.6, lat: 29.5 } }),
    task("paused", { paused: true, due: now - 1 }),
    task("near", { place: { lon: 106.501, lat: 29.5 } }),
    task("soon", { due: now + 3_600_000 }),
    task("nowhere", {}),
    task("earlier", { due: now + 8e9 }),
    task("overdue", { due: now - 1 }),
  ];
  const listed = rows({ member: "m", asOf: now, tasks }, [], now, 0, { lon: 106.5, lat: 29.5 });
  assert.deepEqual(listed.map(({ task: { number } }) => number), ["overdue", "soon", "near", "far", "earlier", "nowhere", "paused"]);
  assert.equal(listed.find(({ task: { number } }) => number === "near").metres, 97);
  // A device that is a day behind would call none of them overdue.
  assert.equal(rows({ member: "m", asOf: now, tasks: [task("x", { due: now - 1 })] }, [], now - 86_400_000, 86_400_000, null)[0].urgency, "overdue");
});

test("a copy says until when it holds, on the device's clock, with the day where it is another", () => {
  const at = new Date(2026, 4, 1, 9, 41).getTime();
  assert.equal(asOfWords({ asOf: at + 60_000 }, at, 60_000, "zh"), "数据截至 09:41");
  assert.equal(asOfWords({ asOf: at }, at + 86_400_000, 0, "en"), "As of 05-01 09:41");
});

/** The browser's caches, as much as is used. */
function caches() {
  const all = new Map();
  const nameOf = (request) => (typeof request === "string" ? request : new URL(request.url).pathname);
  const open = async (name) => {
    if (!all.has(name)) all.set(name, new Map());
    const cache = all.get(name);
    return { put: async (path, answer) => void cache.set(path, answer), match: async (request) => cache.get(nameOf(request))?.clone() };
  };
  return { all, open, keys: async () => [...all.keys()], delete: async (name) => all.delete(name), match: async (request) => [...all.values()].map((cache) => cache.get(nameOf(request))).find(Boolean)?.clone() };
}

function keeper(version, kept, net) {
  const timers = [];
  const means = { caches: kept, origin: "https://d.example", fetch: async (request) => net(typeof request === "string" ? request : new URL(request.url).pathname), after: (_, act) => (timers.push(act), () => undefined) };
  return { it: new Keeper({ version, page: "/field", files: [`/assets/field-${version}.js`] }, means), late: () => timers.forEach((act) => act()) };
}
const going = (path, mode = "navigate", method = "GET") => ({ url: `https://d.example${path}`, mode, method });
const text = async (answer) => (await answer).text();

test("without a net, or where it is too slow or broken, the app opens from its shell", async () => {
  const kept = caches();
  const online = keeper("1", kept, (path) => new Response(path));
  await online.it.install();
  for (const net of [() => Promise.reject(new TypeError("offline")), () => new Response("gateway", { status: 502 })]) {
    const { it } = keeper("1", kept, net);
    assert.equal(await text(it.answer(going("/field/tasks"))), "/field");
    assert.equal(await text(it.answer(going("/assets/field-1.js", "no-cors"))), "/assets/field-1.js");
  }
  const slow = keeper("1", kept, () => new Promise(() => undefined));
  const answer = slow.it.answer(going("/field"));
  slow.late();
  assert.equal(await text(answer), "/field");
  assert.equal(await text(online.it.answer(going("/field/tasks"))), "/field/tasks");
});

test("the worker leaves the API, other pages, other sites and everything that changes something alone, and keeps no page", async () => {
  const kept = caches();
  const { it } = keeper("1", kept, (path) => new Response(path));
  await it.install();
  for (const request of [going("/api/v1/session", "cors"), going("/desk"), going("/fieldwork"), going("/field", "cors"), going("/field", "navigate", "POST"), { ...going("/field"), url: "https://other.example/field" }]) {
    assert.equal(it.answer(request), undefined, request.url);
  }
  await it.answer(going("/field/tasks"));
  assert.deepEqual([...kept.all.get("huying-field-1").keys()].sort(), ["/assets/field-1.js", "/field"]);
});

test("a new version comes whole or not at all, and the one before stays for pages that are open", async () => {
  const kept = caches();
  for (const version of ["1", "2", "3"]) {
    const { it } = keeper(version, kept, (path) => new Response(path));
    await it.install();
    await it.activate();
  }
  assert.deepEqual(await kept.keys(), ["huying-field-2", "huying-field-3"]);
  const { it } = keeper("4", kept, (path) => (path.endsWith(".js") ? new Response("", { status: 404 }) : new Response(path)));
  await assert.rejects(it.install());
  assert.deepEqual(await kept.keys(), ["huying-field-2", "huying-field-3"]);
  await kept.open("another");
  await keeper("3", kept, () => undefined).it.activate();
  assert.ok((await kept.keys()).includes("another"));
});

test("signing out wipes tasks, name and delivered copies, and keeps what its writer has not delivered, which may be discarded by them alone", async () => {
  const kept = await store();
  const outbox = new Outbox({ store: kept, clock, chance: { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)), unit: Math.random }, sum: async (blob) => blob.text(), wake: () => undefined });
  const write = (text) => outbox.write({ name: "report", fields: {}, photos: [{ bytes: new Blob([text]), kind: "before" }] });
  const [sent] = await write("sent");
  await write("kept");
  await kept.change(sent.no, (item) => ({ ...item, state: "sent" }));
  const draft = (member) => ({ member, id: member, rev: 1, photos: [new Blob(["p"])], place: null, values: {} });
  await kept.setNotes({ tasks: () => 1, known: () => 1, seats: () => 1, clock: () => 1, [slot("m")]: () => draft("m"), [slot("m", "c finish")]: () => draft("m"), [slot("m2")]: () => draft("m2") });
  assert.deepEqual(await leave(kept), { items: 1, drafts: 3 });
  assert.deepEqual([await kept.photoIds(), (await kept.items()).length], [["kept"], 1]);
  assert.deepEqual((await kept.notes("")).map(({ name }) => name).sort(), ["clock", "draft m/", "draft m/c finish", "draft m2/", "left"]);
  // The next one writes, signs out, and discards what is theirs.
  await kept.setNote("member", () => "m2");
  await write("other");
  assert.deepEqual(await leave(kept, "m2"), { items: 1, drafts: 2 });
  assert.deepEqual([(await kept.items()).map(({ member }) => member), await kept.photoIds(), await rest(kept)], [["m"], ["kept"], { items: 1, drafts: 2 }]);
});

test("page and worker together weigh no more than 35 KB", async () => {
  const sizes = await Promise.all(
    ["field", "field/service-worker"].map(async (name) => {
      const { outputFiles } = await build({ entryPoints: [new URL(`../src/${name}.ts`, import.meta.url).pathname], bundle: true, minify: true, format: "esm", target: ["chrome99", "safari15.4", "firefox97"], define: { SHELL: "{}" }, write: false, logLevel: "silent" });
      return gzipSync(outputFiles[0].contents, { level: 9 }).length;
    }),
  );
  console.log(`# field ${(sizes[0] / 1024).toFixed(1)} KB gz, worker ${(sizes[1] / 1024).toFixed(1)} KB gz`);
  assert.ok(sizes[0] + sizes[1] <= 35 * 1024, String(sizes));
});
