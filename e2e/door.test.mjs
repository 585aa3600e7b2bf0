// The other ways through the door: a service that speaks OpenID Connect (npm oidc-provider, started here), passkeys with Chromium's
// virtual authenticator, and residents who report without an account, with scripts and without.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Provider } from "oidc-provider";
import { axe, desktop, freePort, openBrowser, openPage, phone, shoot, startServer } from "./harness.mjs";

const PASSWORD = "a river under stone";
const SECRET = "a secret of this test alone, forty signs";
let server, browser, service, origin;

/** A provider whose accounts are whatever name is typed. */
async function startService(back) {
  const port = await freePort();
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    clients: [{ client_id: "huying", client_secret: SECRET, redirect_uris: [back], grant_types: ["authorization_code"], response_types: ["code"] }],
    pkce: { required: () => true },
    claims: { openid: ["sub"], profile: ["preferred_username"], email: ["email", "email_verified"] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: id, email: `${id}@example.org`, email_verified: true }) }),
    cookies: { keys: ["of this test"] },
  });
  const listening = await new Promise((resolve) => {
    const listener = provider.listen(port, "127.0.0.1", () => resolve(listener));
  });
  return { issuer: provider.issuer, stop: () => new Promise((done) => listening.close(done)) };
}

before(async () => {
  const port = await freePort();
  // A passkey belongs to a name; a number has none.
  origin = `http://localhost:${port}`;
  service = await startService(`${origin}/sign-in/openid/back`);
  server = await startServer({
    verb: "serve",
    first: ["init", "--pack", "starter"],
    port,
    env: {
      HUYING__SERVER__URL: origin,
      HUYING__OPENID__ISSUER: service.issuer,
      HUYING__OPENID__CLIENT: "huying",
      HUYING__OPENID__SECRET: SECRET,
      HUYING__OPENID__NAME: "统一认证平台",
      HUYING__ACCOUNTS__SECOND_FACTOR: "administrators",
    },
  });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await service?.stop();
});

const at = (page, path) => page.waitForURL((url) => url.origin === origin && url.pathname === path, { timeout: 20_000 });

async function judged(page, name) {
  assert.equal(await page.locator("h1").count(), 1, `${name} has one h1`);
  await shoot(page, name, { fullPage: true });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${name} is ${wide} px wider than its window`);
  assert.deepEqual({ name, ...(await axe(page)) }, { name, violations: [], undecidedContrast: [] });
}

/** Signs in at the service under a name. */
async function through(page, name) {
  await page.goto(`${origin}/sign-in?next=/account`);
  await page.locator("a", { hasText: "统一认证平台" }).click();
  await page.waitForURL((url) => url.origin === service.issuer, { timeout: 20_000 });
  await page.locator("[name=login]").fill(name);
  await page.locator("[name=password]").fill("whatever");
  await page.locator("button[type=submit]").click();
  // The service asks once whether it may tell who this is.
  await page.locator("button[type=submit]", { hasText: "Continue" }).click();
  await page.waitForURL((url) => url.origin === origin, { timeout: 20_000 });
}

test("a member signs in at another service, and somebody whom nobody here goes by does not", async () => {
  const page = await openPage(browser, { viewport: desktop });
  await page.goto(`${origin}/sign-in`);
  await judged(page, "door-sign-in");
  await through(page, "acceptor-east");
  await at(page, "/account");
  assert.match(await page.locator("main").textContent(), /acceptor-east/);
  await page.context().close();

  const stranger = await openPage(browser, { viewport: desktop });
  await through(stranger, "nobody-of-ours");
  assert.match(await stranger.locator("[role=alert]").textContent(), /没有与之对应的人员/);
  await stranger.goto(`${origin}/desk`);
  await at(stranger, "/sign-in");
  await stranger.context().close();
});

test("what comes back from the service counts once, and for the browser that began it", async () => {
  const page = await openPage(browser, { viewport: desktop });
  let back;
  page.on("request", (asked) => {
    if (asked.url().includes("/sign-in/openid/back")) back = asked.url();
  });
  await through(page, "acceptor-east");
  assert.ok(back.includes("code="));
  const other = await openPage(browser, { viewport: desktop });
  await other.goto(back);
  assert.match(await other.locator("[role=alert]").textContent(), /超时/);
  const again = await fetch(back, { redirect: "manual" });
  assert.equal(again.headers.get("set-cookie").includes("huying="), false, "no session is begun");
  await other.context().close();
  await page.context().close();
});

test("a passkey is added with the password, signs in as both factors, and opens nothing once it is taken away", async () => {
  const page = await openPage(browser, { viewport: desktop });
  const device = await page.context().newCDPSession(page);
  await device.send("WebAuthn.enable");
  const options = { protocol: "ctap2", ctap2Version: "ctap2_1", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
  const { authenticatorId } = await device.send("WebAuthn.addVirtualAuthenticator", { options });

  const [, first] = server.log().match(/password {2}(\S+)/);
  await page.goto(`${origin}/sign-in`);
  await page.locator("[name=member]").fill("administrator");
  await page.locator("[name=password]").fill(first);
  await page.locator("main form[action='/sign-in'] button").click();
  await at(page, "/account");
  await page.locator("[name=old_password]").fill(first);
  await page.locator("[name=new_password]").fill(PASSWORD);
  await page.locator("button", { hasText: "修改密码" }).click();
  // Codes are demanded of administrators; a passkey does as well.
  await page.locator("summary", { hasText: "添加通行密钥" }).click();
  await page.locator("#passkey-label").fill("办公电脑");
  await page.locator("#passkey-password").fill("not the password");
  await page.locator("details[open] button").click();
  await page.waitForFunction(() => /密码不正确/.test(document.querySelector("[data-said=passkey]").textContent), null, { timeout: 20_000 });
  await page.locator("#passkey-password").fill(PASSWORD);
  await page.locator("details[open] button").click();
  await page.locator("b", { hasText: "办公电脑" }).waitFor({ timeout: 20_000 });
  await judged(page, "door-passkey-added");
  const { credentials } = await device.send("WebAuthn.getCredentials", { authenticatorId });
  assert.equal(credentials.length, 1);
  assert.equal(credentials[0].rpId, "localhost");

  await page.locator("button", { hasText: "退出" }).first().click();
  await at(page, "/sign-in");
  await page.locator("button", { hasText: "通行密钥" }).click();
  await at(page, "/desk");
  await page.goto(`${origin}/account`);
  await judged(page, "door-passkey-own");
  assert.equal(await page.locator("p.notice").count(), 0, "nothing is left to do first");

  // Whoever does not show a finger does not come in.
  await page.locator("button", { hasText: "退出" }).first().click();
  await at(page, "/sign-in");
  await device.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
  await page.locator("button", { hasText: "通行密钥" }).click();
  await page.waitForFunction(() => document.querySelector("[data-said=passkey]").textContent === document.querySelector("[data-said=passkey]").dataset.failed, null, { timeout: 30_000 });
  await device.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });
  await page.locator("button", { hasText: "通行密钥" }).click();
  await at(page, "/desk");
  await page.goto(`${origin}/account`);
  await page.locator("button", { hasText: "删除" }).click();
  await page.locator("b", { hasText: "办公电脑" }).waitFor({ state: "detached", timeout: 20_000 });
  await page.locator("button", { hasText: "退出" }).first().click();
  await at(page, "/sign-in");
  await page.locator("button", { hasText: "通行密钥" }).click();
  await page.waitForFunction(() => /未通过验证/.test(document.querySelector("[data-said=passkey]").textContent), null, { timeout: 20_000 });
  await page.context().close();
});

test("a resident reports on a phone, keeps number and secret, and follows the case", async () => {
  const page = await openPage(browser, { viewport: phone });
  await page.goto(`${origin}/report`);
  await judged(page, "door-resident-form");
  await page.locator("#text").fill("路口有垃圾，已经两天了。");
  await page.locator("#place").fill("桥头路1号");
  const send = () => Promise.all([page.waitForEvent("load", { timeout: 30_000 }), page.locator("main button.button-primary").click()]);
  await send();
  // Whoever was quicker than the form's ticket gets it back with a script that works instead of waiting.
  if (await page.locator("p.notice[role=alert]").count()) await send();
  await page.locator("[data-what=number]").waitFor({ timeout: 30_000 });
  await judged(page, "door-resident-kept");
  const [number, secret] = [await page.locator("[data-what=number]").textContent(), await page.locator("[data-what=secret]").textContent()];
  await page.goto(`${origin}/track`);
  await page.locator("[name=number]").fill(number);
  await page.locator("[name=secret]").fill(secret);
  await page.locator("main button").click();
  await page.locator("main section", { hasText: number }).first().waitFor({ timeout: 20_000 });
  await page.context().close();
});

test("without scripts a resident waits a moment and then reports", async () => {
  const page = await openPage(browser, { viewport: phone, script: false });
  await page.goto(`${origin}/report`);
  await page.locator("#text").fill("路灯不亮。");
  await page.locator("main button.button-primary").click();
  const told = await page.locator("[role=alert]").textContent();
  const seconds = Number(told.match(/等待 (\d+) 秒/)[1]);
  assert.equal(await page.locator("#text").inputValue(), "路灯不亮。", "what was written is kept");
  await shoot(page, "door-resident-waits", { fullPage: true });
  await new Promise((go) => setTimeout(go, (seconds + 1) * 1000));
  await page.locator("main button.button-primary").click();
  await page.locator("[data-what=number]").waitFor({ timeout: 10_000 });
  await page.context().close();
});
