// A policy's life in the browser, without any script: a draft is uploaded with a mistake, comes back with what was found, is mended,
// uploaded as a folder, compared with past cases, proposed, approved by somebody else, and holds. Then the pages are judged.
//
// It stands on packs/starter with a simulated city. Markup: web/README.md.
import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { axe, looks, openBrowser, openPage, phone, root, shoot, startServer } from "./harness.mjs";

let server, browser, folder, pack;
before(async () => {
  server = await startServer({ verb: "demo", args: ["--pack", "starter", "--days", "3", "--cases", "60", "--still"] });
  browser = await openBrowser();
  folder = await mkdtemp(join(tmpdir(), "huying-draft-"));
  pack = join(folder, "mine");
  await cp(join(root, "packs", "starter"), pack, { recursive: true });
  await edit("pack.toml", 'version = "starter-1"', 'version = "starter-2"');
  await edit("routes.csv", "R-03,city/order/*,,,,order@street", "R-03,city/order/*,,,,works@district");
  // The list of responsibilities says who answers; it moves with the row.
  await edit("scenarios/expectations.csv", "city/order/vendor,,,,order@street", "city/order/vendor,,,,works@district");
});
after(async () => {
  await browser?.close();
  await server?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

async function edit(file, old, now) {
  const path = join(pack, file);
  const text = await readFile(path, "utf8");
  assert.ok(text.includes(old), `${file} has “${old}”`);
  await writeFile(path, text.replaceAll(old, now));
}

async function as(member, look = {}) {
  const page = await openPage(browser, look);
  await page.request.post(server.url("/sign-in"), { form: { member } });
  return page;
}

async function loose() {
  const names = (await readdir(pack)).filter((name) => name !== "scenarios");
  const stories = (await readdir(join(pack, "scenarios"))).map((name) => join(pack, "scenarios", name));
  return [...names.map((name) => join(pack, name)), ...stories];
}

const text = (page) => page.locator("main").innerText();

test("a draft goes from an upload with a mistake to being in force, without a script", async () => {
  const page = await as("administrator", { script: false, viewport: phone });
  await page.goto(server.url("/policy"));
  await page.getByRole("link", { name: "上传草案" }).click();
  const row = "R-10,people/work/*,,,,centre@street,,,,\n";
  await edit("routes.csv", row, "");
  await page.locator("#archive").setInputFiles(await loose());
  await page.locator("#draft-reason").fill("执法改由市政处置");
  await page.getByRole("button", { name: "上传并检查" }).click();
  const told = await text(page);
  for (const words of ["草案未收下", "有案件找不到派单规则", "matters.csv，第", "更正：", "例："]) assert.ok(told.includes(words), words);
  await shoot(page, "policy-refused-phone", { fullPage: true });

  await edit("routes.csv", "R-09", `${row}R-09`);
  await page.locator("#folder").setInputFiles(pack);
  await page.locator("#draft-reason").fill("执法改由市政处置");
  await page.getByRole("button", { name: "上传并检查" }).click();
  await page.waitForURL((url) => url.pathname === "/policy/version");
  const found = await text(page);
  for (const words of ["机制版本 starter-2", "错误 0", "与往日案件比较", "件旧案重新问了两套规则", "主办单位变"]) assert.ok(found.includes(words), words);
  await page.locator("summary", { hasText: "提议生效" }).click();
  await page.locator("#propose-reason").fill("已定");
  await page.locator("form", { has: page.locator("#propose-reason") }).getByRole("button", { name: "提议生效" }).click();
  await page.waitForURL((url) => url.pathname === "/policy");
  assert.equal(await page.getByRole("button", { name: "批准" }).count(), 0);
  assert.match(await text(page), /须由另一位管理员批准/);

  const second = await as("administrator-2", { script: false });
  await second.goto(server.url("/policy"));
  await second.getByRole("button", { name: "批准" }).click();
  await second.waitForURL((url) => url.pathname === "/policy");
  assert.match(await text(second), /现行版本：starter-2/);
});

test("the pages of a policy are drawn in both languages, light and dark, on a desk and on a phone, without a finding of axe", async () => {
  for (const { name, ...look } of looks) {
    const page = await as("administrator", look);
    for (const [part, path] of [
      ["book", "/policy"],
      ["draft", "/policy/draft"],
      ["version", "/policy/version?name=starter-2"],
      ["what-if", "/policy/what-if?draft=starter-2&baseline=starter-1"],
    ]) {
      await page.goto(server.url(path));
      await shoot(page, `policy-${part}-${name}`, { fullPage: true });
      assert.equal(await page.locator("h1").count(), 1, part);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(wide, 0, `${part} ${name} is no wider than the screen`);
      const { violations, undecidedContrast } = await axe(page);
      // Over a drawing axe cannot decide, nor where a wide table is scrolled out of its frame: both have the page's own inks
      // on the page's own ground.
      const undecided = undecidedContrast.filter((found) => !/svg|\.label|\.value|: text\[|partially obscured by another/.test(found));
      assert.deepEqual({ part, name, violations, undecided, troubles: page.troubles }, { part, name, violations: [], undecided: [], troubles: [] });
    }
    const menu = page.locator(look.viewport.width < 992 ? ".app-bar-menu" : ".app-bar-nav details:has(a[href='/policy'])");
    await menu.locator("summary").click();
    assert.ok(await menu.locator("a[href='/policy']").isVisible(), `${name} leads to the policy`);
    await page.context().close();
  }
});
