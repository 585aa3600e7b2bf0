// What the journeys share: a served city, people who sign in by choosing themselves, and how a case's end is read.
//
// Owns how somebody comes in and what their page may not say (an error), what every page of a journey has to be, a resident's report, the
// telephone of a grid worker, and the reading of a journal. Refuses to give a command: every act of a journey is done on the page of
// whoever does it. Start at `openTown`.
import assert from "node:assert/strict";
import { axe, openBrowser, openPage, phone, startServer, until } from "../harness.mjs";
import { openClock } from "./clock.mjs";

/** The kinds of user who signed in, over all journeys. */
export const kinds = new Set();
/** A city of so many areas takes its time to be set up. */
const READY_MS = 240_000;
const CASES = 20;

/** A pack that is served, and everything that is done in it. With `moves` its clock can be put forward (`town.forward`). */
export async function openTown(pack, database, { moves = false } = {}) {
  const begun = [];
  const stop = async () => {
    for (const one of begun.splice(0).reverse()) await one();
  };
  try {
    const clock = moves ? await openClock() : undefined;
    if (clock) begun.push(clock.stop);
    const args = ["--pack", pack, "--days", "1", "--cases", String(CASES), "--still"];
    const server = await startServer({ args, database, readyMs: READY_MS, env: clock?.env });
    begun.push(server.stop);
    const browser = await openBrowser();
    begun.push(() => browser.close());
    return { ...(await townOf(server, browser, clock)), forward: clock?.forward, stop };
  } catch (cause) {
    // Where one of them does not begin, the others are not left behind.
    await stop();
    throw cause;
  }
}

/** Everything that is done on a server that is there, with the clock that it goes by where that can be put forward. */
export async function townOf(server, browser, clock) {
  const shot = await picture(browser);

  /** Somebody with a seat of this kind, on the page `to`, which they reached by choosing themselves. */
  async function enter(member, kind, to, look = {}) {
    const page = await openPage(browser, look);
    await page.goto(server.url(`/sign-in?q=${member}&next=${encodeURIComponent(to)}`));
    await page.locator(`button[value="${member}"]`).click();
    await page.waitForURL((url) => url.pathname === new URL(to, server.address).pathname);
    await seated(page, member, kind);
    return page;
  }

  /** Who is signed in, and that they have such a seat. */
  async function seated(page, member, kind) {
    const session = await (await page.request.get(server.url("/api/v1/session"))).json();
    assert.equal(session.id, member);
    assert.ok(session.seats.some(({ role }) => role === kind), `${member} is ${session.seats.map(({ role }) => role).join(", ")}`);
    kinds.add(kind);
  }

  /** A grid worker's telephone at this point, with the app and what it knows without a net. */
  async function telephone(member, at, look = {}) {
    const page = await openPage(browser, { viewport: phone, ...look });
    await page.context().grantPermissions(["geolocation"], { origin: server.address });
    await page.context().setGeolocation({ longitude: at[0], latitude: at[1], accuracy: 6 });
    await page.goto(server.url(`/sign-in?q=${member}&next=/field`));
    await page.locator(`button[value="${member}"]`).click();
    await page.waitForURL("**/field");
    await seated(page, member, "grid_worker");
    await appReady(page);
    return page;
  }

  /** A page of the way: one heading, no wider than its window, and nothing that axe minds, the names of everything that is pressed among it. */
  async function whole(page) {
    const twin = page.scriptless ? await twinOf(page) : page;
    assert.equal(await twin.locator("h1").count(), 1, `${twin.url()} has one h1`);
    const wider = await twin.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.deepEqual({ page: twin.url(), ...(await axe(twin)), wider: Math.max(0, wider) }, { page: twin.url(), violations: [], undecidedContrast: [], wider: 0 });
    if (twin !== page) await twin.context().close();
  }

  /** The same address as the same person sees it with scripts: axe is one itself. */
  async function twinOf(page) {
    const context = await browser.newContext({ storageState: await page.context().storageState(), viewport: page.viewportSize(), locale: "zh-CN" });
    const twin = await context.newPage();
    await twin.goto(page.url());
    return twin;
  }

  /** A resident whose browser runs no scripts. */
  async function resident() {
    const page = await openPage(browser, { viewport: phone, script: false });
    page.scriptless = true;
    return page;
  }

  /** A resident reports by a form without a script; answers number and code. */
  async function reported({ text, area, name, contact }) {
    const page = await resident();
    await page.goto(server.url("/report"));
    await whole(page);
    await page.getByLabel("发生了什么").fill(text);
    await page.getByLabel(/^区域/).selectOption(area);
    await page.getByLabel(/^您的称呼/).fill(name);
    await page.getByLabel(/^联系电话/).fill(contact);
    const send = () => press(page, page.getByRole("button", { name: "提交", exact: true }));
    await send();
    // Whoever is quicker than the ticket of the form waits for the rest of it.
    const early = page.locator("p.notice[role=alert]");
    if (await early.count()) {
      const seconds = Number((await early.textContent()).match(/等待 (\d+) 秒/)[1]);
      await (clock ? clock.forward(1) : page.waitForTimeout((seconds + 1) * 1000));
      await send();
    }
    const own = { number: await page.locator("[data-what=number]").textContent(), secret: await page.locator("[data-what=secret]").textContent() };
    await leave(page);
    return own;
  }

  /** The page is put away; it told of no error while it was open. A form that came back (422), or was sent too early (429), is none. */
  async function leave(...pages) {
    for (const page of pages) {
      assert.deepEqual(page.troubles.filter((trouble) => !/status of 4(22|29)/.test(trouble)), []);
      await page.context().close();
    }
  }

  /** The case is closed, and its journal tells these acts of people in this order: `[sentence, who]`, each with a part of the line. */
  async function ended(page, number, acts, closed = /已结案/) {
    await page.goto(server.url(`/cases/${number}`));
    assert.match(await page.locator(".case-marks").innerText(), closed);
    await whole(page);
    const lines = await page.locator(".timeline > li[data-actor=person] > div").evaluateAll((all) => all.map((one) => [one.querySelector("p").innerText, one.querySelector("small").innerText]));
    const told = lines.map(([sentence, who]) => `${sentence} — ${who}`);
    assert.equal(told.length, acts.length, told.join("\n"));
    acts.forEach(([sentence, who], no) => assert.ok(lines[no][0].includes(sentence) && lines[no][1].includes(who), `${no + 1}. “${sentence} — ${who}” in\n${told.join("\n")}`));
  }

  /** Number and code, typed as somebody types them, open the own case; answers the page. */
  async function follow(own, page) {
    const opened = page ?? (await openPage(browser, { viewport: phone }));
    await opened.goto(server.url("/track"));
    await opened.getByLabel("案号").fill(own.number);
    await opened.getByLabel("查询码").fill(own.secret);
    await press(opened, opened.getByRole("button", { name: "查询", exact: true }));
    // What a form answers has no address of its own: without scripts it is looked at beside this by a page that has them.
    if (!opened.scriptless) await whole(opened);
    return opened;
  }

  return { server, browser, shot, enter, seated, telephone, whole, resident, reported, leave, ended, follow };
}

/** The app has its shell and its lists on the device. */
export async function appReady(page) {
  await page.locator(".field-shutter").waitFor();
  await page.evaluate("navigator.serviceWorker.ready.then(() => true)");
  await until("what is known without a net has come", () =>
    page.evaluate(
      () =>
        new Promise((yes) => {
          const open = indexedDB.open("huying-field");
          open.onsuccess = () => {
            const get = open.result.transaction("note").objectStore("note").get("known");
            get.onsuccess = () => (open.result.close(), yes(get.result !== undefined));
          };
        }),
    ),
  );
}

/** What waited on the telephone has gone; answers the number of the newest report. */
export async function delivered(page, town) {
  await page.goto(town.server.url("/field/waiting"));
  const states = () => page.locator(".field-state").allInnerTexts();
  await until("it is delivered", async () => {
    const all = await states();
    return all.length > 0 && all.every((words) => words.startsWith("已送达"));
  });
  return /（(.+)）/.exec((await states())[0])?.[1];
}

/** Presses a button of the page, and waits for the page that comes. */
export async function press(page, target) {
  await Promise.all([page.waitForEvent("load"), target.click()]);
}

/** A small real picture, drawn in the browser: a server refuses what is none. */
async function picture(browser) {
  const page = await openPage(browser);
  const data = await page.evaluate(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
    const pen = canvas.getContext("2d");
    for (let i = 0; i < 40; i += 1) {
      pen.fillStyle = `hsl(${(i * 47) % 360} 40% 55%)`;
      pen.fillRect((i * 97) % 640, (i * 61) % 480, 120, 90);
    }
    return canvas.toDataURL("image/jpeg", 0.8).split(",")[1];
  });
  await page.context().close();
  return { name: "photo.jpg", mimeType: "image/jpeg", buffer: Buffer.from(data, "base64") };
}

/** Sends a search and waits for its page. What was typed stands sealed in the address, otherwise each time. */
export async function searched(page, send) {
  const before = page.url();
  await Promise.all([page.waitForURL((url) => url.href !== before && url.searchParams.has("sought")), send()]);
}

/** A case of the desk's queue by its number, chosen from its row. */
export async function chooseRow(page, number) {
  await page.getByRole("searchbox").fill(number);
  await searched(page, () => page.keyboard.press("Enter"));
  await page.locator(".case-row-link").click();
  await page.locator("[data-case-shown]", { hasText: number }).waitFor();
}
