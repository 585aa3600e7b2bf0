// First stories of the five systems, from the first word to the closed case, through the pages of everybody who has a part in it.
//
// Each pack is served by itself. In the usual run three of them stand on SQLite and two on PostgreSQL; HUYING_JOURNEYS=all tells every story
// on both. Limits are read and not waited for, but for the one story that is told by what happens after them: there the server's clock is put
// forward (journeys/clock.mjs). One story is told by keys alone (journeys/keys.mjs), one by a resident without a script. What the stories
// share stands in journeys/people.mjs, each story in the file of its pack.
import assert from "node:assert/strict";
import { test } from "node:test";
import { vagueCall } from "./journeys/daxing.mjs";
import { publicCall } from "./journeys/haizhu.mjs";
import { parkedCars } from "./journeys/jiangbei.mjs";
import { quarrel } from "./journeys/lanling.mjs";
import { visit } from "./journeys/laoshan.mjs";
import { kinds, openTown } from "./journeys/people.mjs";

const STORIES = [
  { pack: "jiangbei", database: "sqlite", name: "badly parked cars go straight to the seconded traffic post, are pressed for, and closed by the street", story: parkedCars },
  { pack: "haizhu", database: "sqlite", moves: true, name: "a resident without scripts calls, nobody answers, the call climbs to a leader, and the resident reads and rates the end", story: publicCall },
  { pack: "lanling", database: "postgres", name: "a quarrel that the grid cannot solve goes to mediation centre and police at once, and the callback decides the end", story: quarrel },
  { pack: "laoshan", database: "postgres", name: "an admitted matter is asked of a grid worker, by keys alone", story: visit },
  { pack: "daxing", database: "sqlite", name: "a vague call is looked at on the spot, dispatched wrongly, returned, and done by whom the table names", story: vagueCall },
];
const all = process.env.HUYING_JOURNEYS === "all";
const told = STORIES.flatMap((one) => (all ? ["sqlite", "postgres"] : [one.database]).map((database) => ({ ...one, database })));

for (const { pack, database, moves, name, story } of told) {
  test(`${pack} on ${database}: ${name}`, { timeout: 420_000 }, async () => {
    const town = await openTown(pack, database, { moves });
    try {
      await story(town);
    } finally {
      await town.stop();
    }
  });
}

test("whoever works with cases signed in for it, each with the seat of their own kind", () => {
  const missing = ["operator", "acceptor", "dispatcher", "grid_worker", "handler", "inspector", "caller_back", "supervisor", "leader"].filter((kind) => !kinds.has(kind));
  assert.deepEqual(missing, []);
});
