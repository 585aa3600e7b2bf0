// What commands, stages and matters are called on the screens, and the chip that says how urgent something is.
import { dueWords } from "../../islands/due.ts";
import type { State } from "../shapes.ts";
import type { Row, Task } from "../tasks.ts";
import type { App } from "./app.ts";
import { h, icon } from "./draw.ts";

const COMMANDS: Record<string, [string, string]> = {
  report: ["上报", "Report"],
  receive: ["签收", "Receive"],
  arrive: ["到场", "On the spot"],
  progress: ["进展", "Progress"],
  finish: ["办结", "Finish"],
  return: ["退回", "Return"],
  verified: ["核实", "Verify"],
  pass: ["核查通过", "Found done"],
  fail: ["核查不通过", "Found not done"],
  "self-handle": ["自行处置", "Done on the spot"],
  "cannot-solve": ["无法处置", "Cannot solve"],
  attach: ["补照片", "Add a photo"],
  note: ["补一句", "Add a word"],
};

export function command(app: App, name: string): string {
  const [zh, en] = COMMANDS[name] ?? [name, name];
  return app.say(zh, en);
}

export function stage(app: App, code: string): string {
  const it = app.known?.stages.find((one) => one.code === code);
  return it ? app.say(it.zh, it.en) : code;
}

export function unit(app: App, code: string): string {
  const it = app.known?.units.find((one) => one.code === code);
  return it ? app.say(it.zh, it.en) : code;
}

export function matter(app: App, code: string | null | undefined): string | null {
  const it = app.known?.matters.find((one) => one.code === code);
  return it ? app.say(it.name, it.name_en || it.name) : null;
}

export function title(app: App, task: Task): string {
  return task.title ?? matter(app, task.matter) ?? task.number;
}

/** Urgency: shape, word and colour. */
export function chip(app: App, row: Row): HTMLElement {
  const now = Date.now() + app.offset;
  const words = row.urgency === "paused" ? app.say("已暂停", "Paused") : row.task.due === null ? app.say("无时限", "No limit") : dueWords(now, row.task.due, app.lang);
  return h("span", { class: "chip", "data-urgency": row.urgency }, icon(row.urgency, "shape"), h("span", { class: "chip-words" }, words));
}

export function distance(app: App, metres: number): string {
  const [far, near] = [`${(metres / 1000).toFixed(1)} `, `${metres} `];
  return metres >= 1000 ? far + app.say("公里", "km") : near + app.say("米", "m");
}

/** An item's moment, on the device's own clock. */
export function moment(at: number): string {
  const [then, today] = [new Date(at), new Date()];
  const two = (n: number): string => String(n).padStart(2, "0");
  const day = then.toDateString() === today.toDateString() ? "" : `${two(then.getMonth() + 1)}-${two(then.getDate())} `;
  return `${day}${two(then.getHours())}:${two(then.getMinutes())}`;
}

/** The picture beside a state's word. */
export const SIGNS: Record<State, string> = { kept: "paused", sending: "fine", sent: "done", needs: "warn", dropped: "paused" };
