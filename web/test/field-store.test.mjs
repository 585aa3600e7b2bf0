// The device's store: the real one on IndexedDB and the one in memory, by which long campaigns go, answer the same questions alike.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./field/load.mjs";
import * as memory from "./field/memory.mjs";

const modules = await load();
const stores = { IndexedDB: modules.open, memory: memory.open };
const item = (change) => ({ no: 0, key: "k", member: "m", case: "c", name: "report", fields: {}, photos: [], state: "kept", ...change });
const photo = (id) => ({ id, bytes: new Blob([id]), there: null });
const named = (...ids) => ids.map((id) => ({ photo: id, kind: "before" }));
let count = 0;

for (const [name, open] of Object.entries(stores)) {
  const fresh = () => open(`store-${(count += 1)}`, () => undefined);

  test(`${name}: items are numbered in the order of writing, and a photo that stands there goes on with the new bytes`, async () => {
    const store = await fresh();
    const [first] = await store.write([item({ photos: named("a") })], [photo("a")]);
    await store.changePhoto("a", (one) => ({ ...one, there: "m" }));
    const [second, third] = await store.write([item({ photos: named("a") }), item({})], [{ ...photo("a"), bytes: new Blob(["again"]) }]);
    assert.ok(first.no < second.no && second.no < third.no);
    assert.equal((await store.photo("a")).there, "m");
    // The browser may have lost the old ones: the picture that is chosen again brings them.
    assert.equal(await (await store.photo("a")).bytes.text(), "again");
    assert.deepEqual((await store.items()).map(({ no }) => no), [first.no, second.no, third.no]);
  });

  test(`${name}: a change sees the record as it is, and undefined leaves it`, async () => {
    const store = await fresh();
    const [{ no }] = await store.write([item({})], []);
    await Promise.all([1, 2, 3].map(() => store.change(no, (one) => ({ ...one, tries: (one.tries ?? 0) + 1 }))));
    assert.equal((await store.change(no, () => undefined)).tries, 3);
    assert.equal(await store.change(999, () => assert.fail("there is no such item")), undefined);
  });

  test(`${name}: a photo goes with the last item that names it`, async () => {
    const store = await fresh();
    const [first, second] = await store.write([item({ photos: named("a", "b") }), item({ photos: named("b") })], [photo("a"), photo("b")]);
    await store.drop([first.no]);
    assert.deepEqual(await store.photoIds(), ["b"]);
    await store.drop([second.no]);
    assert.deepEqual(await store.photoIds(), []);
  });

  test(`${name}: room is made only from photos that every item may spare`, async () => {
    const store = await fresh();
    await store.write([item({ state: "sent", photos: named("a", "b") }), item({ photos: named("b") })], [photo("a"), photo("b")]);
    assert.equal(await store.dropPhotos(({ state }) => state === "sent"), 1);
    assert.deepEqual(await store.photoIds(), ["b"]);
    assert.equal((await store.items()).length, 2);
  });

  test(`${name}: notes are changed from what they were, several at once or none, and found by how their names begin`, async () => {
    const store = await fresh();
    assert.equal(await store.note("x"), undefined);
    await store.setNote("x", (old) => (old ?? 0) + 1);
    await store.setNotes({ x: (old) => (old ?? 0) + 1, y: () => "z" });
    const refused = () => {
      throw new modules.Another("no");
    };
    await assert.rejects(store.setNotes({ x: () => 9, y: refused }), modules.Another);
    assert.deepEqual([await store.note("x"), await store.note("y")], [2, "z"]);
    await store.setNotes({ "draft a/1": () => 1, "draft a/2": () => 2, "draft ab/3": () => 3, x: () => undefined });
    assert.deepEqual((await store.notes("draft a/")).map(({ name, value }) => [name, value]), [["draft a/1", 1], ["draft a/2", 2]]);
    assert.equal(await store.note("x"), undefined);
  });

  test(`${name}: an item is written and a note changed in one transaction, or neither`, async () => {
    const store = await fresh();
    await store.setNote("draft", () => "words");
    const refused = () => {
      throw new modules.Taken("no");
    };
    await assert.rejects(store.write([item({ photos: named("a") })], [photo("a")], { draft: () => undefined, other: refused }), modules.Taken);
    assert.deepEqual([await store.items(), await store.photoIds(), await store.note("draft")], [[], [], "words"]);
    await store.write([item({ photos: named("a") })], [photo("a")], { draft: () => undefined });
    assert.deepEqual([(await store.items()).length, await store.photoIds(), await store.note("draft")], [1, ["a"], undefined]);
  });

  test(`${name}: what does not stay is wiped at once, photos with the last item that names them`, async () => {
    const store = await fresh();
    await store.write([item({ state: "sent", photos: named("a", "b") }), item({ photos: named("b") })], [photo("a"), photo("b")], { x: () => 1, y: () => 2 });
    await store.wipe({ item: ({ state }) => state !== "sent", note: (name) => name === "y" }, { y: (old) => old + 1 });
    assert.deepEqual([(await store.items()).map(({ state }) => state), await store.photoIds(), await store.note("x"), await store.note("y")], [["kept"], ["b"], undefined, 3]);
  });
}

test("a connection that the browser has ended under the page is opened again", async () => {
  let ended;
  const listen = IDBDatabase.prototype.addEventListener;
  IDBDatabase.prototype.addEventListener = function (kind, act, ...rest) {
    if (kind === "close") ended = () => (this.close(), act.call(this, new Event("close")));
    return listen.call(this, kind, act, ...rest);
  };
  try {
    const store = await modules.open("store-ended", () => assert.fail("no other layout is wanted"));
    await store.write([item({})], []);
    ended();
    await store.setNote("x", () => 1);
    assert.deepEqual([(await store.items()).length, await store.note("x")], [1, 1]);
  } finally {
    IDBDatabase.prototype.addEventListener = listen;
  }
});

test("a page that has to give way to a newer layout keeps first what it has in hand", async () => {
  const store = await modules.open("store-moved", () => store.setNote("x", () => 1));
  const newer = await new Promise((done, failed) => Object.assign(indexedDB.open("store-moved", 9), { onsuccess: ({ target }) => done(target.result), onerror: failed }));
  const kept = await new Promise((done) => (newer.transaction("note").objectStore("note").get("x").onsuccess = ({ target }) => done(target.result)));
  assert.deepEqual(kept, { name: "x", value: 1 });
  newer.close();
});

test("a transaction that the browser ends without naming an error fails with one", async () => {
  const store = await modules.open("store-aborted", () => undefined);
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (...args) {
    const request = put.apply(this, args);
    request.addEventListener("success", () => this.transaction.abort());
    return request;
  };
  try {
    await assert.rejects(store.setNote("x", () => 1), { name: "AbortError" });
  } finally {
    IDBObjectStore.prototype.put = put;
  }
  assert.equal(await store.note("x"), undefined);
});

test("where there is no room for all of a report, nothing of it is written", async () => {
  const store = await modules.open("store-full", () => undefined);
  const put = IDBObjectStore.prototype.add;
  IDBObjectStore.prototype.add = function (...args) {
    if (this.name === "item" && args[0].fields.no === 2) throw new DOMException("no room", "QuotaExceededError");
    return put.apply(this, args);
  };
  try {
    await assert.rejects(store.write([item({ fields: { no: 1 }, photos: named("a") }), item({ fields: { no: 2 } })], [photo("a")]), modules.Full);
  } finally {
    IDBObjectStore.prototype.add = put;
  }
  assert.deepEqual([await store.items(), await store.photoIds()], [[], []]);
  await store.write([item({ fields: { no: 3 } })], []);
  assert.equal((await store.items()).length, 1);
});
