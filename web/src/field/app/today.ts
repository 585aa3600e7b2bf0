// 今日: the button that reports, and the worker's tasks by urgency and distance.
import { add, type Draft, keep, type Shot, slot } from "../drafts.ts";
import { canvasDraw, prepare, TooLarge } from "../photos.ts";
import { stateWords } from "../shapes.ts";
import { asOfWords, type Row, rows } from "../tasks.ts";
import type { App, Screen } from "./app.ts";
import { h, shutter } from "./draw.ts";
import { chip, command, distance, matter, moment, stage, title } from "./words.ts";

export function todayScreen(app: App): Screen {
  const { say } = app;
  const mine = app.draft(slot(app.member ?? ""));
  return {
    title: say("今日", "Today"),
    parts: [
      shutter(say("拍照上报", "Photo and report"), true, (file) => void shot(app, file, mine), () => void app.find()),
      h("a", { class: "button field-wide", href: "/field/report" }, mine.rev > 0 ? say("继续未发的上报", "Go on with the report") : say("不拍照上报", "Report without a photo")),
      needing(app),
      begunTasks(app),
      tasks(app),
    ],
  };
}

/** A picture made small, with the place that it says of itself. */
export async function ready(app: App, file: Blob, kind: Shot["kind"]): Promise<Shot & { place: Draft["place"] }> {
  const { bytes, facts } = await prepare(file, canvasDraw).catch((why: unknown) => {
    if (!(why instanceof TooLarge)) throw why;
    throw new Error(app.say("照片过大，请重新拍摄。", "The photo is too large: take it again."));
  });
  return { bytes, kind, place: facts.place === null ? null : { ...facts.place, accuracy: 0 } };
}

/** A picture was taken: it is kept, and the next screen asks what it is. Where it was taken is the draft's, wherever it is sent from. */
export async function shot(app: App, file: File, mine: Draft): Promise<void> {
  const { store } = app.heart;
  const at = slot(mine.member);
  try {
    const [draft, place] = await Promise.all([add(store, at, mine, ready(app, file, "before")), Promise.race([app.find(), late(app)])]);
    if (place) await keep(store, at, draft, (now) => ({ ...now, place }));
    await app.go("/field/report");
  } catch (why) {
    app.trouble(why);
  }
}

/** A place that does not come at once holds nothing up. */
const late = (app: App): Promise<null> => new Promise((done) => void app.page.setTimeout(() => done(null), SOON));
const SOON = 1_500;

/** What the server did not take is a task like any other, and the first. */
function needing(app: App): HTMLElement | null {
  const all = app.items.filter(({ state }) => state === "needs");
  if (all.length === 0) return null;
  const troubled = ({ item }: (typeof all)[number]): HTMLElement => {
    const name = matter(app, String(item.fields["matter"] ?? app.copy?.tasks.find(({ id }) => id === item.case)?.matter ?? ""));
    const words = [command(app, item.name), name, moment(item.found.device)].filter((part) => part !== null);
    return h("a", { class: "field-card", href: `/field/waiting#${item.case}` }, h("b", {}, words.join(" · ")), item.trouble?.kind === "conflict" ? h("span", {}, app.say("案件有变化，请看一眼", "The case has changed: have a look")) : null);
  };
  const heading = h("h2", {}, stateWords("needs", null, app.lang));
  return h("section", {}, heading, h("ul", { class: "plain field-list" }, ...all.map((one) => h("li", {}, troubled(one)))));
}

/** What was begun on a task and not handed over, also where the task is not on the device any more. */
function begunTasks(app: App): HTMLElement | null {
  const start = slot(app.member ?? "");
  const all = [...app.drafts.keys()].filter((at) => at !== start).map((at) => at.slice(start.length).split(" "));
  if (all.length === 0) return null;
  const line = ([id = "", name = ""]: string[]): HTMLElement => {
    const task = app.copy?.tasks.find((one) => one.id === id);
    return h("li", {}, h("a", { class: "field-card", href: `/field/task/${id}` }, h("b", {}, [command(app, name), task ? title(app, task) : null].filter((part) => part !== null).join(" · "))));
  };
  return h("section", {}, h("h2", {}, app.say("未提交的内容", "Begun, not handed over")), h("ul", { class: "plain field-list" }, ...all.map(line)));
}

function tasks(app: App): HTMLElement {
  const { copy, say } = app;
  const heading = h("h2", {}, say("我的任务", "My tasks"));
  if (!copy) return h("section", {}, heading, h("p", { class: "quiet" }, say("有网时自动取任务。", "Tasks come by themselves with a net.")));
  const all = rows(copy, app.items.map(({ item }) => item), Date.now(), app.offset, app.here);
  const asOf = asOfWords(copy, Date.now(), app.offset, app.lang);
  const list = h("ol", { class: "plain field-list" }, ...all.map((row) => h("li", {}, card(app, row))));
  const none = h("p", { class: "quiet" }, say("没有待办任务。", "Nothing waits for you."));
  return h("section", {}, h("div", { class: "row row-apart" }, heading, h("span", { class: "quiet" }, asOf)), all.length > 0 ? list : none, nearer(app));
}

function card(app: App, row: Row): HTMLElement {
  const { task, pending } = row;
  const where = [row.metres === null ? null : distance(app, row.metres), task.address, stage(app, task.stage)].filter((part) => part !== null && part !== "");
  const last = pending.at(-1);
  return h(
    "a",
    { class: "field-card", href: `/field/task/${task.id}` },
    h("span", { class: "row row-apart" }, h("b", {}, title(app, task)), chip(app, row)),
    h("span", { class: "quiet" }, where.join(" · ")),
    last ? h("span", {}, `${command(app, last.name)}：${stateWords(last.state, null, app.lang)}`) : null,
  );
}

/** Sorting by distance needs the place, which is asked for only when somebody wants it. */
function nearer(app: App): HTMLElement | null {
  if (app.here !== null || !app.copy?.tasks.some(({ place }) => place !== null)) return null;
  return h("button", { class: "button field-wide", type: "button", click: () => void app.find() }, app.say("按离我远近排列", "Sort by distance from here"));
}
