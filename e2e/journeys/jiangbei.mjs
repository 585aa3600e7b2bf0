// Jiangbei's first story: badly parked cars, seen by a grid worker, go straight to the seconded traffic post. It has ten minutes to receive
// them and two hours to end it; the street presses, looks on, checks and closes.
//
// Limits are read here, never waited for; that silence climbs is told by packs/jiangbei/scenarios/silence-climbs.toml.
import assert from "node:assert/strict";
import { phone } from "../harness.mjs";
import { delivered, press } from "./people.mjs";

const POST = "观音桥街道派驻交巡警岗";
const SPOT = [106.674981, 29.611608];

export async function parkedCars(town) {
  const { server, shot } = town;
  // The grid worker: a photo, a word, the matter.
  const worker = await town.telephone("worker-500105006001001", SPOT);
  await worker.locator(".field-shutter input").setInputFiles(shot);
  await worker.getByText("误差约 6 米").waitFor();
  await worker.locator("summary", { hasText: "补一句" }).click();
  await worker.getByLabel("补一句", { exact: true }).fill("三辆车停在消防登高面上");
  await worker.getByLabel("找其他事项").fill("机动车违停");
  await worker.locator(".field-matter", { hasText: "机动车违停" }).last().click();
  await worker.getByRole("heading", { level: 1, name: "今日" }).waitFor();
  const number = await delivered(worker, town);
  await town.leave(worker);

  // The post: nobody stood between, and it has ten minutes.
  const post = await town.enter("handler-traffic-police-guanyinqiao", "handler", "/handling", { viewport: phone });
  const waiting = post.locator("section[aria-labelledby=waiting-name] .post-row", { hasText: number });
  assert.match(await waiting.innerText(), new RegExp(POST));
  await post.goto(server.url(`/cases/${number}`));
  const limit = (page, name) => page.locator(".clocks > li", { hasText: name });
  assert.match(await limit(post, "签收时限").innerText(), /10 紧急工作分钟/);
  assert.match(await limit(post, "办结时限").innerText(), /4 紧急工作时.*对外公开/);
  await post.goto(server.url("/handling"));
  await press(post, waiting.locator("button[name=only]"));
  await post.getByText("已签收 1 件").waitFor();
  await post.goto(server.url(`/cases/${number}`));
  assert.equal(await limit(post, "签收时限").count(), 0, "the first limit is kept and gone");
  assert.match(await limit(post, "处置时限").innerText(), /2 紧急工作时/);

  // The street's supervisor presses, and the board says who has not answered.
  const supervisor = await town.enter("supervisor-guanyinqiao", "supervisor", `/cases/${number}`);
  await supervisor.locator("summary", { hasText: "督办" }).click();
  await supervisor.locator("#supervise-words").fill("消防通道，请马上清");
  await press(supervisor, supervisor.locator("details[open] form button"));
  await supervisor.goto(server.url("/supervision"));
  const pressed = supervisor.locator(".post-board", { hasText: number });
  assert.match(await pressed.innerText(), new RegExp(`${POST}[\\s\\S]*消防通道[\\s\\S]*尚无回应`));

  // The post is there: that is its answer. It ends the work.
  await post.goto(server.url("/handling"));
  const inHand = post.locator("section[aria-labelledby=doing-name] .post-row", { hasText: number });
  await press(post, inHand.getByRole("button", { name: /^到场/ }));
  await supervisor.reload();
  assert.match(await pressed.innerText(), /回应[\s\S]*到场/);

  // The street's leader comes to the case from the figure of what is open.
  const leader = await town.enter("leader-guanyinqiao", "leader", "/cockpit");
  await press(leader, leader.locator(".figure a").first());
  assert.match(leader.url(), /\/cockpit\/cases/);
  await press(leader, leader.locator("tbody a", { hasText: number }));
  assert.match(await leader.locator(".case-marks").innerText(), /处置中/);

  await press(post, inHand.getByRole("link", { name: /^办结/ }));
  await post.getByLabel(/^处置说明/).fill("三辆车已驶离，登高面清空");
  await press(post, post.locator("button[name=do][value=finish]"));
  await post.locator(".toast").waitFor();

  // The street's inspector reads what the post reports, and closes.
  const inspector = await town.enter("inspector-guanyinqiao", "inspector", "/inspection");
  await inspector.locator(".case-row", { hasText: number }).getByRole("link").click();
  assert.match(await inspector.locator("section[aria-labelledby=finished-name]").innerText(), /三辆车已驶离/);
  await inspector.locator("#verdict-words").fill("现场已空");
  await press(inspector, inspector.getByRole("button", { name: "结案", exact: true }));
  await inspector.locator(".toast").waitFor();

  await town.ended(leader, number, [
    ["上报", "网格员"],
    ["签收", POST],
    ["督办", "督办员"],
    ["到场", POST],
    ["处置完成", POST],
    ["结案", "核查员"],
  ]);
  await town.leave(post, supervisor, leader, inspector);
}
