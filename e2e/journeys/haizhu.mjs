// Haizhu's first story: a resident whose browser runs no scripts calls, the public port takes it and calls for help, and nobody answers: not the
// grid, not the community, not the street, not the departments. After a quarter of an hour each the call climbs, until a leader has it. Then
// somebody answers, the resident reads how it ended, and rates it.
//
// What residents report is never filed by itself and has no grid yet, so the community's station names both first; only then is the grid the
// first that is called. The server's clock is put forward, the same limits as those of packs/haizhu/scenarios/public-call-climbs.toml.
import assert from "node:assert/strict";
import { phone, until } from "../harness.mjs";
import { chooseRow, press } from "./people.mjs";

const COMMUNITY = "440105002107";
const GRID = "440105002107001";
const PORT = "新港街道公众呼端口";
const WORDS = "楼道灯坏了很久，问了几处都没人管。";

/** As the desk's rows name it; those of the other screens have the number. */
const TITLE = /楼道灯坏了很久/;

/** Whom the call reaches, in this order: who is silent, with what kind of seat, and where their page says that they are called. */
const RUNGS = [
  { unit: "江怡网格力量", member: "worker-440105002107-1", kind: "grid_worker", at: "/desk?queue=help", row: ".case-row" },
  { unit: "江怡社区工作站", member: "clerk-440105002107", kind: "handler", at: "/handling", row: "section[aria-labelledby=answers-name] .post-row" },
  { unit: "新港街道呼应指挥中心", member: "dispatcher-xingang", kind: "dispatcher", at: "/desk?queue=help", row: ".case-row" },
  { unit: "部门应端口", member: "clerk-port-department", kind: "handler", at: "/handling", row: "section[aria-labelledby=answers-name] .post-row" },
];

export async function publicCall(town) {
  const { server } = town;
  const own = await town.reported({ text: WORDS, area: COMMUNITY, name: "某居民", contact: "演示-20001" });
  await named(town, own.number);

  // The port keeps the case and calls; the grid is asked first.
  const port = await town.enter("clerk-port-public-xingang", "handler", "/handling");
  await press(port, port.locator("button[name=only]", { hasText: own.number }));
  await port.goto(server.url(`/cases/${own.number}/handle`));
  await port.locator("summary", { hasText: "请求支援" }).click();
  await port.locator("#call-words").fill("请网格到现场查看楼道灯");
  await press(port, port.locator("details[open] form button"));

  // One after the other is called and says nothing.
  for (const rung of RUNGS) await silent(town, port, own.number, rung);

  // The leader has it among what they have to deal with; custody never moved.
  const leader = await town.enter("leader-xingang", "leader", "/desk?queue=attention");
  const item = leader.locator(".case-row", { hasText: TITLE });
  // The last quarter of an hour has just passed, and the page may have come before its clock was acted on.
  await until("the leader has it", async () => {
    await leader.goto(server.url("/desk?queue=attention"));
    return (await item.count()) > 0;
  });
  await item.getByRole("link").click();
  await leader.locator("[data-case-shown]", { hasText: own.number }).waitFor();
  assert.match(await leader.locator("[data-custodian]").first().innerText(), new RegExp(PORT));
  await town.whole(leader);

  // The departments answer at last, and with that the leader's item ends.
  const department = await town.enter("clerk-port-department", "handler", `/cases/${own.number}`);
  const answer = department.locator("details.command", { has: department.locator("summary", { hasText: /^应$/ }) });
  await answer.locator("summary").click();
  await answer.getByLabel("说明").fill("市政设施管护中心已派人，今天修好");
  await press(department, answer.locator("form button"));
  await department.locator(".toast").waitFor();
  await leader.goto(server.url("/desk?queue=attention"));
  assert.equal(await item.count(), 0, "the leader's item ended with its cause");

  // The port ends the work, and rates the answer, as only the caller may.
  await port.goto(server.url(`/cases/${own.number}/handle`));
  await port.getByLabel(/^处置说明/).fill("楼道灯已修好，二层线路一并更换");
  await press(port, port.locator("button[name=do][value=finish]"));
  await port.goto(server.url(`/cases/${own.number}`));
  const rating = port.locator("details.command", { has: port.locator("summary", { hasText: "评价应答" }) });
  await rating.locator("summary").click();
  await rating.locator("select[name=stars]").selectOption("3");
  await press(port, rating.locator("form button"));

  // The street calls back, and closes.
  const caller = await town.enter("caller-back-xingang", "caller_back", "/calling-back");
  await caller.locator(".case-row", { hasText: own.number }).getByRole("link").click();
  await caller.locator("[data-case-shown]", { hasText: own.number }).waitFor();
  assert.ok(await caller.getByText("演示-20001").count(), "who calls reads the number");
  for (const name of ["reached", "solved", "satisfied"]) await caller.locator(`.card-suggest input[name=${name}][value=yes]`).check();
  await town.whole(caller);
  await press(caller, caller.getByRole("button", { name: "登记并结案" }));

  await town.leave(await town.follow(own));
  // The resident, still without a script, reads how it ended, and rates it.
  const resident = await town.follow(own, await town.resident());
  assert.match(await resident.locator("main").innerText(), /已结案[\s\S]*已解决[\s\S]*二层线路一并更换/);
  await resident.locator("#stars-4").check();
  await press(resident, resident.getByRole("button", { name: "评价", exact: true }));
  assert.match(await resident.locator("[role=status]").textContent(), /谢谢/);

  await town.ended(caller, own.number, [
    ["上报", "反映人"],
    ["更正位置", "江怡社区工作站"],
    ["立案：公众呼", "江怡社区工作站"],
    ["签收", PORT],
    [`${PORT} 呼 江怡网格力量`, PORT],
    ["应", "部门应端口"],
    ["处置完成", PORT],
    ["评价", PORT],
    ["回访：联系上，已解决", "回访员"],
    ["结案", "回访员"],
    ["评价 4 星", "反映人"],
  ]);
  // What nobody did is in the journal as well.
  const climbed = await caller.locator(".timeline > li p", { hasText: "呼叫升级到" }).allInnerTexts();
  assert.deepEqual(climbed.map((line) => RUNGS.findIndex(({ unit }) => line.includes(unit))), [1, 2, 3]);
  await town.leave(port, leader, department, caller, resident);
}

/** The station of the community reads the report, names grid and matter; the rules send it to the port. */
async function named(town, number) {
  const clerk = await town.enter(`clerk-${COMMUNITY}`, "acceptor", "/desk?queue=accept");
  await chooseRow(clerk, number);
  assert.match(await clerk.locator(".case-words").first().innerText(), /问了几处都没人管/);
  const moving = clerk.locator("details.command", { has: clerk.locator("form[action$='/commands/relocate']") });
  await moving.locator("summary").click();
  await moving.getByLabel("区域").selectOption(GRID);
  await press(clerk, moving.locator("form button"));
  await clerk.locator(".card-suggest select[name=filing]").selectOption("call/public/help#1");
  await town.whole(clerk);
  await press(clerk, clerk.locator(".card-suggest").getByRole("button", { name: "立案" }));
  await clerk.locator(".toast").waitFor();
  await town.leave(clerk);
}

/** Who is called sees it, and lets the quarter of an hour pass. */
async function silent(town, port, number, { unit, member, kind, at, row }) {
  const called = port.locator("section[aria-labelledby=calls-name]");
  await until(`${unit} is called`, async () => {
    await port.goto(town.server.url(`/cases/${number}`));
    return (await called.innerText()).includes(`公众呼端口 → ${unit}`);
  });
  assert.match(await port.locator(".clocks > li", { hasText: "应答" }).innerText(), /15 紧急工作分钟/);
  const page = await town.enter(member, kind, at, { viewport: phone });
  await page.locator(row, { hasText: TITLE }).first().waitFor();
  await town.whole(page);
  await town.leave(page);
  await town.forward(15);
}
