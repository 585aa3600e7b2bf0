// The leader's screens in a browser: a figure is one click from its cases, a unit one key away, a wall needs no scrolling, and figures
// that are no longer fresh say so.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, looks, openBrowser, openPage, shoot, startServer } from "./harness.mjs";

const wall = { width: 1920, height: 1080 };
let server, browser;
before(async () => {
  server = await startServer({ args: ["--pack", "starter", "--cases", "60", "--still"] });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function judged(page, name) {
  await shoot(page, name, { fullPage: true });
  const found = await axe(page);
  assert.deepEqual(found.violations, [], name);
  assert.deepEqual(found.undecidedContrast, [], name);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wider <= 0, `${name}: the page is ${wider} pixels wider than the screen`);
}

async function signIn(page, member) {
  await page.request.post(server.url("/sign-in"), { form: { member } });
}

for (const look of looks) {
  test(`a district stands in figures, and each is one click from its cases (${look.name})`, { timeout: 180_000 }, async () => {
    const page = await openPage(browser, look);
    await signIn(page, "leader-district");
    await page.goto(server.url("/cockpit"));
    await page.waitForSelector("html.js");
    await judged(page, `cockpit-${look.name}`);
    const open = Number(await page.locator(".figure a").first().innerText());
    const parts = (await page.locator(".figure-parts dd a").allInnerTexts()).map(Number);
    assert.equal(parts.reduce((sum, count) => sum + count, 0), open, "overdue, due soon, in time and paused make up the whole");
    await page.locator(".figure a").first().click();
    await page.waitForURL(/\/cockpit\/cases/);
    assert.equal(await page.locator("tbody tr").count(), Math.min(open, 60));
    await judged(page, `cockpit-cases-${look.name}`);
    await page.goto(server.url("/analysis"));
    await page.locator("#meaning summary").click();
    assert.equal(await page.locator("section.part").count(), 9, "the days and eight dimensions");
    await judged(page, `analysis-${look.name}`);
    await page.goto(server.url("/analysis?from=2026-05-12&to=2026-05-01"));
    await judged(page, `analysis-mistake-${look.name}`);
    assert.deepEqual(page.troubles.filter((trouble) => !trouble.includes("422")), []);
    await page.context().close();
  });
}

test("a wall shows its panels in both languages without scrolling, dark whatever the system says", { timeout: 120_000 }, async () => {
  for (const locale of ["zh-CN", "en-GB"]) {
    const page = await openPage(browser, { viewport: wall, locale });
    await signIn(page, "leader-district");
    await page.goto(server.url("/cockpit?wall=1"));
    await judged(page, `cockpit-wall-${locale}`);
    const seen = await page.evaluate(() => ({
      tall: document.documentElement.scrollHeight,
      ground: getComputedStyle(document.documentElement).backgroundColor,
      least: Math.min(...[...document.querySelectorAll(".panel *")].filter((one) => one.childNodes.length && one.innerText?.trim() && one.getClientRects().length && !one.closest("svg, .visually-hidden")).map((one) => parseFloat(getComputedStyle(one).fontSize))),
      below: [...document.querySelectorAll(".panel")].filter((one) => one.getBoundingClientRect().bottom > innerHeight).map((one) => one.querySelector("h2").innerText),
    }));
    assert.ok(seen.tall <= wall.height, `the wall is ${seen.tall} pixels tall`);
    assert.deepEqual(seen.below, [], "every panel ends on the screen");
    assert.equal(seen.ground, "rgb(11, 18, 32)");
    assert.ok(seen.least >= 22, `the smallest letters have ${seen.least} pixels`);
    await page.context().close();
  }
});

test("figures that get no answer for three minutes are called old, and fresh ones take their place again", { timeout: 120_000 }, async () => {
  const page = await openPage(browser);
  await signIn(page, "leader-district");
  await page.clock.install();
  await page.goto(server.url("/cockpit"));
  await page.waitForSelector("html.js");
  assert.ok(await page.locator(".cockpit-stale").isHidden());
  await page.route(/\/cockpit/, (route) => route.abort());
  await page.clock.runFor("04:30");
  await page.waitForSelector(".cockpit-stale:not([hidden])");
  assert.match(await page.locator(".cockpit-stale").innerText(), /数据中断 [34] 分钟/);
  await judged(page, "cockpit-stale");
  await page.unroute(/\/cockpit/);
  await page.clock.runFor("01:30");
  await page.waitForSelector(".cockpit-stale", { state: "hidden" });
  await page.context().close();
});

test("the screen is whole without a script", { timeout: 60_000 }, async () => {
  const page = await openPage(browser, { script: false });
  await signIn(page, "leader-district");
  await page.goto(server.url("/cockpit"));
  assert.match(await page.locator(".cockpit-fresh").innerText(), /\d\d:\d\d:\d\d/);
  await page.locator(".figure a").first().click();
  await page.waitForURL(/\/cockpit\/cases/);
  await page.context().close();
});
