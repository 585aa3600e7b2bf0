// One task: what it is, what was done and waits, and what may be done next, each with one button and what it needs.
//
// Owns the forms of the commands that a worker gives on the spot, each kept as a draft with its words, choices and photos until it is
// handed over. What may be given is the heart's word (`offers`); everything goes through the outbox. Start at `taskScreen`.
import { add, type Draft, drop, give, slot, type } from "../drafts.ts";
import { type PhotoOf, stateWords } from "../shapes.ts";
import { baseOf, type Row, rows, type Task } from "../tasks.ts";
import type { App, Screen } from "./app.ts";
import { h, icon, labelled, shutter, twice } from "./draw.ts";
import { ready } from "./today.ts";
import { chip, command, distance, matter, moment, stage, title } from "./words.ts";

export function taskScreen(app: App, id: string): Screen {
  const { say, copy } = app;
  all.clear();
  const gone: Screen = { title: say("任务", "Task"), back: "/field", parts: [h("p", {}, say("本机没有这项任务，可能已由他人处理。", "This task is not on this device; somebody else may have dealt with it.")), ...left(app, id, [])] };
  if (!copy) return gone;
  const row = rows(copy, app.items.map(({ item }) => item), Date.now(), app.offset, app.here).find(({ task }) => task.id === id);
  if (!row) return gone;
  return { title: title(app, row.task), back: "/field", parts: [about(app, row), waits(app, row), ...row.offers.map((name) => offer(app, row, name)), ...left(app, id, row.offers), whole(app, row.task)] };
}

/** What was begun for a command that is not offered any more: shown with its photos, and dropped by the worker alone. */
function left(app: App, id: string, offers: string[]): HTMLElement[] {
  const begin = slot(app.member ?? "", `${id} `);
  const all = [...app.drafts].filter(([at]) => at.startsWith(begin) && !offers.includes(at.slice(begin.length)));
  return all.map(([at, draft]) => {
    const words = Object.values(draft.values).filter((value) => value !== "");
    const away = async (): Promise<void> => {
      await drop(app.heart.store, at);
      await app.go(`/field/task/${id}`);
    };
    const button = twice(app, app.say("删除未提交的内容", "Drop what was begun"), app.say("再点一次删除，不能恢复", "Touch again to drop it for good"), () => app.once(away));
    return h("section", { class: "notice stack" }, h("b", {}, `${command(app, at.slice(begin.length))}：${app.say("未提交，现在不能办理", "begun, and not to be given now")}`), h("p", {}, words.join(" · ")), previews(app, draft), button);
  });
}

function about(app: App, row: Row): HTMLElement {
  const { task } = row;
  const facts = [task.number, stage(app, task.stage), matter(app, task.matter), row.metres === null ? null : distance(app, row.metres)];
  const said = facts.filter((part): part is string => part !== null && part !== "");
  const map = task.place ? h("a", { class: "button field-wide", href: `geo:${task.place.lat},${task.place.lon}` }, icon("place"), app.say("在地图中打开", "Open in a map")) : null;
  return h("section", { class: "stack" }, h("p", { class: "row" }, chip(app, row), h("span", { class: "quiet" }, said.join(" · "))), task.text ? h("p", {}, task.text) : null, task.address ? h("p", {}, icon("place"), " ", task.address) : null, map);
}

function waits(app: App, { pending }: Row): HTMLElement | null {
  if (pending.length === 0) return null;
  const line = ({ name, state }: Row["pending"][number]): HTMLElement => h("li", {}, `${command(app, name)}：${stateWords(state, null, app.lang)}`);
  return h("section", { class: "notice" }, h("ul", { class: "plain" }, ...pending.map(line)), h("a", { href: "/field/waiting" }, app.say("待发送", "To send")));
}

function whole(app: App, task: Task): HTMLElement {
  return h("p", {}, h("a", { href: `/cases/${task.id}` }, app.say("完整案件（需联网）", "The whole case (needs a net)")));
}

function offer(app: App, row: Row, name: string): HTMLElement {
  const { task } = row;
  switch (name) {
    case "receive":
    case "arrive": {
      const of = begun(app, task, name);
      return h("button", { class: "button button-primary field-main-button", type: "button", click: () => void write(app, task, name, { unit: task.unit }, of) }, command(app, name));
    }
    case "finish":
      return finish(app, task);
    case "verified":
      return verified(app, task);
    case "self-handle": {
      const as = filing(app, task, begun(app, task, name));
      return form(app, task, name, { photo: "after", words: "optional", more: as.part }, (text) => ({ filing: as.value(), done: true, ...text }));
    }
    case "pass":
      return form(app, task, name, { words: "optional" }, (text) => text);
    case "progress":
      return form(app, task, name, { words: "needed" }, (text) => ({ unit: task.unit, ...text }));
    case "note":
      return form(app, task, name, { words: "needed" }, (text) => text);
    case "attach":
      return form(app, task, name, { photo: "before", words: "optional" }, (text) => text);
    default:
      // Returning, failing, giving up: each needs its reason.
      return form(app, task, name, { words: "needed" }, ({ words }) => ({ reason: words ?? "" }));
  }
}

interface Filing {
  part: HTMLElement | null;
  value(): { matter: string; condition: number } | undefined;
}

/** Matter and condition under which the case is filed: as it has them, else to be chosen. */
function filing(app: App, task: Task, of: Begun): Filing {
  const { say } = app;
  const all = app.known?.matters ?? [];
  const [own, condition] = [task.matter, task.condition];
  if (own !== null && condition !== null) return { part: null, value: () => ({ matter: own, condition }) };
  const often = new Set((app.known?.frequent ?? []).map(({ code }) => code));
  const choosable = own === null ? [...all.filter(({ code }) => often.has(code)), ...all.filter(({ code }) => !often.has(code))] : all.filter(({ code }) => code === own);
  const select = h("select", { required: true }, h("option", { value: "" }, say("请选择", "Choose")));
  for (const { code, name, name_en, conditions } of choosable) {
    for (const { no, opens_when } of conditions) select.append(h("option", { value: `${no} ${code}` }, `${say(name, name_en || name)} · ${opens_when}`));
  }
  bound(app, of, "filing", select);
  const value = (): { matter: string; condition: number } | undefined => {
    const [no = "", code = ""] = select.value.split(" ");
    return code === "" ? undefined : { matter: code, condition: Number(no) };
  };
  return { part: labelled(`${of.name}-filing`, say("事项和立案条件", "Matter and filing condition"), select), value };
}

interface Asks {
  photo?: PhotoOf["kind"];
  more?: HTMLElement | null;
  words?: "needed" | "optional";
}

/** One command's draft. */
interface Begun {
  name: string;
  at: string;
  draft: Draft;
}

/** Those of the screen that stands. */
const all = new Map<string, Begun>();

/** The draft of a command, the same for every part of its form. */
function begun(app: App, task: Task, name: string): Begun {
  const at = slot(app.member ?? "", `${task.id} ${name}`);
  const it = all.get(at) ?? { name, at, draft: app.draft(at) };
  all.set(at, it);
  return it;
}

/** A field that begins with what was kept, and keeps what is typed or chosen. */
function bound<T extends HTMLTextAreaElement | HTMLSelectElement>(app: App, { at, draft }: Begun, name: string, control: T): T {
  const kept = draft.values[name];
  if (kept !== undefined) control.value = kept;
  control.addEventListener("input", () => void type(app.heart.store, at, draft, name, control.value).catch(app.trouble));
  return control;
}

function preview(app: App, photo: Blob, no: number): HTMLElement {
  const address = URL.createObjectURL(photo);
  return h("img", { src: address, alt: app.say(`第 ${no} 张`, `Photo ${no}`), load: () => URL.revokeObjectURL(address) });
}

const previews = (app: App, { photos }: Draft, of?: PhotoOf["kind"]): HTMLElement =>
  h("div", { class: "photo-previews" }, ...photos.filter(({ kind }) => of === undefined || kind === of).map(({ bytes }, no) => preview(app, bytes, no + 1)));

/** Pictures that are taken for one command: each is kept as soon as it is ready, and the list shows them. */
function pictures(app: App, of: Begun, kind: PhotoOf["kind"], words: string): HTMLElement {
  const shown = previews(app, of.draft, kind);
  const take = (file: File): void => {
    const show = (draft: Draft): void => shown.replaceChildren(...previews(app, draft, kind).childNodes);
    add(app.heart.store, of.at, of.draft, ready(app, file, kind)).then(show, app.trouble);
  };
  return h("div", { class: "stack" }, shutter(words, false, take), shown);
}

/** A disclosure with what a command needs and its one button. */
function form(app: App, task: Task, name: string, asks: Asks, fields: (text: { words?: string }) => Record<string, unknown>): HTMLElement {
  const { say } = app;
  const of = begun(app, task, name);
  const taken = asks.photo === undefined ? null : pictures(app, of, asks.photo, say("拍照", "Take a photo"));
  const text = bound(app, of, "words", h("textarea", { rows: 3, maxlength: 4000 }));
  const label = asks.words === "needed" ? say("说明", "In words") : say("说明（可不填）", "In words (may be left out)");
  const send = (event: Event): void => {
    event.preventDefault();
    const words = text.value.trim();
    if (asks.words === "needed" && words === "") {
      app.tell(say("请写一句说明。", "Write a word."));
      text.focus();
      return;
    }
    void write(app, task, name, fields(words === "" ? {} : { words }), of);
  };
  const inner = h("form", { class: "stack", submit: send }, taken, asks.more, labelled(`${name}-text`, label, text), h("button", { class: "button button-primary field-main-button" }, command(app, name)));
  return h("details", { class: "field-more", open: of.draft.rev > 0 }, h("summary", {}, command(app, name)), inner);
}

const OUTCOMES: [string, string, string][] = [
  ["solved", "已解决", "Solved"],
  ["answered", "已答复", "Answered"],
  ["explained", "解释说明", "Explained"],
  ["not_found", "未发现", "Not found"],
  ["self_resolved", "自行消除", "Went away by itself"],
];

type Shown = "after" | "finding" | "document";

/** What the photos at the end show: each kind that the filing condition asks for, else the place after the work. */
function shown(app: App, task: Task): Shown[] {
  const conditions = app.known?.matters.find(({ code }) => code === task.matter)?.conditions;
  const asked = conditions?.find(({ no }) => no === task.condition)?.evidence ?? [];
  const kinds = (["after", "finding", "document"] as const).filter((kind) => asked.includes(kind));
  return kinds.length > 0 ? kinds : ["after"];
}

/** The photos that are asked for, one kind after the other, and done: open, photo, finish. */
function finish(app: App, task: Task): HTMLElement {
  const { say } = app;
  const words = { after: say("拍处置后照片", "Photo after the work"), finding: say("拍现场情况", "Photo of what was found"), document: say("拍文书", "Photo of the document") };
  const of = begun(app, task, "finish");
  const outcome = bound(app, of, "outcome", h("select", {}, ...OUTCOMES.map(([code, zh, en]) => h("option", { value: code }, say(zh, en)))));
  const reason = bound(app, of, "reason", h("textarea", { rows: 3, maxlength: 4000 }));
  const send = (event: Event): void => {
    event.preventDefault();
    const words = reason.value.trim();
    if (outcome.value !== "solved" && words === "") {
      app.tell(say("此结果需要说明理由。", "This outcome needs a reason."));
      more.open = true;
      reason.focus();
      return;
    }
    void write(app, task, "finish", { outcome: outcome.value, ...(words === "" ? {} : { reason: words }) }, of);
  };
  const more = h("details", { class: "field-more", open: outcome.value !== "solved" || reason.value !== "" }, h("summary", {}, say("其他结果、说明", "Another outcome, a reason")), labelled("outcome", say("结果", "Outcome"), outcome), labelled("reason", say("说明", "Reason"), reason));
  return h("form", { class: "stack field-part", submit: send }, ...shown(app, task).map((kind) => pictures(app, of, kind, words[kind])), h("button", { class: "button button-primary field-main-button" }, say("办结", "Finish")), more);
}

/** Seen on the spot: it is so, or it is not. */
function verified(app: App, task: Task): HTMLElement {
  const { say } = app;
  const of = begun(app, task, "verified");
  const as = task.filed ? undefined : filing(app, task, of);
  const text = bound(app, of, "words", h("textarea", { rows: 3, maxlength: 4000 }));
  const send = (isTrue: boolean): void => {
    const words = text.value.trim();
    if (isTrue && as !== undefined && as.value() === undefined) {
      app.tell(say("请选择事项和立案条件。", "Choose matter and filing condition."));
      as.part?.querySelector("select")?.focus();
      return;
    }
    if (!isTrue && words === "") {
      app.tell(say("不属实需要写明看到了什么。", "Where it is not so, say what you saw."));
      text.focus();
      return;
    }
    const filed = isTrue ? as?.value() : undefined;
    void write(app, task, "verified", { is_true: isTrue, ...(filed ? { filing: filed } : {}), ...(words === "" ? {} : { words }) }, of);
  };
  const button = (isTrue: boolean, words: string): HTMLElement =>
    h("button", { class: isTrue ? "button button-primary field-main-button" : "button field-main-button", type: "button", click: () => send(isTrue) }, words);
  return h("section", { class: "stack field-part" }, h("h2", {}, command(app, "verified")), pictures(app, of, "finding", say("拍现场照片", "Photo of the spot")), as?.part, labelled("verified-text", say("看到了什么", "What you saw"), text), button(true, say("属实", "It is so")), button(false, say("不属实", "It is not so")));
}

/** Hands a command over, with the case as the worker sees it; its draft goes in the same moment. */
function write(app: App, task: Task, name: string, fields: Record<string, unknown>, { at, draft }: Begun): Promise<void> {
  const { say, heart } = app;
  return app.once(async () => {
    await give(heart.outbox, heart.store, at, draft, ({ photos }) => ({ name, case: task.id, fields, photos, base: baseOf(task) }));
    const stays = ["receive", "arrive", "progress", "attach", "note"].includes(name);
    await app.go(stays ? `/field/task/${task.id}` : "/field");
    app.tell(say(`${command(app, name)}：已存本机 ${moment(Date.now())}，自动发送。`, `${command(app, name)}: kept on this device at ${moment(Date.now())}; it goes out by itself.`));
  });
}
