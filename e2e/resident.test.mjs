// A resident on a phone whose browser runs no scripts, from the first sentence to "not solved": report, follow, add, rate, reopen. Then the
// same pages as others see them, by axe, in both languages, light and dark, on a desk and on a phone.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { axe, done, looks, openBrowser, openPage, phone, shoot, startServer } from "./harness.mjs";

const MATTER = "city/facility/litter";
let server, browser, picture;

before(async () => {
  [server, browser] = [await startServer({ args: ["--pack", "starter", "--cases", "30", "--still"] }), await openBrowser()];
  picture = await drawn();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A small real picture: a single point would be refused as no photograph by a careful server. */
async function drawn() {
  const page = await openPage(browser);
  const data = await page.evaluate(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 240 });
    const pen = canvas.getContext("2d");
    for (let band = 0; band < 8; band += 1) {
      pen.fillStyle = `hsl(${band * 40} 40% 50%)`;
      pen.fillRect(0, band * 30, 320, 30);
    }
    return canvas.toDataURL("image/jpeg").split(",")[1];
  });
  await page.context().close();
  return { name: "photo.jpg", mimeType: "image/jpeg", buffer: Buffer.from(data, "base64") };
}

/** One h1, no wider than its window, and nothing that axe minds. */
async function judged(page, name) {
  assert.equal(await page.locator("h1").count(), 1, `${name} has one h1`);
  await shoot(page, name, { fullPage: true });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${name} is ${wide} px wider than its window`);
  assert.deepEqual({ name, ...(await axe(page)) }, { name, violations: [], undecidedContrast: [] });
}

/** What a finger has to hit is large enough. */
async function targets(page, name) {
  const small = await page.evaluate(() =>
    [...document.querySelectorAll("main button, main .input, main select, main textarea, main summary, main a.button")]
      .filter((it) => it.getAttribute("aria-hidden") !== "true" && it.getClientRects().length > 0 && it.getBoundingClientRect().height < 48)
      .map((it) => `${it.tagName} ${it.textContent.trim().slice(0, 20)} ${it.getBoundingClientRect().height}`),
  );
  assert.deepEqual(small, [], `${name}: what is pressed is at least 48 px high`);
}

/** Presses a button of the main part, and waits for the page that comes. */
const press = (page, name) => Promise.all([page.waitForEvent("load"), page.getByRole("button", { name, exact: true }).click()]);

/** Opens a page of a case with number and code, as somebody types them. */
async function follow(page, { number, secret }) {
  await page.goto(server.url("/track"));
  await page.locator("#track-number").fill(number);
  await page.locator("#track-secret").fill(secret);
  await press(page, "查询");
}

let kept;

test("without scripts a resident reports with two fields, of which one may be left out, and at most three presses, and nothing that was written is lost", async () => {
  const page = await openPage(browser, { viewport: phone, script: false });
  let [presses, fields] = [0, 0];
  const put = (what) => ((fields += 1), what);
  const send = async () => {
    presses += 1;
    await press(page, "提交");
  };
  await page.goto(server.url("/report"));
  await judgedWithout(page, "resident-report-phone");
  // Nothing said: the summary leads to the field.
  await send();
  assert.match(await page.title(), /^出错：/);
  await page.locator(".error-summary a").click();
  assert.equal(new URL(page.url()).hash, "#text");
  await shoot(page, "resident-mistake-phone", { fullPage: true });
  await put(page.locator("#text")).fill("路口有垃圾，已经两天了。");
  await put(page.locator("#area")).selectOption({ index: 5 });
  await send();
  // Whoever is quicker than the ticket of the form waits for the rest of it.
  if (await page.locator("p.notice[role=alert]").count()) {
    const wait = await page.locator("p.notice[role=alert]").textContent();
    assert.equal(await page.locator("#text").inputValue(), "路口有垃圾，已经两天了。");
    await new Promise((go) => setTimeout(go, (Number(wait.match(/等待 (\d+) 秒/)[1]) + 1) * 1000));
    await send();
  }
  await page.locator("[data-what=number]").waitFor({ timeout: 10_000 });
  kept = { number: await page.locator("[data-what=number]").textContent(), secret: await page.locator("[data-what=secret]").textContent() };
  assert.match(kept.secret, /^[2-9A-HJ-NP-Z]{4}(-[2-9A-HJ-NP-Z]{4}){2}$/, "no 0, O, 1 or I");
  assert.ok(presses <= 3, `${presses} presses`);
  assert.equal(fields, 2);
  assert.match(await page.locator("main").textContent(), /系统按您的文字判断/);
  await judgedWithout(page, "resident-kept-phone");
  assert.ok(!page.url().includes(kept.secret) && !page.url().includes(kept.number), "neither stands in the address");
  await page.context().close();
});

/** A page without scripts is drawn and measured; axe needs one of its own. */
async function judgedWithout(page, name) {
  assert.equal(await page.locator("h1").count(), 1, `${name} has one h1`);
  await shoot(page, name, { fullPage: true });
}

test("number and code tell how far it is, a wrong sign is told as one, and a photo is added", async () => {
  const page = await openPage(browser, { viewport: phone, script: false });
  const first = kept.secret[0] === "A" ? "B" : "A";
  await follow(page, { ...kept, secret: first + kept.secret.slice(1) });
  assert.match(await page.locator(".error-summary").textContent(), /查询码少了或错了一个字/);
  await shoot(page, "resident-wrong-code-phone", { fullPage: true });
  await follow(page, { ...kept, secret: kept.secret.toLowerCase().replaceAll("-", " ") });
  assert.equal(await page.locator(".status-line > li").count(), 4);
  assert.match(await page.locator(".status-line [aria-current=step]").textContent(), /已收到/);
  await page.locator("#add-words").fill("旁边还有一张旧床垫。");
  await page.locator("#add-photo").setInputFiles(picture);
  await press(page, "补充");
  assert.match(await page.locator("[role=status]").textContent(), /已补充/);
  assert.ok(!(await page.locator("main").textContent()).includes("旧床垫"), "what was written is shown to nobody who looks over a shoulder");
  await judgedWithout(page, "resident-status-phone");
  await page.context().close();
  const known = await done(server, "dispatcher-east", "GET", `/api/v1/cases/${kept.number}`);
  assert.ok(JSON.stringify(known.journal).includes("旧床垫"));
});

test("when it is finished the resident says in one press that it is not solved", async () => {
  const report = { source: "hotline", matter: "city/facility/manhole", condition: 1, title: "井盖", text: "井盖破损", place: { lon: 110.005, lat: 30.015 }, reporters: [{ name: "某人", contact: "00000000000" }] };
  const made = await done(server, "acceptor-east", "POST", "/api/v1/cases", report);
  const tell = (member, name, body) => done(server, member, "POST", `/api/v1/cases/${made.id}/commands/${name}`, body);
  await tell("handler-station-bridge", "file", { filing: { matter: "city/facility/manhole", condition: 1 } });
  await tell("dispatcher-east", "dispatch", { lead: "dept-works" });
  await tell("handler-dept-works", "receive", { unit: "dept-works" });
  const photo = new FormData();
  photo.set("file", new Blob([picture.buffer], { type: picture.mimeType }), picture.name);
  photo.set("kind", "after");
  const file = await done(server, "handler-dept-works", "POST", `/api/v1/cases/${made.id}/files`, photo);
  await tell("handler-dept-works", "finish", { outcome: "solved", reason: "已换新井盖", evidence: [{ kind: "after", file: file.file }] });
  await tell("inspector-1", "pass", {});
  await tell("caller-back", "record-callback", { reporter: 0, reached: true, solved: true, satisfied: true });
  await tell("caller-back", "close", {});

  const page = await openPage(browser, { viewport: phone, script: false });
  await follow(page, { number: made.number, secret: made.follow_secret });
  assert.match(await page.locator("main").textContent(), /已换新井盖/);
  await judgedWithout(page, "resident-closed-phone");
  await page.locator("#stars-4").check();
  await press(page, "评价");
  assert.match(await page.locator("[role=status]").textContent(), /谢谢/);
  await press(page, "没解决，请重新办理");
  assert.match(await page.locator("[role=status]").textContent(), /重新办理/);
  await page.context().close();
  assert.equal((await done(server, "dispatcher-east", "GET", `/api/v1/cases/${made.number}`)).stage, "filed");
});

test("what is open nearby is shown before the same is reported again, and never stands in the way", async () => {
  const page = await openPage(browser, { viewport: phone, script: false });
  await page.goto(server.url("/public?state=open"));
  const first = page.locator(".public-list h2 a").first();
  await first.click();
  await page.getByRole("link", { name: "在附近反映另一件" }).first().click();
  assert.notEqual(await page.locator("#area").inputValue(), "", "the area is chosen already");
  await page.locator("#text").fill("这里也有垃圾");
  await press(page, "看看附近有没有人反映过");
  assert.ok((await page.locator("#near li").count()) >= 1);
  assert.equal(await page.locator("#text").inputValue(), "这里也有垃圾");
  await judgedWithout(page, "resident-nearby-phone");
  assert.equal(await page.getByRole("button", { name: "提交", exact: true }).count(), 1, "it can be sent all the same");
  await page.context().close();
});

test("every page of the residents' is accessible, in both languages, light and dark, on a desk and on a phone", async () => {
  const listed = await (await fetch(server.url("/public"))).text();
  const number = listed.match(/href="\/public\/([^"?]+)"/)[1];
  for (const { name, ...look } of looks) {
    const page = await openPage(browser, look);
    for (const [path, short] of [["/report", "report"], ["/track", "track"], ["/public", "public"], [`/public/${number}`, "public-case"], ["/help", "help"], ["/accessibility", "accessibility"]]) {
      await page.goto(server.url(path));
      await judged(page, `resident-${short}-${name}`);
      if (look.viewport.width < 500) await targets(page, `${path} ${name}`);
    }
    assert.deepEqual(page.troubles, [], name);
    await page.context().close();
  }
});

test("the residents' pages bring no script at all, the form of a report among them", async () => {
  const page = await openPage(browser, { viewport: phone });
  const scripts = [];
  page.on("request", (asked) => asked.resourceType() === "script" && scripts.push(asked.url()));
  for (const path of ["/report", "/track", "/public", "/help", "/accessibility"]) await page.goto(server.url(path));
  assert.deepEqual(scripts, []);
  await page.context().close();
});

test("the page of a status is accessible too, with scripts that nobody asked for", async () => {
  for (const { name, ...look } of looks) {
    const page = await openPage(browser, { ...look, locale: "zh-CN" });
    await follow(page, kept);
    await judged(page, `resident-status-${name}`);
    await page.context().close();
  }
  assert.equal((await done(server, "dispatcher-east", "GET", `/api/v1/cases/${kept.number}`)).matter, MATTER);
});

// The last one: it raises the price for this address.

/** A report by a program, which works for it. */
async function worked(text) {
  const post = (path, body) => fetch(server.url(path), { method: "POST", headers: { "content-type": "application/json" }, body: body && JSON.stringify(body) });
  const { challenge, bits } = await (await post("/api/v1/reports/challenge")).json();
  const sum = (number) => createHash("sha256").update(`${challenge}:${number}`).digest().readUInt32BE();
  let solution = 0;
  while (sum(solution) >>> (32 - bits) !== 0) solution += 1;
  const kept = await post("/api/v1/reports", { challenge, solution: String(solution), text, place: { lon: 110.005, lat: 30.015 } });
  assert.equal(kept.status, 201, await kept.text());
}

test("once an address has reported much the form brings a script that works instead of waiting; looking nearby costs nothing, and Enter sends", async () => {
  for (let no = 1; no <= 5; no += 1) await worked(`路灯不亮，第 ${no} 处`);
  const page = await openPage(browser, { viewport: phone });
  await page.goto(server.url("/report"));
  assert.equal(await page.locator("form[data-toll]").count(), 1);
  await targets(page, "report");
  await page.locator("#text").fill("路灯不亮，晚上看不见路。");
  await page.locator("#area").selectOption({ index: 5 });
  await page.locator("button[name=look]").click();
  await page.locator("#near").waitFor({ timeout: 20_000 });
  await page.locator("#place").press("Enter");
  await page.locator("[data-what=number]").waitFor({ timeout: 30_000 });
  await targets(page, "kept");
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});
