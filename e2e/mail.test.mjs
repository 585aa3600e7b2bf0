// What leaves the platform: mail over a real SMTP server, and a webhook whose signature its receiver checks.
import assert from "node:assert/strict";
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { freePort, startServer } from "./harness.mjs";
import { startSmtp } from "./smtp.mjs";

let server, smtp, letters, receiver, hook;
const messages = [];

/** A receiver of webhooks that keeps what it was sent. */
async function startReceiver() {
  const made = createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      messages.push({ headers: request.headers, body: Buffer.concat(parts).toString("utf8") });
      response.writeHead(204).end();
    });
  });
  await new Promise((resolve) => made.listen(0, "127.0.0.1", resolve));
  return made;
}

async function api(member, method, path, body) {
  const answer = await fetch(server.url(`/api/v1${path}`), {
    method,
    headers: { "content-type": "application/json", "x-huying-member": member },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, body: text ? JSON.parse(text) : undefined };
}

/** Looks again and again for up to half a minute. */
async function awaited(what, find) {
  const until = Date.now() + 30_000;
  while (Date.now() < until) {
    const found = find();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail(`${what} did not arrive within 30 s; letters: ${JSON.stringify(letters)}\n${server.log().slice(-3000)}`);
}

/** The signature of Standard Webhooks over id, time and body. */
function isSigned({ headers, body }, secret) {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const sum = createHmac("sha256", key).update(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`).digest();
  return headers["webhook-signature"].split(" ").some((one) => {
    const told = Buffer.from(one.replace(/^v1,/, ""), "base64");
    return told.length === sum.length && timingSafeEqual(told, sum);
  });
}

before(async () => {
  const port = await freePort();
  smtp = await startSmtp(port);
  letters = smtp.letters;
  receiver = await startReceiver();
  hook = `http://127.0.0.1:${receiver.address().port}/hook`;
  server = await startServer({
    args: ["--pack", "starter", "--still", "--cases", "0"],
    env: {
      HUYING__MESSAGES__MAIL_SERVER: `smtp://127.0.0.1:${port}`,
      HUYING__MESSAGES__MAIL_FROM: "呼应 <noreply@example.org>",
      HUYING__MESSAGES__WEBHOOKS: "anywhere",
    },
  });
});

after(async () => {
  await server?.stop();
  receiver?.close();
  smtp?.stop();
});

test("a unit, a reporter and a platform outside are told of a case by mail and by a signed message", async () => {
  const subscribe = (body) => api("administrator", "POST", "/subscriptions", body);
  const mail = await subscribe({ channel: "mail", target: "works@example.org", wanted: { units: ["dept-works"] } });
  assert.equal(mail.status, 201, JSON.stringify(mail.body));
  const webhook = await subscribe({ channel: "webhook", target: hook, wanted: { kinds: ["reported", "declined", "dispatched"] } });
  assert.equal(webhook.status, 201, JSON.stringify(webhook.body));

  const report = (text) =>
    api("acceptor-east", "POST", "/cases", {
      source: "hotline",
      matter: "city/facility/manhole",
      condition: 1,
      title: text,
      text,
      place: { lon: 110.005, lat: 30.015 },
      reporters: [{ name: "反映人一", contact: "reporter@example.org" }],
    });
  const led = await report("井盖破损");
  assert.equal(led.status, 201, JSON.stringify(led.body));
  const filing = { matter: "city/facility/manhole", condition: 1 };
  const command = async (member, name, body) => {
    const done = await api(member, "POST", `/cases/${led.body.id}/commands/${name}`, body);
    assert.equal(done.status, 200, `${name}: ${JSON.stringify(done.body)}`);
  };
  await command("handler-station-bridge", "file", { filing });
  await command("dispatcher-east", "dispatch", { lead: "dept-works" });

  const declined = await report("重复的井盖");
  const answer = await api("handler-station-bridge", "POST", `/cases/${declined.body.id}/commands/decline`, { reason: "不属受理范围" });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));

  const toUnit = await awaited("the unit's mail", () => letters.find((letter) => letter.to.includes("works@example.org")));
  assert.ok(`${toUnit.subject}\n${toUnit.body}`.includes(led.body.number), JSON.stringify(toUnit));
  assert.equal(toUnit.from, "noreply@example.org");
  const own = (letter) => letter.to.includes("reporter@example.org") && `${letter.subject}\n${letter.body}`.includes(declined.body.number);
  const toReporter = await awaited("the reporter's mail", () => letters.find(own));
  assert.ok(!toReporter.body.includes("反映人一"), "a letter carries no personal words");

  const sent = await awaited("the message about the dispatch", () => messages.find(({ body }) => JSON.parse(body).type === "case.dispatched"));
  assert.equal(JSON.parse(sent.body).data.number, led.body.number);
  assert.ok(isSigned(sent, webhook.body.secret), "the signature is the subscription's");
  assert.ok(!isSigned({ ...sent, body: `${sent.body} ` }, webhook.body.secret), "a changed body is told");
  assert.ok(!sent.body.includes("井盖"), "a message carries no words of the case");
});
