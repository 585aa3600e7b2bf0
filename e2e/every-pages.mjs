// What stands behind the look at every page: two demo stores with something on each page, and the list of pages, made from the census.
//
// Owns how the parameters of an address are filled in and who opens it. Refuses to leave an address out in silence: each one of the census
// is either opened or named in NO_PAGE with its reason. Start at `everyPage`.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { done, root, startServer, until } from "./harness.mjs";

const CARD = "people/service/elder-card";
const VENDOR = "city/order/vendor";
const PASSWORD = "a river under stone";

/** Addresses that are asked by GET and draw no page. */
export const NO_PAGE = {
  "/": "leads to the first page of whoever comes",
  "/analysis/file": "a file",
  "/assets/{name}": "a file",
  "/cases/{id}/looking": "a line within the page of a case",
  "/desk/live": "a stream",
  "/field-worker.js": "a script",
  "/healthz": "one word for machines",
  "/import/report": "a file",
  "/imports/refused": "a file",
  "/metrics": "figures for machines",
  "/open311/v2/{*rest}": "an interface for programs",
  "/readyz": "one word for machines",
  "/sign-in/openid": "leads to another service, which this store has none of",
  "/sign-in/openid/back": "comes from another service, which this store has none of",
  "/sought": "leads to the desk; searches are sent there",
};

/** Every address of the census that is asked by GET and is not the API's, with who may come. */
export async function census() {
  const text = await readFile(join(root, "crates", "server", "census.txt"), "utf8");
  const lines = text.split("\n").filter((line) => line && !line.startsWith("#")).map((line) => line.trim().split(/\s+/));
  return lines.filter(([, method, path]) => method === "GET" && !path.startsWith("/api/")).map(([who, , path]) => ({ who, path }));
}

/** The page of each address that is not opened as it stands, by somebody for whom there is something on it. */
const filled = ({ made, ids, number }) => ({
  "/access": ["administrator", "/access"],
  "/account": ["accounts:administrator", "/account"],
  "/accounts": ["accounts:administrator", "/accounts"],
  "/analysis": ["leader-district", "/analysis"],
  "/calling-back": ["caller-back", `/calling-back?case=${made.called.id}`],
  "/cases/new": ["acceptor-east", "/cases/new"],
  "/cases/{id}": ["handler-order-east", `/cases/${made.works.number}`],
  "/cases/{id}/handle": ["handler-order-east", `/cases/${made.works.number}/handle`],
  "/cases/{id}/notice": ["handler-order-east", `/cases/${made.works.number}/notice`],
  "/cases/{id}/reported": ["acceptor-east", `/cases/${made.works.number}/reported`],
  "/cases/{id}/sheet": ["handler-order-east", `/cases/${made.works.number}/sheet`],
  "/cases/{id}/told": ["acceptor-east", `/cases/${made.works.number}/told`],
  "/cases/{id}/work-order": ["handler-order-east", `/cases/${made.works.number}/work-order`],
  "/cockpit": ["leader-district", "/cockpit"],
  "/cockpit/cases": ["leader-district", "/cockpit/cases"],
  "/day": ["leader-district", "/day"],
  "/desk": ["dispatcher-east", `/desk?queue=dispatch&case=${made.filed.id}`],
  "/desk/bulk": ["dispatcher-east", `/desk/bulk?queue=dispatch&act=dispatch&r=${made.filed.id}.1`],
  "/developers/guide/{name}": [null, "/developers/guide/webhooks"],
  "/developers/operation": [null, "/developers/operation?method=post&path=/api/v1/cases"],
  "/difficult": ["handler-dept-works", `/difficult?case=${made.hard.id}`],
  "/explain": ["dispatcher-east", "/explain?matter=city/order/parking&at=110.005,30.015&when=2024-03-05%2010:00&source=hotline"],
  "/feeds/{feed}": ["administrator", `/feeds/${ids.feed}`],
  "/field": ["worker-bridge-1", "/field"],
  "/field/{*rest}": ["worker-bridge-1", "/field/waiting"],
  "/handling": ["handler-order-east", "/handling"],
  "/handover": ["dispatcher-east", "/handover"],
  "/inspection": ["inspector-1", `/inspection?case=${made.checked.id}`],
  "/invitation/{token}": ["accounts:", ids.link],
  "/map": ["leader-district", "/map"],
  "/organisation": ["administrator", "/organisation?area=990101001"],
  "/organisation/{table}": ["administrator", "/organisation/areas"],
  "/partners": ["administrator", `/partners?partner=${ids.partner}`],
  "/policy": ["administrator", "/policy"],
  "/policy/edit": ["administrator", "/policy/edit?table=routes.csv&q=R-03"],
  "/policy/version": ["administrator", "/policy/version?name=starter-2"],
  "/policy/what-if": ["administrator", "/policy/what-if?draft=starter-2&baseline=starter-1"],
  "/public/{number}": [null, `/public/${number}`],
  "/recipients": ["worker-bridge-1", "/recipients"],
  "/recipients/{id}": ["worker-bridge-1", `/recipients/${ids.recipient}`],
  "/reset": ["accounts:", "/reset"],
  "/seat": ["acceptor-east", "/seat"],
  "/sign-in/second": ["accounts:half", "/sign-in/second"],
  "/sign-ins": ["accounts:administrator", "/sign-ins"],
  "/subscriptions/{id}": ["administrator", `/subscriptions/${ids.hook}`],
  "/supervision": ["supervisor-east", "/supervision"],
  "/track": [null, "/track"],
});

/** `{ path, member, at, server }` of every page: `member` null is nobody, `server` is where it stands. */
export async function everyPage(stores) {
  const known = filled(stores);
  const pages = [];
  for (const { who, path } of await census()) {
    if (path in NO_PAGE) continue;
    const [member, at] = known[path] ?? [who === "anyone" || who === "loopback" ? null : who === "administrator" ? "administrator" : "dispatcher-east", path];
    assert.ok(!at.includes("{"), `${path}: say in e2e/every-pages.mjs how it is filled in, or in NO_PAGE why it is no page`);
    const apart = member?.startsWith("accounts:");
    pages.push({ path, at, server: apart ? stores.accounts : stores.server, member: apart ? member.slice(9) || null : member });
  }
  const spare = Object.keys(known).concat(Object.keys(NO_PAGE)).filter((path) => !pages.some((page) => page.path === path) && !(path in NO_PAGE));
  assert.deepEqual(spare, [], "every address that is filled in stands in the census");
  return pages;
}

/** The stores, with something on every page. */
export async function startStores() {
  const [server, accounts] = await Promise.all([
    startServer({ args: ["--pack", "starter", "--days", "3", "--cases", "40", "--still"], env: { HUYING__MESSAGES__WEBHOOKS: "anywhere" } }),
    startServer({ verb: "serve", first: ["init", "--pack", "starter"] }),
  ]);
  const stop = () => Promise.all([server.stop(), accounts.stop()]);
  try {
    const made = await cases(server);
    const ids = { ...(await administered(server)), ...(await invited(accounts)), recipient: await helped(server) };
    const listed = await (await fetch(server.url("/public"))).text();
    return { server, accounts, made, ids, number: listed.match(/href="\/public\/([^"?]+)"/)[1], stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

async function cases(server) {
  const command = (member, id, name, body) => done(server, member, "POST", `/api/v1/cases/${id}/commands/${name}`, body);
  const filed = async (matter, text) => {
    const reporters = [{ name: "演示反映人", contact: "演示-10001" }];
    const report = { source: "hotline", matter, condition: 1, title: text, text, address: "桥头路1号", place: { lon: 110.005, lat: 30.015 }, reporters };
    const made = await done(server, "acceptor-east", "POST", "/api/v1/cases", report);
    await command("handler-station-bridge", made.id, "file", { filing: { matter, condition: 1 } });
    return made;
  };
  const inHand = async (matter, text) => {
    const made = await filed(matter, text);
    await command("dispatcher-east", made.id, "dispatch", { lead: "order-east" });
    await command("handler-order-east", made.id, "receive", { unit: "order-east" });
    return made;
  };
  const made = {
    filed: await filed("city/facility/manhole", "井盖缺失"),
    beside: await filed("city/facility/manhole", "井盖又缺失"),
    works: await inHand(CARD, "老人行动不便"),
    checked: await inHand(VENDOR, "北门占道"),
    called: await inHand(CARD, "老人卧床"),
    hard: await inHand(VENDOR, "多头管理"),
  };
  await command("handler-order-east", made.checked.id, "finish", { outcome: "solved", reason: "已劝离" });
  await command("handler-order-east", made.called.id, "finish", { outcome: "solved" });
  await command("supervisor-east", made.hard.id, "supervise", { words: "今天答复" });
  await command("handler-order-east", made.hard.id, "mark-difficult", { reason: "权属不清" });
  return made;
}

// A partner, a feed, a webhook, a draft of a policy, and a seat that waits for somebody else's word.
async function administered(server) {
  const ask = (method, path, body) => done(server, "administrator", method, path, body);
  await ask("POST", "/api/v1/partners", { id: "street", name: "街道平台", kind: "huying", address: "http://127.0.0.1:9/api/v1/exchange/district", source: "urn:huying:street", own: "urn:huying:district" });
  await ask("PUT", "/api/v1/feeds/other", { map: 'system = "other"\nurl = "http://127.0.0.1:9/open311/v2"\nevery_minutes = 60\n[pull]\n[pull.matter]\n"city.facility.manhole" = "city/facility/manhole"\n' });
  const { id } = await ask("POST", "/api/v1/subscriptions", { channel: "webhook", target: "http://127.0.0.1:9/hook" });
  await ask("POST", `/api/v1/subscriptions/${id}/ping`, {});

  const form = new FormData();
  for (const folder of ["", "scenarios"]) {
    const place = join(root, "packs", "starter", folder);
    for (const entry of await readdir(place, { withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const text = (await readFile(join(place, entry.name), "utf8")).replace('version = "starter-1"', 'version = "starter-2"').replace(",设施归市政", ",设施一律归市政");
      form.append("file", new Blob([text]), folder ? `starter/${folder}/${entry.name}` : `starter/${basename(entry.name)}`);
    }
  }
  form.append("reason", "注明");
  const cookie = (await fetch(server.url("/sign-in"), { method: "POST", body: new URLSearchParams({ member: "administrator" }), redirect: "manual" })).headers.get("set-cookie").split(";")[0];
  const sent = await fetch(server.url("/policy/draft"), { method: "POST", headers: { cookie, origin: server.address }, body: form, redirect: "manual" });
  assert.equal(sent.status, 303, `the draft is taken: ${(await sent.text()).slice(0, 4000)}`);
  return { partner: "street", feed: "other", hook: id };
}

// Somebody who agreed to be helped.
async function helped(server) {
  const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString();
  const consent = { given_by: "self", how: "written", purposes: ["visits", "emergency"], at: day(-1), until: day(300) };
  const body = { area: "990101001001001", groups: ["elderly_alone"], name: "演示服务对象", phone: "演示-10002", address: "桥头路1号", needs: "每周上门一次", consent };
  const { id } = await done(server, "worker-bridge-1", "POST", "/api/v1/recipients", body);
  return id;
}

/** The code of an app (RFC 6238) for a secret in base 32. */
function code(secret) {
  const bits = [...secret].map((sign) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(sign).toString(2).padStart(5, "0")).join("");
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const sum = createHmac("sha1", Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)))).update(counter).digest();
  return String((sum.readUInt32BE(sum[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

// An administrator with a password of their own and codes; a link for somebody else.
async function invited(accounts) {
  const [, first] = await until("the first password", async () => accounts.log().match(/password {2}(\S+)/));
  let cookie = "";
  const ask = async (method, path, body) => {
    const headers = { "content-type": "application/json", origin: accounts.address, cookie };
    const answer = await fetch(accounts.url(`/api/v1${path}`), { method, headers, body: JSON.stringify(body) });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    const fresh = answer.headers.get("set-cookie");
    if (fresh) cookie = fresh.split(";")[0];
    return text ? JSON.parse(text) : null;
  };
  await ask("POST", "/session", { member: "administrator", password: first });
  await ask("POST", "/account/password", { old_password: first, new_password: PASSWORD });
  const { secret, ticket } = await ask("POST", "/account/codes", {});
  const { recovery_codes } = await ask("PUT", "/account/codes", { ticket, code: code(secret), password: PASSWORD });
  const { link } = await ask("POST", "/accounts/acceptor-east/invite", {});
  return { link: link.replace(/^https?:\/\/[^/]+/, ""), codes: recovery_codes };
}

/** Signs a context in; at the store with accounts by the password and, unless they stay half in, a recovery code, which works once. */
export async function signIn(page, { server, member }, stores) {
  if (server === stores.server) {
    await page.request.post(server.url("/sign-in"), { form: { member } });
    return;
  }
  const send = async (path, form) => {
    // Whoever carries a session says where a form comes from, as browsers do.
    const answer = await page.request.post(server.url(path), { form, headers: { origin: server.address }, maxRedirects: 0 });
    assert.equal(answer.status(), 303, `${path}: ${await answer.text()}`);
  };
  await send("/sign-in", { member: "administrator", password: PASSWORD });
  if (member !== "half") await send("/sign-in/second", { code: stores.ids.codes.pop() });
}

const HAN = /\p{Script=Han}/u;

/** Everything that stands in the pack's files, which a page shows as it is written there. */
export async function packText() {
  const pack = join(root, "packs", "starter");
  const names = (await readdir(pack, { recursive: true })).filter((name) => /\.(csv|toml)$/.test(name));
  return (await Promise.all(names.map((name) => readFile(join(pack, name), "utf8")))).join("\n");
}

/** All words with Han characters that are the pack's or a case's and no words of the interface; the longest first. */
export async function data({ server }) {
  const words = new Set();
  const take = (value) => {
    if (typeof value === "string" && HAN.test(value) && value.length > 1) words.add(value);
    else if (value && typeof value === "object") Object.values(value).forEach(take);
  };
  for (const line of (await packText()).split("\n")) {
    take(line);
    for (const cell of line.split(/[,;="]/)) take(cell.trim());
  }
  const { items } = await done(server, "leader-district", "GET", "/api/v1/cases?limit=100");
  for (const { id } of items) {
    const cookieless = await fetch(server.url(`/api/v1/cases/${id}`), { headers: { "x-huying-member": "leader-district" } });
    if (cookieless.ok) take(await cookieless.json());
  }
  // What the administrator wrote above, and the platform's own name.
  take(["街道平台", "注明", "设施一律归市政", "演示反映人", "呼应"]);
  return [...words].sort((a, b) => b.length - a.length);
}

/** The description of the interface is one document for both languages: it names each term in Chinese, too. */
export const DESCRIBED = ["/api", "/developers", "/developers/operation"];
const terms = new Set((await readFile(join(root, "crates", "server", "openapi.json"), "utf8")).match(/\p{Script=Han}+/gu));

/** What is left of a text in English when the words of pack and cases are taken out. */
export function untranslated(text, words, path) {
  let left = DESCRIBED.includes(path) ? text.replace(/\p{Script=Han}+/gu, (term) => (terms.has(term) ? "" : term)) : text;
  for (const word of words) if (left.includes(word)) left = left.split(word).join(" ");
  return HAN.test(left) ? left.trim() : null;
}
