// The API as its description says: schemathesis reads the document and sends what fits it and what does not. Nothing may be answered
// with 5xx, with a status or a media type that is not described, or with a body of another shape.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { root, startServer } from "./harness.mjs";

const schemathesis = join(root, "e2e", ".venv", "bin", "schemathesis");
const checks = ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance"];
const servers = [];

/** The starter pack, with members to choose from or with accounts; without limits, so that every request is looked at. */
async function started(accounts) {
  if (!existsSync(schemathesis)) throw new Error("schemathesis is missing: run 'scripts/bootstrap.sh test'.");
  const demo = { args: ["--pack", "starter", "--cases", "200", "--still"] };
  const server = await startServer(accounts ? { verb: "serve", first: ["init", "--pack", "starter"], env: { HUYING__LIMITS__ENABLED: "false" } } : demo);
  servers.push(server);
  return server;
}
after(() => Promise.all(servers.map((server) => server.stop())));

/** Runs schemathesis as one member, or as nobody; answers its exit code and what it said. */
function tried(server, member, examples) {
  const args = ["run", server.url("/api/v1/openapi.json")];
  if (member) args.push("--header", `X-Huying-Member: ${member}`);
  args.push("--phases", "examples,coverage,fuzzing", "--max-examples", String(examples), "--seed", "1", "--checks", checks.join(","));
  // A stream has no end, and what schemathesis says of it is that it waited.
  args.push("--exclude-path-regex", "stream", "--continue-on-failure", "--generation-database", "none", "--no-color", "--warnings", "off");
  return new Promise((resolve) => {
    execFile(schemathesis, args, { cwd: server.dir, maxBuffer: 1 << 26 }, (failed, stdout) => resolve({ code: failed ? failed.code : 0, said: stdout }));
  });
}

for (const [who, member, examples] of [
  ["a leader", "leader-district", 10],
  ["an administrator", "administrator", 10],
  ["a stranger, where members have accounts,", undefined, 2],
]) {
  test(`whatever ${who} sends, nothing is answered that the description does not know`, { timeout: 600_000 }, async (t) => {
    const { code, said } = await tried(await started(member === undefined), member, examples);
    const sent = Number(said.match(/(\d+) generated/)?.[1] ?? 0);
    t.diagnostic(`${sent} requests by ${who}`);
    assert.equal(code, 0, said.slice(-30_000));
    assert.ok(sent > 1000, `only ${sent} requests were sent:\n${said.slice(-3000)}`);
  });
}
