// What a page of each kind loads, after gzip, on every page of the census: no script for residents, little for the field and the console, a
// bounded map and wall, one small style sheet everywhere. What a browser really asks for is counted, its workers among it.
//
// The pages are those of e2e/every-pages.mjs. web/build.mjs has a budget for each file; here are those of whole pages.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { desktop, openBrowser, openPage } from "./harness.mjs";
import { everyPage, signIn, startStores } from "./every-pages.mjs";

const KB = 1024;
/** Scripts of a page, by its kind; map and charts come to pages of the console by themselves and are counted with them there. */
const SCRIPTS = { resident: 0, field: 35 * KB, console: 25 * KB, map: 460 * KB, charts: 260 * KB, wall: 260 * KB };
const STYLES = 12 * KB;
const RESIDENTS = ["/report", "/track", "/public", "/public/{number}", "/help", "/accessibility"];

let stores, pages, browser;
before(async () => {
  stores = await startStores();
  const wall = { path: "wall", at: "/cockpit?wall=1", server: stores.server, member: "leader-district" };
  [pages, browser] = [[...(await everyPage(stores)), wall], await openBrowser({ drawing: true })];
});
after(async () => {
  await browser?.close();
  await stores?.stop();
});

function kindOf(path, names) {
  if (path === "wall") return "wall";
  if (RESIDENTS.includes(path)) return "resident";
  if (path.startsWith("/field")) return "field";
  if (names.some((name) => name.includes("/chart"))) return "charts";
  return names.some((name) => name.includes("/map")) ? "map" : "console";
}

const sizes = new Map();
async function size(url) {
  if (!sizes.has(url)) sizes.set(url, gzipSync(Buffer.from(await (await fetch(url)).arrayBuffer()), { level: 9 }).length);
  return sizes.get(url);
}

/** Addresses of the scripts and styles that a page loads, with those of its workers. */
async function loaded(page, it) {
  const asked = new Set();
  const note = (request) => asked.add(request.url());
  page.on("request", note);
  page.on("worker", (worker) => asked.add(worker.url()));
  await page.goto(it.server.url(it.at), { waitUntil: "load" });
  if (it.path === "/map") await page.locator('.map-live[data-state="idle"]').waitFor({ timeout: 60_000 });
  if (it.path.startsWith("/field")) asked.add(await page.evaluate("navigator.serviceWorker.ready.then(({ active }) => active.scriptURL)"));
  page.off("request", note);
  const of = (ending) => [...asked].filter((url) => new URL(url).pathname.endsWith(ending));
  return { scripts: of(".js"), styles: of(".css") };
}

test("every page keeps to the budget of its kind in scripts, and to one of style", { timeout: 240_000 }, async (t) => {
  const over = [];
  const most = {};
  const context = new Map();
  for (const it of pages) {
    const who = `${it.server.address} ${it.member}`;
    if (!context.has(who)) {
      const page = await openPage(browser, { viewport: desktop });
      if (it.member) await signIn(page, it, stores);
      context.set(who, page.context());
      await page.close();
    }
    const page = await context.get(who).newPage();
    const session = await page.context().newCDPSession(page);
    await session.send("Network.setCacheDisabled", { cacheDisabled: true });
    const { scripts, styles } = await loaded(page, it);
    const sum = async (urls) => (await Promise.all(urls.map(size))).reduce((all, one) => all + one, 0);
    const [script, style] = [await sum(scripts), await sum(styles)];
    const kind = kindOf(it.path, scripts);
    if (script > SCRIPTS[kind]) over.push(`${it.path} (${kind}): scripts ${(script / KB).toFixed(1)} KB: ${scripts.join(" ")}`);
    if (style > STYLES) over.push(`${it.path}: styles ${(style / KB).toFixed(1)} KB`);
    if (style === 0 && it.path !== "/api") over.push(`${it.path}: no style at all, so nothing was counted`);
    most[kind] = Math.max(most[kind] ?? 0, script);
    most.style = Math.max(most.style ?? 0, style);
    await page.close();
  }
  for (const [kind, bytes] of Object.entries(most)) t.diagnostic(`most of ${kind}: ${(bytes / KB).toFixed(1)} KB after gzip`);
  assert.deepEqual(over, []);
  assert.deepEqual(Object.keys(most).filter((kind) => kind !== "style").sort(), Object.keys(SCRIPTS).sort(), "there is a page of every kind");
  for (const kind of ["field", "console", "map", "wall"]) assert.ok(most[kind] > 0, `${kind} has scripts, so they were counted`);
});
