// What every browser test stands on: a built server on a free port with its own database, and a browser.
//
// Owns: starting and stopping the binary (HUYING_BIN, else target/debug/huying), databases (a SQLite file, or a private
// PostgreSQL cluster by scripts/pg-test.sh), Chromium, the axe check and the screenshots. It builds nothing and mocks
// nothing. Start at `startServer` and `openBrowser`.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { decide } from "./contrast.mjs";

const run = promisify(execFile);
export const root = join(dirname(fileURLToPath(import.meta.url)), "..");
export const shots = join(root, "e2e", "shots");
export const binary = process.env.HUYING_BIN ?? join(root, "target", "debug", "huying");
const axeSource = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

export const desktop = { width: 1440, height: 900 };
export const phone = { width: 390, height: 844 };
const four = [
  { name: "zh-light-desk", viewport: desktop },
  { name: "en-dark-desk", viewport: desktop, dark: true, locale: "en-GB" },
  { name: "en-light-phone", viewport: phone, locale: "en-GB" },
  { name: "zh-dark-phone", viewport: phone, dark: true },
];
/**
 * How a page is looked at: each language, theme and size once, and with HUYING_LOOKS=all in four looks. The look at every page
 * (every.test.mjs) takes the two other pairs, so that a page is usually seen in four.
 */
export const looks = process.env.HUYING_LOOKS === "all" ? four : [four[0], { name: "en-dark-phone", viewport: phone, dark: true, locale: "en-GB" }];

/** A loopback port that was free a moment ago. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** A new database: `{ url, stop }`. `kind` is "sqlite" or "postgres"; `dir` must exist. */
export async function startDatabase(kind, dir) {
  if (kind === "sqlite") return { url: `sqlite:${join(dir, "huying.db")}`, stop: async () => {} };
  const script = join(root, "scripts", "pg-test.sh");
  const place = join(dir, "pg");
  const { stdout } = await run(script, ["start", place]);
  return { url: stdout.trim(), stop: () => run(script, ["stop", place]) };
}

/**
 * Starts `huying VERB` and waits until it answers /readyz.
 *
 * `args` follow the verb; `first` is a command on the same store that ends before, such as ["init", "--pack", "starter"]; `database` is "sqlite" (default) or "postgres". Answers `{ address, url(path), log(), stop(), pid }`.
 * `port` is a free one where it is not named; `kept` is the address of a store that stays when the server has ended.
 * A server that ends or is not ready after `readyMs` fails with the end of its log.
 */
export async function startServer({ verb = "demo", args = [], database = "sqlite", readyMs = 90_000, env = {}, first, port, kept } = {}) {
  if (!existsSync(binary)) throw new Error(`There is no binary at ${binary}: run 'cargo build --package huying', or name one in HUYING_BIN.`);
  const dir = await mkdtemp(join(tmpdir(), "huying-e2e-"));
  await chmod(dir, 0o755); // PostgreSQL's own user must be able to pass.
  const store = kept ? { url: kept, stop: async () => {} } : await startDatabase(database, dir);
  port ??= await freePort();
  const address = `http://127.0.0.1:${port}`;
  if (first) await run(binary, [...first, "--database", store.url], { cwd: dir });
  const child = spawn(binary, [verb, "--database", store.url, "--listen", `127.0.0.1:${port}`, ...args], {
    cwd: dir,
    env: { ...process.env, RUST_LOG: "info", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (log = (log + bytes).slice(-20_000)));
  const ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve(code ?? signal)));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(late);
    await store.stop();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await ready(address, child, readyMs);
  } catch (cause) {
    await stop();
    throw new Error(`${cause.message}\n--- the end of its log ---\n${log}`);
  }
  return { address, url: (path) => address + path, log: () => log, stop, dir, pid: child.pid, databaseUrl: store.url };
}

async function ready(address, child, readyMs) {
  const until = Date.now() + readyMs;
  while (Date.now() < until) {
    if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode} before it was ready.`);
    const answer = await fetch(`${address}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`The server was not ready after ${readyMs / 1000} s.`);
}

/**
 * Chromium without a window. It is told to make no calls of its own, since they fail slowly on a closed network. Where a page draws by WebGL,
 * `drawing` has it done in software.
 */
export function openBrowser({ drawing = false } = {}) {
  const found = [process.env.HUYING_CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  const executablePath = found.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error("Chromium is missing: 'make bootstrap' says how to get it, or name it in HUYING_CHROMIUM.");
  return chromium.launch({
    executablePath,
    args: [...(drawing ? ["--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"] : ["--disable-gpu"]), "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

/** A page with its own cookies. Uncaught errors, refused styles and failed loads are kept in `page.troubles`. */
export async function openPage(browser, { viewport = desktop, dark = false, script = true, locale = "zh-CN" } = {}) {
  const context = await browser.newContext({ viewport, colorScheme: dark ? "dark" : "light", javaScriptEnabled: script, locale, timezoneId: "Asia/Shanghai" });
  const page = await context.newPage();
  page.troubles = [];
  page.on("pageerror", (error) => page.troubles.push(`uncaught: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") page.troubles.push(`console: ${message.text()}`);
  });
  page.on("response", (answer) => {
    if (answer.status() >= 500) page.troubles.push(`${answer.status()} ${answer.url()}`);
  });
  return page;
}

/**
 * What axe finds on the page: violations of WCAG 2.2 A and AA and of best practice, and contrasts that it leaves open and that
 * are too small when they are measured. Both must be empty; an undecided contrast is where white text on white once hid.
 */
export async function axe(page) {
  const { violations, undecided } = await judge(page);
  return { violations, undecidedContrast: await decide(page, undecided) };
}

/** The same, each undecided contrast with the selector of its element. */
export async function judge(page) {
  // The page's policy allows no inline script, so axe comes in by the debugger, not by a script element.
  await page.evaluate(await readFile(axeSource, "utf8"));
  const result = await page.evaluate(() =>
    window.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      resultTypes: ["violations", "incomplete"],
    }),
  );
  const short = (found) => found.nodes.map((node) => `${found.id}: ${node.target.join(" ")}: ${(node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? found.help}`);
  return {
    violations: result.violations.flatMap(short),
    undecided: result.incomplete.filter((found) => found.id === "color-contrast").flatMap((found) => short(found).map((words, no) => ({ words, target: found.nodes[no].target.at(-1) }))),
  };
}

/** Saves e2e/shots/NAME.png for a person to look at. */
export async function shoot(page, name, { fullPage = false } = {}) {
  await mkdir(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`), fullPage });
}

/** Another node that serves a starter pack, knows its own address and may reach nodes beside it. */
export async function startNode() {
  const port = await freePort();
  const env = { HUYING__SERVER__URL: `http://127.0.0.1:${port}`, HUYING__MESSAGES__WEBHOOKS: "anywhere" };
  return startServer({ verb: "serve", args: ["--sign-in", "demo"], first: ["init", "--pack", "starter"], env, port });
}

/** What a member asks of the API, and what is answered; a form is sent as one, everything else as JSON. */
export async function ask(server, member, method, path, body) {
  const form = body instanceof FormData;
  const headers = { "x-huying-member": member, ...(body && !form ? { "content-type": "application/json" } : {}) };
  const answer = await fetch(server.url(path), { method, headers, body: form ? body : body && JSON.stringify(body) });
  const text = await answer.text();
  return { status: answer.status, body: text ? JSON.parse(text) : null };
}

/** The same, where it has to go well. */
export async function done(server, member, method, path, body) {
  const answer = await ask(server, member, method, path, body);
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** Looks again until something is found, for half a minute. */
export async function until(what, look) {
  for (let tries = 0; tries < 150; tries++) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  assert.fail(`it never came to be: ${what}`);
}
