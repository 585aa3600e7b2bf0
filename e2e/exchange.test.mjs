// Two built nodes exchange a case over HTTP: handed over, worked on, given back as finished; and the page of partners is looked at, on a
// desk and on a phone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ask, axe, desktop, done, openBrowser, openPage, phone, shoot, startNode, until } from "./harness.mjs";

let district, street, browser;

before(async () => {
  [district, street] = await Promise.all([startNode(), startNode()]);
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await Promise.all([district?.stop(), street?.stop()]);
});

const MAP = `format = 1
mode = "batch"
same = ["matters", "areas", "statuses", "sources", "urgencies"]
`;

test("a case goes to another node under its number and comes back finished", async () => {
  const partner = (id, name, other, source, own, secret) => ({ id, name, kind: "huying", address: other, source, own, ...(secret ? { secret } : {}) });
  const to = partner("street", "街道平台", street.url("/api/v1/exchange/district"), "urn:huying:street", "urn:huying:district");
  const { secret } = await done(district, "administrator", "POST", "/api/v1/partners", to);
  assert.match(secret, /^whsec_/);
  const back = partner("district", "区平台", district.url("/api/v1/exchange/street"), "urn:huying:district", "urn:huying:street", secret);
  await done(street, "administrator", "POST", "/api/v1/partners", back);
  const bound = `${MAP}[[unit]]\nours = "gas-company"\ntheirs = "street"\n`;
  const wrong = await ask(district, "administrator", "POST", "/api/v1/partners/street/mapping", { text: bound.replace("gas-company", "dept-works") });
  assert.equal(wrong.status, 400);
  assert.match(JSON.stringify(wrong.body), /text:5:/);
  await done(district, "administrator", "POST", "/api/v1/partners/street/mapping", { text: bound });
  await done(street, "administrator", "POST", "/api/v1/partners/district/mapping", { text: MAP });

  const report = { source: "hotline", matter: "city/order/vendor", condition: 1, title: "占道经营", text: "桥头路口占道经营", place: { lon: 110.005, lat: 30.015 } };
  const { id, number } = await done(district, "acceptor-east", "POST", "/api/v1/cases", report);
  const give = (server, member, name, command, body) => done(server, member, "POST", `/api/v1/cases/${name}/commands/${command}`, body);
  await give(district, "handler-station-bridge", id, "file", { filing: { matter: "city/order/vendor", condition: 1 } });
  await give(district, "dispatcher-east", id, "dispatch", { lead: "gas-company" });
  const there = await until("the case on the other node", async () => {
    const found = await ask(street, "leader-district", "GET", `/api/v1/cases/${number}`);
    return found.status === 200 && found.body;
  });
  await give(street, "handler-station-bridge", there.id, "file", { filing: { matter: "city/order/vendor", condition: 1 } });
  await give(street, "dispatcher-east", there.id, "dispatch", { lead: "order-east" });
  await give(street, "handler-order-east", there.id, "receive", { unit: "order-east" });
  await give(street, "handler-order-east", there.id, "finish", { outcome: "solved", reason: "已劝离" });
  await give(street, "inspector-1", there.id, "pass", {});
  await until("its end here", async () => {
    const found = await done(district, "leader-district", "GET", `/api/v1/cases/${id}`);
    return found.stage === "inspecting";
  });
  const [state] = await done(district, "administrator", "GET", "/api/v1/partners");
  assert.equal(state.out.dead ?? 0, 0);
  assert.equal(state.down_since, null);
});

test("what stopped is decided on a page", async () => {
  // A partner that nobody can reach, and one whose message is refused: a unit that no mapping of theirs knows the matter of.
  const lean = 'format = 1\n[[unit]]\nours = "gas-company"\ntheirs = "street"\n[[matter]]\nours = "city/order/vendor"\ntheirs = "V"\n';
  await done(district, "administrator", "POST", "/api/v1/partners/street/mapping", { text: lean });
  const report = { source: "hotline", matter: "city/facility/litter", condition: 1, title: "积存垃圾", text: "桥头路口积存垃圾", place: { lon: 110.005, lat: 30.015 } };
  const { id } = await done(district, "acceptor-east", "POST", "/api/v1/cases", report);
  const give = (member, command, body) => done(district, member, "POST", `/api/v1/cases/${id}/commands/${command}`, body);
  await give("handler-station-bridge", "file", { filing: { matter: "city/facility/litter", condition: 1 } });
  await give("dispatcher-east", "dispatch", { lead: "gas-company" });
  await until("a message that stopped", async () => {
    const stopped = await done(district, "administrator", "GET", "/api/v1/partners/street/stopped");
    return stopped.some((row) => row.state === "dead");
  });
  for (const [name, viewport, locale] of [["partners-desk", desktop, "zh-CN"], ["partners-phone", phone, "en-GB"]]) {
    const page = await openPage(browser, { viewport, locale });
    const { origin } = new URL(district.address);
    await page.goto(district.url("/sign-in"));
    await page.evaluate(() => fetch("/api/v1/session", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ member: "administrator" }) }));
    assert.ok(origin);
    await page.goto(district.url("/partners?partner=street"));
    assert.equal(await page.locator("h1").count(), 1);
    await shoot(page, name, { fullPage: true });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(wide <= 0, `${name} is ${wide} px wider than its window`);
    const found = await axe(page);
    assert.deepEqual({ name, ...found, troubles: page.troubles }, { name, violations: [], undecidedContrast: [], troubles: [] });
    await page.context().close();
  }
  const page = await openPage(browser, { viewport: desktop, script: false });
  await page.setExtraHTTPHeaders({ "x-huying-member": "administrator" });
  await page.goto(district.url("/partners?partner=street"));
  await page.locator("form:has(input[value=retry]) button").first().click();
  await page.waitForURL((url) => url.pathname === "/partners");
  await page.context().close();
});
