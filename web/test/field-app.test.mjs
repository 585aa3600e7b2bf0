// What the field app's screens know without a net: found by what is typed, asked for anew in its time, whole or not at all.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { load } from "./field/load.mjs";
import * as memory from "./field/memory.mjs";

const { find, known, learn } = await load(undefined, ["app/known"]);
const HOUR = 3_600_000;
const before = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = before;
});

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
  globalThis.fetch = async (path) => {
    asked.push(path);
    const value = { ...ANSWERS, ...change }[path];
    if (value === undefined) return new Response("", { status: 503 });
    return new Response(JSON.stringify(value));
  };
  return asked;
}

test("matters are found by every word that was typed, in either language", () => {
  const codes = (typed) => find(MATTERS, typed).map(({ code }) => code);
  assert.deepEqual([codes("垃圾"), codes("street"), codes("  VENDING street "), codes("street rubbish"), codes("")], [["a/b/c"], ["a/b/d"], ["a/b/d"], [], []]);
});

test("what is known comes whole, is asked for anew after half a day, and is the member's alone", async () => {
  const store = await memory.open(`known-${Math.random()}`);
  serve();
  assert.equal(await learn(store, "m", ["team"], "zh", HOUR), true);
  const it = await known(store, "m");
  assert.deepEqual([it.frequent, it.units, it.areas.map(({ code }) => code)], [[{ code: "a/b/d", cases: 3 }], [{ code: "team", zh: "网格力量", en: "网格力量" }], ["990", "9901"]]);
  assert.deepEqual(it.matters[0].conditions, [{ no: 1, opens_when: "x", evidence: [] }]);
  assert.equal(await known(store, "other"), undefined);
  const soon = serve();
  assert.equal(await learn(store, "m", ["team"], "zh", 12 * HOUR), false);
  assert.deepEqual(soon, []);
  serve({ "/api/v1/words": undefined });
  assert.equal(await learn(store, "m", ["team"], "zh", 14 * HOUR), false);
  assert.deepEqual(await known(store, "m"), it, "half of it is nothing");
  serve({ "/api/v1/matters/frequent": [] });
  assert.equal(await learn(store, "m", ["team"], "zh", 14 * HOUR), true);
  assert.deepEqual((await known(store, "m")).frequent, []);
});
