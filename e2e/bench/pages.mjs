// How long the pages take beside what they should: the resident's form and the field app on a slow telephone, the console with 10,000 open
// cases, its keys, the map and the wall. Printed and never asserted; the load of the machine stands beside.
//
// node e2e/bench/pages.mjs [--cases 10000] [--times 5]
//
// It starts the binary (HUYING_BIN, else target/release/huying) as a still demonstration on a store that is kept in target/bench: made once,
// all its cases reported within a day, so that nearly all are open. Owns which pages are visited and the table; start at `main`.
import "./release.mjs";
import { mkdir, readFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { desktop, openBrowser, phone, root, startServer } from "../harness.mjs";
import { median, painted, visit, watched } from "./paint.mjs";

const wall = { width: 1920, height: 1080 };
/** Of the cases that are reported within a day a third is closed by its end. */
const SPARE = 1.6;

const rows = [];
function row(what, goal, measured, note = "") {
  rows.push({ what, "goal ms": goal ?? "–", "measured ms": measured === undefined ? "–" : Math.round(measured), note });
}

/** The dispatcher with the most under a queue, and how much. */
async function busiest(server, queue) {
  const table = await readFile(join(root, "packs", "jiangbei", "members.csv"), "utf8");
  const members = table.split("\n").map((line) => line.split(",")[0]).filter((id) => id.startsWith("dispatcher-"));
  let best;
  for (const member of members) {
    const headers = { "x-huying-member": member };
    const text = await (await fetch(server.url(`/desk?queue=${queue}`), { headers })).text();
    const count = Number(new RegExp(`data-count-of="${queue}"[^>]*data-count="(\\d+)"`).exec(text)?.[1] ?? 0);
    if (!best || count > best.count) best = { member, count };
  }
  return best;
}

async function openCases(server) {
  const answer = await fetch(server.url("/api/v1/counts?level=district"), { headers: { "x-huying-member": "leader" } });
  const counts = await answer.json();
  if (!Array.isArray(counts)) throw new Error(`the counts: ${answer.status} ${JSON.stringify(counts)}`);
  return counts.reduce((open, count) => open + count.open, 0);
}

const beside = (page) => page.waitForFunction(() => window.huyingSeen.beside !== undefined);

/** J through the list: until the next row is marked, and until its case stands beside. */
async function walk(browser, server, member, times) {
  const page = await watched(browser, server, { member, viewport: desktop });
  await page.goto(server.url("/desk?queue=mine"));
  await painted(page);
  const [marked, shown] = [[], []];
  for (let no = 0; no <= times * 2; no++) {
    await page.keyboard.press("j");
    await beside(page);
    const seen = await page.evaluate(() => window.huyingSeen);
    if (no === 0) continue;
    marked.push(seen.answered);
    shown.push(seen.beside);
  }
  const presses = await page.evaluate(() => window.huyingSeen.presses);
  await page.context().close();
  return { marked: median(marked), beside: median(shown), slowest: Math.max(...presses, 0) };
}

/** Enter on cases that wait to be dispatched and have a proposal, as many as there are and are asked for. */
async function send(browser, server, member, times) {
  const page = await watched(browser, server, { member, viewport: desktop });
  await page.goto(server.url("/desk?queue=dispatch"));
  await painted(page);
  const sent = [];
  for (let no = 0; no < times && (await page.locator(".case-row-link").count()); no++) {
    if ((await page.locator("[data-case-shown]").count()) === 0) {
      await page.keyboard.press("j");
      await beside(page);
    }
    if ((await page.locator("[data-case-shown] form[data-primary]").count()) === 0) break;
    await page.locator(".case-row-link[aria-current]").focus();
    await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
    await page.waitForFunction(() => window.huyingSeen?.after !== undefined);
    sent.push(await page.evaluate(() => window.huyingSeen.after));
  }
  await page.context().close();
  return { after: median(sent), sent: sent.length };
}

async function measure(server, times) {
  const open = await openCases(server);
  const busy = await busiest(server, "mine");
  const [slow, leader] = [{ viewport: phone, slower: 4 }, { member: "leader", viewport: desktop }];
  const byte = (seen) => `first byte ${Math.round(seen.answer)}`;
  await parts(openBrowser(), [
    async (browser) => {
      const seen = await visit(browser, server, "/report", slow, { times });
      row("resident's form, LCP, processor ÷ 4", 1_000, seen.lcp, byte(seen));
    },
    async (browser) => {
      const seen = await visit(browser, server, "/desk?queue=mine", { ...leader, member: busy.member }, { times });
      row("desk of a dispatcher, LCP", 800, seen.lcp, `${busy.count} of them theirs, ${open} open in all; ${byte(seen)}`);
    },
    async (browser) => {
      const seen = await visit(browser, server, "/desk?queue=area", leader, { times });
      row("list of every open case, LCP", 800, seen.lcp, `${open} open; ${byte(seen)}`);
    },
    async (browser) => {
      const seen = await walk(browser, server, busy.member, times);
      row("J: the next row is marked", 100, seen.marked, `slowest press by the browser's own timing ${Math.round(seen.slowest)}`);
      row("J: its case stands beside", undefined, seen.beside);
    },
    async (browser) => {
      const { member, count } = await busiest(server, "dispatch");
      const { after, sent } = await send(browser, server, member, times);
      row("Enter: dispatched, and the desk stands again", undefined, after, `${sent} of ${count} that wait`);
    },
    async (browser) => {
      const table = await readFile(join(root, "packs", "jiangbei", "members.csv"), "utf8");
      const member = table.split("\n").find((line) => line.includes(":grid_worker"))?.split(",")[0];
      const first = await visit(browser, server, "/field", { ...slow, member }, { times });
      row("field app, first paint, processor ÷ 4", 1_200, first.fcp, `LCP ${Math.round(first.lcp ?? 0)}`);
      const kept = await visit(browser, server, "/field", { ...slow, member }, { times, again: true });
      row("field app from the device, first paint, ÷ 4", 500, kept.fcp, `LCP ${Math.round(kept.lcp ?? 0)}`);
    },
    async (browser) => {
      const seen = await visit(browser, server, "/cockpit?wall=1", { ...leader, viewport: wall }, { times });
      row("wall, LCP", 2_000, seen.lcp, byte(seen));
    },
  ]);
  await parts(openBrowser({ drawing: true }), [
    async (browser) => {
      const seen = await visit(browser, server, "/map", leader, { times, until: '.map-live[data-state="idle"]' });
      row("map page, first paint", 800, seen.fcp, "WebGL is drawn in software");
      row("map drawn and at rest", 2_500, seen.idle, "WebGL is drawn in software");
    },
  ]);
}

/** One part after the other in a browser; a part that fails says so in the table, and the others are measured all the same. */
async function parts(opening, all) {
  const browser = await opening;
  try {
    for (const part of all) {
      await part(browser).catch((why) => {
        row("failed", undefined, undefined, String(why.message).split("\n")[0]);
        process.exitCode = 1;
      });
    }
  } finally {
    await browser.close();
  }
}

async function main() {
  const { values } = parseArgs({ options: { cases: { type: "string", default: "10000" }, times: { type: "string", default: "5" } } });
  const cases = Math.round(Number(values.cases) * SPARE);
  const keep = join(root, "target", "bench");
  await mkdir(keep, { recursive: true });
  const kept = `sqlite:${join(keep, `pages-${cases}.db`)}`;
  const args = ["--days", "1", "--cases", String(cases), "--still"];
  const server = await startServer({ verb: "demo", args, kept, readyMs: 1_800_000 });
  try {
    await measure(server, Number(values.times));
  } finally {
    await server.stop();
    console.table(rows);
    console.log(`load average ${loadavg().map((load) => load.toFixed(1)).join(" ")}`);
  }
}

await main();
