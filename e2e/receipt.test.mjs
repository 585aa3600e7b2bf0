// A receipt in the hands of whoever reported: downloaded with number and secret, and checked by a page that was kept, without the platform.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { axe, binary, looks, openBrowser, openPage, phone, shoot, startServer } from "./harness.mjs";

let server, browser, receipt, page;

before(async () => {
  [server, browser] = [await startServer({ args: ["--pack", "starter", "--cases", "20", "--still"] }), await openBrowser()];
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("a resident downloads the receipt with number and secret, on a phone without scripts", async () => {
  const answer = await fetch(server.url("/api/v1/cases"), {
    method: "POST",
    headers: { "content-type": "application/json", "x-huying-member": "acceptor-east" },
    body: JSON.stringify({ source: "hotline", matter: "city/facility/litter", condition: 1, title: "桥头积水", place: { lon: 110.005, lat: 30.015 } }),
  });
  const { number, follow_secret: secret } = await answer.json();
  assert.equal(answer.status, 201);
  const made = await openPage(browser, { script: false, viewport: phone });
  await made.goto(server.url("/track"));
  await made.locator("#track-number").fill(number);
  await made.locator("#track-secret").fill(secret);
  await made.getByRole("button", { name: "查询" }).click();
  await made.getByRole("button", { name: "下载回执" }).waitFor();
  await shoot(made, "track-phone", { fullPage: true });
  // The notary takes it in within a second or two.
  let download;
  for (let tries = 0; !download && tries < 20; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const form = { number, secret };
    const answer = await made.request.post(server.url("/track/receipt"), { form, headers: { origin: server.address } });
    if (answer.status() === 200) download = answer;
  }
  assert.match(download.headers()["content-disposition"], /attachment/);
  receipt = await download.text();
  assert.equal(JSON.parse(receipt).number, number);
  const checker = await made.getByRole("link", { name: "核对页" }).getAttribute("href");
  const kept = await fetch(server.url(checker));
  assert.match(kept.headers.get("content-disposition"), /attachment/);
  page = join(server.dir, "huying-receipt.html");
  await writeFile(page, await kept.text());
});

test("the page that was kept checks the receipt without a network, and finds a changed one", async () => {
  const printed = execFileSync(binary, ["audit", "--database", server.databaseUrl], { cwd: server.dir }).toString();
  const [key] = printed.match(/\S+\+[0-9a-f]{8}\+\S+/);
  for (const { name, ...look } of looks) {
    const made = await openPage(browser, look);
    await made.context().setOffline(true);
    await made.goto(pathToFileURL(page).href);
    await made.locator("#key").fill(key);
    await made.locator("#file").setInputFiles({ name: "receipt.json", mimeType: "application/json", buffer: Buffer.from(receipt) });
    await made.waitForFunction(() => document.getElementById("receipt").value !== "");
    await made.getByRole("button", { name: "核对" }).click();
    await made.locator("#answer.good").waitFor();
    assert.match(await made.locator("#answer").innerText(), new RegExp(JSON.parse(receipt).number));
    await shoot(made, `receipt-${name}`, { fullPage: true });
    const { violations } = await axe(made);
    assert.deepEqual(violations, [], name);
    const changed = JSON.parse(receipt);
    changed.entry.received_at -= 60_000;
    await made.locator("#receipt").fill(JSON.stringify(changed));
    await made.getByRole("button", { name: "核对" }).click();
    await made.locator("#answer.bad").waitFor();
    assert.deepEqual(made.troubles, [], name);
  }
  assert.ok(!(await readFile(page, "utf8")).includes("http://"), "the page names no address");
});
