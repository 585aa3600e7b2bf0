// Open311 as programs of others speak it: four clients that nobody here wrote, each in an environment of its own, read from the built
// platform and report to it. What they report is then an ordinary case of the desk.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { root, startServer } from "./harness.mjs";

const run = promisify(execFile);
let server;
let key;

before(async () => {
  server = await startServer({ args: ["--pack", "starter", "--cases", "900", "--days", "40", "--still"] });
  key = server.log().match(/api_key[^:]*:\s+(\S+)/)?.[1];
  assert.ok(key, `the demonstration told no key:\n${server.log()}`);
});
after(() => server?.stop());

/** Runs one client's script in its own environment; answers what it said. */
async function client(name, script, ...more) {
  const python = join(root, "e2e", ".open311", name, "bin", "python");
  if (!existsSync(python)) throw new Error(`${name} is missing: run 'scripts/bootstrap.sh test'.`);
  const { stdout } = await run(python, [join(root, "e2e", "open311", script), server.url("/open311/v2"), key, ...more], { cwd: server.dir });
  return stdout.trim();
}

for (const [name, script] of [
  ["georeport", "read_georeport.py"],
  ["chicagorequests", "read_chicagorequests.py"],
  ["boston311", "read_boston311.py"],
]) {
  test(`${name} reads what it is made for`, async (t) => t.diagnostic(await client(name, script)));
}

test("three discovers, reads, and reports cases that the desk then has", async (t) => {
  const photos = join(root, "docs", "images");
  const photo = (await readdir(photos)).find((file) => /\.(png|jpe?g)$/.test(file));
  const said = await client("three", "write_three.py", join(photos, photo));
  t.diagnostic(said);
  const number = said.split(" ")[0];
  const answer = await fetch(server.url(`/api/v1/cases/${number}`), { headers: { "x-huying-member": "leader-district" } });
  const found = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(found));
  assert.deepEqual([found.matter, found.source, found.address, found.reporters], ["city/facility/litter", "resident", "桥头路1号", 1]);
});

test("what a person approves on the page of a case is there for everybody", async () => {
  const by = { "x-huying-member": "dispatcher-district", "content-type": "application/json" };
  const send = (path, body, member) => fetch(server.url(path), { method: "POST", headers: { ...by, "x-huying-member": member }, body: JSON.stringify(body) });
  const report = { text: "里面的话", matter: "city/facility/litter", condition: 1, place: { lon: 110.005, lat: 30.015 } };
  const { id, number } = await (await send("/api/v1/cases", report, "acceptor-east")).json();
  await send(`/api/v1/cases/${id}/commands/file`, { filing: { matter: "city/facility/litter", condition: 1 } }, "handler-station-bridge");
  const published = await send(`/api/v1/cases/${id}/commands/publish`, { words: "给大家的话" }, "supervisor-east");
  assert.equal(published.status, 200, await published.text());
  const shown = await (await fetch(server.url(`/open311/v2/requests/${number}.json`))).json();
  assert.equal(shown[0].description, "给大家的话");
});
