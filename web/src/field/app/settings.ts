// 设置: language, light, what is kept on the device, and signing out with what is not delivered.
import { end, light, type Light, look, speak } from "./choices.ts";
import { type App, type Screen, unsent } from "./app.ts";
import { h } from "./draw.ts";

export function settingsScreen(app: App): Screen {
  const { say } = app;
  return { title: say("设置", "Settings"), parts: [languages(app), lights(app), keeping(app), app.member === undefined ? null : leaving(app)] };
}

function group(legend: string, name: string, chosen: string, all: [string, string][], choose: (value: string) => void): HTMLElement {
  const one = ([value, words]: [string, string]): HTMLElement => {
    const box = h("input", { type: "radio", name, value, checked: value === chosen, change: () => choose(value) });
    return h("label", { class: "choice" }, box, h("span", {}, words));
  };
  return h("fieldset", { class: "field" }, h("legend", {}, legend), h("div", { class: "choices" }, ...all.map(one)));
}

function languages(app: App): HTMLElement {
  const all: [string, string][] = [
    ["zh", "中文"],
    ["en", "English"],
  ];
  return group(app.say("语言", "Language"), "lang", app.lang, all, (value) => speak(app.page, value === "en" ? "en" : "zh"));
}

function lights(app: App): HTMLElement {
  const all: [string, string][] = [
    ["system", app.say("跟随手机", "As the phone")],
    ["light", app.say("明亮（阳光下）", "Light (in the sun)")],
    ["dark", app.say("深色", "Dark")],
  ];
  return group(app.say("显示", "Display"), "light", light(app.page), all, (value) => look(app.page, value as Light));
}

function keeping(app: App): HTMLElement {
  const line = h("p", { class: "quiet", role: "status" });
  const told = (kept: boolean): void => {
    line.textContent = kept
      ? app.say("浏览器承诺不清除本机数据。", "The browser promises not to clear what is kept here.")
      : app.say("浏览器未承诺保留本机数据：空间不足或长期不用时可能被清除，请尽快联网发送。", "The browser does not promise to keep what is here: it may be cleared when room is short or after long disuse. Send soon.");
  };
  void (app.page.navigator.storage?.persisted?.() ?? Promise.resolve(false)).then(told, () => told(false));
  return h("section", {}, h("h2", {}, app.say("本机数据", "Kept on this device")), line, h("p", { class: "quiet" }, app.say("送达后再保留七天。", "Delivered items stay for seven days.")));
}

function leaving(app: App): HTMLElement {
  const { say, heart, page } = app;
  const n = unsent(app);
  const leave = async (): Promise<void> => {
    // The session first: a greeting in between would take the name up again.
    const told = await end(page);
    await heart.leave();
    page.location.assign(told ? "/sign-in?next=/field" : "/field");
  };
  const go = h("button", { class: n > 0 ? "button field-wide" : "button field-wide button-primary", type: "button", click: () => void leave() }, n > 0 ? say("保留未送达的，退出", "Keep them here and sign out") : say("退出登录", "Sign out"));
  const first = h("button", { class: "button button-primary field-main-button", type: "button", click: () => void heart.sync.poke("signed-in").then(() => app.go("/field/settings")) }, say("先发送", "Send first"));
  const words = say(`还有 ${n} 条未送达。退出后保留在本机，等您本人下次登录时发出；任务和已送达的副本会清除。`, `${n} are not delivered. They stay on this device until you sign in again; tasks and delivered copies are wiped.`);
  const clear = say("退出会清除本机的任务和已送达的副本。", "Signing out wipes tasks and delivered copies from this device.");
  const draft = app.draft ? h("p", { class: "notice", "data-kind": "stale" }, say("还有一份没有上报的草稿，退出会删除。", "A report that was begun and not sent is dropped by signing out.")) : null;
  return h("section", {}, h("h2", {}, say("退出登录", "Sign out")), h("p", {}, n > 0 ? words : clear), draft, n > 0 ? first : null, go);
}
