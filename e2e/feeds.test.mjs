// An administrator makes a feed to a second running Huying in a browser, sees what stopped, says what it is, and finds the case with
// its photo here; and every page of it is looked at, in both languages, on a desk and on a phone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, desktop, done, looks, openBrowser, openPage, shoot, startNode, until } from "./harness.mjs";

let here, there, browser;

before(async () => {
  [here, there] = await Promise.all([startNode(), startNode()]);
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await Promise.all([here?.stop(), there?.stop()]);
});

async function administrator(look) {
  const page = await openPage(browser, look);
  await page.request.post(here.url("/sign-in"), { form: { member: "administrator" } });
  return page;
}

async function judged(page, name) {
  await shoot(page, name, { fullPage: true });
  const found = await axe(page);
  assert.deepEqual(found, { violations: [], undecidedContrast: [] }, name);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wider <= 0, `${name}: the page is ${wider} pixels wider than the screen`);
}

/** A picture as a browser draws it. */
async function picture() {
  const page = await openPage(browser);
  await page.goto(here.url("/sign-in"));
  const bytes = await page.screenshot({ type: "jpeg" });
  await page.context().close();
  return bytes;
}

const reported = (matter, title) => ({ source: "hotline", matter, condition: 1, title, text: title, place: { lon: 110.005, lat: 30.015 } });

test("a feed is made, tried, and one dead letter of it is worked off", { timeout: 240_000 }, async () => {
  await done(there, "acceptor-east", "POST", "/api/v1/cases", reported("city/facility/manhole", "井盖破损"));
  const litter = await done(there, "acceptor-east", "POST", "/api/v1/cases", reported("city/facility/litter", "积存垃圾"));
  const form = new FormData();
  form.append("file", new Blob([await picture()], { type: "image/jpeg" }), "photo.jpg");
  const { file } = await done(there, "dispatcher-east", "POST", `/api/v1/cases/${litter.id}/files`, form);
  await done(there, "dispatcher-east", "POST", `/api/v1/cases/${litter.id}/commands/publish`, { files: [file] });

  const page = await administrator({ viewport: desktop, script: false });
  await page.goto(here.url("/feeds"));
  assert.match(await page.locator("main").innerText(), /还没有对接/);
  const map = (url) => `system = "other"\nurl = "${url}/open311/v2"\nevery_minutes = 1\n[pull]\n[pull.matter]\n"city.facility.manhole" = "city/facility/manhole"\n`;
  await page.locator("#id").fill("other");
  await page.locator("#map").fill(map(there.address).replace("city/facility/manhole", "no/such"));
  await page.locator("form:has(#map) button").click();
  assert.match(await page.locator(".error-summary").innerText(), /pull\.matter\.city\.facility\.manhole/);
  await page.locator("#map").fill(map(there.address));
  await page.locator("form:has(#map) button").click();
  await page.waitForURL((url) => url.pathname === "/feeds/other");

  await page.locator("form:has(input[value=sound]) button").click();
  const services = await page.locator("section[aria-labelledby=sounding] table").innerText();
  assert.match(services, /city\.facility\.litter/);
  assert.match(services, /未对照/);

  const letter = page.locator("section.card:has-text('city.facility.litter')");
  await until("the letter that stopped", async () => {
    await page.goto(here.url("/feeds/other"));
    return (await letter.count()) === 1;
  });
  await letter.locator("summary", { hasText: "指定事项" }).click();
  await letter.locator("input[name=code]").fill("city/facility/litter");
  await letter.locator("input[name=all]").check();
  await letter.locator("form:has(input[name=code]) button").click();
  await page.waitForURL((url) => url.pathname === "/feeds/other");
  await until("the case with its photo", async () => {
    const { items } = await done(here, "leader-district", "GET", "/api/v1/cases");
    const found = items.filter((item) => item.matter === "city/facility/litter");
    if (found.length !== 1) return false;
    const files = await done(here, "leader-district", "GET", `/api/v1/cases/${found[0].id}/files`);
    return files.length === 1;
  });
  await page.goto(here.url("/feeds/other"));
  assert.match(await page.locator("main").innerText(), /没有条目/);
  assert.match(await page.locator("#map").inputValue(), /"city\.facility\.litter" = "city\/facility\/litter"/);
  // The refused form was answered 422, as it should be.
  assert.deepEqual(page.troubles.filter((trouble) => !trouble.includes("422")), []);
  await page.context().close();
});

test("every page of feeds can be read by everybody", { timeout: 240_000 }, async () => {
  await done(there, "acceptor-east", "POST", "/api/v1/cases", reported("city/order/parking", "违停"));
  await done(here, "administrator", "POST", "/api/v1/feeds/other/look", {});
  await until("a letter that stopped", async () => {
    const { items } = await done(here, "administrator", "GET", "/api/v1/feeds/other/letters");
    return items.length > 0;
  });
  for (const look of looks) {
    const page = await administrator(look);
    await page.goto(here.url("/feeds"));
    await page.locator("details.command > summary").first().click();
    await judged(page, `feeds-${look.name}`);
    await page.goto(here.url("/feeds/other"));
    for (const summary of await page.locator("details.command > summary").all()) await summary.click();
    await judged(page, `feed-${look.name}`);
    await page.locator("form:has(input[value=sound]) button").click();
    await page.waitForSelector("#sounding");
    await judged(page, `feed-services-${look.name}`);
    await page.goto(here.url("/feeds/other?state=done"));
    await judged(page, `feed-done-${look.name}`);
    assert.deepEqual(page.troubles, []);
    await page.context().close();
  }
});
