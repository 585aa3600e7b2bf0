// The rules of the islands that need no browser: words of the due chips, keys, messages of the stream.
import assert from "node:assert/strict";
import { test } from "node:test";
import { build } from "esbuild";

async function island(name) {
  const { outputFiles } = await build({
    entryPoints: [new URL(`../src/islands/${name}.ts`, import.meta.url).pathname],
    bundle: true,
    format: "esm",
    write: false,
    logLevel: "silent",
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

const MINUTE = 60_000;
const key = (change) => ({ key: "", code: "", isComposing: false, ctrlKey: false, metaKey: false, altKey: false, repeat: false, ...change });

test("a due chip says how long is left or over in the words of its page", async () => {
  const { dueWords } = await island("due");
  const due = 1_000 * MINUTE;
  const cases = [
    [due - 9 * MINUTE, "zh-CN", "剩 9 分"],
    [due - 8.2 * MINUTE, "zh-CN", "剩 9 分"],
    [due - 1, "zh-CN", "剩 1 分"],
    [due, "zh-CN", "超期 1 分"],
    [due + 12 * MINUTE, "zh-CN", "超期 12 分"],
    [due - 80 * MINUTE, "zh-CN", "剩 1 时 20 分"],
    [due - 120 * MINUTE, "zh-CN", "剩 2 时"],
    [due - 31 * 60 * MINUTE, "zh-CN", "剩 31 时"],
    [due - 3 * 1440 * MINUTE, "zh-CN", "剩 3 天"],
    [due - 80 * MINUTE, "en", "1 h 20 min left"],
    [due + 3 * 1440 * MINUTE, "en", "3 d over"],
  ];
  for (const [now, lang, words] of cases) assert.equal(dueWords(now, due, lang), words);
});

test("urgency turns at the warning and at the due instant, not before", async () => {
  const { urgencyAt } = await island("due");
  assert.deepEqual([9, 10, 19, 20].map((now) => urgencyAt(now, 10, 20)), ["fine", "soon", "soon", "overdue"]);
});

test("a key that an input method is composing does nothing on the desk", async () => {
  const { meaning } = await island("keys");
  assert.equal(meaning(key({ key: "j", code: "KeyJ" })), "next");
  assert.equal(meaning(key({ key: "j", code: "KeyJ", isComposing: true })), undefined);
  assert.equal(meaning(key({ key: "Process", code: "KeyJ" })), undefined);
  assert.equal(meaning(key({ key: "Enter", code: "Enter", keyCode: 229 })), undefined);
});

test("a held Enter acts once, and a key with a modifier is the browser's", async () => {
  const { meaning } = await island("keys");
  assert.equal(meaning(key({ key: "Enter", code: "Enter" })), "act");
  assert.equal(meaning(key({ key: "Enter", code: "Enter", repeat: true })), undefined);
  assert.equal(meaning(key({ key: "k", code: "KeyK", ctrlKey: true })), undefined);
  assert.equal(meaning(key({ key: "？", code: "Slash" })), "help");
});

test("a message of the stream that is not understood is left alone", async () => {
  const { parse } = await island("live");
  assert.deepEqual(parse("counts", '{"dispatch":12,"note":"x"}'), { kind: "counts", counts: { dispatch: 12 } });
  assert.deepEqual(parse("entered", '{"queue":"dispatch","case":"a1"}'), { kind: "entered", queue: "dispatch", case: "a1" });
  assert.equal(parse("entered", '{"case":"a1"}'), undefined);
  assert.equal(parse("changed", "not json"), undefined);
  assert.equal(parse("unheard-of", '{"case":"a1"}'), undefined);
});

test("the sum of the toll is SHA-256 whatever the length of the text, and its solution begins with zeros", async () => {
  const { head, solve } = await island("toll");
  const { createHash } = await import("node:crypto");
  for (const length of [0, 1, 54, 55, 56, 63, 64, 65, 119, 120, 200]) {
    const text = "呼a".repeat(length).slice(0, length);
    assert.equal(head(text), createHash("sha256").update(text).digest().readUInt32BE(0), `${length} signs`);
  }
  const number = await solve("w.12.0.abc", 12);
  assert.match(number, /^\d+$/);
  assert.equal(createHash("sha256").update(`w.12.0.abc:${number}`).digest().readUInt32BE(0) >>> 20, 0);
});

test("a drawn outline is one ring, bends the nearest side, and is GeoJSON once it encloses something", async () => {
  const { ringOf, sideOf, textOf } = await island("draw");
  const square = [[0, 0], [4, 0], [4, 4], [0, 4]];
  const polygon = { type: "Polygon", coordinates: [[...square, square[0]]] };
  assert.deepEqual(ringOf(JSON.stringify(polygon)), square);
  const feature = { type: "Feature", properties: null, geometry: polygon };
  assert.deepEqual(ringOf(JSON.stringify({ type: "FeatureCollection", features: [feature] })), square);
  assert.equal(ringOf(JSON.stringify({ type: "MultiPolygon", coordinates: [polygon.coordinates, polygon.coordinates] })), null, "several rings are left to files");
  for (const nothing of ["", "no outline", "{}"]) assert.equal(ringOf(nothing), undefined, nothing);
  assert.equal(textOf(square.slice(0, 2)), "");
  assert.deepEqual(JSON.parse(textOf(square)), polygon);
  assert.equal(sideOf(square, [2, -1]), 1);
  assert.equal(sideOf(square, [5, 2]), 2);
  assert.equal(sideOf(square, [-1, 2]), 4);
  assert.equal(sideOf(square.slice(0, 2), [9, 9]), 2, "before there is a side, a corner comes last");
});
