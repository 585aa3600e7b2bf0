// Charts of the leader's screens in a browser: they say the table's own numbers, can be taken away as pictures and files, follow the
// page when it changes, and without their script the tables and the server's drawing stand.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { axe, looks, openBrowser, openPage, shoot, startServer } from "./harness.mjs";

let server, browser;
before(async () => {
  server = await startServer({ args: ["--pack", "starter", "--cases", "60", "--still"] });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const drawn = ".chart-live svg";

async function open(path, look) {
  const page = await openPage(browser, look);
  await page.request.post(server.url("/sign-in"), { form: { member: "leader-district" } });
  await page.goto(server.url(path));
  return page;
}

async function judged(page, name) {
  await shoot(page, name, { fullPage: true });
  const found = await axe(page);
  assert.deepEqual(found.violations, [], name);
  assert.deepEqual(found.undecidedContrast, [], name);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wider <= 0, `${name}: the page is ${wider} pixels wider than the screen`);
}

/** Every chart of the page beside the plotted columns of its table, as the page shows them. */
function charts(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll("figure[data-live]")].map((figure) => {
      const table = document.getElementById(figure.dataset.table);
      const columns = [...table.tHead.rows[0].cells].flatMap((cell, at) => (cell.dataset.series ? [{ name: cell.textContent, at }] : []));
      const cells = (at) => [...table.tBodies[0].rows].map((row) => (row.cells[at].hasAttribute("data-undrawn") ? "" : row.cells[at].textContent));
      const live = figure.querySelector(".chart-live");
      return {
        id: figure.id,
        form: figure.dataset.chart,
        said: live.getAttribute("aria-label"),
        role: live.getAttribute("role"),
        texts: [...live.querySelectorAll("text")].map((text) => text.textContent),
        series: columns.map(({ name, at }) => ({ name, cells: cells(at).filter((text) => /^\d+(\.\d+)?%?$/.test(text)) })),
      };
    }),
  );
}

function same(chart) {
  assert.equal(chart.role, "img");
  assert.ok(chart.series.length >= 2, `${chart.id} compares`);
  for (const { name, cells } of chart.series) {
    assert.ok(chart.texts.includes(name), `${chart.id}: the legend names ${name}`);
    if (cells.length === 0) continue;
    const numbers = cells.map((text) => Number.parseFloat(text));
    const said = chart.said.split(`${name}：`)[1];
    assert.ok(said.startsWith(`最多 ${Math.max(...numbers)}`), `${chart.id}: ${name} of ${cells} in ${chart.said}`);
    assert.ok(said.split("。")[0].includes(`最少 ${Math.min(...numbers)}`), `${chart.id}: ${name} of ${cells} in ${chart.said}`);
  }
  if (chart.form !== "bar") return;
  // Each bar has its number at its end.
  const left = [...chart.texts];
  for (const text of chart.series.flatMap(({ cells }) => cells)) {
    const plain = text.replace(/\.0%$/, "%");
    const at = left.indexOf(plain);
    assert.ok(at >= 0, `${chart.id}: ${plain} is not among ${left}`);
    left.splice(at, 1);
  }
}

for (const look of looks) {
  test(`charts stand on cockpit and analysis in the colours of the page (${look.name})`, { timeout: 180_000 }, async () => {
    const page = await open("/cockpit", look);
    await page.waitForSelector(drawn);
    await judged(page, `charts-cockpit-${look.name}`);
    const ground = await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--c1").trim());
    const strokes = await page.locator(`#trend ${drawn} path`).evaluateAll((paths) => paths.map((path) => path.getAttribute("stroke")));
    assert.ok(strokes.includes(ground), `no line has ${ground}: ${strokes}`);
    await page.goto(server.url("/analysis"));
    await page.waitForSelector(`#source-chart ${drawn}`);
    await judged(page, `charts-analysis-${look.name}`);
    assert.deepEqual(page.troubles, []);
    await page.context().close();
  });
}

test("a chart shows the very numbers of its table", { timeout: 120_000 }, async () => {
  const page = await open("/cockpit");
  await page.waitForSelector(drawn);
  const [trend] = await charts(page);
  assert.deepEqual([trend.form, trend.series.map(({ name }) => name)], ["line", ["收到", "已办结", "超期未结"]]);
  assert.equal(trend.series[0].cells.length, 14);
  same(trend);
  const day = (back) => new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10);
  await page.goto(server.url(`/analysis?from=${day(90)}&to=${day(0)}`));
  await page.waitForSelector(`#source-chart ${drawn}`);
  const all = await charts(page);
  const ids = all.map(({ id }) => id);
  for (const id of ["day-chart", "source-chart", "problem-chart", "area-chart", "state-chart"]) assert.ok(ids.includes(id), `${id} is not among ${ids}`);
  assert.ok(!ids.includes("group-chart"), "what is hidden of few has no chart");
  all.forEach(same);
  await page.context().close();
});

test("a chart is taken away as a picture, and its table as a file", { timeout: 120_000 }, async () => {
  const page = await open("/cockpit");
  await page.waitForSelector(drawn);
  const coming = page.waitForEvent("download");
  await page.locator("#trend-save").click();
  const picture = await coming;
  assert.match(picture.suggestedFilename(), /^trend-.+\.png$/);
  const bytes = await readFile(await picture.path());
  assert.deepEqual([...bytes.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  assert.ok(bytes.readUInt32BE(16) >= 2400, "wide enough to be printed");
  assert.ok(bytes.length > 10_000, `only ${bytes.length} bytes: an empty sheet has fewer than a drawing`);
  const link = page.getByRole("link", { name: "导出表格" });
  const file = await page.request.get(new URL(await link.getAttribute("href"), page.url()).href);
  assert.equal(file.status(), 200);
  assert.equal((await file.body()).subarray(0, 2).toString(), "PK", "a workbook is an archive");
  const href = (await link.getAttribute("href")).replace("xlsx", "csv");
  const lines = (await (await page.request.get(new URL(href, page.url()).href)).text()).trim().split(/\r?\n/).slice(1).map((line) => line.split(","));
  const shown = await page.locator("#trend-days tbody tr").evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));
  const told = shown.map(([day, cases, closed, late]) => [day, cases, closed, late]);
  assert.deepEqual(lines.map((cells) => [cells[0], cells[1], cells[4], cells[8]]), told, "the file says what the page says");
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("a chart follows the page: fresh figures, another scheme, another width", { timeout: 120_000 }, async () => {
  const page = await openPage(browser);
  await page.request.post(server.url("/sign-in"), { form: { member: "leader-district" } });
  await page.clock.install();
  await page.goto(server.url("/cockpit"));
  await page.waitForSelector(drawn);
  const before = (await charts(page))[0];
  await page.route(/\/cockpit$/, async (route) => {
    const answer = await route.fetch();
    // The server's next page has one figure that is another.
    const body = (await answer.text()).replace(/(id="trend-days"[\s\S]*?<td class="number">)\d+</, "$14242<");
    await route.fulfill({ response: answer, body });
  });
  await page.clock.runFor("01:20");
  await page.waitForFunction(() => document.querySelector(".chart-live")?.getAttribute("aria-label")?.includes("最多 4242"));
  const after = (await charts(page))[0];
  assert.ok(!before.said.includes("4242"));
  assert.equal(await page.locator("#trend .chart-live").count(), 1, "the old drawing is gone");
  same(after);
  const strokes = () => page.locator(`#trend ${drawn} path`).evaluateAll((paths) => paths.map((path) => path.getAttribute("stroke")).join());
  const light = await strokes();
  await page.emulateMedia({ colorScheme: "dark" });
  await page.waitForFunction((old) => [...document.querySelectorAll("#trend .chart-live svg path")].map((path) => path.getAttribute("stroke")).join() !== old, light);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.waitForFunction(() => Number(document.querySelector("#trend .chart-live svg").getAttribute("width")) < 390);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("a wall draws its trend in letters that are read from afar, and offers nothing to press", { timeout: 60_000 }, async () => {
  const page = await open("/cockpit?wall=1", { viewport: { width: 1920, height: 1080 } });
  await page.waitForSelector(drawn);
  const least = await page.locator(`${drawn} text`).evaluateAll((texts) => Math.min(...texts.map((text) => Number.parseFloat(getComputedStyle(text).fontSize))));
  assert.ok(least >= 22, `the smallest letters of the chart have ${least} pixels`);
  assert.equal(await page.locator("#trend-save").isVisible(), false);
  await judged(page, "charts-wall");
  await page.context().close();
});

test("without a script the tables and the server's drawing stand, and nothing is offered that does not work", { timeout: 60_000 }, async () => {
  const page = await open("/cockpit", { script: false });
  assert.ok(await page.locator("svg.trend").isVisible());
  assert.equal(await page.locator("#trend-save").isVisible(), false);
  await page.goto(server.url("/analysis"));
  assert.equal(await page.locator("figure[data-chart]:visible").count(), 0, "no empty frames");
  assert.ok(await page.locator("#source-table svg.bar").first().isVisible());
  await page.context().close();
});

test("where the chart's script does not come, the server's drawing stays", { timeout: 60_000 }, async () => {
  const page = await openPage(browser);
  await page.route(/\/assets\/chart-/, (route) => route.abort());
  await page.request.post(server.url("/sign-in"), { form: { member: "leader-district" } });
  const refused = page.waitForEvent("requestfailed", (request) => request.url().includes("/assets/chart-"));
  await page.goto(server.url("/cockpit"));
  await refused;
  await page.waitForFunction(() => !document.querySelector(".chart-live"));
  assert.ok(await page.locator("svg.trend").isVisible());
  assert.equal(await page.locator("#trend-save").isVisible(), false);
  assert.deepEqual(page.troubles.filter((trouble) => trouble.startsWith("uncaught")), []);
  await page.context().close();
});
