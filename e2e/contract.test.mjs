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
  const server = await startServer(accounts ? { verb: "serve", first: ["init", "--pack", "starter"], env: { HUYING__LIMITS__ENABLED: "false", HUYING__ACCOUNTS__SECOND_FACTOR: "nobody" } } : demo);
  servers.push(server);
  return server;
}
after(() => Promise.all(servers.map((server) => server.stop())));

/** Runs schemathesis with what somebody shows at the door; answers its exit code and what it said. `paths` says which to ask, `passed` which not. */
function tried(server, shown, examples, { passed = "stream", paths } = {}) {
  const args = ["run", server.url("/api/v1/openapi.json")];
  for (const [name, value] of Object.entries(shown)) args.push("--header", `${name}: ${value}`);
  if (paths) args.push("--include-path-regex", paths);
  args.push("--phases", "examples,coverage,fuzzing", "--max-examples", String(examples), "--seed", "1", "--checks", checks.join(","));
  // A stream has no end, and what schemathesis says of it is that it waited.
  args.push("--exclude-path-regex", passed, "--continue-on-failure", "--generation-database", "none", "--no-color", "--warnings", "off");
  return new Promise((resolve) => {
    const env = { ...process.env, PYTHONPATH: join(root, "e2e"), PYTHONDONTWRITEBYTECODE: "1", SCHEMATHESIS_HOOKS: "contract_bytes" };
    execFile(schemathesis, args, { cwd: server.dir, env, maxBuffer: 1 << 26 }, (failed, stdout) => resolve({ code: failed ? failed.code : 0, said: stdout }));
  });
}

// What administrators may is asked below, where they have accounts.
for (const [who, member, examples] of [
  ["a leader", "leader-district", 10],
  ["a stranger, where members have accounts,", undefined, 2],
]) {
  test(`whatever ${who} sends, nothing is answered that the description does not know`, { timeout: 600_000 }, async (t) => {
    kept(t, who, await tried(await started(member === undefined), member ? { "X-Huying-Member": member } : {}, examples));
  });
}

/** Nothing was answered that is not described, and enough was asked. */
function kept(t, who, { code, said }, least = 1000) {
  const sent = Number(said.match(/(\d+) generated/)?.[1] ?? 0);
  t.diagnostic(`${sent} requests by ${who}`);
  assert.equal(code, 0, said.slice(-30_000));
  assert.ok(sent > least, `only ${sent} requests were sent:\n${said.slice(-3000)}`);
}

const password = "a river under stone";

/** The first administrator signs in with the password that was printed and chooses one; answers what a browser then shows. */
async function administrator(server) {
  const [, first] = server.log().match(/password {2}(\S+)/);
  const origin = server.address;
  const sent = async (path, body, shown) => {
    const headers = { "content-type": "application/json", origin, ...shown };
    const answer = await fetch(server.url(path), { method: "POST", headers, body: JSON.stringify(body) });
    assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
    return answer;
  };
  const cookie = (answer) => answer.headers.getSetCookie().map((one) => one.split(";")[0]).join("; ");
  const begun = cookie(await sent("/api/v1/session", { member: "administrator", password: first }, {}));
  const changed = await sent("/api/v1/account/password", { old_password: first, new_password: password }, { cookie: begun });
  const session = { Cookie: cookie(changed), Origin: origin };
  const asked = { name: "contract", scopes: ["read", "report", "handle", "administer"], days: 1, password };
  const made = await (await sent("/api/v1/account/keys", asked, { cookie: session.Cookie })).json();
  return { session, key: { Authorization: `Bearer ${made.key}` } };
}

// Where members have accounts: what opens with a session alone, and what programs may. Schemathesis takes names of members out of what it is
// answered, so whatever would end the session or the key is passed over, and asked at last with nobody's eye on whether it still opens.
const OTHERS = "/accounts/.*/";
const OWN = "/api/v1/session|/account/devices|/account/password|/account/forgotten";
for (const [who, what, asked, stands] of [
  ["an administrator's session", "session", { passed: `stream|${OTHERS}|${OWN}` }, "/api/v1/session"],
  ["a program's key", "key", { passed: `stream|${OTHERS}` }, "/api/v1/cases"],
  ["the key of an administrator who locks and resets", "key", { paths: OTHERS }, undefined],
]) {
  test(`whatever is sent with ${who}, nothing is answered that the description does not know`, { timeout: 600_000 }, async (t) => {
    const server = await started(true);
    const shown = (await administrator(server))[what];
    kept(t, who, await tried(server, shown, 5, asked), stands ? 1000 : 20);
    // It opened to the end, or all of it would have been asked by a stranger.
    if (stands) assert.equal((await fetch(server.url(stands), { headers: shown })).status, 200, `${who} opens no more`);
  });
}
