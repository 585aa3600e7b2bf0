// Lanling's first story: neighbours quarrel, the grid takes it on and cannot solve it, and within half a day the centre sends it to the
// mediation centre and the police at once: one case, two units, both limits running. The centre's callback decides the end.
//
// The half day is read, not waited for; that it is missed is told by packs/lanling/scenarios/half-day-missed.toml. The dispatcher's desk is worked
// by keys alone.
import assert from "node:assert/strict";
import { phone, until } from "../harness.mjs";
import { delivered, press, searched } from "./people.mjs";

const WORKER = "worker-320402006001001";
const SPOT = [119.979869, 31.757741];
const MATTER = "governance/dispute/neighbours";

export async function quarrel(town) {
  const { server, shot } = town;
  const { own, desk } = await takenOn(town);

  // On the spot it goes on: the app's task is given up with a reason.
  const worker = await town.telephone(WORKER, SPOT);
  await worker.getByRole("link", { name: /两家为漏水争吵/ }).first().click();
  await worker.locator("summary", { hasText: "无法处置" }).click();
  await worker.locator("#cannot-solve-text").fill("一方扬言动手，网格劝不住");
  await worker.getByRole("button", { name: "无法处置" }).click();
  await worker.getByRole("heading", { level: 1, name: "今日" }).waitFor();
  await delivered(worker, town);

  // The centre has half a day to bring others in; its dispatcher touches keys only.
  const dispatcher = await town.enter("dispatcher-1", "dispatcher", "/desk?queue=dispatch");
  await dispatcher.keyboard.press("/");
  await dispatcher.keyboard.type(own.number);
  await searched(dispatcher, () => dispatcher.keyboard.press("Enter"));
  await dispatcher.keyboard.press("j");
  await dispatcher.locator("[data-case-shown]", { hasText: own.number }).waitFor();
  assert.match(await dispatcher.locator(".clocks > li", { hasText: "工作时" }).first().innerText(), /4 工作时/);
  assert.match(await dispatcher.locator(".card-suggest").innerText(), /调解中心[\s\S]*派出所/);
  await until("the chosen row holds the focus", () => dispatcher.locator(".case-row-link[aria-current]:focus").count());
  await dispatcher.keyboard.press("Enter");
  await dispatcher.locator(".toast", { hasText: "派遣" }).waitFor();

  // Two units, each with a limit of its own to receive; the lead cannot end while the other is at work.
  const police = await town.enter("handler-police", "handler", "/handling", { viewport: phone });
  const mediator = await town.enter("mediator-1", "handler", "/handling");
  for (const page of [police, mediator]) {
    await press(page, page.locator("button[name=only]", { hasText: own.number }));
    await page.getByText("已签收 1 件").waitFor();
  }
  await mediator.goto(server.url(`/cases/${own.number}/handle`));
  assert.equal(await mediator.locator("#finish").count(), 0, "the end is not offered while the other is at work");
  await police.goto(server.url(`/cases/${own.number}/handle`));
  await police.locator("summary", { hasText: "协办完成" }).click();
  await police.locator("details[open] input[name=done][value=yes]").check();
  await press(police, police.locator("details[open] form button"));
  await mediator.goto(server.url(`/cases/${own.number}/handle`));
  await mediator.getByLabel(/^处置说明/).fill("双方签了协议，漏水由楼上修");
  // A dispute ends with its agreement, photographed.
  await mediator.locator("#finish-photo").setInputFiles(shot);
  await press(mediator, mediator.locator("button[name=do][value=finish]"));
  await mediator.locator(".toast").waitFor();

  const caller = await town.enter("caller-back-1", "caller_back", "/calling-back");
  await caller.locator(".case-row", { hasText: own.number }).getByRole("link").click();
  await caller.locator("[data-case-shown]", { hasText: own.number }).waitFor();
  for (const name of ["reached", "solved", "satisfied"]) await caller.locator(`.card-suggest input[name=${name}][value=yes]`).check();
  await press(caller, caller.getByRole("button", { name: "登记并结案" }));

  const neighbour = await town.follow(own);
  assert.match(await neighbour.locator("main").innerText(), /已结案[\s\S]*已解决[\s\S]*漏水由楼上修/);
  await town.ended(caller, own.number, [
    ["上报", "网格员"],
    ["接下办理", "网格员"],
    ["无法解决", "网格员"],
    ["派遣给", "中心派遣员甲"],
    ["签收", "派出所联勤岗"],
    ["签收", "调解中心"],
    ["完成协办", "派出所联勤岗"],
    ["处置完成", "调解中心"],
    ["回访：联系上，已解决", "中心回访员甲"],
    ["结案", "中心回访员甲"],
    ["跟踪", "中心回访员甲"],
  ]);
  await town.leave(desk, worker, dispatcher, police, mediator, caller, neighbour);
}

/** The grid worker writes down what both households say, with the telephone of one, and takes it on. */
async function takenOn(town) {
  const { server } = town;
  const desk = await town.enter(WORKER, "grid_worker", "/cases/new");
  await desk.getByLabel("发生了什么").fill("两家为漏水争吵");
  await desk.locator("#area").selectOption("32040200600100101");
  await desk.locator("#matter").selectOption(MATTER);
  await desk.getByLabel("联系方式").fill("演示-40001");
  await press(desk, desk.getByRole("button", { name: "上报" }));
  const [number, secret] = await desk.locator("main .code").allInnerTexts();
  await desk.goto(server.url(`/cases/${number}`));
  const taking = desk.locator("form[action$='/commands/self-handle']");
  await taking.locator("select[name=filing]").selectOption(`${MATTER}#1`);
  await taking.locator("input[name=done][value=no]").check();
  await press(desk, taking.getByRole("button", { name: "自处置" }));
  await desk.locator(".toast").waitFor();
  return { own: { number, secret }, desk };
}
