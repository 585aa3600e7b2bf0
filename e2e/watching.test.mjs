// Twenty streams and two browsers watch the live desk while commands are given: nothing is missed, nothing comes twice, and no row moves
// under the hand. Streams are cut in the midst and go on behind what they saw.
//
// The short version of e2e/bench/watching.mjs, on packs/starter. It asserts no time and no rate.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startServer } from "./harness.mjs";
import { campaign } from "./bench/campaign.mjs";
import { Desk, judgeDesk, judgeJournal } from "./bench/judge.mjs";

let server;
before(async () => {
  server = await startServer({ verb: "demo", args: ["--pack", "starter", "--days", "3", "--cases", "60", "--still"] });
});
after(async () => server?.stop());

test("who watches the desk while others work is told everything once, in streams that are cut and in browsers", async () => {
  const report = await campaign(server, { clients: 20, browsers: 2, rate: 10, seconds: 8 });
  assert.deepEqual(report.refused, []);
  assert.deepEqual(report.browsers.troubles, []);
  assert.ok(report.commands.sent > 0 && report.streams.cuts > 0, "there was something to miss");
  const { missed, doubled, wrong, examples } = report.found;
  assert.deepEqual({ missed, doubled, wrong, examples }, { missed: 0, doubled: 0, wrong: 0, examples: [] });
});

test("the judge notices an entry that is missed, one that comes twice, one out of order and one that nobody was to hear", () => {
  const cases = new Map([["a", { street: "east", version: 3, parts: { "order-east": 2 } }]]);
  const entry = (at) => ({ at, case: "a", seq: at });
  const wrong = (scope, seqs) => {
    const { missed, doubled, disordered, foreign } = judgeJournal({ scope, told: seqs.map(entry) }, cases);
    return [missed.length, doubled.length, disordered, foreign.length];
  };
  assert.deepEqual(wrong("east", [1, 2, 3]), [0, 0, 0, 0]);
  assert.deepEqual(wrong("order-east", [2, 3]), [0, 0, 0, 0]);
  assert.deepEqual(wrong("all", [1, 3]), [1, 0, 0, 0]);
  assert.deepEqual(wrong("east", [1, 2, 2, 3]), [0, 1, 0, 0]);
  assert.deepEqual(wrong("east", [1, 3, 2]), [0, 0, 1, 0]);
  assert.deepEqual(wrong("west", [1]), [0, 0, 0, 1]);
});

test("the judge notices a row that never came, one that should be gone, one told twice at once and a wrong count", () => {
  const told = (events) => {
    const desk = new Desk("dispatch", ["a"]);
    for (const [kind, data, id] of events) desk.take({ kind, id, data: JSON.stringify({ queue: "dispatch", ...data }), at: 0 });
    const { missed, stale, doubled, count } = judgeDesk(desk, ["b"], 1);
    return [missed.length, stale.length, doubled, count === undefined];
  };
  const counts = ["counts", { dispatch: 1 }];
  assert.deepEqual(told([counts, ["left", { case: "a" }], ["entered", { case: "b" }, "1:2"]]), [0, 0, 0, true]);
  assert.deepEqual(told([counts, ["left", { case: "a" }, "1:2"]]), [1, 0, 0, true]);
  assert.deepEqual(told([counts, ["entered", { case: "b" }, "1:2"]]), [0, 1, 0, true]);
  assert.deepEqual(told([counts, ["left", { case: "a" }], ["entered", { case: "b" }], ["entered", { case: "b" }, "1:2"]]), [0, 0, 1, true]);
  assert.deepEqual(told([["counts", { dispatch: 2 }], ["left", { case: "a" }], ["entered", { case: "b" }, "1:2"]]), [0, 0, 0, false]);
});
