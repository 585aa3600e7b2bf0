// The screens of the field app: which one is shown, what all of them share, and when they are drawn again.
//
// Owns the frame (head, notices, the bar below), the way between screens by addresses below /field, and the state that they are drawn
// from. Refuses to send and to judge: that is the heart's, which each screen asks to write. Start at `open`.
import { Another, Full } from "../device.ts";
import { type Draft, drafts, fresh, settled, Taken } from "../drafts.ts";
import { type Heart, start } from "../field.ts";
import { type Rest, leave, rest } from "../leave.ts";
import type { Shown } from "../outbox.ts";
import type { Lang } from "../shapes.ts";
import { type Copy, copyOf } from "../tasks.ts";
import { h, icon } from "./draw.ts";
import { known, type Known, learn } from "./known.ts";
import { locate, type Position } from "./place.ts";
import { reportScreen } from "./report.ts";
import { settingsScreen } from "./settings.ts";
import { taskScreen } from "./task.ts";
import { todayScreen } from "./today.ts";
import { waitingScreen } from "./waiting.ts";
import { begun, ended, heard, left, look, spoken } from "./choices.ts";

/** A screen as it is drawn. */
export interface Screen {
  title: string;
  /** Where the arrow leads; none on the screens of the bar. */
  back?: string;
  parts: (Node | null)[];
}

export interface App {
  heart: Heart;
  page: Window;
  lang: Lang;
  say(zh: string, en: string): string;
  /** Who writes here; undefined where nobody has signed in on this device. */
  member: string | undefined;
  /** Whose the screen is that stands. */
  drawn: string | undefined;
  items: Shown[];
  copy: Copy | undefined;
  known: Known | undefined;
  /** What this member has begun and not handed over, by its names. */
  drafts: Map<string, Draft>;
  /** What rests on the device while nobody is signed in. */
  rest: Rest;
  /** The browser promises not to clear the store away. */
  promised: boolean;
  here: Position | null;
  /** Server minus device, ms. */
  offset: number;
  /** How the last round ended. */
  how: string;
  /** Something was typed, or asked once, on this screen: it is not drawn again by itself. */
  held: boolean;
  go(path: string): Promise<void>;
  /** Says once what was done; `more` may add to it. */
  tell(words: string, more?: HTMLElement): void;
  /** Says why something was not kept. */
  trouble(why: unknown): void;
  /** The draft under a name, or a new one that stands on the screen only. */
  draft(at: string): Draft;
  /** Does one thing at a time: a second touch meanwhile means the same. What fails is told. */
  once(act: () => Promise<void>): Promise<void>;
  load(): Promise<void>;
  draw(): void;
  /** Where the device is, as far as it says so now. */
  find(): Promise<Position | null>;
}

/** Codes of a session that wants something first, and where it is done. */
const GATES: Record<string, string> = { not_signed_in: "/sign-in?next=/field", password_first: "/account", codes_first: "/account" };
const LOOK_AGAIN = 2 * 60_000;
/** So old a place is where the device was, not where it is. */
export const STALE = 2 * 60_000;

export async function open(page: Window & typeof globalThis): Promise<void> {
  const { document } = page;
  const lang = spoken(page);
  const say: App["say"] = (zh, en) => (lang === "zh" ? zh : en);
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
  look(page);
  const failed = (why: unknown): void => {
    page.console.error(why);
    if (!app || !(why instanceof Full)) return;
    app.how = "full";
    frame(app);
  };
  let app: App | undefined;
  let resting: Rest | undefined;
  const gone = left(page);
  // Whoever signed out, here or on another page: what they leave is wiped before anything is shown, sent or asked, and once more when the
  // server knows, since an answer may have been under way.
  const ready = async (store: Parameters<typeof leave>[0]): Promise<boolean> => {
    if (gone === null) return true;
    await leave(store);
    if (!(await ended(page))) return false;
    resting = await leave(store);
    begun(page);
    return true;
  };
  const heart = await start(page, {
    changed: ({ how }) => {
      if (!app) return;
      app.how = how;
      void app.load().then(() => soft(app), failed);
    },
    failed,
    blocked: () => blocked(page, say),
    ready,
  }).catch((why: unknown) => {
    failed(why);
    return null;
  });
  if (heart === undefined) return half(page, say);
  if (heart === null) {
    await ended(page);
    return without(page, say);
  }
  if (gone === "here") return page.location.replace("/sign-in?next=/field");
  if (page.location.pathname === "/field/left") {
    if (resting && resting.items + resting.drafts === 0) return page.location.replace("/sign-in");
    page.history.replaceState(null, "", "/field");
  }
  app = made(page, heart, lang, say);
  heard(page, () => void settled().then(() => page.location.reload()));
  await app.load();
  page.addEventListener("popstate", () => void app?.load().then(() => app?.draw(), failed));
  for (const event of ["online", "offline"]) page.addEventListener(event, () => soft(app));
  document.addEventListener("click", (event) => follow(event, app));
  document.addEventListener("input", () => {
    if (app) app.held = true;
  });
  app.draw();
  const renew = (): void => {
    if (document.visibilityState === "visible" && app) void again(app).catch(failed);
  };
  document.addEventListener("visibilitychange", renew);
  page.setInterval(renew, LOOK_AGAIN);
  renew();
}

/** A page of which nothing else goes on. */
function alone(page: Window, title: string, ...parts: HTMLElement[]): void {
  page.document.getElementById("main")?.replaceChildren(h("h1", { tabindex: -1 }, title), ...parts);
}

export const unheard = (say: App["say"]): string => say("本机已清除。服务器还不知道，请联网。", "This device is cleared. The server has not heard: connect to a net.");

/** The device is wiped, and the server still thinks that somebody is signed in: nothing goes on before it knows better. */
function half(page: Window, say: App["say"]): void {
  const again = h("button", { class: "button button-primary field-main-button", type: "button", click: () => page.location.reload() }, say("再试一次", "Try again"));
  alone(page, say("正在退出", "Signing out"), h("p", {}, unheard(say)), again);
  page.addEventListener("online", () => page.location.reload());
}

/** An older page of the app holds the store in another window, or the browser does not open it. */
function blocked(page: Window, say: App["say"]): void {
  alone(page, say("外勤", "Field"), h("p", { role: "status" }, say("请关闭其他窗口中的外勤页面，此页随后自动打开。", "Close the field app in other windows: this page goes on then.")));
}

/** A browser that keeps nothing, as some do in a private window: the forms of the platform do the same with a net. */
function without(page: Window, say: App["say"]): void {
  const link = (href: string, words: string): HTMLElement => h("a", { class: "button field-main-button", href }, words);
  const words = say("此浏览器不能在本机保存内容。有网时请用：", "This browser keeps nothing on the device. With a net, use:");
  alone(page, say("外勤", "Field"), h("p", {}, words), link("/cases/new", say("上报", "Report")), link("/desk", say("工作台", "Desk")));
}

export function made(page: Window, heart: Heart, lang: Lang, say: App["say"]): App {
  let writing = false;
  const app: App = {
    heart,
    page,
    lang,
    say,
    member: undefined,
    drawn: undefined,
    items: [],
    copy: undefined,
    known: undefined,
    drafts: new Map(),
    rest: { items: 0, drafts: 0 },
    promised: false,
    here: null,
    offset: 0,
    how: "done",
    held: false,
    async go(path) {
      await app.load();
      page.history.pushState(null, "", path);
      app.draw();
      page.document.querySelector<HTMLElement>("h1")?.focus();
      const spot = page.document.getElementById(path.split("#")[1] ?? "");
      if (spot) spot.scrollIntoView();
      else page.scrollTo(0, 0);
    },
    tell(words, more) {
      page.document.querySelector(".toast")?.remove();
      const toast = h("p", { class: "toast", role: "status" }, words, more);
      page.document.body.append(toast);
      page.setTimeout(() => toast.remove(), 8_000);
    },
    trouble(why) {
      const words = {
        full: say("本机空间不足，未保存；内容还在此页。", "This device has no room: nothing was kept, and this page has it all."),
        another: say("本机已退出或由他人登录，未保存；已写的留给您本人。", "You are signed out here: nothing was kept. What you began stays for you."),
        taken: say("这份内容已在另一窗口上报或删除。", "Another window has already sent or dropped this."),
      };
      const said = why instanceof Error ? why.message : String(why);
      app.tell(why instanceof Full ? words.full : why instanceof Another ? words.another : why instanceof Taken ? words.taken : said);
    },
    draft: (at) => app.drafts.get(at) ?? fresh(app.member ?? "", heart.chance),
    async once(act) {
      if (writing) return;
      writing = true;
      await act().catch(app.trouble);
      writing = false;
    },
    async load() {
      const { store } = heart;
      const member = await store.note<string>("member");
      // Nobody's id is empty, and nothing is nobody's.
      const whose = member ?? "";
      const now: Partial<App> = {
        member,
        drafts: await drafts(store, whose),
        rest: member === undefined ? await rest(store) : app.rest,
        promised: (await page.navigator.storage?.persisted?.().catch(() => false)) ?? false,
        items: await heart.outbox.list(whose),
        copy: await copyOf(store, whose),
        known: await known(store, whose),
        offset: await heart.offset(),
      };
      // All at once and of one member: no screen is another's than what it is drawn from.
      if ((await store.note("member")) !== member) return app.load();
      Object.assign(app, now);
    },
    draw: () => draw(app),
    async find() {
      const now = await locate(page.navigator.geolocation);
      app.here = now ?? (app.here && Date.now() - app.here.at < STALE ? app.here : null);
      soft(app);
      return now;
    },
  };
  return app;
}

/** A new copy of the tasks and of what is known, where there is a net. */
async function again(app: App): Promise<void> {
  // Signed out on another page meanwhile.
  if (left(app.page) !== null) return settled().then(() => app.page.location.reload());
  for (let times = 0; times < 2; times += 1) {
    const copy = await app.heart.refresh();
    const who = copy === undefined ? await app.heart.greet() : { how: "done" };
    app.how = "how" in who ? who.how : "done";
    const { store, net } = app.heart;
    const member = await store.note<string>("member");
    const seats = (await store.note<{ unit?: string }[]>("seats")) ?? [];
    const units = [...new Set(seats.map(({ unit }) => unit ?? "").filter((unit) => unit !== ""))];
    const another = member !== undefined && (await learn({ net, store, lang: app.lang }, member, units, Date.now()).then(() => false, (why: unknown) => (why instanceof Another ? true : Promise.reject(why))));
    // Somebody else has signed in between the greeting and a question: they are greeted, and asked for.
    if (!another) break;
  }
  await app.load();
  soft(app);
}

/** Screens that are drawn again by themselves when something changes; a form is not, so that nothing is lost under the hand. */
const LIVE = ["", "waiting"];

function soft(app: App | undefined): void {
  if (!app) return;
  // A form of somebody else's stands in their drafts, and not before this one's eyes.
  if (app.member !== app.drawn) return draw(app);
  const [, , name = ""] = app.page.location.pathname.split("/");
  if (LIVE.includes(name) && !app.held) show(app, chosen(app));
  else frame(app);
}

function chosen(app: App): Screen {
  const [, , name = "", id = ""] = app.page.location.pathname.split("/");
  if (app.member === undefined) return name === "settings" ? settingsScreen(app) : welcome(app);
  if (name === "report") return reportScreen(app);
  if (name === "task") return taskScreen(app, id);
  if (name === "waiting") return waitingScreen(app);
  if (name === "settings") return settingsScreen(app);
  return todayScreen(app);
}

function draw(app: App): void {
  app.held = false;
  app.drawn = app.member;
  show(app, chosen(app));
}

function show(app: App, screen: Screen): void {
  const { document } = app.page;
  const held = document.activeElement?.getAttribute("href");
  document.title = `${screen.title} · ${app.say("呼应外勤", "Huying field")}`;
  const main = document.getElementById("main");
  const head = h(
    "div",
    { class: "field-head" },
    screen.back === undefined ? null : h("a", { class: "field-back", href: screen.back, "aria-label": app.say("返回", "Back") }, icon("back")),
    h("h1", { tabindex: -1 }, screen.title),
  );
  main?.replaceChildren(head, ...screen.parts.filter((part): part is Node => part !== null));
  frame(app);
  // Whoever goes by keys stays where they were.
  if (held) document.querySelector<HTMLElement>(`a[href="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
}

/** The notice above and the bar below, which are the same on every screen. */
function frame(app: App): void {
  const { document } = app.page;
  const skip = document.querySelector(".skip-link");
  if (skip) skip.textContent = app.say("跳到正文", "Skip to the content");
  document.querySelector(".field-notice")?.remove();
  const notice = noticed(app);
  if (notice) document.getElementById("main")?.before(notice);
  document.querySelector(".field-bar")?.remove();
  if (app.member !== undefined) document.getElementById("main")?.after(bar(app));
}

/** How many are not delivered yet. */
export function unsent(app: App): number {
  return app.items.filter(({ state }) => state !== "sent").length;
}

function noticed(app: App): HTMLElement | null {
  const n = unsent(app);
  const gate = GATES[app.how];
  const notice = (kind: string, ...parts: (Node | string)[]): HTMLElement => h("div", { class: "notice field-notice", "data-kind": kind, role: "status" }, ...parts);
  if (app.member !== undefined && gate !== undefined) {
    const words = app.say(`登录已失效。${n} 条已存本机，登录后自动发出。`, `The session has ended. ${n} kept on this device, sent when you have signed in.`);
    return notice("stale", h("span", {}, words), h("a", { href: gate }, app.say("登录", "Sign in")));
  }
  if (app.how === "full") {
    return notice("stale", app.say("本机空间不足，暂不能发送，请清理。内容仍在本机。", "This device has no room to send: clear some. What is kept stays."));
  }
  if (!app.page.navigator.onLine || app.how === "offline") {
    return notice("offline", app.say(`离线 · ${n} 条已存本机，有信号自动发出`, `Offline · ${n} kept on this device, sent when the net is back`));
  }
  return null;
}

function bar(app: App): HTMLElement {
  const at = app.page.location.pathname;
  const [n, needs] = [unsent(app), app.items.some(({ state }) => state === "needs")];
  const link = (href: string, words: string, ...more: (Node | null)[]): HTMLElement => h("a", { href, "aria-current": at === href ? "page" : undefined }, words, ...more);
  return h(
    "nav",
    { class: "field-bar", "aria-label": app.say("页面", "Screens") },
    link("/field", app.say("今日", "Today")),
    link("/field/waiting", app.say("待发送", "To send"), n > 0 ? h("b", { class: "count" }, ` ${n}`) : null, needs ? icon("warn", "shape") : null),
    link("/field/settings", app.say("设置", "Settings")),
  );
}

function welcome(app: App): Screen {
  const words = app.say("请先联网登录一次。之后没有网也能上报。", "Sign in once with a net. From then on you can report without one.");
  const { items, drafts } = app.rest;
  const rests = app.say(`本机留有 ${items} 条未送达、${drafts} 份草稿：只有写下它们的人登录后能看到，并自动发送。`, `${items} not delivered and ${drafts} draft(s) rest on this device: only who wrote them sees them, and they go out when that person signs in.`);
  return {
    title: app.say("外勤", "Field"),
    parts: [
      h("p", {}, words),
      items + drafts > 0 ? h("p", { class: "notice", "data-kind": "stale" }, rests) : null,
      h("a", { class: "button button-primary field-main-button", href: "/sign-in?next=/field" }, app.say("登录", "Sign in")),
      h("p", {}, h("a", { href: "/field/settings" }, app.say("设置", "Settings"))),
    ],
  };
}

/** Links below /field lead to a screen without a load. */
function follow(event: MouseEvent, app: App | undefined): void {
  const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[href]") : null;
  const path = link?.getAttribute("href") ?? "";
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!app || !plain || event.defaultPrevented || !(path === "/field" || path.startsWith("/field/"))) return;
  event.preventDefault();
  void app.go(path);
}
