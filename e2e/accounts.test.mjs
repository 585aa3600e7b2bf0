// An office is taken over from its first start: the administrator's one-time password, an invitation, one-time codes, devices, a
// program's key, and a resident who follows their case. On a desk, and without scripts on a phone.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";
import { axe, desktop, openBrowser, openPage, phone, shoot, startServer } from "./harness.mjs";

const PASSWORD = "a river under stone";
let server, browser;

before(async () => {
  server = await startServer({ verb: "serve", first: ["init", "--pack", "starter"] });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The code of an app (RFC 6238) for a secret in base 32, `ahead` steps from now. */
function code(secret, ahead = 0) {
  const signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret].map((sign) => signs.indexOf(sign).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const sum = createHmac("sha1", key).update(counter).digest();
  const at = sum[19] & 15;
  return String((sum.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

async function judged(page, name) {
  assert.equal(await page.locator("h1").count(), 1, `${name} has one h1`);
  await shoot(page, name, { fullPage: true });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${name} is ${wide} px wider than its window`);
  const found = await axe(page);
  // A refused form answers 401, 422 or 429, which the console tells.
  const troubles = page.troubles.filter((told) => !/status of 4\d\d/.test(told));
  assert.deepEqual({ name, ...found, troubles }, { name, violations: [], undecidedContrast: [], troubles: [] });
}

/** Waits until the page is there. */
const at = (page, path) => page.waitForURL((url) => url.pathname === path, { timeout: 15_000 });

async function signIn(page, member, password) {
  await page.goto(server.url("/sign-in"));
  await page.locator("[name=member]").fill(member);
  await page.locator("[name=password]").fill(password);
  await page.locator("main form[action='/sign-in'] button").click();
}

/** The link that an administrator is shown for a member. */
async function invite(page, member) {
  await page.goto(server.url("/accounts"));
  await page.getByRole("searchbox").fill(member);
  await page.getByRole("searchbox").press("Enter");
  await page.waitForURL((url) => url.searchParams.has("sought"));
  await page.locator("tbody summary", { hasText: "邀请" }).first().click();
  await page.locator("details[open] button").click();
  return (await page.locator("main .code").last().textContent()).trim();
}

let link;

test("the first start's password opens the page where it is changed, and then an invitation is made", async () => {
  const [, password] = server.log().match(/password {2}(\S+)/);
  const page = await openPage(browser, { viewport: desktop });
  await page.goto(server.url("/desk"));
  await at(page, "/sign-in");
  await judged(page, "accounts-sign-in");
  await signIn(page, "administrator", "not the password");
  await judged(page, "accounts-refused");
  await signIn(page, "administrator", password);
  await at(page, "/account");
  await judged(page, "accounts-first-password");
  await page.locator("[name=old_password]").fill(password);
  await page.locator("[name=new_password]").fill("1234567890");
  await page.locator("button", { hasText: "修改密码" }).click();
  assert.match(await page.locator("[role=alert]").textContent(), /太常见/);
  await page.locator("[name=old_password]").fill(password);
  await page.locator("[name=new_password]").fill(PASSWORD);
  await page.locator("button", { hasText: "修改密码" }).click();
  await page.goto(server.url("/account"));
  await judged(page, "accounts-own");
  await page.goto(server.url("/accounts"));
  await judged(page, "accounts-others");
  link = await invite(page, "acceptor-east");
  assert.match(link, /^\/invitation\/[\w-]{43}$/);
  await judged(page, "accounts-link");
  await page.context().close();
});

test("an invited member sets a password and codes on a phone without scripts, and signs in with both", async () => {
  const page = await openPage(browser, { viewport: phone, script: false });
  const judge = async (name) => {
    // axe is itself a script: the same page is judged in a twin that may run it.
    const context = await browser.newContext({ storageState: await page.context().storageState(), viewport: phone, locale: "zh-CN" });
    const twin = await context.newPage();
    twin.troubles = [];
    await twin.goto(page.url());
    await judged(twin, name);
    await context.close();
  };
  await page.goto(server.url(link));
  await judge("accounts-phone-invitation");
  await page.locator("[name=new_password]").fill(PASSWORD);
  await page.locator("[name=again]").fill(PASSWORD);
  await page.locator("main button").click();
  await signIn(page, "acceptor-east", PASSWORD);
  await at(page, "/desk");
  await page.goto(server.url("/account"));
  await judge("accounts-phone-own");
  await page.locator("button", { hasText: "启用" }).click();
  await shoot(page, "accounts-phone-codes", { fullPage: true });
  const secret = (await page.locator("figcaption .code").textContent()).trim();
  await page.locator("[name=code]").fill("000000");
  await page.locator("[name=password]").fill(PASSWORD);
  await page.locator("main button").click();
  assert.match(await page.locator("[role=alert]").textContent(), /验证码不正确/);
  await page.locator("[name=code]").fill(code(secret));
  await page.locator("[name=password]").fill(PASSWORD);
  await page.locator("main button").click();
  assert.equal(await page.locator("main ul.plain li").count(), 10, "ten recovery codes");
  const recovery = (await page.locator("main ul.plain li").first().textContent()).trim();
  await shoot(page, "accounts-phone-recovery", { fullPage: true });
  await page.goto(server.url("/account"));
  await page.locator("button", { hasText: "退出" }).first().click();
  await at(page, "/sign-in");

  await signIn(page, "acceptor-east", PASSWORD);
  await at(page, "/sign-in/second");
  await judge("accounts-phone-second");
  await page.locator("[name=code]").fill(code(secret, 1));
  await page.locator("main button").click();
  await at(page, "/desk");
  const other = await openPage(browser, { viewport: desktop, dark: true, locale: "en" });
  await signIn(other, "acceptor-east", PASSWORD);
  await other.locator("[name=code]").fill(recovery);
  await other.locator("main button").click();
  await at(other, "/desk");
  await other.goto(server.url("/account"));
  await judged(other, "accounts-own-dark-en");
  await other.locator("button", { hasText: "Sign every other device out" }).click();
  await page.goto(server.url("/desk"));
  await at(page, "/sign-in");
  await other.context().close();
  await page.context().close();
});

test("a program reports with a key, and a resident follows the case with its number and secret", async () => {
  const page = await openPage(browser, { viewport: desktop });
  await signIn(page, "administrator", PASSWORD);
  await page.goto(server.url("/account"));
  await page.locator("summary", { hasText: "新建密钥" }).click();
  await page.locator("#key-name").fill("对接程序");
  await page.locator("[name=scopes][value=report]").check();
  await page.locator("#key-password").fill(PASSWORD);
  await page.locator("details[open] button").click();
  const key = (await page.locator("main .code").textContent()).trim();
  assert.match(key, /^hy_[\w-]{43}$/);
  await judged(page, "accounts-key");
  const report = { source: "hotline", matter: "city/facility/litter", condition: 1, title: "垃圾", text: "路口有垃圾", place: { lon: 110.005, lat: 30.015 } };
  const send = (method, path, body) =>
    fetch(server.url(`/api/v1${path}`), { method, headers: { authorization: `Bearer ${key}`, "content-type": "application/json" }, body: body && JSON.stringify(body) });
  const made = await send("POST", "/cases", report);
  const told = await made.json();
  assert.equal(made.status, 201, JSON.stringify(told));
  assert.equal((await send("GET", "/cases")).status, 403, "the key may report and nothing else");

  const resident = await openPage(browser, { viewport: phone });
  await resident.goto(server.url("/track"));
  await resident.locator("[name=number]").fill(told.number);
  await resident.locator("[name=secret]").fill(told.follow_secret.toLowerCase());
  await resident.locator("main button").click();
  assert.match(await resident.locator("main").textContent(), /待受理|已立案|待派遣/);
  assert.ok(!(await resident.locator("main").textContent()).includes("路口有垃圾"), "no words of the case");
  await judged(resident, "accounts-track");
  await resident.context().close();
  await page.context().close();
});

test("on a phone the log of sign-ins breaks no name within a word", async () => {
  const page = await openPage(browser, { viewport: phone });
  await signIn(page, "administrator", PASSWORD);
  await page.waitForURL((url) => url.pathname !== "/sign-in");
  for (const lang of ["zh", "en"]) {
    await page.goto(server.url(`/sign-ins?lang=${lang}`));
    await judged(page, `accounts-phone-sign-ins-${lang}`);
    const [cells, broken] = await page.evaluate(() => {
      const cells = [...document.querySelectorAll("tbody td:nth-child(2)")];
      const texts = cells.flatMap((cell) => [...cell.querySelectorAll("span")].map((one) => one.firstChild));
      // A line may end after a hyphen of an id, which is no break within a word.
      const words = texts.flatMap((text) => [...text.data.matchAll(/[^\s-]+/g)].map((found) => [text, found.index, found[0]]));
      const lines = ([text, start, word]) => {
        const range = document.createRange();
        range.setStart(text, start);
        range.setEnd(text, start + word.length);
        return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
      };
      return [cells.length, words.filter((word) => lines(word) > 1).map(([, , word]) => word)];
    });
    assert.ok(cells > 0, "there is a log");
    assert.deepEqual(broken, [], lang);
  }
  await page.context().close();
});
