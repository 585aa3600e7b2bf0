// What developers of other systems do: clients made from the running server's description, in Python and TypeScript, compile and work;
// the samples that check a webhook's signature accept what was signed and nothing else; the pages need no network.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHmac } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { openBrowser, root, startServer } from "./harness.mjs";

const run = promisify(execFile);
const python = join(root, "e2e", ".venv", "bin", "python");
const generator = join(root, "e2e", ".venv", "bin", "openapi-python-client");
const tool = (name) => join(root, "e2e", "node_modules", ".bin", name);
const member = "acceptor-east";
let server;
before(async () => {
  for (const needed of [generator, tool("openapi-typescript"), tool("tsc")]) {
    if (!existsSync(needed)) throw new Error(`${needed} is missing: run 'scripts/bootstrap.sh test'.`);
  }
  server = await startServer({ args: ["--pack", "starter", "--cases", "20", "--still"] });
});
after(() => server?.stop());

const PYTHON = `
import sys
from huying_client import Client
from huying_client.api.cases import one_cases, report_cases
from huying_client.api.commands import comment
from huying_client.models import PlaceBody, ReportBody, WordsBody

client = Client(base_url=sys.argv[1], headers={"X-Huying-Member": sys.argv[2]}, raise_on_unexpected_status=True)
body = ReportBody(matter="city/facility/litter", title="路边垃圾", source="hotline", place=PlaceBody(lon=110.005, lat=30.015))
reported = report_cases.sync_detailed(client=client, body=body, idempotency_key="made-by-python")
assert reported.status_code == 201, reported.content
again = report_cases.sync_detailed(client=client, body=body, idempotency_key="made-by-python")
assert again.parsed.id == reported.parsed.id, "the same key begins one case"
case = one_cases.sync(reported.parsed.id, client=client)
assert case.title == "路边垃圾" and case.number == reported.parsed.number
done = comment.sync_detailed(reported.parsed.id, client=client, body=WordsBody(words="已联系环卫"))
assert done.status_code == 200, done.content
print(case.number)
`;

test("a Python client is made from the description, compiles, reports a case, reads it and gives a command", { timeout: 240_000 }, async () => {
  const place = join(server.dir, "python");
  await mkdir(place);
  await run(generator, ["generate", "--url", server.url("/api/v1/openapi.json"), "--meta", "none", "--output-path", join(place, "huying_client")], { cwd: place, maxBuffer: 1 << 26 });
  await run(python, ["-m", "compileall", "-q", join(place, "huying_client")]);
  await writeFile(join(place, "work.py"), PYTHON);
  const { stdout } = await run(python, ["work.py", server.address, member], { cwd: place });
  assert.match(stdout, /\d/);
});

const TYPESCRIPT = `
import createClient from "openapi-fetch";
import type { paths } from "./huying.js";

const [address, member] = process.argv.slice(2) as [string, string];
const client = createClient<paths>({ baseUrl: address, headers: { "X-Huying-Member": member } });
const body = { matter: "city/facility/litter", title: "路边垃圾", source: "hotline", place: { lon: 110.005, lat: 30.015 } };
const reported = await client.POST("/api/v1/cases", { body });
if (!reported.data) throw new Error(JSON.stringify(reported.error));
const path = { id: reported.data.id };
const read = await client.GET("/api/v1/cases/{id}", { params: { path } });
if (read.data?.title !== "路边垃圾") throw new Error(JSON.stringify(read.error));
const done = await client.POST("/api/v1/cases/{id}/commands/comment", { params: { path }, body: { words: "已联系环卫" } });
if (!done.data) throw new Error(JSON.stringify(done.error));
console.log(read.data.number);
`;

async function typescript(name, files, sources) {
  const place = join(server.dir, name);
  await mkdir(place);
  await symlink(join(root, "e2e", "node_modules"), join(place, "node_modules"));
  await writeFile(join(place, "package.json"), '{"type":"module"}');
  for (const [file, text] of Object.entries(files)) await writeFile(join(place, file), text);
  const compilerOptions = { strict: true, target: "es2022", module: "nodenext", outDir: "out", types: ["node"], skipLibCheck: false };
  await writeFile(join(place, "tsconfig.json"), JSON.stringify({ compilerOptions, files: sources }));
  return place;
}

test("types are made from the description for TypeScript, compile, and a client with them does the same", { timeout: 240_000 }, async () => {
  const place = await typescript("typescript", { "work.ts": TYPESCRIPT }, ["work.ts"]);
  await run(tool("openapi-typescript"), [server.url("/api/v1/openapi.json"), "-o", join(place, "huying.d.ts")], { maxBuffer: 1 << 26 });
  await run(tool("tsc"), ["-p", place]);
  const { stdout } = await run(process.execPath, [join(place, "out", "work.js"), server.address, member], { cwd: place });
  assert.match(stdout, /\d/);
});

const secret = `whsec_${Buffer.from("a key of thirty-two bytes, no less").toString("base64")}`;
const body = '{"type":"case.reported"}';
const signed = (key, moment) => `v1,${createHmac("sha256", Buffer.from(key.slice(6), "base64")).update(`msg_1.${moment}.${body}`).digest("base64")}`;
const other = `whsec_${Buffer.from("another key of thirty-two bytes!!!").toString("base64")}`;
const tries = [
  ["rightly signed", signed(secret, 1000), 1000, body, true],
  ["signed with two secrets", `${signed(other, 1000)} ${signed(secret, 1000)}`, 1000, body, true],
  ["signed with another", signed(other, 1000), 1000, body, false],
  ["changed on its way", signed(secret, 1000), 1000, `${body} `, false],
  ["old", signed(secret, 1000), 2000, body, false],
  ["unsigned", "", 1000, body, false],
];

test("the samples that check a signature accept what was signed and nothing else", { timeout: 60_000 }, async () => {
  const samples = join(root, "docs", "samples");
  const place = await typescript("samples", { "webhook.ts": await readFile(join(samples, "webhook.ts"), "utf8") }, ["webhook.ts"]);
  await run(tool("tsc"), ["-p", place]);
  const { isFromHuying } = await import(join(place, "out", "webhook.js"));
  await cp(join(samples, "webhook.py"), join(place, "webhook.py"));
  for (const [name, signature, now, sent, wanted] of tries) {
    const headers = { "webhook-id": "msg_1", "webhook-timestamp": "1000", "webhook-signature": signature };
    assert.equal(isFromHuying(secret, headers, sent, now), wanted, `TypeScript: ${name}`);
    const asked = "import json,sys,webhook; s,h,b,n=json.loads(sys.argv[1]); print(webhook.is_from_huying(s,h,b.encode(),n))";
    const { stdout } = await run(python, ["-c", asked, JSON.stringify([secret, headers, sent, now])], { cwd: place });
    assert.equal(stdout.trim(), wanted ? "True" : "False", `Python: ${name}`);
  }
});

test("the pages for developers load nothing from elsewhere", { timeout: 120_000 }, async () => {
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    const foreign = [];
    page.on("request", (request) => request.url().startsWith(server.address) || foreign.push(request.url()));
    await page.goto(server.url("/developers?q=subscriptions"));
    await page.getByRole("link", { name: "/replay" }).first().click();
    assert.match(await page.locator("pre").innerText(), /curl -sS -X POST/);
    await page.goto(server.url("/developers/guide/webhooks"));
    assert.match(await page.locator("main").innerText(), /webhook-signature/);
    assert.deepEqual(foreign, []);
  } finally {
    await browser.close();
  }
});
