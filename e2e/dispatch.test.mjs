// The dispatcher's desk by its keys: how many each job takes, that nothing is done by a key that was meant for something else, and
// that two people at one case know of each other.
//
// It stands on packs/starter without a simulated city: every case in the queue was made here. Markup: web/README.md.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, done, looks, openBrowser, openPage, shoot, startServer, until } from "./harness.mjs";

const DISPATCHER = "dispatcher-east";
const MATTER = "city/facility/manhole";

let server, browser, made = 0;
before(async () => {
  server = await startServer({ verb: "demo", args: ["--pack", "starter", "--cases", "0", "--still"] });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

// A case that waits to be dispatched by the east street, some 20 m from the one before it.
async function filed(title) {
  made += 1;
  const body = { source: "hotline", matter: MATTER, condition: 1, title, text: title, address: "桥头路1号", place: { lon: 110.005 + made * 0.0002, lat: 30.015 } };
  const { id } = await done(server, "acceptor-east", "POST", "/api/v1/cases", body);
  await done(server, "handler-station-bridge", "POST", `/api/v1/cases/${id}/commands/file`, { filing: { matter: MATTER, condition: 1 } });
  return id;
}

const whole = (id) => done(server, DISPATCHER, "GET", `/api/v1/cases/${id}`);
const stage = (id, wanted) => until(`${id} is ${wanted}`, async () => (await whole(id)).stage === wanted);

async function signedIn(member, look) {
  const page = await openPage(browser, look);
  await page.request.post(server.url("/sign-in"), { form: { member } });
  return page;
}

// The desk with one case chosen, its row ready for a key; `page.keys` counts what is pressed.
async function deskAt(id) {
  const page = await signedIn(DISPATCHER);
  await page.goto(server.url(`/desk?queue=dispatch&case=${id}`));
  await page.locator(`[data-case="${id}"] .case-row-link[aria-current]:focus`).waitFor();
  page.keys = 0;
  page.hit = async (key) => {
    page.keys += 1;
    await page.keyboard.press(key);
  };
  return page;
}

// Empties the queue, so that each test knows its rows.
async function nothingWaits() {
  const queue = await done(server, DISPATCHER, "GET", "/api/v1/units/centre-east/queue?limit=200");
  for (const line of queue.items) if (line.stage === "filed") await done(server, DISPATCHER, "POST", `/api/v1/cases/${line.id}/commands/dispatch`, { lead: "dept-works" });
}

async function judged(page, name) {
  assert.equal(await page.locator("h1").count(), 1, `${name} has one h1`);
  await shoot(page, name);
  assert.deepEqual({ name, ...(await axe(page)), troubles: page.troubles }, { name, violations: [], undecidedContrast: [], troubles: [] });
}

test("a proposed dispatch is one key and goes on to the next case, a corrected one is three, and taking it back is one", async () => {
  await nothingWaits();
  const [first, second, third] = [await filed("井盖缺失一"), await filed("井盖缺失二"), await filed("井盖缺失三")];
  const page = await deskAt(first);
  await page.hit("Enter");
  await stage(first, "dispatched");
  assert.equal(page.keys, 1, "a proposed dispatch is one key");
  await page.locator(`[data-case="${second}"] .case-row-link[aria-current]:focus`).waitFor();
  await page.locator(".toast", { hasText: "已办：派遣" }).waitFor();

  page.keys = 0;
  await page.hit("d");
  const units = await page.locator("dialog.choose li button").allInnerTexts();
  const digit = 1 + units.findIndex((words) => words.includes("东街道综合执法岗"));
  assert.ok(digit >= 1 && digit <= 9, `the street's own posts are among the first nine: ${units.join(" | ")}`);
  await judged(page, "dispatch-choose");
  await page.hit(String(digit));
  await page.locator("dialog.choose").waitFor({ state: "detached" });
  await page.hit("Enter");
  await stage(second, "dispatched");
  assert.equal((await whole(second)).custodian, "order-east");
  assert.equal(page.keys, 3, "a corrected dispatch is three keys");
  await page.locator(`[data-case="${third}"] .case-row-link[aria-current]:focus`).waitFor();

  page.keys = 0;
  await page.hit("u");
  await stage(second, "filed");
  assert.equal(page.keys, 1, "taking it back is one key");
  await page.locator(`[data-case-shown="${second}"]`).waitFor();
  assert.equal((await whole(third)).stage, "filed", "and nothing else was touched");
});

test("a unit is chosen by letters of its code as well", async () => {
  const id = await filed("井盖缺失");
  const page = await deskAt(id);
  for (const key of ["d", "o", "e"]) await page.hit(key);
  await page.locator("dialog.choose").waitFor({ state: "detached" });
  assert.equal(await page.locator(".card-suggest select[name=lead]").inputValue(), "order-east");
  assert.equal((await whole(id)).stage, "filed", "choosing sends nothing yet");
});

test("several rows are chosen by X, done by one Enter, and each is told what became of it", async () => {
  await nothingWaits();
  const ids = [await filed("积水井盖一"), await filed("积水井盖二"), await filed("积水井盖三")];
  const page = await deskAt(ids[0]);
  for (const key of ["x", "j", "x"]) await page.hit(key);
  await page.locator("details.bulk[open]").waitFor();
  assert.match(await page.locator("[data-picked]").innerText(), /已选 2 件/);
  await judged(page, "dispatch-picked");
  await page.hit("Enter");
  await page.waitForURL((url) => url.pathname === "/desk/bulk");
  assert.equal(page.keys, 4);
  assert.equal(await page.locator("[data-became=done]").count(), 2);
  assert.equal((await whole(ids[2])).stage, "filed", "the row that was not chosen waits");
  await judged(page, "dispatch-several");
  await page.locator("[data-became=done] .undo button").first().click();
  await stage(ids[0], "filed");
});

test("a key in a field, under an input method, or switched off does nothing to a case", async () => {
  await nothingWaits();
  const [first] = [await filed("井盖缺失"), await filed("另一处井盖")];
  const page = await deskAt(first);
  await page.getByRole("searchbox").focus();
  await page.keyboard.type("jdx");
  assert.equal(await page.locator("dialog[open]").count(), 0);
  assert.equal(await page.getByRole("searchbox").inputValue(), "jdx");
  await page.getByRole("searchbox").fill("");
  await page.locator(".case-row-link[aria-current]").focus();
  await page.evaluate(() => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "Process", code: "KeyD", bubbles: true })));
  assert.equal(await page.locator("dialog[open]").count(), 0);
  assert.match(await page.locator(".said").innerText(), /请切换到英文输入/);
  await page.keyboard.press("?");
  await page.getByLabel("关闭快捷键").check();
  await page.getByRole("button", { name: "关上" }).click();
  await page.locator(".case-row-link[aria-current]").focus();
  await page.keyboard.press("j");
  await page.keyboard.press("d");
  assert.equal(await page.locator("dialog[open]").count(), 0, "switched off is off");
  assert.equal(await page.locator(`[data-case="${first}"] .case-row-link[aria-current]`).count(), 1);
});

test("a new case is told below the list, moves no row, and is loaded with the chosen case still chosen", async () => {
  await nothingWaits();
  const ids = [await filed("井盖缺失"), await filed("另一处井盖")];
  const page = await deskAt(ids[1]);
  const row = page.locator(`[data-case="${ids[1]}"]`);
  const before = await row.boundingBox();
  await page.waitForTimeout(500);
  const fresh = await filed("刚来的井盖");
  await page.locator(".new-cases:not([hidden])").waitFor();
  assert.deepEqual(await row.boundingBox(), before, "the row stands where it stood");
  await page.locator(".new-cases").click();
  await page.locator(`[data-case="${fresh}"]`).waitFor();
  assert.equal(await page.locator(`[data-case="${ids[1]}"] .case-row-link[aria-current]`).count(), 1);
});

test("the map beside the list marks the chosen case and follows it", async () => {
  await nothingWaits();
  const [first, second] = [await filed("井盖缺失"), await filed("另一处井盖")];
  const page = await deskAt(first);
  const spot = () => page.locator(".desk-case .cell-map circle.mark-chosen").getAttribute("cx");
  const before = await spot();
  await page.hit("j");
  await page.locator(`[data-case-shown="${second}"]`).waitFor();
  assert.notEqual(await spot(), before);
  await page.hit("k");
  await page.locator(`[data-case-shown="${first}"]`).waitFor();
  assert.equal(await spot(), before);
});

test("two who open the same case are told of each other", async () => {
  await nothingWaits();
  const id = await filed("井盖缺失");
  const one = await deskAt(id);
  const other = await signedIn("leader-east");
  await other.goto(server.url(`/cases/${id}`));
  assert.match(await other.locator(".looking").innerText(), /同时在看：\s*东街道派遣员/);
  await one.reload();
  assert.match(await one.locator(".looking").innerText(), /东街道领导/);
});

test("a likely duplicate stands beside the case, and is merged by two keys", async () => {
  await nothingWaits();
  const [first, second] = [await filed("北门井盖没了"), await filed("北门井盖缺失")];
  const page = await deskAt(second);
  assert.match(await page.locator(".similar").innerText(), /北门井盖没了/);
  const number = await page.locator(".similar input[name=into]").first().inputValue();
  assert.equal((await whole(number)).id, first, "the nearest one is the first");
  await page.hit("m");
  await page.hit("Enter");
  await stage(second, "merged");
  assert.equal(page.keys, 2);
  assert.equal((await whole(first)).stage, "filed");
});

test("the desk with its strip, chips and duplicates has no finding of axe in any look", async () => {
  await nothingWaits();
  const [, id] = [await filed("井盖缺失"), await filed("井盖又缺失")];
  for (const { name, ...look } of looks) {
    const page = await signedIn(DISPATCHER, look);
    await page.request.post(server.url("/desk/filters"), { form: { act: "keep", queue: "dispatch", source: "hotline", name: "热线", back: "/desk" } });
    for (const [part, path] of [["case", `/desk?queue=dispatch&case=${id}`], ["filtered", "/desk?queue=dispatch&source=hotline&soon=1"]]) {
      await page.goto(server.url(path));
      assert.equal(await page.locator("html").getAttribute("lang"), name.startsWith("zh") ? "zh-CN" : "en");
      await judged(page, `dispatch-${part}-${name}`);
    }
    await page.context().close();
  }
});
