// The field app's outbox under everything that may happen to a device, a way and a server; and the mistakes that this would notice.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./field/load.mjs";
import { campaign, figures } from "./field/many.mjs";
import { MUTANTS } from "./field/mutants.mjs";

test("forty days of a worker: nothing is lost, doubled, out of order or said untruly", async () => {
  const sum = await campaign(await load(), 1, 40, { indexed: (seed) => seed % 20 === 0 });
  assert.deepEqual(sum.broken, [], figures(sum));
  for (const count of ["offline", "lostBefore", "lostAfter", "late", "doubled", "portal", "busy", "failedAfter", "brokenParts", "kills", "full"]) {
    assert.ok(sum.counts[count] > 0, `${count} never happened, so nothing was shown about it`);
  }
});

for (const mutant of MUTANTS) {
  test(`the campaign notices the mistake: ${mutant.what}`, async () => {
    const sum = await campaign(await load(mutant), mutant.seed ?? 1, 60, { enough: 1 });
    assert.equal(sum.broken.length, 1, figures(sum));
  });
}
