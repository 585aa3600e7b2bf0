// The map in the browser: it takes the place of the server's drawing, keeps step with the list beside it, and leaves the page whole where it cannot be drawn.
//
// It stands on packs/starter: six grids, sixty cases. WebGL is drawn in software, so nothing here says how fast it is. Markup: web/README.md.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { axe, looks, openBrowser, openPage, phone, shoot, startServer, until } from "./harness.mjs";

let server, browser;
before(async () => {
  server = await startServer({ verb: "demo", args: ["--pack", "starter", "--days", "3", "--cases", "60", "--still"] });
  browser = await openBrowser({ drawing: true });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The map's page for a leader of the whole district. */
async function openMap(look = {}, before = async () => {}) {
  const page = await openPage(browser, look);
  await before(page);
  await page.request.post(server.url("/sign-in"), { form: { member: "leader-district" } });
  await page.goto(server.url("/map"));
  return page;
}

const drawn = (page) => page.locator('.map-live[data-state="idle"]').waitFor({ timeout: 60_000 });

test("the map is drawn in both languages, light and dark, on a desk and on a phone, without a finding of axe", async () => {
  for (const { name, ...look } of looks) {
    const page = await openMap(look);
    await drawn(page);
    assert.equal(await page.locator("figure").first().getAttribute("data-live"), "on");
    assert.equal(await page.locator(".map-box > svg").isVisible(), false, "the drawing gives way to the map");
    await shoot(page, `map-live-${name}`);
    const found = await axe(page);
    assert.deepEqual({ name, ...found, troubles: page.troubles }, { name, violations: [], undecidedContrast: [], troubles: [] });
    await page.context().close();
  }
});

test("arrow keys go through the list, and the map shows what is chosen", async () => {
  const page = await openMap();
  await page.emulateMedia({ reducedMotion: "reduce" });
  await drawn(page);
  const rows = page.locator(".map-row");
  assert.ok((await rows.count()) >= 3, "there are cases to choose from");
  await rows.first().focus();
  let keys = 0;
  for (; keys < 2; keys++) await page.keyboard.press("ArrowDown");
  const id = await rows.nth(2).getAttribute("data-case");
  assert.equal(await rows.nth(2).getAttribute("aria-current"), "true");
  assert.equal(await page.locator(".map-row[aria-current]").count(), 1);
  await page.locator(`.map-live[data-chosen="${id}"]`).waitFor();
  await shoot(page, "map-live-chosen");
  // The map has gone there: whoever presses its middle presses a case.
  const box = await page.locator(".map-live").boundingBox();
  await until("a case is told where it was pressed", async () => {
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    return (await page.locator(".map-said a[href^='/cases/']").count()) === 1;
  });
  await page.locator(".map-said a").click();
  await page.waitForURL((url) => url.pathname.startsWith("/cases/"));
  assert.deepEqual(page.troubles, []);
});

test("without a script the drawing, the list and the table say it all", async () => {
  const page = await openMap({ viewport: phone, script: false });
  assert.ok(await page.locator(".map-box > svg").isVisible());
  assert.equal(await page.locator(".map-live").isVisible(), false);
  assert.ok((await page.locator(".map-row").count()) > 0);
  assert.equal(await page.locator(".map-list .needs-js").isVisible(), false, "nothing is promised that needs a script");
  await shoot(page, "map-no-script", { fullPage: true });
  await page.locator(".map-row").first().click();
  await page.waitForURL((url) => url.pathname.startsWith("/cases/"));
});

test("where a browser cannot draw it the drawing stays, and the keys of the list go on", async () => {
  const page = await openMap({}, (page) =>
    page.addInitScript(() => {
      const before = HTMLCanvasElement.prototype.getContext;
      HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
        return kind.startsWith("webgl") ? null : before.call(this, kind, ...more);
      };
    }),
  );
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.reload();
  await page.locator(".map-row").first().focus();
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.locator(".map-row").nth(1).getAttribute("aria-current"), "true");
  assert.equal(await page.locator(".map-box .cell[data-chosen]").count(), 1, "its area is marked in the drawing");
  assert.ok(await page.locator(".map-box > svg").isVisible());
  assert.deepEqual(asked.filter((url) => url.includes("/assets/map")), [], "a map that is not drawn is not loaded");
  assert.deepEqual(page.troubles, []);
});

test("the scripts of the map stay in their budget and come to no other page", async () => {
  const page = await openMap();
  await drawn(page);
  const box = page.locator(".map-live");
  const names = new Set([await box.getAttribute("data-script"), await box.getAttribute("data-worker"), ...(await page.locator("script[src]").evaluateAll((all) => all.map((one) => one.getAttribute("src"))))]);
  let bytes = 0;
  for (const name of names) {
    const text = await (await fetch(server.url(name))).text();
    bytes += gzipSync(text, { level: 9 }).length;
    // What is imported at once comes with it; what is asked for later is written with a bracket.
    for (const [, part] of text.matchAll(/(?:from|import)\s*"\.\/(map-part-[\w-]+\.js)"/g)) names.add(`/assets/${part}`);
  }
  assert.ok(names.size >= 3, "the map, its worker and the console were counted");
  assert.ok(bytes <= 460 * 1024, `${(bytes / 1024).toFixed(1)} KB`);
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(server.url("/desk"));
  assert.deepEqual(asked.filter((url) => url.includes("/assets/map")), []);
});

test("a browser asks for its tiles anew and gets nothing where nothing has changed", async () => {
  const headers = { "x-huying-member": "leader-district" };
  const tile = server.url("/api/v1/tiles/all/11/1649/844");
  const first = await fetch(tile, { headers });
  assert.equal(first.status, 200);
  assert.equal(first.headers.get("content-type"), "application/vnd.mapbox-vector-tile");
  const again = await fetch(tile, { headers: { ...headers, "if-none-match": first.headers.get("etag") } });
  assert.equal(again.status, 304);
  assert.equal((await fetch(tile)).status, 401);
});
