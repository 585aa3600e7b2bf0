// 上报: photo first, then what it is. Touching a matter sends; everything else may be left out.
//
// Owns the screen of the draft. Refuses to wait for a place: where none is known the grid may be chosen, and neither holds it up.
import { type Draft, drop, give, type Place, slot, type } from "../drafts.ts";
import type { Draft as Written } from "../outbox.ts";
import { type App, type Screen, STALE } from "./app.ts";
import { h, icon, labelled, shutter, twice } from "./draw.ts";
import { find, type Matter } from "./known.ts";
import { POOR } from "./place.ts";
import { shot } from "./today.ts";
import { matter as named } from "./words.ts";

const FOUND = 12;
const MOST_PHOTOS = 6;

export function reportScreen(app: App): Screen {
  const { say } = app;
  const draft = app.draft(slot(app.member ?? ""));
  // Where the device was when a list was sorted is not where this is.
  if (app.here && Date.now() - app.here.at > STALE) app.here = null;
  const more = h(
    "details",
    { class: "field-more", open: said(draft, "text") !== "" || said(draft, "hazard") !== "" },
    h("summary", {}, say("补一句、再拍、标危险（可不填）", "A word, more photos, a danger (may be left out)")),
    words(app, draft),
    hazard(app, draft),
    draft.photos.length > 0 ? again(app, draft) : null,
    app.here && app.here.accuracy <= POOR ? grid(app, draft) : null,
  );
  return {
    title: say("是什么？", "What is it?"),
    back: "/field",
    parts: [picture(app, draft), frequent(app, draft), more, search(app, draft), h("p", { class: "quiet" }, say("点事项即上报。危及生命请拨 110、119、120。", "Touching a matter sends the report. Danger to life: call 110, 119 or 120.")), away(app, draft)],
  };
}

/** Whose the form is, whoever is greeted meanwhile. */
const at = ({ member }: Draft): string => slot(member);
const said = (draft: Draft, name: string): string => draft.values[name] ?? "";

function chosen(app: App, draft: Draft, name: string, value: string): void {
  type(app.heart.store, at(draft), draft, name, value).catch(app.trouble);
}

function again(app: App, draft: Draft): HTMLElement | null {
  if (draft.photos.length >= MOST_PHOTOS) return null;
  const label = draft.photos.length > 0 ? app.say("再拍一张", "One more photo") : app.say("拍照", "Take a photo");
  return shutter(label, false, (file) => void shot(app, file, draft), () => void app.find());
}

function picture(app: App, draft: Draft): HTMLElement {
  const { say } = app;
  const last = draft.photos.at(-1);
  const spot = h("span", { role: "status" }, icon("place"), h("span", { id: "spot" }, placed(app, draft)));
  if (draft.place === null && app.here === null) void app.find().then(() => told(app, draft));
  const parts: (HTMLElement | null)[] = [h("figcaption", { class: "field-spot" }, spot), app.here && app.here.accuracy <= POOR ? null : grid(app, draft)];
  if (!last) return h("figure", { class: "field-photo" }, ...parts, again(app, draft));
  const address = URL.createObjectURL(last.bytes);
  const count = draft.photos.length > 1 ? say(`（共 ${draft.photos.length} 张）`, ` (${draft.photos.length} photos)`) : "";
  const image = h("img", { src: address, alt: say("刚拍的照片", "The photo just taken") + count, load: () => URL.revokeObjectURL(address) });
  return h("figure", { class: "field-photo" }, image, ...parts);
}

/** Where the device was when the picture was taken; else where it is; else what the picture says. */
const spotOf = (app: App, { place }: Draft): Place | null => (place && place.accuracy > 0 ? place : (app.here ?? place));

function placed(app: App, draft: Draft): string {
  const spot = spotOf(app, draft);
  if (spot === null) return app.say("正在找位置；没有位置也能上报", "Looking for the place; it may be left out");
  return spot.accuracy > 0 ? app.say(`已定位，误差约 ${spot.accuracy} 米`, `Located, ±${spot.accuracy} m`) : app.say("位置取自照片", "The place is the photo's");
}

/** The place has come, or has not, while the screen stood. */
function told(app: App, draft: Draft): void {
  const spot = app.page.document.getElementById("spot");
  if (!spot) return;
  spot.textContent = spotOf(app, draft) === null ? app.say("没有位置，可选网格", "No place: a grid may be chosen") : placed(app, draft);
}

function grid(app: App, draft: Draft): HTMLElement | null {
  const areas = app.known?.areas ?? [];
  if (areas.length === 0) return null;
  const select = h("select", {}, h("option", { value: "" }, app.say("按定位", "As located")));
  select.addEventListener("change", () => chosen(app, draft, "area", select.value));
  for (const { code, zh, en } of areas) select.append(h("option", { value: code, selected: code === said(draft, "area") }, app.say(zh, en)));
  return labelled("grid", app.say("网格（定位不准时选）", "Grid (where the place is not right)"), select);
}

function words(app: App, draft: Draft): HTMLElement {
  const text = h("textarea", { rows: 3, maxlength: 4000 });
  text.addEventListener("input", () => chosen(app, draft, "text", text.value));
  text.value = said(draft, "text");
  return labelled("text", app.say("补一句", "A word"), text);
}

function hazard(app: App, draft: Draft): HTMLElement {
  const box = h("input", { type: "checkbox", checked: said(draft, "hazard") !== "" });
  box.addEventListener("change", () => chosen(app, draft, "hazard", box.checked ? "yes" : ""));
  return h("label", { class: "choice" }, box, h("span", {}, app.say("有危险，先发文字后发照片", "A danger: the words go first, then the photo")));
}

function choice(app: App, draft: Draft, code: string, name: string, more: string): HTMLElement {
  return h("li", {}, h("button", { class: "field-matter", type: "button", click: () => void send(app, draft, code) }, h("b", {}, name), more === "" ? null : h("small", {}, more)));
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
  const other = h("button", { class: "button field-wide", type: "button", click: () => void send(app, draft, null) }, say("说不清是哪一项，直接上报", "Not sure which: send it as it is"));
  return h("section", {}, labelled("find", say("找其他事项", "Find another matter"), typed), found, other);
}

function away(app: App, draft: Draft): HTMLElement | null {
  if (draft.rev === 0) return null;
  return twice(app, app.say("不报了，删除", "Drop this report"), app.say("再点一次删除，不能恢复", "Touch again to drop it for good"), () => app.once(async () => {
    await drop(app.heart.store, at(draft));
    await app.go("/field");
  }));
}

/** The report as it goes out. */
export function reported(draft: Draft, spot: Place | null, code: string | null, danger: string): Written {
  const [text, area, hazard] = [said(draft, "text").trim(), said(draft, "area"), said(draft, "hazard") !== ""];
  const place = area !== "" ? { area } : spot ? { lon: spot.lon, lat: spot.lat } : null;
  // A danger goes ahead of its photos, and so needs words of its own.
  const words = hazard && code === null && text === "" ? danger : text;
  const fields = { ...(code === null ? {} : { matter: code }), ...(place ? { place } : {}), ...(words === "" ? {} : { text: words }), ...(hazard ? { hazard: true } : {}) };
  return { name: "report", fields, photos: draft.photos };
}

/** Writes it down. From here on it is the outbox's, with or without a net. One touch is one report, however often the finger comes down. */
async function send(app: App, draft: Draft, code: string | null): Promise<void> {
  const { say, heart } = app;
  if (code === null && said(draft, "text").trim() === "" && draft.photos.length === 0) {
    app.tell(say("请拍照、写一句，或选事项。", "Take a photo, write a word, or choose a matter."));
    return;
  }
  await app.once(async () => {
    const danger = say("现场有危险，见照片", "A danger, see the photo");
    const written = await give(heart.outbox, heart.store, at(draft), draft, (now) => reported(now, spotOf(app, now), code, danger));
    await app.go("/field");
    const id = written[0]?.case ?? "";
    app.tell(say("已存本机，自动发送。", "Kept on this device; it goes out by itself."), h("a", { href: `/field/waiting#${id}` }, say("查看", "Look")));
  });
}
