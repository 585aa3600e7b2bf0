// The field app's heart in a real browser, against the simulated server of web/test/field: the store, the locks, the worker and the
// canvas are the browser's own here.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { join } from "node:path";
import { openBrowser, openPage, phone, root, until } from "./harness.mjs";
import { Server } from "../web/test/field/server.mjs";
import { World } from "../web/test/field/world.mjs";

const { build } = createRequire(join(root, "web", "package.json"))("esbuild");
const src = join(root, "web", "src", "field");
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const PAGE = `
  import { start, prepare, canvasDraw } from "./field.ts";
  await navigator.serviceWorker.register("/field-worker.js", { scope: "/field" });
  await navigator.serviceWorker.ready;
  const rounds = [];
  const field = await start(window, { changed: (ended) => rounds.push(ended), failed: (why) => rounds.push(String(why)) });
  Object.assign(window, { field, prepare, canvasDraw, rounds });
`;
let http, address, browser, sim, breaks;

before(async () => {
  const bundle = async (how) => (await build({ bundle: true, minify: true, write: false, logLevel: "silent", ...how })).outputFiles[0].text;
  const shell = { version: "1", page: "/field", files: ["/assets/field.js"] };
  const files = {
    "/assets/field.js": ["text/javascript", await bundle({ stdin: { contents: PAGE, resolveDir: src, loader: "ts" }, format: "esm" })],
    "/field-worker.js": ["text/javascript", await bundle({ entryPoints: [join(src, "service-worker.ts")], define: { SHELL: JSON.stringify(shell) }, format: "iife" })],
    "/field": ["text/html; charset=utf-8", '<!doctype html><html lang="zh-CN"><title>呼应</title><link rel="icon" href="data:,"><script type="module" src="/assets/field.js"></script></html>'],
  };
  http = createServer(async (request, answer) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const file = files[request.url];
    if (file) return answer.writeHead(200, { "content-type": file[0], "content-security-policy": policy }).end(file[1]);
    if (!request.url.startsWith("/api/")) return answer.writeHead(404).end();
    serve(request, Buffer.concat(parts), answer);
  });
  await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${http.address().port}/field`;
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  http?.closeAllConnections();
  http?.close();
});

/** The simulated server's answer, or a line that breaks after it has acted. */
function serve(request, body, answer) {
  const names = ["Idempotency-Key", "If-Match", "For-Member", "Upload-Length", "Upload-Offset", "Upload-Complete", "Repr-Digest"];
  const headers = Object.fromEntries(names.map((name) => [name, request.headers[name.toLowerCase()]]).filter(([, value]) => value !== undefined));
  const sent = request.method === "PATCH" ? { bytes: body } : body.toString();
  const said = sim.handle({ method: request.method, path: request.url, headers, body: sent, at: Date.now() });
  if (request.method !== "GET" && (breaks -= 1) >= 0) return request.socket.destroy();
  answer.writeHead(said.status, { ...said.headers, "content-type": "application/json" });
  answer.end(request.method === "HEAD" || said.status === 204 ? undefined : said.text);
}

/** The page's policy lets nothing be evaluated from within, so it is asked from outside. */
const ready = (page) => until("the page has started", () => page.evaluate(() => window.field !== undefined));

async function opened(context) {
  const page = await context.newPage();
  await page.goto(address);
  await ready(page);
  return page;
}

test("what is written without a net after a reload arrives once, in order and with its photos, from two tabs and over a line that breaks", async () => {
  [sim, breaks] = [new Server(new World(1)), 5];
  const first = await openPage(browser, { viewport: phone });
  const context = first.context();
  await first.goto(address);
  await ready(first);
  // The greeting, without which nobody writes; the simulated server has no queues.
  await first.evaluate("field.refresh()");
  await context.setOffline(true);
  await first.reload();
  await ready(first);
  const written = await first.evaluate(async () => {
    const { field, prepare, canvasDraw } = window;
    const sizes = [];
    for (let no = 0; no < 3; no += 1) {
      const canvas = new OffscreenCanvas(2400, 1800);
      const pen = canvas.getContext("2d");
      for (let k = 0; k < 300; k += 1) {
        pen.fillStyle = `hsl(${(k * (no + 3) * 7) % 360} 80% 50%)`;
        pen.fillRect((k * 97) % 2400, (k * 61) % 1800, 300, 200);
      }
      const photo = await prepare(await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 }), canvasDraw);
      const { width, height } = await createImageBitmap(photo.bytes);
      sizes.push([width, height]);
      const [report] = await field.outbox.write({ name: "report", fields: { text: `#${no}` }, photos: [{ bytes: photo.bytes, kind: "before" }] });
      await field.outbox.write({ name: "note", case: report.case, fields: { words: `#${no} note` } });
    }
    return { sizes, states: (await field.outbox.list("网格员 1")).map(({ state }) => state) };
  });
  assert.deepEqual(written.sizes, Array(3).fill([1600, 1200]));
  assert.deepEqual(new Set(written.states), new Set(["kept"]));
  await context.setOffline(false);
  const second = await opened(context);
  const delivered = async () => (await window.field.outbox.list("网格员 1")).every(({ state }) => state === "sent");
  for (const page of [first, second]) await until("everything is delivered", () => page.evaluate(delivered));
  assert.ok(breaks < 0, "the line really broke");
  const told = await second.evaluate(async () => (await window.field.outbox.list("网格员 1")).map(({ item }) => item.number));
  const cases = [...sim.cases.values()];
  assert.deepEqual(cases.map(({ log }) => log.map(({ name, photos }) => `${name} ${photos.length}`)), Array(3).fill(["report 1", "note 0"]));
  assert.deepEqual(told.sort(), cases.flatMap(({ number }) => [number, number]).sort());
  assert.equal(sim.files.size, 3);
  // A page that was cut from the net says so on the console; nothing else may be said.
  assert.deepEqual((first.troubles ?? []).filter((trouble) => !/ERR_INTERNET_DISCONNECTED|ERR_EMPTY_RESPONSE|ERR_CONNECTION|Failed to load resource/.test(trouble)), []);
  await context.close();
});

test("after signing out nobody writes on the device, and what was not delivered is there when its writer comes back", async () => {
  [sim, breaks] = [new Server(new World(2)), 0];
  const page = await openPage(browser, { viewport: phone });
  await page.goto(address);
  await ready(page);
  await page.evaluate("field.refresh()");
  sim.member = null;
  const left = await page.evaluate(async () => {
    await window.field.outbox.write({ name: "report", fields: { text: "#1" } });
    return window.field.leave();
  });
  assert.deepEqual(left, { items: 1, drafts: 0 });
  await assert.rejects(page.evaluate(() => window.field.outbox.write({ name: "report", fields: { text: "#2" } })));
  sim.member = "网格员 2";
  await page.evaluate("field.sync.poke('signed-in')");
  assert.equal(sim.cases.size, 0);
  sim.member = "网格员 1";
  await page.evaluate("field.sync.poke('signed-in')");
  assert.equal(sim.cases.size, 1);
  await page.context().close();
});
