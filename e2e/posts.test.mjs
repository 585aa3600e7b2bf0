// The screens of handler, hotline seat, inspector, caller-back and supervisor in the browser: how many acts a job takes, that a
// phone is enough for it, that it goes without a script, and that every screen is whole in both languages, light and dark.
//
// It stands on packs/starter: an elder card has a reply and is called back, a street vendor is inspected. An act is a press or a field
// that is written; what is read is not counted. Markup: web/README.md.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, done, looks, openBrowser, openPage, phone, shoot, startServer } from "./harness.mjs";

const LEAD = "handler-order-east";
const VENDOR = "city/order/vendor";
const CARD = "people/service/elder-card";

let server, browser;
before(async () => {
  server = await startServer({ verb: "demo", args: ["--pack", "starter", "--days", "2", "--cases", "30", "--still"] });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const command = (member, id, name, body) => done(server, member, "POST", `/api/v1/cases/${id}/commands/${name}`, body);

// A case that the order post of the east street has to receive.
async function sent(matter, text) {
  const place = { lon: 110.005, lat: 30.015 };
  const reporters = [{ name: "演示反映人", contact: "演示-10001" }];
  const report = { source: "hotline", matter, condition: 1, title: text, text, address: "桥头路1号", place, reporters };
  const made = await done(server, "acceptor-east", "POST", "/api/v1/cases", report);
  await command("handler-station-bridge", made.id, "file", { filing: { matter, condition: 1 } });
  await command("dispatcher-east", made.id, "dispatch", { lead: "order-east" });
  return made;
}

async function inHand(matter, text) {
  const made = await sent(matter, text);
  await command(LEAD, made.id, "receive", { unit: "order-east" });
  return made;
}

async function as(member, look = {}) {
  const page = await openPage(browser, look);
  await page.request.post(server.url("/sign-in"), { form: { member } });
  return page;
}

// A small real picture, drawn in the browser: a server refuses what is none.
async function picture() {
  const page = await openPage(browser);
  const data = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [640, 480];
    const pen = canvas.getContext("2d");
    for (let i = 0; i < 40; i += 1) {
      pen.fillStyle = `hsl(${(i * 47) % 360} 40% 55%)`;
      pen.fillRect((i * 97) % 640, (i * 61) % 480, 120, 90);
    }
    return canvas.toDataURL("image/jpeg", 0.8).split(",")[1];
  });
  await page.context().close();
  return { name: "photo.jpg", mimeType: "image/jpeg", buffer: Buffer.from(data, "base64") };
}

// Counts what a person does: each press and each field that is written.
function counted() {
  const acts = { presses: 0, fields: 0 };
  return {
    acts,
    press: (target) => ((acts.presses += 1), target.click()),
    tick: (target) => ((acts.presses += 1), target.check()),
    photo: (target, file) => ((acts.presses += 1), target.setInputFiles(file)),
    write: (target, words) => ((acts.fields += 1), target.fill(words)),
  };
}

async function judged(page, name) {
  assert.equal(await page.locator("h1").count(), 1, `${name} has one h1`);
  // Rows at the edge of a list's own scroll are half covered, which axe cannot decide.
  await page.evaluate(() => document.querySelectorAll(".case-row:nth-child(n+4)").forEach((row) => row.remove()));
  await shoot(page, name, { fullPage: true });
  const found = await axe(page);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  const troubles = page.troubles.filter((trouble) => !trouble.includes("422"));
  assert.deepEqual({ name, ...found, troubles, wider: Math.max(0, wider) }, { name, violations: [], undecidedContrast: [], troubles: [], wider: 0 });
}

const stage = async (made) => (await done(server, "leader-district", "GET", `/api/v1/cases/${made.id}`)).stage;

test("a handler on a phone receives two cases with three presses and ends one with two presses and a photo, without a script", async () => {
  const [first, second] = [await sent(CARD, "老人行动不便"), await sent(CARD, "老人腿脚不便")];
  const page = await as(LEAD, { viewport: phone, script: false });
  await page.goto(server.url("/handling"));
  const receiving = counted();
  for (const made of [first, second]) await receiving.tick(page.locator(`input[name=part][value^="${made.id}"]`));
  await receiving.press(page.getByRole("button", { name: "签收所选" }));
  await page.getByText("已签收 2 件").waitFor();
  assert.deepEqual(receiving.acts, { presses: 3, fields: 0 });
  assert.deepEqual([await stage(first), await stage(second)], ["handling", "handling"]);

  const ending = counted();
  await ending.press(page.locator(`a[href="/cases/${first.number}/handle#finish"]`));
  assert.match(await page.locator("[data-mirror=reason]").innerText(), /办妥/, "the reply of the pack is what the reporter will read");
  await ending.photo(page.locator("#finish-photo"), await picture());
  await ending.press(page.locator("button[name=do][value=finish]"));
  await page.locator(".toast").waitFor();
  assert.deepEqual(ending.acts, { presses: 3, fields: 0 });
  assert.equal(await stage(first), "calling_back");

  const returning = counted();
  await page.goto(server.url(`/cases/${second.number}/handle`));
  await returning.press(page.locator("summary", { hasText: "退回" }));
  await returning.write(page.locator("#return-reason"), "不在本街道辖区");
  await returning.press(page.locator("details[open] form button"));
  await page.locator(".toast").waitFor();
  assert.deepEqual(returning.acts, { presses: 2, fields: 1 });
  assert.equal(await stage(second), "filed");
  const low = await page.evaluate(() => [...document.querySelectorAll("main .button")].filter((one) => one.getBoundingClientRect().height < 48).map((one) => one.textContent));
  assert.deepEqual(low, [], "every button of a phone is 48 px high");
});

test("words of a handler stand in the preview as they are written, and a reply takes the place of nothing that was written", async () => {
  const made = await inHand(CARD, "老人卧床");
  const page = await as(LEAD);
  await page.goto(server.url(`/cases/${made.number}/handle`));
  const words = page.locator("#finish-reason");
  await words.fill("卡已送到老人手里");
  assert.equal(await page.locator("[data-mirror=reason]").innerText(), "卡已送到老人手里");
  await page.locator("#finish-reply").selectOption("elder-card");
  assert.equal(await words.inputValue(), "卡已送到老人手里");
  await words.fill("");
  await page.locator("#finish-reply").selectOption("");
  await page.locator("#finish-reply").selectOption("elder-card");
  assert.match(await words.inputValue(), /办妥/);
});

test("the seat hears place and matter while somebody speaks: two fields, three presses", async () => {
  const near = await sent(VENDOR, "桥头路有人占道");
  const page = await as("acceptor-east");
  await page.goto(server.url("/seat"));
  const call = counted();
  await call.write(page.getByLabel("来电人说什么"), "人行道井盖缺失，晚上看不清，老人差点摔倒");
  await call.write(page.getByLabel(/^在哪里/), "桥头社区菜市场北门");
  const place = page.locator("input[name=heard_area]").first();
  await place.waitFor();
  assert.equal(await place.getAttribute("value"), "990101001001");
  assert.ok(await page.locator("[data-found]").getByText(near.number).count(), "the open case nearby is beside the call");
  assert.match(await page.locator("[data-heard]").textContent(), /听出地点/);
  await call.press(page.locator(".choice:has(input[name=heard_area])").first());
  await call.press(page.locator(".choice:has(input[name=heard_matter])").first());
  await call.press(page.getByRole("button", { name: "登记" }));
  await page.getByRole("heading", { name: "请读给来电人" }).waitFor();
  assert.deepEqual(call.acts, { presses: 3, fields: 2 });
  assert.match(await page.locator(".post-aloud").innerText(), /案号[\s\S]*前/);
  await judged(page, "posts-told");
});

test("the seat works without a script, and nothing of what was said stands in an address", async () => {
  const page = await as("acceptor-east", { script: false });
  await page.goto(server.url("/seat"));
  await page.getByLabel("来电人说什么").fill("路灯不亮");
  await page.getByLabel(/^在哪里/).fill("市场社区");
  await page.getByRole("button", { name: "查找" }).click();
  await page.locator("input[name=heard_matter][value='city/facility/streetlight']").waitFor();
  assert.equal(new URL(page.url()).search, "");
  assert.equal(await page.getByLabel("来电人说什么").inputValue(), "路灯不亮");
  await page.getByLabel("反映人要求保密").check();
  await page.locator("input[name=heard_area]").first().check();
  await page.getByRole("button", { name: "登记" }).click();
  await page.getByRole("heading", { name: "请读给来电人" }).waitFor();
});

test("an inspector judges with a photo beside the one after the work, and a caller-back ends a case in three answers and one press", async () => {
  const vendor = await inHand(VENDOR, "北门占道");
  await command(LEAD, vendor.id, "finish", { outcome: "solved", reason: "已劝离" });
  const inspector = await as("inspector-1", { viewport: phone, script: false });
  await inspector.goto(server.url(`/inspection?case=${vendor.id}`));
  const judging = counted();
  await judging.write(inspector.locator("#verdict-words"), "摊位还在");
  await judging.photo(inspector.locator("input[type=file]"), await picture());
  await judging.press(inspector.getByRole("button", { name: "核查不通过" }));
  await inspector.locator(".toast").waitFor();
  assert.deepEqual(judging.acts, { presses: 2, fields: 1 });
  assert.equal(await stage(vendor), "handling");

  const card = await inHand(CARD, "老人行动不便");
  await command(LEAD, card.id, "finish", { outcome: "solved" });
  const caller = await as("caller-back", { viewport: phone, script: false });
  await caller.goto(server.url(`/calling-back?case=${card.id}`));
  assert.ok(await caller.getByText("演示-10001").count(), "who calls reads the number");
  const calling = counted();
  for (const name of ["reached", "solved", "satisfied"]) await calling.tick(caller.locator(`.card-suggest input[name=${name}][value=yes]`));
  await calling.press(caller.getByRole("button", { name: "登记并结案" }));
  await caller.locator(".toast").waitFor();
  assert.deepEqual(calling.acts, { presses: 4, fields: 0 });
  assert.equal(await stage(card), "closed");
});

test("a supervisor sees who has not answered, and a meeting is called, noted and decided on the board", async () => {
  const made = await inHand(VENDOR, "多头管理");
  await command("supervisor-east", made.id, "supervise", { words: "今天答复" });
  const supervisor = await as("supervisor-east");
  await supervisor.goto(server.url("/supervision"));
  const row = supervisor.locator(".post-board", { hasText: made.number });
  assert.match(await row.innerText(), /东街道综合执法岗[\s\S]*今天答复[\s\S]*尚无回应/);
  await command(LEAD, made.id, "mark-difficult", { reason: "权属不清" });
  const owner = await as("handler-dept-works");
  await owner.goto(server.url(`/difficult?case=${made.id}`));
  await owner.locator("summary", { hasText: "记会商纪要" }).click();
  await owner.locator("#note-words").fill("综合执法岗同意牵头");
  await owner.locator("details[open] form button").click();
  await owner.locator(".toast").waitFor();
  assert.match(await owner.locator(".post-notes").innerText(), /权属不清[\s\S]*综合执法岗同意牵头/);
  await supervisor.goto(server.url("/difficult"));
  assert.ok(await supervisor.getByText("综合执法岗同意牵头").count(), "who supervises reads the notes too");
});

for (const look of looks) {
  test(`every screen of a post is drawn whole without a finding of axe (${look.name})`, { timeout: 240_000 }, async () => {
    const waits = await sent(VENDOR, "占道");
    const works = await inHand(CARD, "老人行动不便");
    const checked = await inHand(VENDOR, "占道二");
    await command(LEAD, checked.id, "finish", { outcome: "solved", reason: "已劝离" });
    const called = await inHand(CARD, "老人卧床");
    await command(LEAD, called.id, "finish", { outcome: "solved" });
    const hard = await inHand(VENDOR, "多头管理");
    await command("supervisor-east", hard.id, "supervise", { words: "今天答复" });
    await command(LEAD, hard.id, "mark-difficult", { reason: "权属不清" });
    for (const [name, member, path] of [
      ["handling", LEAD, "/handling"],
      ["sheet", LEAD, `/cases/${works.number}/handle`],
      ["sent", LEAD, `/cases/${waits.number}/handle`],
      ["seat", "acceptor-east", "/seat"],
      ["inspection", "inspector-1", "/inspection"],
      ["inspected", "inspector-1", `/inspection?case=${checked.id}`],
      ["calling", "caller-back", "/calling-back"],
      ["called", "caller-back", `/calling-back?case=${called.id}`],
      ["supervision", "supervisor-east", "/supervision"],
      ["difficult", "handler-dept-works", `/difficult?case=${hard.id}`],
      ["closed", "caller-back", "/inspection"],
    ]) {
      const page = await as(member, look);
      await page.goto(server.url(path));
      assert.equal(await page.locator("html").getAttribute("lang"), look.name.startsWith("zh") ? "zh-CN" : "en");
      await judged(page, `posts-${name}-${look.name}`);
      await page.context().close();
    }
  });
}
