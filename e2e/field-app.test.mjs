// The field app on the platform as it is built: three taps from the photo to the case number, with and without a net, a task that is
// verified on the spot, a conflict that is shown, and signing out with what is not delivered.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ask, axe, done, looks, openBrowser, openPage, phone, shoot, startNode, until } from "./harness.mjs";

const WORKER = "worker-bridge-1";
const PLACE = { longitude: 110.005, latitude: 30.015, accuracy: 6 };
/** A page that is cut from the net says so on the console; nothing else may be said. */
const CUT = /ERR_INTERNET_DISCONNECTED|ERR_FAILED|Failed to load resource|net::/;
let server, browser, shot;

before(async () => {
  [server, browser] = await Promise.all([startNode(), openBrowser()]);
  const page = await openPage(browser);
  const data = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(2400, 1800);
    const pen = canvas.getContext("2d");
    for (let k = 0; k < 300; k += 1) {
      pen.fillStyle = `hsl(${(k * 37) % 360} 60% 50%)`;
      pen.fillRect((k * 97) % 2400, (k * 61) % 1800, 300, 200);
    }
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 })).arrayBuffer());
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
  });
  await page.context().close();
  shot = { name: "shot.jpg", mimeType: "image/jpeg", buffer: Buffer.from(data, "base64") };
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A telephone on which a worker has signed in, with the shell and the matters on it. */
async function telephone(look = {}) {
  const page = await openPage(browser, { viewport: phone, ...look });
  await page.context().grantPermissions(["geolocation"], { origin: server.address });
  await page.context().setGeolocation(PLACE);
  await page.goto(server.url(`/sign-in?q=${WORKER}&next=/field`));
  await page.locator(`button[value="${WORKER}"]`).click();
  await page.waitForURL("**/field");
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
  return page;
}

/** What a thumb does, counted. */
function thumb() {
  let taps = 0;
  const tap = async (what) => {
    taps += 1;
    await what.click();
  };
  const photo = async (what) => {
    // To the app a picture is one touch; the camera's own button is the telephone's.
    taps += 1;
    await what.setInputFiles(shot);
  };
  return { tap, photo, count: () => taps };
}

const shutter = (page) => page.locator(".field-shutter input");
const first = (page) => page.locator(".field-matter").first();
const states = (page) => page.locator(".field-state").allInnerTexts();
const small = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll("main a, main button, main summary, main select, main .choice, .field-bar a, .field-notice a")]
      .filter((one) => one.checkVisibility())
      .map((one) => [one.textContent.trim(), Math.round(one.getBoundingClientRect().height)])
      .filter(([, height]) => height < 48),
  );

test("a photo and a matter are a report: it has its number, its photo and its place", async () => {
  const page = await telephone();
  const { photo, tap, count } = thumb();
  await photo(shutter(page));
  await page.getByText("误差约 6 米").waitFor();
  const matter = await first(page).locator("b").innerText();
  await tap(first(page));
  await page.getByRole("heading", { level: 1, name: "今日" }).waitFor();
  // Opening the camera, its own button, the matter.
  assert.ok(count() + 1 <= 3, `${count()} touches of the app and one of the camera`);
  await page.goto(server.url("/field/waiting"));
  await until("it is delivered", async () => (await states(page)).some((words) => words.startsWith("已送达（")));
  const number = /已送达（(.+)）/.exec((await states(page))[0])[1];
  const told = (await ask(server, WORKER, "GET", `/api/v1/cases/${number}`)).body;
  assert.equal(told.source, "grid_worker");
  assert.ok(Math.abs(told.place.lon - PLACE.longitude) < 1e-6 && told.place.area !== null, JSON.stringify(told.place));
  const matters = (await ask(server, WORKER, "GET", "/api/v1/matters")).body;
  assert.equal(matters.find(({ code }) => code === told.matter).name, matter);
  assert.equal((await ask(server, WORKER, "GET", `/api/v1/cases/${number}/files`)).body.length, 1);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("without a net the app opens, keeps what is reported over a reload, says so, and sends it by itself", async () => {
  const page = await telephone();
  const context = page.context();
  await context.setOffline(true);
  await page.reload();
  await page.getByText("离线 · 0 条已存本机").waitFor();
  for (let no = 1; no <= 2; no += 1) {
    await shutter(page).setInputFiles(shot);
    await first(page).click();
    await page.getByText(`离线 · ${no} 条已存本机`).waitFor();
  }
  await page.reload();
  await page.goto(server.url("/field/waiting"));
  await page.locator(".field-state").first().waitFor();
  assert.deepEqual(await states(page), ["已存本机", "已存本机"]);
  await shoot(page, "field-app-offline");
  await context.setOffline(false);
  await until("both are delivered", async () => (await states(page)).filter((words) => words.startsWith("已送达")).length === 2);
  const numbers = (await states(page)).map((words) => /（(.+)）/.exec(words)[1]);
  assert.equal(new Set(numbers).size, 2);
  for (const number of numbers) assert.equal((await ask(server, WORKER, "GET", `/api/v1/cases/${number}/files`)).body.length, 1);
  assert.deepEqual(page.troubles.filter((trouble) => !CUT.test(trouble)), []);
  await context.close();
});

/** A case that the grid team is to look at. */
async function toVerify(text) {
  const body = { source: "hotline", matter: "city/order/vendor", condition: 1, title: text, text, address: "桥头路1号", place: { lon: 110.005, lat: 30.015 } };
  const { id } = await done(server, "acceptor-east", "POST", "/api/v1/cases", body);
  await done(server, "handler-station-bridge", "POST", `/api/v1/cases/${id}/commands/verify`, {});
  return id;
}

test("a task is verified on the spot with a photo, and one that others have moved on comes back as a question", async () => {
  const [mine, moved] = [await toVerify("占道卖水果"), await toVerify("占道卖鞋")];
  const page = await telephone();
  const { photo, tap, count } = thumb();
  await tap(page.getByRole("link", { name: /占道卖水果/ }));
  await page.getByRole("heading", { level: 1, name: "占道卖水果" }).waitFor();
  await shoot(page, "field-app-task");
  await photo(page.locator(".field-again input").first());
  await page.locator(".photo-previews img").first().waitFor();
  await tap(page.getByRole("button", { name: "属实", exact: true }));
  await page.getByRole("heading", { level: 1, name: "今日" }).waitFor();
  assert.equal(count(), 3, "the task, the photo, the verdict");
  await until("it is filed", async () => (await ask(server, WORKER, "GET", `/api/v1/cases/${mine}`)).body.stage === "filed");
  assert.equal((await ask(server, WORKER, "GET", `/api/v1/cases/${mine}/files`)).body.length, 1);
  // The other one is withdrawn from the team's hands while the worker has no net.
  await page.getByRole("link", { name: /占道卖鞋/ }).waitFor();
  await page.context().setOffline(true);
  await page.getByRole("link", { name: /占道卖鞋/ }).click();
  await page.getByRole("button", { name: "属实", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "今日" }).waitFor();
  await done(server, "worker-bridge-1", "POST", `/api/v1/cases/${moved}/commands/verified`, { is_true: true, filing: { matter: "city/order/vendor", condition: 1 } });
  await page.context().setOffline(false);
  await page.goto(server.url("/field/waiting"));
  await page.getByText("需要您处理").waitFor();
  const card = page.locator(".field-card", { hasText: "需要您处理" });
  assert.match(await card.innerText(), /您看到的[\s\S]*待核实[\s\S]*现在[\s\S]*待派遣/);
  await shoot(page, "field-app-conflict", { fullPage: true });
  assert.deepEqual(await small(page), []);
  await card.getByRole("button", { name: "放弃这一条" }).click();
  await card.getByRole("button", { name: /再点一次放弃/ }).click();
  await until("it stands in no list", async () => (await page.getByText("需要您处理").count()) === 0);
  await page.context().close();
});

test("signing out says what is not delivered, and ends the session", async () => {
  const page = await telephone();
  await page.context().setOffline(true);
  await shutter(page).setInputFiles(shot);
  await first(page).click();
  await page.getByText("离线 · 1 条已存本机").waitFor();
  await page.getByRole("link", { name: "设置" }).click();
  await page.getByText("还有 1 条未送达").waitFor();
  await page.context().setOffline(false);
  // Whoever signs out at once, before it has gone.
  await page.getByRole("button", { name: "留在本机给我，退出" }).click();
  await page.waitForURL("**/sign-in**");
  assert.equal((await page.context().request.get(server.url("/api/v1/session"))).status(), 401);
  await page.context().close();
});

/** What lies on the device: notes by their names, and how items stand. */
const lying = (page) =>
  page.evaluate(
    () =>
      new Promise((yes) => {
        const open = indexedDB.open("huying-field");
        open.onsuccess = () => {
          const way = open.result.transaction(["note", "item"]);
          const [notes, items] = [way.objectStore("note").getAll(), way.objectStore("item").getAll()];
          const told = () => ({ notes: notes.result.map(({ name, value }) => [name, value?.values ?? {}]), items: items.result.map(({ state }) => state) });
          way.oncomplete = () => (open.result.close(), yes(told()));
        };
      }),
  );

test("a sign-out on another page of the platform wipes the app's copies, and what is not delivered is its writer's alone", async () => {
  const page = await telephone();
  const context = page.context();
  await shutter(page).setInputFiles(shot);
  await page.getByRole("heading", { level: 1, name: "是什么？" }).waitFor();
  // The form of the console's corner, sent by hand: the demonstration draws the way to another member instead.
  const out = await context.request.post(server.url("/sign-out"), { headers: { origin: server.address }, maxRedirects: 0 });
  assert.equal(out.headers()["location"], "/field/left");
  await page.goto(server.url("/field/left"));
  await page.getByText("0 条未送达、1 份草稿").waitFor();
  const left = (await lying(page)).notes.map(([name]) => name).filter((name) => !["clock", "hold", "lease", "left"].includes(name));
  assert.equal(left.length, 1);
  assert.match(left[0], /^draft /);
  // The next one sees nothing of it.
  const enter = async (member) => {
    await page.goto(server.url(`/sign-in?q=${member}&next=/field`));
    await page.locator(`button[value="${member}"]`).click();
    await page.locator(".field-shutter").waitFor();
  };
  await enter("worker-market-1");
  await page.getByText("不拍照上报").waitFor();
  // Its writer goes on with it, and it goes out with its photo.
  await enter(WORKER);
  await page.getByText("继续未发的上报").click();
  await first(page).click();
  await page.getByRole("heading", { level: 1, name: "今日" }).waitFor();
  await page.goto(server.url("/field/waiting"));
  await until("it is delivered", async () => (await states(page)).some((words) => words.startsWith("已送达（")));
  const number = /已送达（(.+)）/.exec((await states(page))[0])[1];
  assert.equal((await ask(server, WORKER, "GET", `/api/v1/cases/${number}/files`)).body.length, 1);
  await context.close();
});

test("what was begun on a task is there after the page has ended: its photo, its words and its choice", async () => {
  await toVerify("占道卖书");
  const page = await telephone();
  await page.getByRole("link", { name: /占道卖书/ }).click();
  await page.getByRole("heading", { level: 1, name: "占道卖书" }).waitFor();
  await page.locator(".field-again input").first().setInputFiles(shot);
  await page.locator(".photo-previews img").first().waitFor();
  await page.getByLabel("看到了什么").fill("摊位还在");
  await until("the words are kept", async () => (await lying(page)).notes.some(([, values]) => values.words === "摊位还在"));
  await page.reload();
  await page.locator(".photo-previews img").first().waitFor();
  assert.equal(await page.getByLabel("看到了什么").inputValue(), "摊位还在");
  await page.goto(server.url("/field"));
  await page.getByRole("heading", { name: "未提交的内容" }).waitFor();
  await page.context().close();
});

const phones = new Map([{ name: "zh-light-phone", viewport: phone }, ...looks.filter(({ viewport }) => viewport === phone), { name: "en-dark-phone", viewport: phone, dark: true, locale: "en-GB" }].map((look) => [look.name, look]));
for (const look of phones.values()) {
  test(`every screen is free of axe findings, and nothing to touch is small: ${look.name}`, async () => {
    const id = await toVerify("占道卖花");
    const page = await telephone(look);
    const wrong = [];
    const screens = { today: "/field", report: "/field/report", task: `/field/task/${id}`, waiting: "/field/waiting", settings: "/field/settings" };
    await page.locator(".field-card").first().waitFor();
    await shutter(page).setInputFiles(shot);
    await first(page).waitFor();
    for (const [name, path] of Object.entries(screens)) {
      await page.goto(server.url(path));
      await page.locator("h1").waitFor();
      for (const more of await page.locator("details.field-more > summary").all()) await more.click();
      const found = await axe(page);
      await shoot(page, `field-app-${name}-${look.name}`);
      for (const trouble of [...found.violations, ...found.undecidedContrast]) wrong.push(`${name}: ${trouble}`);
      for (const [words, height] of await small(page)) wrong.push(`${name}: “${words}” is ${height} px high`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (wide > 0) wrong.push(`${name}: ${wide} px wider than the screen`);
    }
    assert.deepEqual([...wrong, ...page.troubles], []);
    await page.context().close();
  });
}
