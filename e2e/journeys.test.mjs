// First stories of the systems, from the first word to the closed case, through the pages of everybody who has a part in it.
//
// Each pack is served by itself. In the usual run one of them stands on PostgreSQL and one on SQLite; HUYING_JOURNEYS=all tells every
// story on both. Time does not stand still in a browser, so limits are read and never waited for: what climbs when nobody answers is told by
// the scenarios of the packs. What the stories share stands in journeys/people.mjs, each story in the file of its pack.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parkedCars } from "./journeys/jiangbei.mjs";
import { quarrel } from "./journeys/lanling.mjs";
import { kinds, openTown } from "./journeys/people.mjs";

const STORIES = [
  { pack: "jiangbei", database: "sqlite", name: "badly parked cars go straight to the seconded traffic post, are pressed for, and closed by the street", story: parkedCars },
  { pack: "lanling", database: "postgres", name: "a quarrel that the grid cannot solve goes to mediation centre and police at once, and the callback decides the end", story: quarrel },
];
const all = process.env.HUYING_JOURNEYS === "all";
const told = STORIES.flatMap((one) => (all ? ["sqlite", "postgres"] : [one.database]).map((database) => ({ ...one, database })));

for (const { pack, database, name, story } of told) {
  test(`${pack} on ${database}: ${name}`, { timeout: 420_000 }, async () => {
    const town = await openTown(pack, database);
    try {
      await story(town);
    } finally {
      await town.stop();
    }
  });
}

test("at least seven kinds of user signed in for it", () => {
  assert.ok(kinds.size >= 7, [...kinds].join(", "));
});
