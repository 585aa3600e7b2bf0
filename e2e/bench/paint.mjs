// How long a page or a press takes, as the browser itself measures it: paints, marks, and the time from a key to what it shows.
//
// Owns what runs inside the page and the medians. Refuses to wait for a time instead of an entry: a paint that is read too early is none.
// Start at `visit` and `press`.
import { openPage } from "../harness.mjs";

/** The middle value; undefined where there is none. */
export function median(values) {
  const sorted = values.filter((value) => value !== undefined).sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)];
}

// Runs in every page before anything else. A key is noted with its moment since 1970, so that the page after it can say how long it took.
function watch() {
  const seen = (window.huyingSeen = { lcp: undefined, fcp: undefined, presses: [] });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) seen.lcp = entry.startTime;
  }).observe({ type: "largest-contentful-paint", buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntriesByName("first-contentful-paint")) seen.fcp = entry.startTime;
  }).observe({ type: "paint", buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (entry.name === "keydown" || entry.name === "click") seen.presses.push(entry.duration);
  }).observe({ type: "event", durationThreshold: 16, buffered: true });
  const painted = (then) => requestAnimationFrame(() => requestAnimationFrame(then));
  addEventListener(
    "keydown",
    (event) => {
      const began = event.timeStamp;
      sessionStorage.setItem("pressed", String(performance.timeOrigin + began));
      seen.answered = seen.beside = undefined;
      const before = document.querySelector("[data-case-shown]")?.dataset.caseShown;
      painted(() => (seen.answered = performance.now() - began));
      const look = () => {
        const now = document.querySelector("[data-case-shown]")?.dataset.caseShown;
        if (now && now !== before) painted(() => (seen.beside = performance.now() - began));
        else requestAnimationFrame(look);
      };
      look();
    },
    { capture: true },
  );
  addEventListener("DOMContentLoaded", () => {
    const pressed = Number(sessionStorage.getItem("pressed") ?? 0);
    sessionStorage.removeItem("pressed");
    if (pressed) painted(() => (seen.after = performance.timeOrigin + performance.now() - pressed));
  });
}

/** A page with its own cookies that watches itself; `member` signs in, `slower` is how many times slower the processor is. */
export async function watched(browser, server, { member, slower = 1, ...look }) {
  const page = await openPage(browser, look);
  // A loaded machine is slow and not wrong.
  page.setDefaultTimeout(120_000);
  await page.addInitScript(watch);
  if (member) await page.request.post(server.url("/sign-in"), { form: { member } });
  if (slower > 1) {
    const session = await page.context().newCDPSession(page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: slower });
  }
  return page;
}

/** What the page has measured, once it has painted and rested. */
export async function painted(page) {
  await page.waitForFunction(() => window.huyingSeen?.lcp !== undefined || window.huyingSeen?.fcp !== undefined);
  await page.waitForLoadState("load");
  await page.waitForTimeout(700);
  return page.evaluate(() => ({ ...window.huyingSeen, idle: performance.getEntriesByName("map-idle")[0]?.startTime, answer: performance.getEntriesByType("navigation")[0]?.responseStart }));
}

/** Opens an address five times in fresh contexts after a first one that warms up, and answers the medians of what was measured. */
export async function visit(browser, server, path, look, { times = 5, again = false, until } = {}) {
  const all = [];
  for (let no = 0; no <= times; no++) {
    const page = await watched(browser, server, look);
    await page.goto(server.url(path));
    if (until) await page.locator(until).waitFor();
    if (again) {
      await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
      await painted(page);
      await page.reload();
      if (until) await page.locator(until).waitFor();
    }
    const seen = await painted(page);
    if (no > 0) all.push(seen);
    await page.context().close();
  }
  const of = (name) => median(all.map((seen) => seen[name]));
  return { lcp: of("lcp"), fcp: of("fcp"), idle: of("idle"), answer: of("answer") };
}
