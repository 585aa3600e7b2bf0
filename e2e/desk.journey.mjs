// One case from call to close, in the browser: sign in by choosing a demo member, report with a photo, dispatch, receive,
// finish, inspect, close. It runs once its pages exist: rename it to desk.test.mjs then, and `make test` picks it up.
//
// What it relies on (web/README.md has the markup):
//   /sign-in                button.member-button whose text begins with the role: 派遣员, 处置员, 核查员, 回访员
//   /cases/new              fields by label: 发生了什么, 在哪里, 照片; button 上报; then a page whose h1 is 已收到 with the case number in .code
//   /desk?queue=…           dispatch, receive, handle, inspect, callback; rows .case-row-link; the case in [data-case-shown]
//   the commands' buttons   派遣…, 签收, 完成处置 (field 处置结果, 照片), 核查通过, 结案 (field 办理结果)
//   every page              .demo-mark, main#main, one h1
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, openBrowser, openPage, phone, shoot, startServer } from "./harness.mjs";

// A 1×1 JPEG would be refused as no photograph by a careful server, so a small real picture is drawn in the browser.
async function photo(page) {
  const data = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    canvas.width = 640;
    canvas.height = 480;
    const pen = canvas.getContext("2d");
    for (let i = 0; i < 40; i += 1) {
      pen.fillStyle = `hsl(${(i * 47) % 360} 40% 55%)`;
      pen.fillRect((i * 97) % 640, (i * 61) % 480, 120, 90);
    }
    return canvas.toDataURL("image/jpeg", 0.8).split(",")[1];
  });
  return { name: "photo.jpg", mimeType: "image/jpeg", buffer: Buffer.from(data, "base64") };
}

let server, browser;
before(async () => {
  server = await startServer({ verb: "demo" });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function signIn(page, role) {
  await page.goto(server.url("/sign-in"));
  await page.locator(".member-button", { hasText: role }).first().click();
  await page.waitForURL((url) => url.pathname !== "/sign-in");
}

async function judged(page, name) {
  assert.equal(await page.locator("h1").count(), 1, `${name} has one h1`);
  assert.ok(await page.locator(".demo-mark").count(), `${name} says that its data is for demonstration`);
  assert.deepEqual({ name, ...(await axe(page)), troubles: page.troubles }, { name, violations: [], undecidedContrast: [], troubles: [] });
  await shoot(page, name);
}

async function openCase(page, queue, number) {
  await page.goto(server.url(`/desk?queue=${queue}`));
  await page.getByRole("searchbox").fill(number);
  await page.keyboard.press("Enter");
  await page.locator(".case-row-link").first().click();
  await page.locator("[data-case-shown]", { hasText: number }).waitFor();
}

async function journey(page, name, picture) {
  await signIn(page, "派遣员");
  await page.goto(server.url("/cases/new"));
  await judged(page, `${name}-report`);
  await page.getByLabel("发生了什么").fill("单元门口垃圾堆放两天，异味重，老人进出不方便");
  await page.getByLabel("在哪里").fill("3 栋 2 单元门口");
  await page.locator("input[type=file]").setInputFiles(picture);
  await page.getByRole("button", { name: "上报" }).click();
  await page.getByRole("heading", { name: "已收到" }).waitFor();
  const number = (await page.locator("main .code").first().innerText()).trim();
  await judged(page, `${name}-reported`);

  await openCase(page, "dispatch", number);
  assert.ok(await page.locator(".photos img").count(), "the photo is on the case");
  await judged(page, `${name}-dispatch`);
  await page.locator("form[data-primary] button").click();

  await signIn(page, "处置员");
  await openCase(page, "receive", number);
  await page.getByRole("button", { name: "签收" }).click();
  await openCase(page, "handle", number);
  await page.locator("summary", { hasText: "完成处置" }).click();
  await page.getByLabel("处置结果").fill("垃圾已清运，地面已冲洗");
  await page.locator(".command[open] input[type=file]").setInputFiles(picture);
  await page.locator(".command[open] button").click();

  await signIn(page, "核查员");
  await openCase(page, "inspect", number);
  await judged(page, `${name}-inspect`);
  await page.getByRole("button", { name: "核查通过" }).click();

  await signIn(page, "回访员");
  await openCase(page, "callback", number);
  await page.locator("summary", { hasText: "结案" }).click();
  await page.locator(".command[open] button").click();
  await page.goto(server.url(`/cases/${encodeURIComponent(number)}`));
  assert.match(await page.locator(".case-marks").innerText(), /已结案/);
  await judged(page, `${name}-closed`);
}

test("a person takes a case from report to close in the browser", async () => {
  const page = await openPage(browser);
  await page.goto(server.url("/sign-in"));
  await journey(page, "desk", await photo(page));
});

test("the same journey works on a phone without any script", async () => {
  const drawing = await openPage(browser);
  const picture = await photo(drawing);
  const page = await openPage(browser, { viewport: phone, script: false });
  await journey(page, "desk-noscript", picture);
});
