// The administrator's pages in a browser: areas split and named with a preview of what moves, an outline drawn by hand, seats as rows,
// a route edited and kept, the audit. Then each page is judged in both languages, light and dark, on a desk and on a phone.
//
// It stands on packs/starter with a simulated city. Markup: web/README.md.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, looks, openBrowser, openPage, phone, shoot, startServer } from "./harness.mjs";

let server, browser;
before(async () => {
  server = await startServer({ args: ["--pack", "starter", "--days", "3", "--cases", "60", "--still"] });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function as(member, look = {}) {
  const page = await openPage(browser, look);
  await page.request.post(server.url("/sign-in"), { form: { member } });
  return page;
}

const text = (page) => page.locator("main").innerText();
const ring = (west, east) => JSON.stringify({ type: "Polygon", coordinates: [[[west, 30.01], [east, 30.01], [east, 30.02], [west, 30.02], [west, 30.01]]] });

async function judged(page, name) {
  await shoot(page, name, { fullPage: true });
  const found = await axe(page);
  assert.deepEqual(found.violations, [], name);
  assert.deepEqual(found.undecidedContrast, [], name);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wider <= 0, `${name}: the page is ${wider} pixels wider than the screen`);
}

async function fillSplit(page) {
  await page.goto(server.url("/organisation?area=990101001001001&do=split"));
  for (const [no, west, east] of [[1, 110.0, 110.004], [2, 110.004, 110.01]]) {
    await page.locator(`#split-name-${no}`).fill(`桥头新网格 ${no}`);
    await page.locator(`#split-shape-${no}`).fill(ring(west, east));
  }
  await page.locator("form:has(#split-name-1) button.button-primary").click();
  await page.waitForSelector("#preview");
}

test("a grid is split without a script: suggested codes, moved cases and the edits as text, and nothing is decided before the last button", async () => {
  const page = await as("administrator", { script: false, viewport: phone });
  await page.goto(server.url("/organisation?area=990101001001001&do=split"));
  const code = await page.locator("#split-code-1").inputValue();
  assert.match(code, /^990101001001\d{3}$/, "a free code is suggested");
  await fillSplit(page);
  const told = await text(page);
  for (const words of ["尚未决定", "在办案件", "授予或扩大的岗位"]) assert.ok(told.includes(words), `no “${words}” in ${told}`);
  assert.ok((await page.locator("#decided-edits").inputValue()).includes("[[split_area]]"));
  assert.equal(await page.locator("#split-name-1").inputValue(), "桥头新网格 1", "what was written stays");
  await page.context().close();
});

test("an area is named otherwise by one administrator and holds at once", async () => {
  const page = await as("administrator", { script: false });
  await page.goto(server.url("/organisation?area=990101001001&do=draw"));
  await page.locator("#draw-name").fill("桥头新社区");
  await page.locator("form:has(#draw-name) button.button-primary").click();
  await page.locator("#decide-reason").fill("更名");
  await page.getByRole("button", { name: "按预览决定" }).click();
  await page.waitForURL((url) => url.searchParams.get("done") === "decided");
  assert.ok((await text(page)).includes("桥头新社区"));
  await page.context().close();
});

test("an outline is drawn on the map with the pointer and with keys, and goes into the field", async () => {
  const page = await as("administrator");
  await page.goto(server.url("/organisation?area=990101001001002&do=draw"));
  const field = page.locator("#draw-shape");
  await page.locator("[data-draws=draw-shape]").click();
  const corners = page.locator(".drawing-corner");
  assert.equal(await corners.count(), 4, "it begins with the outline of today");
  const before = JSON.parse(await field.inputValue());
  await corners.first().focus();
  await page.keyboard.press("Shift+ArrowRight");
  const moved = JSON.parse(await field.inputValue());
  assert.ok(moved.coordinates[0][0][0] > before.coordinates[0][0][0], "a key moves a corner east");
  assert.deepEqual(moved.coordinates[0].slice(1, -1), before.coordinates[0].slice(1, -1), "and no other");
  const map = await page.locator("svg[data-frame]").boundingBox();
  await page.mouse.click(map.x + map.width / 2, map.y + map.height / 2);
  assert.equal(await corners.count(), 5, "a click adds one");
  await corners.first().focus();
  await page.keyboard.press("Delete");
  assert.equal(await corners.count(), 4);
  await page.getByRole("button", { name: "退一步" }).click();
  assert.equal(await corners.count(), 5);
  await shoot(page, "admin-drawing", { fullPage: true });
  await page.getByRole("button", { name: "画好了" }).click();
  assert.equal(await corners.count(), 0);
  assert.equal(JSON.parse(await field.inputValue()).coordinates[0].length, 6);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("what was pasted is never drawn over: it stays until a corner is changed, and every way back leads to it", async () => {
  const page = await as("administrator");
  await page.goto(server.url("/organisation?area=990101001001002&do=draw"));
  const [field, corners, starts] = [page.locator("#draw-shape"), page.locator(".drawing-corner"), page.locator("[data-draws=draw-shape]")];
  await field.fill("一个圈");
  await starts.click();
  assert.equal(await corners.count(), 0);
  assert.equal(await field.inputValue(), "一个圈");
  assert.ok((await text(page)).includes("原样保留"), "it is said why");
  const pasted = JSON.stringify({ type: "Feature", properties: { code: "x" }, geometry: JSON.parse(ring(110.002, 110.006)) });
  await field.fill(pasted);
  await starts.click();
  assert.equal(await corners.count(), 4);
  assert.equal(await field.inputValue(), pasted, "drawing begins with it and does not write");
  await corners.first().focus();
  await page.keyboard.press("ArrowLeft");
  assert.notEqual(await field.inputValue(), pasted);
  await page.keyboard.press("Control+z");
  assert.equal(await field.inputValue(), pasted);
  // A gesture that the browser takes for itself leaves the corner where it was.
  const hand = await corners.first().boundingBox();
  await page.mouse.move(hand.x + hand.width / 2, hand.y + hand.height / 2);
  await page.mouse.down();
  await page.mouse.move(hand.x + 40, hand.y + 40);
  assert.notEqual(await field.inputValue(), pasted);
  await page.evaluate(() => document.dispatchEvent(new PointerEvent("pointercancel")));
  assert.equal(await field.inputValue(), pasted);
  await page.mouse.up();
  // Who deletes the last corner goes on at the tool that sets one.
  await corners.first().focus();
  for (let no = 0; no < 4; no++) await page.keyboard.press("Delete");
  assert.equal(await corners.count(), 0);
  await page.keyboard.press("Enter");
  assert.equal(await corners.count(), 1, "the focus stands on it");
  await page.getByRole("button", { name: "清空" }).click();
  assert.equal(await field.inputValue(), "");
  await page.getByRole("button", { name: "放弃所画" }).click();
  assert.equal(await field.inputValue(), pasted);
  await starts.click();
  await field.fill(ring(110.001, 110.003));
  assert.equal(await corners.count(), 0, "whoever writes in the field goes on there");
  assert.equal(await field.inputValue(), ring(110.001, 110.003));
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("an outline is drawn with keys alone, and one that crosses itself is shown red and not sent", async () => {
  const page = await as("administrator");
  await page.goto(server.url("/organisation?area=990101001001001&do=split"));
  const corners = page.locator(".drawing-corner");
  await page.locator("[data-draws=split-shape-1]").press("Enter");
  for (let no = 0; no < 3; no++) await page.getByRole("button", { name: "加一个顶点" }).press("Enter");
  assert.equal(await corners.count(), 3);
  await corners.nth(1).focus();
  await page.keyboard.press("Insert");
  assert.equal(await corners.count(), 4);
  assert.equal(JSON.parse(await page.locator("#split-shape-1").inputValue()).coordinates[0].length, 5);
  await page.getByRole("button", { name: "放弃所画" }).click();

  const field = page.locator("#split-shape-1");
  const bow = [[110.0, 30.01], [110.01, 30.02], [110.01, 30.01], [110.0, 30.02], [110.0, 30.01]];
  await field.fill(JSON.stringify({ type: "Polygon", coordinates: [bow] }));
  await page.locator("[data-draws=split-shape-1]").click();
  assert.equal(await page.locator(".drawing-wrong").count(), 2);
  assert.ok((await text(page)).includes("边界自己相交"));
  await shoot(page, "admin-crossing", { fullPage: true });
  await page.getByRole("button", { name: "画好了" }).click();
  assert.equal(await field.getAttribute("aria-invalid"), "true");
  await page.locator("form:has(#split-name-1) button.button-primary").click();
  assert.equal(await page.locator("#preview").count(), 0, "the browser does not send it");
  await field.fill(ring(110.0, 110.004));
  assert.equal(await field.getAttribute("aria-invalid"), null);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("another language, another page and another search take edited rows along, without a script", async () => {
  const page = await as("administrator", { script: false, viewport: phone });
  await page.goto(server.url("/policy/edit?table=routes.csv&q=R-03"));
  await page.getByLabel("1 note").fill("街面秩序归街道");
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("heading", { name: "Edit: Routes" }).waitFor();
  assert.equal(await page.getByLabel("1 note").inputValue(), "街面秩序归街道");
  await page.getByRole("button", { name: "Rosters" }).click();
  await page.getByRole("heading", { name: "Edit: Rosters" }).waitFor();
  assert.ok((await text(page)).includes("Routes (1 rows)"));
  await page.getByRole("button", { name: "Routes" }).click();
  assert.equal(await page.getByLabel("3 note", { exact: true }).inputValue(), "街面秩序归街道");
  await page.getByLabel("3 note", { exact: true }).press("Enter");
  await page.getByRole("heading", { name: "Edit: Routes" }).waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "en", "Enter is no choice of the bar");
  await page.context().close();
});

/** The row of a member, by the search above the table. */
async function findMember(page, member) {
  await page.goto(server.url("/organisation/members"));
  await page.getByRole("searchbox").fill(member);
  await page.getByRole("button", { name: "查找" }).click();
  await page.waitForURL((url) => url.searchParams.has("sought"));
}

test("a seat that is given on the page waits for another administrator", async () => {
  const page = await as("administrator", { script: false });
  await findMember(page, "auditor");
  await page.locator("#cell-0-3").fill("centre:auditor centre-east:auditor");
  await page.locator("form:has(#cell-0-3) button.button-primary").click();
  await page.waitForSelector("#preview");
  await page.locator("#import-reason").fill("增设");
  await page.getByRole("button", { name: "按预览执行" }).click();
  assert.ok((await text(page)).includes("等待另一位管理员同意"));
  const other = await as("administrator-2", { script: false });
  await other.goto(server.url("/organisation"));
  await other.getByRole("button", { name: "批准" }).first().click();
  await findMember(other, "auditor");
  assert.equal(await other.locator("#cell-0-3").inputValue(), "centre:auditor centre-east:auditor");
  await Promise.all([page.context().close(), other.context().close()]);
});

test("a note of a route is written and kept as a draft with who gets a case beside it", { timeout: 120_000 }, async () => {
  const page = await as("administrator", { script: false });
  await page.goto(server.url("/policy/edit?table=routes.csv&q=R-03"));
  await page.getByLabel("1 note").fill("街面秩序归街道");
  await page.locator("#edit-matter").selectOption("city/order/vendor");
  await page.locator("#edit-area").selectOption("990101001001001");
  await page.getByRole("button", { name: "检查", exact: true }).click();
  await page.waitForSelector("#found");
  assert.ok((await text(page)).includes("R-03"));
  await page.locator("#edit-reason").fill("注明");
  await page.getByRole("button", { name: "存为草案" }).click();
  await page.waitForURL((url) => url.pathname === "/policy/version");
  await page.context().close();
});

for (const look of looks) {
  test(`the administrator's pages hold on a desk and a phone, in both languages and themes (${look.name})`, { timeout: 180_000 }, async () => {
    const page = await as("administrator", look);
    for (const [name, path] of [
      ["organisation", "/organisation?area=990101001"],
      ["areas", "/organisation/areas"],
      ["units", "/organisation/units"],
      ["members", "/organisation/members"],
      ["routes", "/policy/edit?table=routes.csv"],
      ["roster", "/policy/edit?table=roster.csv"],
      ["audit", "/audit"],
    ]) {
      await page.goto(server.url(path));
      await judged(page, `admin-${name}-${look.name}`);
    }
    await fillSplit(page);
    await judged(page, `admin-preview-${look.name}`);
    assert.deepEqual(page.troubles.filter((trouble) => !trouble.includes("422")), []);
    await page.context().close();
  });
}
