// Haizhu's first story: a resident whose browser runs no scripts calls, the public port takes it and calls the grid for help, the grid
// answers, and the resident reads how it ended and rates it.
//
// A call that nobody answers climbs from the grid over community, street and department to the leader: that needs minutes to pass and is told by
// packs/haizhu/scenarios/public-call-climbs.toml. Here the rung and its limit are read. What residents report is never filed by itself, so the
// station names the matter first.
import assert from "node:assert/strict";
import { openPage, phone } from "../harness.mjs";
import { chooseRow, press } from "./people.mjs";

const COMMUNITY = "440105002107";
const PORT = "新港街道公众呼端口";
const WORDS = "楼道灯坏了很久，问了几处都没人管。";

export async function publicCall(town) {
  const { server } = town;
  const own = await report(town);

  // The station of the community reads it and names the matter; the rules send it to the port.
  const clerk = await town.enter("clerk-440105002107", "acceptor", "/desk?queue=accept");
  await chooseRow(clerk, own.number);
  assert.match(await clerk.locator(".case-words").first().innerText(), /问了几处都没人管/);
  await clerk.locator(".card-suggest select[name=filing]").selectOption("call/public/help#1");
  await press(clerk, clerk.locator(".card-suggest").getByRole("button", { name: "立案" }));
  await clerk.locator(".toast").waitFor();

  // The port keeps the case and calls the nearest grid; what the call waits for stands on the case.
  const port = await town.enter("clerk-port-public-xingang", "handler", "/handling");
  await press(port, port.locator("button[name=only]", { hasText: own.number }));
  await port.goto(server.url(`/cases/${own.number}/handle`));
  await port.locator("summary", { hasText: "请求支援" }).click();
  await port.locator("#call-words").fill("请网格到现场查看楼道灯");
  await press(port, port.locator("details[open] form button"));
  await port.goto(server.url(`/cases/${own.number}`));
  assert.match(await port.locator("section[aria-labelledby=calls-name]").innerText(), /公众呼端口 → 江怡网格力量/);
  assert.match(await port.locator(".clocks > li", { hasText: "应答" }).innerText(), /15 分钟/);

  // The grid answers from the telephone in its hand.
  const worker = await town.enter("worker-440105002107-1", "grid_worker", "/desk", { viewport: phone });
  await worker.goto(server.url(`/cases/${own.number}`));
  const answer = worker.locator("details.command", { has: worker.locator("summary", { hasText: /^应$/ }) });
  await answer.locator("summary").click();
  await answer.locator("textarea").fill("已到现场，换了灯泡，二层线路要修");
  await press(worker, answer.locator("form button"));
  await worker.locator(".toast").waitFor();

  // The port rates the answer, as only the caller may, and ends the work.
  await port.reload();
  assert.match(await port.locator(".timeline").innerText(), /二层线路要修/);
  const rating = port.locator("details.command", { has: port.locator("summary", { hasText: "评价应答" }) });
  await rating.locator("summary").click();
  await rating.locator("select[name=stars]").selectOption("4");
  await press(port, rating.locator("form button"));
  await port.goto(server.url(`/cases/${own.number}/handle`));
  await port.getByLabel(/^处置说明/).fill("楼道灯已修好，二层线路一并更换");
  await press(port, port.locator("button[name=do][value=finish]"));

  // The street calls back, and closes.
  const caller = await town.enter("caller-back-xingang", "caller_back", "/calling-back");
  await caller.locator(".case-row", { hasText: own.number }).getByRole("link").click();
  await caller.locator("[data-case-shown]", { hasText: own.number }).waitFor();
  assert.ok(await caller.getByText("演示-20001").count(), "who calls reads the number");
  for (const name of ["reached", "solved", "satisfied"]) await caller.locator(`.card-suggest input[name=${name}][value=yes]`).check();
  await press(caller, caller.getByRole("button", { name: "登记并结案" }));

  // The resident, still without a script, reads how it ended, and rates it.
  const resident = await town.follow(own, { viewport: phone, script: false });
  assert.match(await resident.locator("main").innerText(), /已结案[\s\S]*已解决[\s\S]*二层线路一并更换/);
  await resident.locator("#stars-4").check();
  await press(resident, resident.getByRole("button", { name: "评价", exact: true }));
  assert.match(await resident.locator("[role=status]").textContent(), /谢谢/);

  await town.ended(caller, own.number, [
    ["上报", "反映人"],
    ["立案：公众呼", "江怡社区工作站"],
    ["签收", PORT],
    ["呼", PORT],
    ["应", "江怡网格员甲"],
    ["评价", PORT],
    ["处置完成", PORT],
    ["回访：联系上，已解决", "回访员"],
    ["结案", "回访员"],
    ["评价 4 星", "反映人"],
  ]);
  await town.leave(clerk, port, worker, caller, resident);
}

/** One field, an area, a name; nothing else. */
async function report(town) {
  const { server, browser } = town;
  const page = await openPage(browser, { viewport: phone, script: false });
  await page.goto(server.url("/report"));
  await page.locator("#text").fill(WORDS);
  await page.locator("#area").selectOption(COMMUNITY);
  await page.locator("#name").fill("某居民");
  await page.locator("#contact").fill("演示-20001");
  await press(page, page.getByRole("button", { name: "提交", exact: true }));
  // Whoever is quicker than the ticket of the form waits for the rest of it.
  const early = page.locator("p.notice[role=alert]");
  if (await early.count()) {
    const seconds = Number((await early.textContent()).match(/等待 (\d+) 秒/)[1]);
    await page.waitForTimeout((seconds + 1) * 1000);
    await press(page, page.getByRole("button", { name: "提交", exact: true }));
  }
  const own = { number: await page.locator("[data-what=number]").textContent(), secret: await page.locator("[data-what=secret]").textContent() };
  await town.leave(page);
  return own;
}
