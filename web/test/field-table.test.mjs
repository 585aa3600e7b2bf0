// The rules of the outbox that need no device: what an answer means, which moment is claimed, how long is waited, what is written.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./field/load.mjs";
import * as memory from "./field/memory.mjs";

const { Another, Illegible, Outbox, add, backoff, became, drafts, drop, fresh, give, greet, keep, leave, rest, round, slot, Taken, judge, measured, newCase, occurred, shownState, stateWords, upload } = await load();
const problem = (code, more = {}) => JSON.stringify({ code, detail: "words", ...more });
const said = (status, text, retryAfter = null) => judge({ status, text, retryAfter }, "abc", 0);
const done = { id: "abc", number: "C-1", version: 3, stage: "reported" };

test("only an answer about this very case with its number means delivered", () => {
  assert.deepEqual(said(201, JSON.stringify(done)), { kind: "done", number: "C-1", version: 3, stage: "reported" });
  for (const text of ["", "<html>", "[]", JSON.stringify({ ...done, id: "other" }), JSON.stringify({ ...done, number: "" }), JSON.stringify({ ...done, version: "3" })]) {
    assert.equal(said(200, text).kind, "later", text);
  }
});

test("each status and code has its meaning", () => {
  const errors = [{ field: "uploads[1]", code: "missing", message: "", mend: "" }];
  const rows = [
    [401, problem("not_signed_in"), null, "sign-in"],
    [409, problem("another_member"), null, "sign-in"],
    [403, problem("password_first"), null, "sign-in"],
    [403, problem("field_hidden"), null, "needs refused"],
    [403, "<html>hotel</html>", null, "later cut"],
    [404, problem("not_found"), null, "needs gone"],
    [404, "not here", null, "later cut"],
    [409, problem("conflict", { version: 4 }), null, "moved"],
    [409, problem("wrong_stage"), null, "needs refused"],
    [409, problem("sandbox_making"), "5", "later busy"],
    [409, problem("upload_missing", { errors }), null, "missing"],
    [400, problem("validation", { errors }), null, "needs fields"],
    [422, problem("key_reused"), null, "needs fields"],
    [413, "<html>nginx</html>", null, "needs too_large"],
    [415, problem("unsupported_type"), null, "needs not_taken"],
    [429, "", "7", "later busy"],
    [503, problem("busy"), null, "later busy"],
    [500, problem("internal"), null, "later server"],
    [502, "<html>", null, "later server"],
    [302, "", null, "later cut"],
  ];
  for (const [status, text, retry, meaning] of rows) {
    const verdict = said(status, text, retry);
    assert.equal([verdict.kind, verdict.trouble?.kind].filter(Boolean).join(" "), meaning, `${status} ${text}`);
  }
  assert.deepEqual(said(409, problem("upload_missing", { errors })).places, [1]);
  assert.deepEqual(said(400, problem("validation", { errors: [{ field: "text", message: "m", mend: "n" }] })).trouble.fields, [{ field: "text", message: "m", mend: "n" }]);
});

test("how long to wait is the server's word, within an hour", () => {
  const seconds = (retry) => said(503, "", retry).seconds;
  assert.deepEqual([seconds("7"), seconds("0"), seconds("999999"), seconds(null), seconds("soon"), seconds("Thu, 01 Jan 1970 00:01:00 GMT")], [7, 1, 3600, 30, 30, 60]);
});

test("the claimed moment is put right by what the clock is off by, and stays between contact and sending", () => {
  const HOUR = 3_600_000;
  const rows = [
    // device, offset then, contact then, offset now, device's now, expected
    ["right clock", 10 * HOUR, 0, 9 * HOUR, 0, 11 * HOUR, 10 * HOUR],
    ["three hours behind", 7 * HOUR, 3 * HOUR, 9 * HOUR, 3 * HOUR, 8 * HOUR, 10 * HOUR],
    ["never in contact before", 7 * HOUR, null, null, 3 * HOUR, 8 * HOUR, 10 * HOUR],
    ["set right after finding", 7 * HOUR, 3 * HOUR, 9 * HOUR, 0, 11 * HOUR, 10 * HOUR],
    ["set wrong after the last contact, before finding", 4 * HOUR, 0, 9 * HOUR, 6 * HOUR, 5 * HOUR, 10 * HOUR],
    ["nothing fits: not after sending", 30 * HOUR, 0, 9 * HOUR, 0, 11 * HOUR, 11 * HOUR],
    ["nothing fits: not before the contact", 1 * HOUR, 0, 9 * HOUR, 0, 11 * HOUR, 9 * HOUR],
  ];
  for (const [what, device, offset, contact, now, sent, expected] of rows) assert.equal(occurred({ device, offset, contact }, now, sent), expected, what);
});

test("an answer whose clock was set under way measures nothing", () => {
  const date = new Date(1_000_000).toUTCString();
  assert.deepEqual(measured(date, 100_000, 102_000), { offset: 899_500, contact: 1_000_000 });
  for (const [text, from, to] of [[null, 0, 1], ["never", 0, 1], [date, 2, 1], [date, 0, 200_000]]) assert.equal(measured(text, from, to), undefined);
});

test("waits double up to a quarter of an hour, each spread to both sides", () => {
  const wait = (tries, unit) => Math.round(backoff(tries, { unit: () => unit }) / 10) / 100;
  assert.deepEqual([wait(1, 0.5), wait(2, 0.5), wait(3, 0), wait(3, 0.999), wait(30, 0.5)], [5, 10, 10, 29.98, 900]);
});

test("an item that was being sent when the app ended is shown as kept", () => {
  assert.deepEqual([shownState({ state: "sending", until: 5 }, 4), shownState({ state: "sending", until: 5 }, 5), shownState({ state: "sent", until: 5 }, 9)], ["sending", "kept", "sent"]);
  assert.deepEqual(["kept", "sending", "sent", "needs"].map((state) => stateWords(state, "C-1", "zh")), ["已存本机", "正在发送", "已送达（C-1）", "需要您处理"]);
});

test("a case's id is a UUID of version 7 of the moment", () => {
  const id = newCase(0x0190_0000_0001, { bytes: () => new Uint8Array(16).fill(0xff) });
  assert.equal(id, "0190000000017fffbfffffffffffffff".slice(0, 32));
});

test("a server that takes nothing of a photo is not asked for ever", async () => {
  let asked = 0;
  const headers = { "upload-offset": "0", "upload-complete": "?0" };
  const net = { ask: async () => ((asked += 1), { status: 204, header: (name) => headers[name] ?? null, text: async () => "" }) };
  const went = await upload({ id: "ab".repeat(32), bytes: new Blob(["abc"]) }, { net, member: "m", now: () => 0, alive: async () => true });
  assert.deepEqual([went.kind, went.trouble.kind, asked], ["later", "cut", 4]);
});

async function outbox() {
  const store = await memory.open(`table-${Math.random()}`);
  await store.setNote("member", () => "m");
  let wakes = 0;
  const chance = { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)), unit: Math.random };
  const box = new Outbox({ store, clock: { now: () => 1_000 }, chance, sum: async (blob) => blob.text(), wake: () => (wakes += 1) });
  return { store, box, wakes: () => wakes };
}

test("photos go with the commands that take them, and before the others; a danger goes ahead of its photos", async () => {
  const rows = [
    ["report", {}, "report+1"],
    ["report", { hazard: true }, "report attach+1"],
    ["finish", {}, "finish+1"],
    ["return", {}, "attach+1 return"],
    ["pass", {}, "attach+1 pass"],
  ];
  for (const [name, fields, expected] of rows) {
    const { box } = await outbox();
    const items = await box.write({ name, fields, ...(name === "report" ? {} : { case: "c" }), photos: [{ bytes: new Blob(["p"]), kind: "after" }] });
    assert.equal(items.map((item) => item.name + (item.photos.length > 0 ? `+${item.photos.length}` : "")).join(" "), expected);
    assert.equal(new Set(items.map(({ key }) => key)).size, items.length);
    assert.equal(new Set(items.map((item) => item.case)).size, 1);
  }
});

test("who mends an item changes its words and not its key, and only an item that needs it", async () => {
  const { box, store } = await outbox();
  const [{ no, key }] = await box.write({ name: "report", fields: { text: "a" } });
  await box.mend(no, { text: "b" });
  assert.equal((await store.items())[0].fields.text, "a");
  await store.change(no, (item) => ({ ...item, state: "needs", body: "old", trouble: { kind: "fields", theirs: null } }));
  await box.mend(no, { text: "b" });
  const [item] = await store.items();
  assert.deepEqual([item.fields.text, item.key, item.body, item.state], ["b", key, null, "kept"]);
});

test("with a report that is given up goes what hangs on its case, and nothing else", async () => {
  const { box, store } = await outbox();
  const [report] = await box.write({ name: "report", fields: {} });
  await box.write({ name: "note", case: report.case, fields: {} });
  await box.write({ name: "note", case: "other", fields: {} });
  await store.change(report.no, (item) => ({ ...item, state: "needs", trouble: { kind: "fields" } }));
  await box.giveUp(report.no);
  assert.deepEqual((await store.items()).map(({ state }) => state), ["dropped", "dropped", "kept"]);
  assert.equal((await box.waiting()).get("m"), 1);
});

test("one picture that was chosen twice goes once, and more than a request carries go in several", async () => {
  const { box, store } = await outbox();
  const photo = (name) => ({ bytes: new Blob([name]), kind: "before" });
  const [report] = await box.write({ name: "report", fields: {}, photos: [photo("a"), photo("b"), photo("a")] });
  assert.deepEqual([report.photos.map((one) => one.photo), await store.photoIds()], [["a", "b"], ["a", "b"]]);
  const many = Array.from({ length: 45 }, (_, no) => photo(`p${no}`));
  const items = async (name, more) => (await box.write({ name, fields: {}, photos: many, ...more })).map((item) => `${item.name}+${item.photos.length}`);
  assert.deepEqual(await items("report"), ["report+20", "attach+20", "attach+5"]);
  assert.deepEqual(await items("finish", { case: "c" }), ["attach+20", "attach+5", "finish+20"]);
  assert.deepEqual(await items("fail", { case: "c" }), ["attach+20", "attach+20", "attach+5", "fail+0"]);
});

test("nothing is written in the name of another than the screen's, nor into a device that is nobody's by then", async () => {
  const { box, store } = await outbox();
  for (const now of ["other", undefined]) {
    await store.setNote("member", () => now);
    await assert.rejects(box.write({ name: "report", fields: {}, member: "m" }, { x: () => 1 }), Another);
  }
  assert.deepEqual([await store.items(), await store.note("x")], [[], undefined]);
});

test("what the server has after all is delivered when it is given up, and is given up only where the server knows", async () => {
  const { box, store } = await outbox();
  const [{ no }] = await box.write({ name: "report", fields: {} });
  await store.change(no, (item) => ({ ...item, state: "needs", tries: 1, trouble: { kind: "fields" } }));
  const [item] = await store.items();
  const asked = [];
  const answers = (status, value) => ({ ask: async ({ path, headers }) => (asked.push([path, headers["For-Member"]]), { status, header: () => null, text: async () => JSON.stringify(value) }) });
  const done = { id: item.case, number: "C-1", version: 2, stage: "reported" };
  assert.equal(await became(item, { net: answers(404, { code: "not_found" }), lang: "zh" }), "no");
  assert.equal(await became(item, { net: answers(409, { code: "another_member" }), lang: "zh" }), "unknown");
  assert.equal(await became(item, { net: answers(200, { portal: true }), lang: "zh" }), "unknown");
  await box.delivered(no, await became(item, { net: answers(200, done), lang: "zh" }));
  assert.deepEqual((await store.items()).map(({ state, number, trouble }) => [state, number, trouble]), [["sent", "C-1", null]]);
  assert.deepEqual(asked, Array(4).fill([`/api/v1/keys/${item.key}`, "m"]));
});

test("what needs one member holds up nothing of another's on the same case", async () => {
  const { box, store } = await outbox();
  const [{ no }] = await box.write({ name: "note", case: "c", fields: {} });
  await store.change(no, (item) => ({ ...item, state: "needs", trouble: { kind: "fields" } }));
  await store.setNote("member", () => "other");
  await box.write({ name: "note", case: "c", fields: {} });
  let asked = 0;
  const net = { ask: async () => ((asked += 1), { status: 401, header: () => null, text: async () => JSON.stringify({ code: "not_signed_in" }) }) };
  await round({ store, net, clock: { now: () => 1_000, steady: () => 0 }, locks: { hold: (work) => work(async () => true) }, lang: "zh" }, true);
  assert.equal(asked, 1, "the round asks who is there");
});

test("a photo whose bytes cannot be read any more needs the worker, and is no line that is always cut", async () => {
  const { box, store } = await outbox();
  await box.write({ name: "report", fields: {}, photos: [{ bytes: new Blob(["p"]), kind: "before" }] });
  const session = { status: 200, header: (name) => (name === "date" ? new Date(0).toUTCString() : null), text: async () => JSON.stringify({ id: "m", seats: [] }) };
  const net = { ask: async ({ path }) => (path.endsWith("/session") ? session : Promise.reject(new Illegible("gone"))) };
  await round({ store, net, clock: { now: () => 1_000, steady: () => 1_000 }, chance: { unit: () => 0.5 }, locks: { hold: (work) => work(async () => true) }, lang: "zh" }, true);
  assert.deepEqual((await store.items()).map(({ state, trouble }) => [state, trouble.kind]), [["needs", "photo_lost"]]);
});

const chance = { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)), unit: Math.random };
const ready = (name) => Promise.resolve({ bytes: new Blob([name]), kind: "before", place: null });
const report = ({ photos, values }) => ({ name: "report", fields: { text: values.text ?? "" }, photos });

test("a draft and the report that it becomes are never both there, and never neither, wherever the page ends", async () => {
  const ends = async (last) => {
    const { box, store } = await outbox();
    const [at, mine] = [slot("m"), fresh("m", chance)];
    await keep(store, at, mine, (draft) => ({ ...draft, values: { text: "a" } }));
    await add(store, at, mine, ready("p"));
    let calls = 0;
    let died;
    const death = new Promise((done) => (died = done));
    const dying = new Proxy(store, { get: (real, name) => (...args) => ((calls += 1) > last ? (died(), new Promise(() => undefined)) : real[name](...args)) });
    box.parts.store = dying;
    await Promise.race([give(box, dying, at, mine, report), death]);
    return [(await drafts(store, "m")).size, (await store.items()).length, (await store.photoIds()).length, calls];
  };
  let all;
  for (let last = 0; last === 0 || all[3] > last; last += 1) {
    all = await ends(last);
    assert.deepEqual(all.slice(0, 3), all[1] === 0 ? [1, 0, 0] : [0, 1, 1], `after ${last} calls`);
  }
});

test("of two windows that show one draft one sends it, and what the other types or takes afterwards is no second report of it", async () => {
  const { box, store } = await outbox();
  const at = slot("m");
  const first = fresh("m", chance);
  await keep(store, at, first, (draft) => ({ ...draft, values: { text: "a" } }));
  const second = structuredClone((await drafts(store, "m")).get(at));
  // Both go on with it: nothing of either is lost.
  await add(store, at, second, ready("p"));
  first.values = { text: "ab" };
  await keep(store, at, first, (draft) => ({ ...draft, values: { text: "ab" } }));
  const sent = await Promise.allSettled([give(box, store, at, first, report), give(box, store, at, second, report)]);
  assert.deepEqual(sent.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  assert.ok(sent.find(({ reason }) => reason)?.reason instanceof Taken);
  const [item] = await store.items();
  assert.deepEqual([(await store.items()).length, item.photos.map(({ photo }) => photo)], [1, ["p"]]);
  await assert.rejects(keep(store, at, second, (draft) => draft), Taken);
  // A photo that was being made smaller meanwhile is kept, and begins another.
  await add(store, at, second, ready("q"));
  const [draft] = (await drafts(store, "m")).values();
  assert.deepEqual([await Promise.all(draft.photos.map(({ bytes }) => bytes.text())), draft.values], [["q"], {}]);
});

test("photos that are being made smaller go with the report, and two that are made at once are two", async () => {
  const { box, store } = await outbox();
  const [at, mine] = [slot("m"), fresh("m", chance)];
  let done;
  const slow = new Promise((yes) => (done = () => yes({ bytes: new Blob(["slow"]), kind: "before", place: null })));
  void add(store, at, mine, slow);
  void add(store, at, mine, ready("quick"));
  const went = give(box, store, at, mine, report);
  setTimeout(done, 5);
  const [item] = await went;
  assert.deepEqual(item.photos.map(({ photo }) => photo).sort(), ["quick", "slow"]);
  assert.equal((await drafts(store, "m")).size, 0);
});

test("a draft is its member's alone, and one of the first layout is taken up", async () => {
  const { store } = await outbox();
  await keep(store, slot("m"), fresh("m", chance), (draft) => ({ ...draft, values: { text: "mine" } }));
  await keep(store, slot("m2"), fresh("m2", chance), (draft) => ({ ...draft, values: { text: "other" } }));
  assert.deepEqual([...(await drafts(store, "m")).values()].map(({ values }) => values.text), ["mine"]);
  await store.setNote("draft", () => ({ member: "m3", photos: [new Blob(["p"])], place: null, area: "9", text: "old", hazard: true }));
  assert.equal((await drafts(store, "m")).size, 1);
  const [old] = (await drafts(store, "m3")).values();
  assert.deepEqual([old.values, old.photos.length, await store.note("draft")], [{ area: "9", text: "old", hazard: "yes" }, 1, undefined]);
});

test("a draft of the first layout joins what was begun beside it, and one that another window has sent does not come back", async () => {
  const { store } = await outbox();
  const old = () => ({ member: "m", photos: [new Blob(["p"])], place: null, area: "9", text: "old", hazard: false });
  const mine = fresh("m", chance);
  await add(store, slot("m"), mine, ready("q"));
  await keep(store, slot("m"), mine, (draft) => ({ ...draft, values: { text: "new", hazard: "yes" } }));
  await store.setNote("draft", old);
  const [draft] = (await drafts(store, "m")).values();
  assert.deepEqual([draft.id, draft.values, await Promise.all(draft.photos.map(({ bytes }) => bytes.text()))], [mine.id, { area: "9", text: "old\nnew", hazard: "yes" }, ["p", "q"]]);
  await drop(store, slot("m"));
  await store.setNote("draft", old);
  // Between its being seen and its being taken up, another window takes it up and is done with it.
  const note = async (name) => {
    const seen = await store.note(name);
    await drafts(store, "m");
    await drop(store, slot("m"));
    return seen;
  };
  assert.equal((await drafts({ ...store, note }, "m")).size, 0);
});

test("a report that was never kept is handed over once, whatever fails after it", async () => {
  const { box, store } = await outbox();
  const mine = fresh("m", chance);
  await give(box, store, slot("m"), mine, report);
  await assert.rejects(give(box, store, slot("m"), mine, report), Taken);
  assert.equal((await store.items()).length, 1);
});

test("the empty note that the first layout left is no draft that rests", async () => {
  const { store } = await outbox();
  await store.setNote("draft", () => null);
  await keep(store, slot("m"), fresh("m", chance), (draft) => draft);
  assert.deepEqual(await rest(store), { items: 0, drafts: 1 });
});

test("an answer that greets somebody who has signed out meanwhile greets nobody", async () => {
  const { store } = await outbox();
  let answer;
  const net = { ask: () => new Promise((yes) => (answer = () => yes({ status: 200, header: () => new Date(0).toUTCString(), text: async () => JSON.stringify({ id: "m", seats: [] }) }))) };
  const asked = greet({ net, store, clock: { now: () => 1_000 }, lang: "zh" });
  await new Promise((done) => setImmediate(done));
  await leave(store);
  answer();
  assert.deepEqual([await asked, await store.note("member")], [{ how: "not_signed_in", next: null }, undefined]);
});

test("nobody writes who has never signed in on the device", async () => {
  const { box, store, wakes } = await outbox();
  await store.setNote("member", () => undefined);
  await assert.rejects(box.write({ name: "report", fields: {} }));
  assert.deepEqual([await store.items(), wakes()], [[], 0]);
});
