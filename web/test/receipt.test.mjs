// The page that checks receipts: it accepts what the crate `proof` accepts, and nothing that was changed.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { build } from "esbuild";

const kept = (name) => readFile(new URL(`../../crates/proof/tests/kept/${name}`, import.meta.url), "utf8");
const { outputFiles } = await build({ entryPoints: [new URL("../src/receipt/check.ts", import.meta.url).pathname], bundle: true, format: "esm", write: false, logLevel: "silent" });
const { check, readJson, Flaw } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
const [receipt, key] = [await kept("receipt.json"), await kept("authority.key")];

test("a receipt that somebody kept says what it proves", async () => {
  const proved = await check(receipt, key);
  assert.deepEqual(proved, {
    number: "渝-20260512-000001",
    receivedAt: 1764000000000,
    recordedAt: 1764000000100,
    leaf: 300,
    size: 777,
    headAt: 1764000001000,
    log: "huying/test/1",
  });
});

test("each part that is forged is found", async () => {
  const forged = async (change) => {
    const made = JSON.parse(receipt);
    change(made);
    await assert.rejects(check(JSON.stringify(made), key), Flaw);
  };
  await forged((it) => (it.number = "渝-20260512-000002"));
  await forged((it) => (it.entry.recorded_at -= 1));
  await forged((it) => (it.entry.body += " "));
  await forged((it) => (it.entry.seq = 2));
  await forged((it) => (it.entry.occurred_at = 0));
  await forged((it) => (it.size += 1));
  await forged((it) => (it.leaf -= 1));
  await forged((it) => (it.leaf = it.size));
  await forged((it) => it.proof.push(it.proof[0]));
  await forged((it) => it.proof.pop());
  await forged((it) => ([it.proof[0], it.proof[1]] = [it.proof[1], it.proof[0]]));
  await forged((it) => (it.checkpoint = it.checkpoint.replace("time 1764000001000", "time 1763000001000")));
  await forged((it) => (it.checkpoint = it.checkpoint.replace("— huying/test/1", "— huying/test/2")));
  await forged((it) => (it.more = 1));
  await forged((it) => (it.format = "huying-receipt-2"));
});

test("a receipt with one sign changed is refused or says the same", async () => {
  const honest = await check(receipt, key);
  for (let at = 0; at < receipt.length; at += 5) {
    for (const sign of ["0", "a", '"', " "]) {
      const changed = receipt.slice(0, at) + sign + receipt.slice(at + 1);
      const told = await check(changed, key).catch((why) => {
        assert.ok(why instanceof Flaw, `${at} ${sign}: ${why}`);
      });
      if (told) assert.deepEqual(told, honest, `${at} ${sign}`);
    }
  }
});

test("another key, and a key with a letter changed, prove nothing", async () => {
  const line = key.trim();
  for (let at = 0; at < line.length; at += 1) {
    const changed = line.slice(0, at) + (line[at] === "x" ? "y" : "x") + line.slice(at + 1);
    await assert.rejects(check(receipt, changed), Flaw, `${at}`);
  }
  // The point of order one: every text has a signature under it.
  const weak = Buffer.concat([Buffer.of(1, 1), Buffer.alloc(31)]);
  const sum = Buffer.from(await crypto.subtle.digest("SHA-256", Buffer.concat([Buffer.from("huying/test/1\n"), weak])));
  await assert.rejects(check(receipt, `huying/test/1+${sum.subarray(0, 4).toString("hex")}+${weak.toString("base64")}`), /anything can be signed/);
});

test("a name that stands twice is found at every depth, and only there", () => {
  for (const twice of ['{"a":1,"a":2}', '{"b":{"a":1,"a":2}}', '[{"a":1 , "\\u0061" : 2}]']) assert.throws(() => readJson(twice), Flaw, twice);
  for (const once of ['{"a":{"a":1}}', '{"a":"a","b":"a"}', '[{"a":1},{"a":2}]', '{"a":"{\\"a\\":1,\\"a\\":2}"}', '{"a":["a","a"]}']) assert.ok(readJson(once), once);
});
