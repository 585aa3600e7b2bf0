// Links that an account needs come by mail, over a real SMTP server: an invitation, and a way back for who forgot their password.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { freePort, openBrowser, openPage, phone, shoot, startServer } from "./harness.mjs";
import { startSmtp } from "./smtp.mjs";

const PASSWORD = "a river under stone";
const ADDRESS = "acceptor@example.org";
let server, browser, smtp;

before(async () => {
  const [port, mail] = [await freePort(), await freePort()];
  smtp = await startSmtp(mail);
  server = await startServer({
    verb: "serve",
    first: ["init", "--pack", "starter"],
    port,
    env: {
      HUYING__SERVER__URL: `http://127.0.0.1:${port}`,
      HUYING__MESSAGES__MAIL_SERVER: `smtp://127.0.0.1:${mail}`,
      HUYING__MESSAGES__MAIL_FROM: "呼应 <noreply@example.org>",
    },
  });
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
  smtp?.stop();
});

/** The next letter after those that were read, and the link in it. */
let read = 0;
async function letter() {
  const until = Date.now() + 20_000;
  while (smtp.letters.length <= read) {
    assert.ok(Date.now() < until, `no letter came; ${server.log().slice(-2000)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const came = smtp.letters[read++];
  const [link] = came.body.match(/http:\S+/) ?? assert.fail(`no link in ${came.body}`);
  return { ...came, link };
}

async function signIn(page, member, password) {
  await page.goto(server.url("/sign-in"));
  await page.locator("[name=member]").fill(member);
  await page.locator("[name=password]").fill(password);
  await page.locator("main form[action='/sign-in'] button").click();
}

async function setPassword(page, link, password) {
  await page.goto(link);
  await page.locator("[name=new_password]").fill(password);
  await page.locator("[name=again]").fill(password);
  await page.locator("main button").click();
}

async function forget(page, member) {
  await page.goto(server.url("/sign-in"));
  await page.locator("a", { hasText: "忘记密码" }).click();
  await page.locator("[name=member]").fill(member);
  await page.locator("main button").click();
  return (await page.locator("main").textContent()).replaceAll(member, "").trim();
}

test("who forgot their password comes back by a letter that works once, and a stranger learns nothing", async () => {
  const admin = await openPage(browser);
  const [, once] = server.log().match(/password {2}(\S+)/);
  await signIn(admin, "administrator", once);
  await admin.waitForURL((url) => url.pathname === "/account");
  await admin.locator("[name=old_password]").fill(once);
  await admin.locator("[name=new_password]").fill(PASSWORD);
  await admin.locator("button", { hasText: "修改密码" }).click();
  await admin.goto(server.url("/accounts"));
  await admin.getByRole("searchbox").fill("acceptor-east");
  await admin.getByRole("searchbox").press("Enter");
  await admin.waitForURL((url) => url.searchParams.has("sought"));
  await admin.locator("tbody summary", { hasText: "邀请" }).first().click();
  await admin.locator("[name=mail]").first().fill(ADDRESS);
  await admin.locator("details[open] button").click();
  await shoot(admin, "letters-invited", { fullPage: true });
  const invitation = await letter();
  assert.deepEqual(invitation.to, [ADDRESS]);
  assert.ok(!(await admin.content()).includes(new URL(invitation.link).pathname), "a link that was mailed is shown to nobody else");
  await admin.context().close();

  const page = await openPage(browser, { viewport: phone });
  await setPassword(page, invitation.link, PASSWORD);
  const told = await forget(page, "acceptor-east");
  await shoot(page, "letters-forgotten", { fullPage: true });
  const reset = await letter();
  assert.deepEqual([reset.to, reset.subject], [[ADDRESS], "呼应：重新设置登录密码"]);
  assert.equal(await forget(page, "nobody-of-this-name"), told, "the answer for an unknown name is the same");

  const another = "stones under a river";
  await setPassword(page, reset.link, another);
  await signIn(page, "acceptor-east", PASSWORD);
  assert.match(await page.locator("[role=alert]").textContent(), /不正确/);
  await signIn(page, "acceptor-east", another);
  await page.waitForURL((url) => url.pathname === "/desk");
  assert.ok((await page.goto(reset.link)).status() >= 400, "the link is used up");
  assert.equal(smtp.letters.length, read, "no letter went to a stranger");
  await page.context().close();
});
