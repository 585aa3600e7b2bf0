// 待发送: every item with one of four states, and where one needs the worker, why and what may be done about it.
//
// A conflict is shown as a task: what the worker saw, what is so now, and three ways on. Nothing is dropped but by the worker.
import type { Shown } from "../outbox.ts";
import { type Base, type Item, stateWords, type Trouble } from "../shapes.ts";
import { type App, type Screen, unsent } from "./app.ts";
import { h, icon, labelled, twice } from "./draw.ts";
import { command, matter, moment, SIGNS, stage, unit } from "./words.ts";

export function waitingScreen(app: App): Screen {
  const { say } = app;
  const rank = { needs: 0, sending: 1, kept: 2, sent: 3, dropped: 4 };
  const all = [...app.items].sort((a, b) => rank[a.state] - rank[b.state] || b.item.no - a.item.no);
  const words = unsent(app) === 0 ? say("全部已送达。", "Everything is delivered.") : say("有网时自动发送，不需要操作。", "It goes out by itself with a net.");
  const list = h("ol", { class: "plain field-list" }, ...all.map((shown) => h("li", { class: "field-card", id: shown.item.case }, ...entry(app, shown))));
  const mayGo = unsent(app) > 0 && !app.promised ? h("p", { class: "notice", "data-kind": "stale" }, say("浏览器未承诺保留本机数据，请尽快联网发送；无痕窗口关闭即清除。", "The browser does not promise to keep what is here: send soon. A private window forgets all of it when it is closed.")) : null;
  return { title: say("待发送", "To send"), parts: [h("p", { class: "quiet", role: "status" }, words), mayGo, all.length > 0 ? list : null] };
}

function entry(app: App, { item, state }: Shown): (Node | null)[] {
  const name = matter(app, String(item.fields["matter"] ?? ""));
  const text = [item.fields["text"], item.fields["words"], item.fields["reason"]].find((one): one is string => typeof one === "string");
  const about = [name, text, item.photos.length > 0 ? app.say(`照片 ${item.photos.length} 张`, `${item.photos.length} photo(s)`) : null].filter((part): part is string => part !== null && part !== undefined);
  return [
    h("span", { class: "row row-apart" }, h("b", {}, command(app, item.name)), h("span", { class: "quiet" }, moment(item.found.device))),
    about.length > 0 ? h("span", { class: "quiet" }, about.join(" · ")) : null,
    h("span", { class: "field-state", "data-state": state }, icon(SIGNS[state], "shape"), stateWords(state, item.number, app.lang)),
    state === "needs" && item.trouble ? needs(app, item, item.trouble) : null,
    state === "kept" && item.trouble ? h("span", { class: "quiet" }, tried(app, item.trouble)) : null,
  ];
}

function tried(app: App, trouble: Trouble): string {
  if (trouble.kind === "busy") return app.say("服务器忙，稍后自动再发。", "The server is busy; it goes again by itself.");
  if (trouble.kind === "server") return app.say("服务器出错，稍后自动再发。", "The server failed; it goes again by itself.");
  return app.say("没有网，稍后自动再发。", "No net; it goes again by itself.");
}

/** Why, in one sentence. */
function why(app: App, trouble: Trouble): string {
  const { say } = app;
  if (trouble.kind === "conflict") return say("案件在您办理期间有变化。", "The case has changed since you saw it.");
  if (trouble.kind === "photo_lost") return say("本机的照片已被清除，可不带照片发送。", "The photo is gone from this device; it may go without.");
  if (trouble.kind === "after_dropped") return say("所属的上报已放弃。", "The report that it hangs on was given up.");
  if (trouble.words !== "") return trouble.words;
  if (trouble.kind === "too_large") return say("照片过大。", "The photo is too large.");
  if (trouble.kind === "not_taken") return say("服务器不接收此照片。", "The server does not take this photo.");
  if (trouble.kind === "gone") return say("没有这个案件，或已不归您办理。", "There is no such case, or it is not yours any more.");
  return say("服务器没有接受。", "The server did not take it.");
}

function needs(app: App, item: Item, trouble: Trouble): HTMLElement {
  const { say, heart } = app;
  const { no, base, fields } = item;
  const settle = (act: () => Promise<void>): Promise<void> =>
    app.once(async () => {
      await act();
      await app.go("/field/waiting");
    });
  const button = (words: string, primary: boolean, act: () => Promise<void>): HTMLElement =>
    h("button", { class: `button field-wide${primary ? " button-primary" : ""}`, type: "button", click: () => void settle(act) }, words);
  const inputs = trouble.fields.filter(({ field }) => typeof fields[field] === "string").map((one) => mendable(one.field, String(fields[one.field]), `${one.message} ${one.mend}`));
  const mended = (): Record<string, unknown> => Object.fromEntries(inputs.map(({ name, input }) => [name, input.value]));
  const without = trouble.photo === null ? [] : [trouble.photo];
  const again = trouble.kind === "conflict" || trouble.kind === "refused" ? button(say("仍按我的办", "Still so"), true, () => heart.outbox.again(no)) : null;
  const send = inputs.length > 0 ? button(say("改好了，发送", "Mended: send"), true, () => heart.outbox.mend(no, mended())) : null;
  const bare = without.length > 0 ? button(say("不带这张照片发送", "Send without this photo"), false, () => heart.outbox.mend(no, {}, without)) : null;
  // What can neither be mended nor said again may still go once more, as after an administrator has changed something.
  const once = again || send || bare ? null : button(say("再发一次", "Send once more"), true, () => heart.outbox.mend(no, {}));
  return h("div", { class: "stack field-needs" }, h("p", {}, why(app, trouble)), versions(app, base, trouble.theirs), ...others(trouble, fields), ...inputs.map(({ part }) => part), again, send, bare, once, giveUp(app, item));
}

/** What is wrong with fields that cannot be mended here. */
function others(trouble: Trouble, fields: Record<string, unknown>): HTMLElement[] {
  return trouble.fields.filter(({ field }) => typeof fields[field] !== "string").map(({ message, mend }) => h("p", { class: "quiet" }, `${message} ${mend}`));
}

function mendable(name: string, value: string, hint: string): { name: string; input: HTMLTextAreaElement; part: HTMLElement } {
  const input = h("textarea", { rows: 3 });
  input.value = value;
  return { name, input, part: labelled(`mend-${name}`, name, input, hint) };
}

/** The two versions beside each other. */
function versions(app: App, mine: Base | null, theirs: Base | null): HTMLElement | null {
  if (!theirs) return null;
  const line = (it: Base): string => [stage(app, it.stage), it.custodian === "" ? "" : unit(app, it.custodian)].filter((part) => part !== "").join(" · ");
  return h("dl", { class: "facts" }, ...(mine ? [h("dt", {}, app.say("您看到的", "As you saw it")), h("dd", {}, line(mine))] : []), h("dt", {}, app.say("现在", "Now")), h("dd", {}, line(theirs)));
}

/** Giving up asks once: it cannot be taken back. What the server has after all is delivered, and not given up; without a net nobody knows. */
function giveUp(app: App, item: Item): HTMLElement {
  const { say, heart } = app;
  const sure = (): Promise<void> =>
    app.once(async () => {
      const how = await heart.became(item);
      if (how === "unknown") return app.tell(say("请先联网确认服务器没有收到。", "Giving up needs a net: the server may have it."));
      await (how === "no" ? heart.outbox.giveUp(item.no) : heart.outbox.delivered(item.no, how));
      await app.go("/field/waiting");
    });
  return twice(app, say("放弃这一条", "Give this up"), say("再点一次放弃，不能恢复", "Touch again to give it up for good"), sure);
}
