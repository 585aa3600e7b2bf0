// Every component, looked at in every theme and density: no finding of axe, no overflow, targets large enough, nothing that moves for
// whoever wants it still. Pictures for people: e2e/shots/gallery-*.png, and one of each component.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { axe, desktop, looks, openBrowser, openPage, phone, shoot, shots, startServer } from "./harness.mjs";

let server, browser;
before(async () => {
  server = await startServer({ verb: "demo", args: ["--pack", "starter", "--days", "1", "--cases", "12", "--still"] });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function open(look, path, member = "leader-district") {
  const page = await openPage(browser, look);
  await page.request.post(server.url("/sign-in"), { form: { member } });
  await page.goto(server.url(path));
  return page;
}

async function judged(page, name) {
  assert.equal(await page.locator("h1").count(), 1, `${name} has one h1`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(wide, 0, `${name} is no wider than the screen`);
  const found = await axe(page);
  assert.deepEqual({ name, ...found, troubles: page.troubles }, { name, violations: [], undecidedContrast: [], troubles: [] });
}

// What a finger or a pointer has to hit, and how high it is; links within a sentence are as high as their line.
const sizes = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll("button, summary, select, input:not([type=hidden]), a.button, .tab-strip a, .app-bar a, .case-row-link, .choice")]
      .filter((one) => one.checkVisibility() && !one.closest(".choice input, .photo-picker"))
      .filter((one) => !one.matches(".choice input, .skip-link, [type=file]"))
      .map((one) => ({ what: one.outerHTML.slice(0, 80), height: Math.round(one.getBoundingClientRect().height) })),
  );

test("the gallery is whole in both languages, light and dark, on a desk and on a phone", async () => {
  for (const { name, ...look } of looks) {
    const page = await open(look, "/gallery");
    await shoot(page, `gallery-${name}`, { fullPage: true });
    await judged(page, `gallery ${name}`);
    const small = (await sizes(page)).filter(({ height }) => height < 24);
    assert.deepEqual(small, [], `${name}: targets under 24 px`);
    await page.context().close();
  }
});

test("every theme and density is chosen on the page itself, and a wall has no letter under 22 px", async () => {
  const page = await open({ viewport: { width: 1920, height: 1080 } }, "/gallery");
  for (const [words, theme] of [["浅色", "light"], ["深色", "dark"], ["大屏", "wall"]]) {
    await page.getByRole("link", { name: words }).click();
    await page.locator(`html[data-theme=${theme}]`).waitFor();
    for (const [denser, density] of [["紧凑", "compact"], ["触控", "touch"]]) {
      await page.getByRole("link", { name: denser }).click();
      await page.locator(`html[data-theme=${theme}][data-density=${density}]`).waitFor();
      await judged(page, `${theme} ${density}`);
    }
    await shoot(page, `gallery-theme-${theme}`, { fullPage: true });
  }
  const smallest = await page.evaluate(() =>
    Math.min(...[...document.querySelectorAll("main *")].filter((one) => one.checkVisibility() && one.innerText?.trim()).map((one) => Number.parseFloat(getComputedStyle(one).fontSize))),
  );
  assert.ok(smallest >= 22, `${smallest} px on the wall`);
});

test("every component has a picture", async () => {
  const page = await open({ viewport: desktop }, "/gallery");
  const names = await page.locator("main > section").evaluateAll((all) => all.map((one) => one.id));
  assert.ok(names.length >= 28, `only ${names.length} parts`);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) await page.locator(`main > section#${name}`).screenshot({ path: join(shots, `component-${name}.png`) });
});

test("under a finger every target is 48 px high, whatever density was chosen", async () => {
  const context = await browser.newContext({ viewport: phone, hasTouch: true, isMobile: true, locale: "zh-CN" });
  const page = await context.newPage();
  await page.request.post(server.url("/sign-in"), { form: { member: "leader-district" } });
  for (const density of ["", "compact", "touch"]) {
    await page.goto(server.url(`/gallery?density=${density}`));
    assert.ok(await page.evaluate(() => matchMedia("(pointer: coarse)").matches), "the pointer is a finger");
    const small = (await sizes(page)).filter(({ height }) => height < 48);
    assert.deepEqual(small, [], density);
  }
  await context.close();
});

test("colours that the visitor forces leave every state told, and nothing moves for whoever wants it still", async () => {
  const page = await open({ viewport: desktop }, "/gallery");
  await page.emulateMedia({ forcedColors: "active", reducedMotion: "reduce" });
  await shoot(page, "gallery-forced-colors", { fullPage: true });
  const bare = await page.evaluate(() =>
    [...document.querySelectorAll(".chip, .tag, .notice, .toast, .stamp")].filter((one) => Number.parseFloat(getComputedStyle(one).borderTopWidth) === 0).map((one) => one.className),
  );
  assert.deepEqual(bare, [], "a line stands where a ground was");
  const moving = await page.evaluate(() =>
    [...document.querySelectorAll("*")].filter((one) => {
      const style = getComputedStyle(one);
      return style.animationName !== "none" || (style.transitionDuration !== "0s" && style.transitionProperty !== "all");
    }).length,
  );
  assert.equal(moving, 0);
});

test("the sheet is white on paper in a dark theme too, and keeps nothing back that was closed", async () => {
  const page = await open({ viewport: desktop, dark: true }, "/gallery?theme=dark&paper=1");
  await judged(page, "paper");
  await shoot(page, "gallery-paper");
  await page.emulateMedia({ media: "print" });
  const ground = await page.evaluate(() => [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector("h1")).color]);
  assert.deepEqual(ground, ["rgb(255, 255, 255)", "rgb(17, 17, 17)"]);
});

test("an administrator reaches every page from the bar on a desk and from one menu on a phone, and Escape shuts it", async () => {
  for (const viewport of [desktop, phone]) {
    const page = await open({ viewport }, "/gallery", "administrator");
    const height = await page.locator(".app-bar").evaluate((bar) => bar.getBoundingClientRect().height);
    assert.ok(height <= 64, `the bar is ${height} px high at ${viewport.width}`);
    for (const path of ["/map", "/handover", "/policy", "/admission", "/access", "/partners", "/feeds", "/import", "/subscriptions"]) {
      const menu = page.locator(viewport === phone ? ".app-bar-menu" : `.app-bar-nav details:has(a[href="${path}"])`);
      if ((await menu.getAttribute("open")) === null) await menu.locator("summary").click();
      assert.ok(await menu.locator(`a[href="${path}"]`).isVisible(), `${path} at ${viewport.width}`);
    }
    const found = await axe(page);
    assert.deepEqual(found.violations, []);
    await shoot(page, `bar-administrator-${viewport.width}`);
    await page.keyboard.press("Escape");
    assert.equal(await page.locator("details[data-menu][open]").count(), 0);
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), "SUMMARY", "the way back is where it began");
    await page.context().close();
  }
});

test("light or dark and how dense pages are is chosen in the bar and kept, with and without a script", async () => {
  for (const script of [true, false]) {
    const page = await open({ viewport: desktop, script }, "/handover");
    const choose = async (words, look) => {
      await page.locator(".app-bar-end .menu > summary").click();
      await page.locator(".app-bar-end").getByRole("link", { name: words, exact: true }).click();
      await page.locator(look).waitFor();
      assert.equal(new URL(page.url()).pathname, "/handover", "the page comes again");
    };
    await choose("深色", "html[data-theme=dark]");
    await choose("紧凑", "html[data-theme=dark][data-density=compact]");
    await page.goto(server.url("/map"));
    assert.equal(await page.locator("html[data-theme=dark][data-density=compact]").count(), 1, "another page looks the same");
    await page.goto(server.url("/handover"));
    await choose("随系统明暗", "html:not([data-theme])[data-density=compact]");
    await page.context().close();
  }
});
