// What the field app's screens know without a net: found by what is typed, asked for anew in its time, whole or not at all.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { load } from "./field/load.mjs";
import * as memory from "./field/memory.mjs";

const parts = ["app/known", "app/choices", "app/report", "app/today", "app/settings", "app/app", "device", "drafts"];
const { find, known, learn, Another, begun, end, ended, fresh, left, made, reported, reportScreen, settingsScreen, shot } = await load(undefined, parts);
const HOUR = 3_600_000;
const { fetch, document } = globalThis;
afterEach(() => Object.assign(globalThis, { fetch, document }));

const MATTERS = [
  { code: "a/b/c", name: "积存垃圾", name_en: "Piled-up rubbish", conditions: [] },
  { code: "a/b/d", name: "占道经营", name_en: "Street vending", conditions: [] },
];
const ANSWERS = {
  "/api/v1/matters": MATTERS.map((one) => ({ ...one, conditions: [{ no: 1, opens_when: "x", promise: {} }] })),
  "/api/v1/matters/frequent": [{ code: "a/b/d", name: "占道经营", cases: 3 }],
  "/api/v1/words": { stages: [{ code: "filed", zh: "待派遣", en: "Filed" }] },
  "/api/v1/units/team": { id: "team", name: "网格力量", name_en: null, area: "990" },
  "/api/v1/areas/990": { code: "990", name: "网格", name_en: "Grid" },
  "/api/v1/areas?parent=990": [{ code: "9901", name: "微网格", name_en: null }],
};

/** A server that knows these addresses; the addresses that were asked. */
function serve(change = {}) {
  const asked = [];
  const ask = async ({ path, headers }) => {
    asked.push(path);
    assert.equal(headers["For-Member"], "m");
    const value = { ...ANSWERS, ...change }[path];
    return { status: value === undefined ? 503 : (value.status ?? 200), header: () => null, text: async () => (value === undefined ? "" : JSON.stringify(value)) };
  };
  return { asked, net: { ask } };
}

test("matters are found by every word that was typed, in either language", () => {
  const codes = (typed) => find(MATTERS, typed).map(({ code }) => code);
  assert.deepEqual([codes("垃圾"), codes("street"), codes("  VENDING street "), codes("street rubbish"), codes("")], [["a/b/c"], ["a/b/d"], ["a/b/d"], [], []]);
});

test("what is known comes whole, is asked for anew after half a day or with other seats, and is the member's alone", async () => {
  const store = await memory.open(`known-${Math.random()}`);
  await store.setNote("member", () => "m");
  const take = ({ net }, hours, units = ["team"]) => learn({ net, store, lang: "zh" }, "m", units, hours * HOUR);
  assert.equal(await take(serve(), 1), true);
  const it = await known(store, "m");
  assert.deepEqual([it.frequent, it.units, it.areas.map(({ code }) => code)], [[{ code: "a/b/d", cases: 3 }], [{ code: "team", zh: "网格力量", en: "网格力量" }], ["990", "9901"]]);
  assert.deepEqual(it.matters[0].conditions, [{ no: 1, opens_when: "x", evidence: [] }]);
  assert.equal(await known(store, "other"), undefined);
  const soon = serve();
  assert.equal(await take(soon, 12), false);
  assert.deepEqual(soon.asked, []);
  assert.equal(await take(serve({ "/api/v1/words": undefined }), 14), false);
  assert.deepEqual(await known(store, "m"), it, "half of it is nothing");
  assert.equal(await take(serve({ "/api/v1/matters/frequent": [] }), 14), true);
  assert.deepEqual((await known(store, "m")).frequent, []);
  assert.equal(await take(serve(), 15, []), true, "other seats");
  // As the version before learnt it.
  await store.setNote("known", (now) => ({ ...now, matters: now.matters.map((one) => ({ ...one, conditions: [{ no: 1, opens_when: "x" }] })) }));
  assert.equal(await take(serve(), 15, []), true, "without what the end of the work asks for");
});

test("what another may know is never kept as one's own", async () => {
  const store = await memory.open(`known-${Math.random()}`);
  await store.setNote("member", () => "m");
  const refused = serve({ "/api/v1/matters/frequent": { status: 409, code: "another_member" } });
  await assert.rejects(learn({ net: refused.net, store, lang: "zh" }, "m", ["team"], HOUR), Another);
  await store.setNote("member", () => "other");
  await assert.rejects(learn({ net: serve().net, store, lang: "zh" }, "m", ["team"], HOUR), Another);
  assert.equal(await store.note("known"), undefined);
});

/** A window, as much as a sign-out needs. */
function browser(cookie = "") {
  const kept = new Map();
  const localStorage = { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value), removeItem: (name) => kept.delete(name) };
  return { localStorage, document: { cookie }, location: { protocol: "https:" } };
}

test("a sign-out on any page of the platform is found at the next opening, whoever has signed in by then", () => {
  assert.deepEqual(["", "a=b; huying-field=here", "a=b; huying-field=left", "xhuying-field=left"].map((cookie) => left(browser(cookie))), [null, null, "elsewhere", null]);
  const page = browser("huying-field=left");
  end(page, "m");
  assert.equal(left(page), "here");
  begun(page);
  assert.deepEqual([left(page), page.document.cookie], [null, "huying-field=here; Path=/; Max-Age=34560000; SameSite=Lax; Secure"]);
});

test("a sign-out that the server hears of late ends the session of whoever left, and of nobody else", async () => {
  const page = browser();
  assert.equal(await ended(page), true, "nobody has left");
  end(page, "网格员 1");
  const asked = [];
  const said = (answer) => {
    globalThis.fetch = async (path, { method, headers }) => (asked.push([method, path, decodeURIComponent(headers["For-Member"])]), answer());
    return ended(page);
  };
  const cut = () => Promise.reject(new TypeError("offline"));
  const problem = (status, code) => () => new Response(JSON.stringify({ code }), { status });
  const answers = [cut, problem(503, "busy"), problem(409, "wrong_stage"), problem(409, "another_member"), problem(401, "not_signed_in"), () => new Response(null, { status: 204 })];
  const told = [];
  for (const answer of answers) told.push(await said(answer));
  assert.deepEqual(told, [false, false, false, true, true, true]);
  assert.deepEqual(asked, answers.map(() => ["DELETE", "/api/v1/session", "网格员 1"]));
  assert.equal(left(page), "here", "the mark goes when the device is wiped, not before");
});

test("a sign-out that the version before had begun is told without a name, which it had not kept", async () => {
  const page = browser();
  page.localStorage.setItem("huying-field-ended", "yes");
  globalThis.fetch = async (_path, { headers }) => new Response(null, { status: headers["For-Member"] === undefined ? 204 : 409 });
  assert.deepEqual([left(page), await ended(page)], ["here", true]);
});

/** Elements, as much as a screen needs to be built; all that were made. */
function stage() {
  const all = [];
  const createElement = (tag) => {
    const it = { tag, acts: {}, parts: [], setAttribute() {}, addEventListener: (kind, act) => (it.acts[kind] = act), append: (...more) => it.parts.push(...more) };
    all.push(it);
    return it;
  };
  globalThis.document = { createElement, createElementNS: (_space, tag) => createElement(tag), body: { dataset: {} } };
  return all;
}

test("a browser that keeps no mark signs out all the same: wiped, the server told in the name of whose screen it is, and wiped again", async () => {
  const no = () => {
    throw new DOMException("forbidden", "SecurityError");
  };
  const steps = [];
  const page = { ...browser(), localStorage: { getItem: no, setItem: no, removeItem: no }, navigator: {}, location: { assign: (to) => steps.push(to) } };
  let going;
  const app = { page, lang: "zh", say: (zh) => zh, member: "m", items: [], drafts: new Map(), heart: { leave: async () => void steps.push("wiped") }, once: (act) => (going = act()) };
  const all = stage();
  settingsScreen(app);
  app.member = "other";
  const button = all.find(({ tag, parts: [words] }) => tag === "button" && words === "退出登录");
  const press = (status) => {
    globalThis.fetch = async (_path, { method, headers }) => (steps.push(`${method} ${headers["For-Member"]} ${status}`), new Response("{}", { status }));
    button.acts.click();
    return going;
  };
  await assert.rejects(press(503), /服务器还不知道/);
  await press(401);
  assert.deepEqual(steps, ["wiped", "DELETE m 503", "wiped", "DELETE m 401", "wiped", "/field/left"]);
});

const chance = { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)), unit: Math.random };

test("what is typed or photographed on one member's screen is theirs, whoever is greeted meanwhile", async () => {
  const store = await memory.open(`screen-${Math.random()}`);
  const page = { document: { getElementById: () => null }, setTimeout: () => 0 };
  const trouble = (why) => assert.fail(why);
  const app = { page, say: (zh) => zh, member: "a", drafts: new Map(), here: null, heart: { store }, draft: () => fresh("a", chance), find: async () => null, go: async () => undefined, trouble };
  const all = stage();
  reportScreen(app);
  app.member = "b";
  const text = all.find(({ tag }) => tag === "textarea");
  text.value = "words";
  text.acts.input();
  await shot(app, new Blob(["p"]), fresh("a", chance));
  const [draft, ...more] = await store.notes("draft ");
  assert.deepEqual([draft.name, draft.value.member, draft.value.values.text, draft.value.photos.length, more], ["draft a/", "a", "words", 1, []]);
});

test("what the screens are drawn from is one member's, all of it at once", async () => {
  const store = await memory.open(`screen-${Math.random()}`);
  await store.setNote("member", () => "a");
  const seen = [];
  const list = async (member) => {
    seen.push([member, app.member, app.items]);
    // Another is greeted while the rest is being read.
    await store.setNote("member", () => "b");
    return [{ state: "kept", of: member }];
  };
  const app = made({ navigator: {} }, { store, outbox: { list }, offset: async () => 0, chance }, "zh", (zh) => zh);
  await app.load();
  assert.deepEqual(seen, [["a", undefined, []], ["b", undefined, []]]);
  assert.deepEqual([app.member, app.items], ["b", [{ state: "kept", of: "b" }]]);
});

test("a report says where its picture was taken, what was chosen before what was located, and of a danger a word", () => {
  const draft = (values) => ({ member: "m", id: "x", rev: 1, photos: [], place: null, values });
  const fields = (values, spot, code) => reported(draft(values), spot, code, "危险").fields;
  assert.deepEqual(fields({ text: " 垃圾 " }, { lon: 1, lat: 2, accuracy: 6 }, "a/b/c"), { matter: "a/b/c", place: { lon: 1, lat: 2 }, text: "垃圾" });
  assert.deepEqual(fields({ area: "990" }, { lon: 1, lat: 2, accuracy: 6 }, null), { place: { area: "990" } });
  assert.deepEqual(fields({ hazard: "yes" }, null, null), { text: "危险", hazard: true });
  assert.deepEqual(fields({ hazard: "yes" }, null, "a/b/c"), { matter: "a/b/c", hazard: true });
});
