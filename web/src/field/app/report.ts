// 上报: photo first, then what it is. Touching a matter sends; everything else may be left out.
//
// Owns the screen of the draft. Refuses to wait for a place: where none is known the grid may be chosen, and neither holds it up.
import { Full } from "../device.ts";
import type { App, Screen } from "./app.ts";
import { type Draft, drop, keep } from "./draft.ts";
import { h, icon, labelled, shutter } from "./draw.ts";
import { find, type Matter } from "./known.ts";
import { POOR, type Position } from "./place.ts";
import { shot } from "./today.ts";
import { matter as named } from "./words.ts";

const FOUND = 12;
const MOST_PHOTOS = 6;

export function reportScreen(app: App): Screen {
  const { say } = app;
  const draft: Draft = app.draft ?? { member: app.member ?? "", photos: [], place: null, area: "", text: "", hazard: false };
  const more = h(
    "details",
    { class: "field-more", open: draft.text !== "" || draft.hazard },
    h("summary", {}, say("补一句、再拍、标危险（可不填）", "A word, more photos, a danger (may be left out)")),
    words(app, draft),
    hazard(app, draft),
    draft.photos.length > 0 ? again(app, draft) : null,
    app.here && app.here.accuracy <= POOR ? grid(app, draft) : null,
  );
  return {
    title: say("是什么？", "What is it?"),
    back: "/field",
   
    parts: [picture(app, draft), frequent(app, draft), more, search(app, draft), h("p", { class: "quiet" }, say("点事项即上报。危及生命请拨 110、119、120。", "Touching a matter sends the report. Danger to life: call 110, 119 or 120.")), away(app)],
  };
}

function again(app: App, draft: Draft): HTMLElement | null {
  if (draft.photos.length >= MOST_PHOTOS) return null;
  const label = draft.photos.length > 0 ? app.say("再拍一张", "One more photo") : app.say("拍照", "Take a photo");
  return shutter(label, false, (file) => void shot(app, file), () => void app.find());
}

function picture(app: App, draft: Draft): HTMLElement {
  const { say } = app;
  const last = draft.photos.at(-1);
  const spot = h("span", { role: "status" }, icon("place"), h("span", { id: "spot" }, placed(app, draft)));
  if (draft.place === null && app.here === null) void app.find().then(() => said(app, draft));
  const parts: (HTMLElement | null)[] = [h("figcaption", { class: "field-spot" }, spot), app.here && app.here.accuracy <= POOR ? null : grid(app, draft)];
  if (!last) return h("figure", { class: "field-photo" }, ...parts, again(app, draft));
  const address = URL.createObjectURL(last);
  const count = draft.photos.length > 1 ? say(`（共 ${draft.photos.length} 张）`, ` (${draft.photos.length} photos)`) : "";
  const image = h("img", { src: address, alt: say("刚拍的照片", "The photo just taken") + count, load: () => URL.revokeObjectURL(address) });
  return h("figure", { class: "field-photo" }, image, ...parts);
}

const spotOf = (app: App, draft: Draft): Position | null => app.here ?? draft.place;

function placed(app: App, draft: Draft): string {
  const spot = spotOf(app, draft);
  if (spot === null) return app.say("正在找位置；没有位置也能上报", "Looking for the place; it may be left out");
  return spot.accuracy > 0 ? app.say(`已定位，误差约 ${spot.accuracy} 米`, `Located, ±${spot.accuracy} m`) : app.say("位置取自照片", "The place is the photo's");
}

/** The place has come, or has not, while the screen stood. */
function said(app: App, draft: Draft): void {
  const spot = app.page.document.getElementById("spot");
  if (!spot) return;
  spot.textContent = spotOf(app, draft) === null ? app.say("没有位置，可选网格", "No place: a grid may be chosen") : placed(app, draft);
}

function grid(app: App, draft: Draft): HTMLElement | null {
  const areas = app.known?.areas ?? [];
  if (areas.length === 0) return null;
  const select = h("select", {}, h("option", { value: "" }, app.say("按定位", "As located")));
  select.addEventListener("change", () => void keep(app.heart.store, Object.assign(draft, { area: select.value })));
  for (const { code, zh, en } of areas) select.append(h("option", { value: code, selected: code === draft.area }, app.say(zh, en)));
  return labelled("grid", app.say("网格（定位不准时选）", "Grid (where the place is not right)"), select);
}

function words(app: App, draft: Draft): HTMLElement {
  const text = h("textarea", { rows: 3, maxlength: 4000 });
  text.addEventListener("input", () => void keep(app.heart.store, Object.assign(draft, { text: text.value })));
  text.value = draft.text;
  return labelled("text", app.say("补一句", "A word"), text);
}

function hazard(app: App, draft: Draft): HTMLElement {
  const box = h("input", { type: "checkbox", checked: draft.hazard });
  box.addEventListener("change", () => void keep(app.heart.store, Object.assign(draft, { hazard: box.checked })));
  return h("label", { class: "choice" }, box, h("span", {}, app.say("有危险，先发文字后发照片", "A danger: the words go first, then the photo")));
}

function choice(app: App, draft: Draft, code: string, name: string, more: string): HTMLElement {
  return h("li", {}, h("button", { class: "field-matter", type: "button", click: (event) => void send(app, draft, code, event.currentTarget) }, h("b", {}, name), more === "" ? null : h("small", {}, more)));
}

function frequent(app: App, draft: Draft): HTMLElement | null {
  const six = (app.known?.frequent ?? []).flatMap(({ code, cases }) => {
    const name = named(app, code);
    return name === null ? [] : [choice(app, draft, code, name, cases > 0 ? app.say(`近期 ${cases} 件`, `${cases} lately`) : "")];
  });
  if (six.length === 0) return null;
  return h("section", { "aria-label": app.say("常用事项", "Frequent matters") }, h("ul", { class: "plain field-matters" }, ...six));
}

function search(app: App, draft: Draft): HTMLElement {
  const { say } = app;
  const found = h("ul", { class: "plain field-matters", "aria-live": "polite" });
  const show = (): void => {
    const all = find(app.known?.matters ?? [], typed.value).slice(0, FOUND);
    found.replaceChildren(...all.map((one: Matter) => choice(app, draft, one.code, say(one.name, one.name_en || one.name), "")));
  };
  const typed = h("input", { class: "input", type: "search", autocomplete: "off", input: show });
  const other = h("button", { class: "button field-wide", type: "button", click: (event) => void send(app, draft, null, event.currentTarget) }, say("说不清是哪一项，直接上报", "Not sure which: send it as it is"));
  return h("section", {}, labelled("find", say("找其他事项", "Find another matter"), typed), found, other);
}

function away(app: App): HTMLElement | null {
  if (!app.draft) return null;
  const go = async (): Promise<void> => {
    await drop(app.heart.store);
    await app.go("/field");
  };
  return h("button", { class: "button button-quiet field-wide", type: "button", click: () => void go() }, app.say("不报了，删除", "Drop this report"));
}

/** Writes it down. From here on it is the outbox's, with or without a net. */
async function send(app: App, draft: Draft, code: string | null, pressed: EventTarget | null): Promise<void> {
  const { say, heart } = app;
  const text = draft.text.trim();
  if (code === null && text === "" && draft.photos.length === 0) {
    app.tell(say("请拍照、写一句，或选事项。", "Take a photo, write a word, or choose a matter."));
    return;
  }
  // One touch is one report, however often the finger comes down.
  if (pressed instanceof HTMLButtonElement) pressed.disabled = true;
  const spot = spotOf(app, draft);
  const place = draft.area !== "" ? { area: draft.area } : spot ? { lon: spot.lon, lat: spot.lat } : null;
  const fields = { ...(code === null ? {} : { matter: code }), ...(place ? { place } : {}), ...(text === "" ? {} : { text }), ...(draft.hazard ? { hazard: true } : {}) };
  // A danger goes ahead of its photos, and so needs words of its own.
  if (draft.hazard && code === null && text === "") Object.assign(fields, { text: say("现场有危险，见照片", "A danger, see the photo") });
  try {
    const written = await heart.outbox.write({ name: "report", fields, photos: draft.photos.map((bytes) => ({ bytes, kind: "before" as const })) });
    await drop(heart.store);
    await app.go("/field");
    const id = written[0]?.case ?? "";
    app.tell(say("已存本机，自动发送。", "Kept on this device; it goes out by itself."), h("a", { href: `/field/waiting#${id}` }, say("查看", "Look")));
  } catch (why) {
    if (pressed instanceof HTMLButtonElement) pressed.disabled = false;
    app.tell(why instanceof Full ? say("本机空间不足，未保存；内容还在此页。", "This device has no room: nothing was kept, and this page has it all.") : String(why));
  }
}
