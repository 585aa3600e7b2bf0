// The worker's own tasks on the device: a copy that says until when it holds, with what the worker has done since.
//
// Owns the copy and the rows drawn from it. Refuses to decide: what may be done is the server's word, and what follows a step that
// waits to be sent is only offered. What the worker does goes through the outbox. Start at `refresh` and `rows`.
import { Cut, inName } from "./device.ts";
import { greet, type Greeting } from "./greet.ts";
import { fieldsOf } from "./judge.ts";
import { type Base, type ClockNote, type Item, type Lang, shownState, type State } from "./shapes.ts";
import { type Store, stays } from "./store.ts";

export interface Task {
  id: string;
  number: string;
  title: string | null;
  text: string | null;
  address: string | null;
  /** `board/track/matter` and the condition under which it is filed, as far as they are known. */
  matter: string | null;
  condition: number | null;
  filed: boolean;
  stage: string;
  custodian: string;
  version: number;
  /** Why it is in the queue: `custody`, `assignment`, `call` and so on, and of which unit. */
  kind: string;
  unit: string;
  /** ms since 1970, the server's. */
  due: number | null;
  paused: boolean;
  place: { lon: number; lat: number } | null;
  /** Commands that the server would take, by their names. */
  allowed: string[];
}

export interface Copy {
  /** The server's time up to which it holds. */
  asOf: number;
  member: string;
  tasks: Task[];
}

const NAME = "tasks";
const PAGE = 100;
/** Cases that are asked for side by side. */
const LANES = 3;

/** How often a copy is begun anew because somebody else has signed in meanwhile. */
const REBINDS = 2;
/** Somebody else is signed in by now than was greeted. */
class Rebind extends Error {}

/** Takes a new copy. Undefined where it could not be had whole: the old one stays, with its time. */
export async function refresh(with_: Greeting): Promise<Copy | undefined> {
  for (let times = 0; times < REBINDS; times += 1) {
    try {
      const who = await greet(with_);
      return "how" in who ? undefined : await copied(with_, who);
    } catch (why) {
      if (why instanceof Cut) return undefined;
      if (!(why instanceof Rebind)) throw why;
    }
  }
  return undefined;
}

/** A copy of one member's tasks. Every question says whose they are, so that no answer is another's. */
async function copied({ net, store, lang }: Greeting, who: { member: string; units: string[]; clocks: ClockNote }): Promise<Copy> {
  const { member } = who;
  const old = await copyOf(store, member);
  const get = async (path: string, more: Record<string, string> = {}): Promise<{ status: number; fields: Record<string, unknown> }> => {
    const answer = await net.ask({ method: "GET", path, headers: { "Accept-Language": lang, ...inName(member), ...more } });
    const fields = fieldsOf(await answer.text());
    if (fields["code"] === "another_member") throw new Rebind();
    return { status: answer.status, fields };
  };
  const lines = new Map<string, Record<string, unknown>>();
  for (const unit of who.units) {
    let next: unknown;
    do {
      const after = typeof next === "string" ? `&cursor=${encodeURIComponent(next)}` : "";
      const queue = await get(`/api/v1/units/${encodeURIComponent(unit)}/queue?limit=${PAGE}${after}`);
      if (queue.status !== 200 || !Array.isArray(queue.fields["items"])) throw new Cut(`queue ${queue.status}`);
      for (const line of queue.fields["items"] as Record<string, unknown>[]) {
        // The earliest line of a case comes first; one task is shown for it.
        if (typeof line["id"] === "string" && !lines.has(line["id"])) lines.set(line["id"], { ...line, unit });
      }
      next = queue.fields["next"];
    } while (typeof next === "string");
  }
  const tasks: Task[] = [];
  const rest = [...lines.values()];
  const lane = async (): Promise<void> => {
    for (let line = rest.shift(); line !== undefined; line = rest.shift()) {
      const before = old?.tasks.find(({ id }) => id === line?.["id"]);
      const it = await get(`/api/v1/cases/${String(line["id"])}?journal=false`, before ? { "If-None-Match": `"${before.version}"` } : {});
      const task = it.status === 304 && before ? { ...before, ...ofLine(line) } : it.status === 200 ? ofCase(line, it.fields) : undefined;
      if (task) tasks.push(task);
      // One that is no longer theirs to read has left the list; anything else leaves the old copy.
      else if (it.status !== 404) throw new Cut(`case ${it.status}`);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const copy = { asOf: who.clocks.contact, member, tasks };
  // Where the device is another's by now, or nobody's, nothing of this one's is kept.
  await store.setNotes({ member: stays(member, Rebind), [NAME]: () => copy });
  return copy;
}

/** The copy on the device, where it is this member's. */
export async function copyOf(store: Store, member: string): Promise<Copy | undefined> {
  const copy = await store.note<Copy>(NAME);
  return copy?.member === member ? copy : undefined;
}

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);

function ofLine(line: Record<string, unknown>): Pick<Task, "kind" | "unit" | "due" | "paused"> {
  const due = textOf(line["due"]);
  return { kind: String(line["kind"]), unit: String(line["unit"]), due: due === null ? null : Date.parse(due), paused: line["state"] === "paused" };
}

function ofCase(line: Record<string, unknown>, it: Record<string, unknown>): Task | undefined {
  const { id, number, stage, custodian, version, allowed } = it;
  if (typeof id !== "string" || typeof number !== "string" || typeof stage !== "string" || typeof custodian !== "string" || typeof version !== "number") return undefined;
  const place = it["place"] as { lon?: unknown; lat?: unknown } | null;
  return {
    ...ofLine(line),
    id,
    number,
    stage,
    custodian,
    version,
    title: textOf(it["title"]),
    text: textOf(it["text"]),
    address: textOf(it["address"]),
    matter: textOf(it["matter"]),
    condition: typeof it["condition"] === "number" ? it["condition"] : null,
    filed: textOf(it["filed_at"]) !== null,
    place: typeof place?.lon === "number" && typeof place.lat === "number" ? { lon: place.lon, lat: place.lat } : null,
    allowed: Array.isArray(allowed) ? allowed.map((one: { name?: unknown }) => String(one.name)) : [],
  };
}

/** What the worker has done on a task and the copy does not show yet. */
export interface Pending {
  name: string;
  state: State;
  no: number;
}

export interface Row {
  task: Task;
  pending: Pending[];
  /** Commands to offer now. */
  offers: string[];
  urgency: "overdue" | "soon" | "fine" | "paused";
  /** Whole metres from here; null where either place is unknown. */
  metres: number | null;
}

/** What comes after a step that is not sent yet, as the life cycle of the domain has it; the server decides when it arrives. */
const NEXT: Record<string, string[]> = { receive: ["arrive", "progress", "finish", "return"], arrive: ["progress", "finish", "return"], progress: ["arrive", "finish", "return"] };
/** What a worker is offered here; everything else is done on the pages of the desk. */
export const OFFERED = ["receive", "arrive", "progress", "finish", "return", "verified", "pass", "fail", "self-handle", "cannot-solve", "attach", "note"];
/** Steps after which the case is with somebody else. */
const LEAVES = ["finish", "return", "verified", "pass", "fail", "self-handle", "cannot-solve"];
const SOON = 4 * 3_600_000;

/** The rows: overdue first, then what is due soon, then the rest; within each the nearest first, then the earliest due. */
export function rows(copy: Copy, items: Item[], now: number, offset: number, here: { lon: number; lat: number } | null): Row[] {
  const list = copy.tasks.map((task): Row => {
    const pending = items
      .filter((item) => item.case === task.id && item.member === copy.member && item.state !== "dropped" && (item.state !== "sent" || (item.version ?? 0) > task.version))
      .map((item): Pending => ({ name: item.name, state: shownState(item, now), no: item.no }));
    return { task, pending, offers: offers(task, pending), urgency: urgency(task, now + offset), metres: here && task.place ? metres(here, task.place) : null };
  });
  const rank = { overdue: 0, soon: 1, fine: 2, paused: 3 };
  const far = (row: Row): number => row.metres ?? Number.MAX_SAFE_INTEGER;
  const due = (row: Row): number => row.task.due ?? Number.MAX_SAFE_INTEGER;
  return list.sort((a, b) => rank[a.urgency] - rank[b.urgency] || far(a) - far(b) || due(a) - due(b) || a.task.number.localeCompare(b.task.number));
}

function offers(task: Task, pending: Pending[]): string[] {
  // What needs the worker comes first: nothing more is piled upon it.
  if (pending.some(({ state }) => state === "needs")) return [];
  const done = pending.map(({ name }) => name);
  if (done.some((name) => LEAVES.includes(name))) return ["attach", "note"];
  const all = new Set([...task.allowed, ...done.flatMap((name) => NEXT[name] ?? [])]);
  for (const name of done) if (name === "receive" || name === "arrive") all.delete(name);
  return OFFERED.filter((name) => all.has(name));
}

function urgency(task: Task, now: number): Row["urgency"] {
  if (task.paused) return "paused";
  if (task.due === null) return "fine";
  return task.due <= now ? "overdue" : task.due <= now + SOON ? "soon" : "fine";
}

/** Metres on the sphere; good to half a percent, which is enough to sort by. */
export function metres(a: { lon: number; lat: number }, b: { lon: number; lat: number }): number {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  const [x, y] = [radians(b.lon - a.lon) * Math.cos(radians((a.lat + b.lat) / 2)), radians(b.lat - a.lat)];
  return Math.round(Math.hypot(x, y) * 6_371_000);
}

/** What the command is given as the case that the worker saw. */
export function baseOf(task: Task): Base {
  return { version: task.version, stage: task.stage, custodian: task.custodian };
}

/** `数据截至 09:41`, on the device's own clock, with the day where it is not today's. */
export function asOfWords(copy: Copy, now: number, offset: number, lang: Lang): string {
  const [at, today] = [new Date(copy.asOf - offset), new Date(now)];
  const two = (n: number): string => String(n).padStart(2, "0");
  const day = at.toDateString() === today.toDateString() ? "" : `${two(at.getMonth() + 1)}-${two(at.getDate())} `;
  return `${lang === "zh" ? "数据截至" : "As of"} ${day}${two(at.getHours())}:${two(at.getMinutes())}`;
}
