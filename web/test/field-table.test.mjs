// The rules of the outbox that need no device: what an answer means, which moment is claimed, how long is waited, what is written.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./field/load.mjs";
import * as memory from "./field/memory.mjs";

const { Outbox, backoff, judge, measured, newCase, occurred, shownState, stateWords, upload } = await load();
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

test("nobody writes who has never signed in on the device", async () => {
  const { box, store, wakes } = await outbox();
  await store.dropNotes([]);
  await assert.rejects(box.write({ name: "report", fields: {} }));
  assert.deepEqual([await store.items(), wakes()], [[], 0]);
});
