// The rules of the islands that need no browser: words of the due chips, keys, messages of the stream, replies.
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

test("each key of the desk means one thing, and held down it does nothing but walk", async () => {
  const { meaning, isTaken } = await island("keys");
  const wanted = { J: "next", K: "previous", D: "correct", R: "return", H: "hold", M: "merge", X: "pick", U: "undo" };
  for (const [letter, what] of Object.entries(wanted)) {
    assert.equal(meaning(key({ key: letter.toLowerCase(), code: `Key${letter}` })), what);
    assert.equal(meaning(key({ key: "", code: `Key${letter}` })), what, "a hidden letter is read from its place");
    assert.equal(meaning(key({ key: letter.toLowerCase(), code: `Key${letter}`, repeat: true })), ["next", "previous"].includes(what) ? what : undefined);
    assert.equal(meaning(key({ key: letter.toLowerCase(), code: `Key${letter}`, metaKey: true })), undefined);
  }
  assert.equal(meaning(key({ key: ".", code: "Period" })), "copy");
  assert.equal(meaning(key({ key: "Tab", code: "Tab" })), undefined);
  assert.ok(isTaken(key({ key: "Process", code: "KeyD" })));
});

test("a unit is found by the letters of its code, their first letters, or its name", async () => {
  const { fits } = await island("choose");
  const found = (typed) => fits(typed, "order-east", "东街道综合执法岗");
  for (const typed of ["", "o", "or", "east", "oe", "东街"]) assert.ok(found(typed), typed);
  for (const typed of ["west", "ow", "rder"]) assert.ok(!found(typed), typed);
  assert.ok(fits("post", "order-east", "East Street Order Post"));
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

test("a report that is sent again is paid with the same challenge as long as it says the same", async () => {
  const { content } = await island("toll");
  const says = (fields) => content(Object.entries(fields));
  const photo = (name, lastModified, bytes = "x") => new File([bytes], name, { lastModified });
  const first = says({ text: "井盖", photo: photo("a.jpg", 1), challenge: "", solution: "" });
  assert.equal(says({ text: "井盖", photo: photo("a.jpg", 1), challenge: "w.1", solution: "7" }), first);
  for (const other of [{ text: "路灯", photo: photo("a.jpg", 1) }, { text: "井盖", photo: photo("b.jpg", 1) }, { text: "井盖", photo: photo("a.jpg", 2) }]) assert.notEqual(says(other), first);
  assert.equal(says({ photo: photo("", 1, "") }), says({ photo: photo("", 2, "") }), "an empty choice has no date");

  const hear = new Map();
  const field = { challenge: { value: "" }, solution: { value: "" } };
  const [text, went] = [{ value: "井盖" }, []];
  const form = {
    dataset: { toll: "/c" },
    querySelector: (what) => field[what.match(/name=(\w+)/)?.[1]] ?? null,
    addEventListener: (name, does) => hear.set(name, does),
    submit: () => went.push(field.challenge.value),
  };
  const kept = [globalThis.fetch, globalThis.FormData, globalThis.addEventListener];
  let asked = 0;
  globalThis.fetch = async () => Response.json({ challenge: `w.${++asked}`, bits: 1 });
  globalThis.FormData = class { entries = () => [["text", text.value], ["challenge", field.challenge.value]]; };
  globalThis.addEventListener = () => {};
  try {
    const { toll } = await island("toll");
    toll(form);
    const press = () => hear.get("submit")({ preventDefault: () => {} });
    await press();
    await press();
    text.value = "路灯";
    await press();
    assert.deepEqual(went, ["w.1", "w.1", "w.2"]);
  } finally {
    [globalThis.fetch, globalThis.FormData, globalThis.addEventListener] = kept;
  }
});

test("arrow keys go through the list beside the map and stop at its ends", async () => {
  const { rowAfter } = await island("beside");
  assert.deepEqual(["ArrowDown", "ArrowUp", "Home", "End", "j"].map((pressed) => rowAfter(pressed, 1, 3)), [2, 0, 0, 2, undefined]);
  assert.deepEqual([rowAfter("ArrowDown", 2, 3), rowAfter("ArrowUp", 0, 3), rowAfter("ArrowDown", -1, 0)], [2, 0, undefined]);
});

test("every colour of the map is a token of the page, and red, amber and green are urgency's alone", async () => {
  const { layersOf } = await island("map-style");
  const asked = new Map();
  const layers = layersOf((token) => (asked.set(token, true), `of${token}`), { level: "grid", english: false, under: [] });
  assert.equal(new Set(layers.map(({ id }) => id)).size, layers.length, "a layer stands twice");
  const told = JSON.stringify(layers);
  assert.doesNotMatch(told, /"--|#[0-9a-f]{3,8}"|rgb\(/, "a colour does not come from the page");
  for (const token of asked.keys()) if (/red|amber|green/.test(token)) assert.match(token, /-fill$/);
  const greens = layers.filter((layer) => JSON.stringify(layer).includes("green")).map(({ id }) => id);
  assert.deepEqual(greens, ["calm"]);
});

test("tiles are asked for in the datum of what lies under the map", async () => {
  const { sources } = await island("map-style");
  const all = sources("/api/v1/tiles", "gcj02", "https://grid.example.org");
  for (const { tiles } of Object.values(all)) assert.match(tiles[0], /^https:\/\/grid\.example\.org\/api\/v1\/tiles\/\w+\/\{z\}\/\{x\}\/\{y\}\?datum=gcj02$/);
});

test("a reply of the pack takes the place of nothing that somebody wrote", async () => {
  const { mayReplace } = await island("reply");
  const replies = ["已办妥。", "已清理。"];
  assert.equal(mayReplace("", replies), true);
  assert.equal(mayReplace(" 已清理。\n", replies), true);
  assert.equal(mayReplace("已清理，明早复查。", replies), false);
});

test("figures are called old after three minutes without an answer, and the minutes are told", async () => {
  const { minutesOld } = await island("fresh");
  assert.deepEqual([0, 2.9, 3, 3.9, 12].map((minutes) => minutesOld(minutes * MINUTE)), [0, 0, 3, 3, 12]);
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

test("an outline that crosses itself is found by its sides, and one that only bends is not", async () => {
  const { crossing } = await island("draw");
  assert.equal(crossing([[0, 0], [4, 0], [4, 4], [0, 4]]), undefined);
  assert.deepEqual(crossing([[0, 0], [4, 4], [4, 0], [0, 4]]), [0, 2]);
  assert.deepEqual(crossing([[0, 0], [4, 0], [4, 4], [2, -1]]), [0, 2]);
  assert.equal(crossing([[0, 0], [4, 0], [2, 0], [2, 3]]), undefined, "sides that only touch are no crossing");
  // No degree of seven places lies on the slanted side at half its length: the corner beside it touches it, as the server says too.
  const slanted = (lat) => [[0, 0], [1e-4, 333e-7], [1e-4, 1e-4], [5e-5, lat], [0, 1e-4]];
  assert.equal(crossing(slanted(166e-7)), undefined, "rounding makes no crossing");
  assert.deepEqual(crossing(slanted(160e-7)), [0, 2]);
  for (const few of [[], [[0, 0]], [[0, 0], [1, 1], [2, 0]]]) assert.equal(crossing(few), undefined);
});

test("what stands in a field and is no outline of one ring is never drawn over", async () => {
  const { refusal } = await island("draw");
  const ring = [[0, 0], [4, 0], [4, 4], [0, 0]];
  const polygon = { type: "Polygon", coordinates: [ring] };
  assert.equal(refusal(" "), undefined);
  assert.equal(refusal(JSON.stringify({ type: "Feature", properties: { code: "1" }, geometry: polygon })), undefined);
  for (const text of ["一个圈", "{", JSON.stringify({ type: "Point", coordinates: [1, 2] }), '{"type":"Polygon","coordinates":[[[1,2]]]}']) assert.equal(refusal(text), "unread", text);
  assert.equal(refusal(JSON.stringify({ type: "Polygon", coordinates: [ring, ring] })), "many");
});

test("a page is left without a question where nothing was edited or the edits were sent", async () => {
  const { mayLeave } = await island("keep");
  assert.deepEqual([mayLeave(false, false), mayLeave(true, true), mayLeave(true, false)], [true, true, false]);
});

test("a form that a script has stopped, or that of a dialog, sends no edits", async () => {
  const { leaves } = await island("keep");
  const event = (method, defaultPrevented) => leaves({ target: { method }, defaultPrevented });
  assert.deepEqual([event("post", false), event("post", true), event("dialog", false)], [true, false, false]);
});

test("whoever writes for long is known to be there, and told about it at most every five minutes", async () => {
  const { saysUse } = await island("keep");
  assert.deepEqual([0, 4.9, 5, 31].map((minutes) => saysUse(7, 7 + minutes * MINUTE)), [false, false, true, true]);
});

test("words in a kept form say that the page is in use, and a stopped or lost submission asks again before the page is left", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const asked = [];
  t.mock.method(globalThis, "fetch", async (path) => (asked.push(path), new Response()));
  const { startKeeping } = await island("keep");
  const [page, view, form, other] = [new EventTarget(), new EventTarget(), new EventTarget(), new EventTarget()];
  form.dataset = other.dataset = { keeps: "yes" };
  Object.assign(page, { defaultView: view, querySelectorAll: () => [form, other] });
  startKeeping(page);
  const fire = (target, name, from) => {
    const event = new Event(name, { cancelable: true });
    if (from) Object.defineProperty(event, "target", { value: from });
    target.dispatchEvent(event);
    return event.defaultPrevented;
  };
  const write = () => fire(form, "input");
  write();
  t.mock.timers.tick(5 * MINUTE);
  write();
  write();
  assert.deepEqual(asked, ["/api/v1/session"]);
  assert.equal(fire(view, "beforeunload"), true, "edited");
  fire(page, "submit", other);
  assert.equal(fire(view, "beforeunload"), true, "another form takes nothing of it along");
  fire(page, "submit", form);
  assert.equal(fire(view, "beforeunload"), false, "sent");
  t.mock.timers.tick(30_000);
  assert.equal(fire(view, "beforeunload"), true, "no answer came");
});
