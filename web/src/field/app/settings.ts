// 设置: language, light, what is kept on the device, and signing out with what is not delivered.
import { settled } from "../drafts.ts";
import { end, ended, left, light, type Light, look, speak } from "./choices.ts";
import { type App, type Screen, unheard, unsent } from "./app.ts";
import { h, twice } from "./draw.ts";

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
  const words = app.promised
    ? app.say("浏览器承诺不清除本机数据。", "The browser promises not to clear what is kept here.")
    : app.say("浏览器未承诺保留本机数据，请尽快联网发送。", "The browser does not promise to keep what is here: send soon.");
  return h("section", {}, h("h2", {}, app.say("本机数据", "Kept on this device")), h("p", { class: "quiet", role: "status" }, words), h("p", { class: "quiet" }, app.say("送达后再保留七天。", "Delivered items stay for seven days.")));
}

function leaving(app: App): HTMLElement {
  const { say, heart, page } = app;
  // Whose screen this is: by the time of the touch it may be another who is greeted.
  const [n, begun, member = ""] = [unsent(app), app.drafts.size, app.member];
  // The mark first, then the page anew: there the device is wiped, and the server told, before anything else.
  const leave = (discard?: string): Promise<void> =>
    app.once(async () => {
      await settled();
      if (discard !== undefined) await heart.leave(discard);
      end(page, member);
      if (left(page) !== "here") {
        // A browser that keeps no mark: all of it now, and the wiping again, since an answer may have been under way.
        await heart.leave();
        if (!(await ended(page, member))) throw new Error(unheard(say));
        await heart.leave();
      }
      page.location.assign("/field/left");
    });
  const some = n + begun > 0;
  const go = h("button", { class: some ? "button field-wide" : "button field-wide button-primary", type: "button", click: () => void leave() }, some ? say("留在本机给我，退出", "Keep it here for me and sign out") : say("退出登录", "Sign out"));
  const first = h("button", { class: "button button-primary field-main-button", type: "button", click: () => void heart.sync.poke("signed-in").then(() => app.go("/field/settings")) }, say("先发送", "Send first"));
  const away = twice(app, say("全部丢弃，退出", "Discard it all and sign out"), say("再点一次丢弃，不能恢复", "Touch again to discard it for good"), () => leave(member));
  const words = say(`还有 ${n} 条未送达、${begun} 份草稿。可先发送；或留在本机，他人看不到，等您本人下次登录时继续；或丢弃。任务和已送达的副本都会清除。`, `${n} not delivered and ${begun} draft(s). Send first; or keep them on this device, where nobody else sees them, until you sign in again; or discard them. Tasks and delivered copies are wiped.`);
  const clear = say("退出会清除本机的任务和已送达的副本。", "Signing out wipes tasks and delivered copies from this device.");
  return h("section", {}, h("h2", {}, say("退出登录", "Sign out")), h("p", {}, some ? words : clear), n > 0 ? first : null, go, some ? away : null);
}
