// Tables and webhooks as an administrator sees them: on a desk and on a phone, in both languages, with mistakes and without.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, looks, openBrowser, openPage, shoot, startServer } from "./harness.mjs";

let server, browser;
before(async () => {
  server = await startServer({ args: ["--pack", "starter", "--cases", "20", "--still"] });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const good = "id,name,name_en,kind,function,area,home\norder-east,东街道综合执法队,East Street Order Team,post,order,990101001,dept-order\norder-bridge,桥头执法岗,Bridge Order Post,post,order,990101001001,dept-order\n";
const bad = "id,name,area,kind\nunit-a,甲,990101999,castle\nunit-a,乙,,post\n";

async function judged(page, name) {
  await shoot(page, name, { fullPage: true });
  const found = await axe(page);
  assert.deepEqual(found.violations, [], name);
  assert.deepEqual(found.undecidedContrast, [], name);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wider <= 0, `${name}: the page is ${wider} pixels wider than the screen`);
}

for (const look of looks) {
  test(`a table is shown, its mistakes are told at their places, and a webhook has its log (${look.name})`, { timeout: 180_000 }, async () => {
    const page = await openPage(browser, look);
    await page.request.post(server.url("/sign-in"), { form: { member: "administrator" } });
    await page.goto(server.url("/import"));
    await judged(page, `import-${look.name}`);
    for (const [name, csv] of [["mistakes", bad], ["preview", good]]) {
      await page.goto(server.url("/import"));
      await page.locator("#table").selectOption("units");
      await page.locator("#file").setInputFiles({ name: "units.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
      await page.locator("form:has(#file) button").click();
      await page.waitForSelector("#preview");
      await judged(page, `import-${name}-${look.name}`);
      if (name === "mistakes") assert.ok((await page.locator(".error-summary li").count()) >= 3);
      else assert.ok((await page.locator("tr[data-went=changed]").innerText()).includes("东街道综合执法队"));
    }
    const body = { channel: "webhook", target: "https://example.org/hook" };
    const made = await page.request.post(server.url("/api/v1/subscriptions"), { data: body });
    const { id } = await made.json();
    await page.request.post(server.url(`/api/v1/subscriptions/${id}/pause`), { data: {} });
    await page.request.post(server.url(`/api/v1/subscriptions/${id}/ping`), { data: {} });
    await page.goto(server.url("/subscriptions"));
    await judged(page, `webhooks-${look.name}`);
    await page.goto(server.url(`/subscriptions/${id}`));
    await judged(page, `webhook-${look.name}`);
    assert.match(await page.locator("table").innerText(), /msg_ping_/);
    await page.goto(server.url("/developers"));
    await judged(page, `developers-${look.name}`);
    await page.goto(server.url("/developers/operation?method=post&path=/api/v1/cases"));
    await judged(page, `developers-operation-${look.name}`);
    assert.deepEqual(page.troubles.filter((trouble) => !trouble.includes("422")), []);
    await page.context().close();
  });
}
