// Sending one item: photos first, then the one request that is the whole of it, the same bytes at every try.
//
// Owns the steps and what each verdict makes of the item. Refuses to choose which item is next, and when: that is round.ts. Every step
// is written down before the next one, so that a kill anywhere leaves an item that can be sent again. Start at `send`.
import { claim } from "./clock.ts";
import { type Answer, type Chance, type Clock, Cut, Illegible, inName, type Network, TIMEOUT } from "./device.ts";
import { cut, fieldsOf, judge, judgeTrouble, type Said, trouble, type Verdict } from "./judge.ts";
import { DECIDING } from "./outbox.ts";
import type { Base, ClockNote, Item, Trouble } from "./shapes.ts";
import type { Store } from "./store.ts";
import { upload } from "./upload.ts";

export interface Sending {
  store: Store;
  clock: Clock;
  chance: Chance;
  net: Network;
  lang: string;
  /** The clocks, as this round's first answer showed them. */
  clocks: ClockNote;
  /** Asked before each request: false where another sender has taken over. */
  alive(): Promise<boolean>;
}

/** `next`: delivered. `blocked`: this chain waits. `stop`: everything does, until somebody signs in or the server has room. */
export type Went = { went: "next" } | { went: "blocked" } | { went: "stop"; code: string; seconds: number | null };

const NEXT: Went = { went: "next" };
const BLOCKED: Went = { went: "blocked" };
/** How often in one round a case may have moved on without concerning the item, or photos may be missing. */
const AGAIN = 3;

/** The shortest and the longest wait after tries that failed. */
const SHORTEST = 5_000;
const LONGEST = 15 * 60_000;

/** Brings an item as far as it gets. `before` is the last delivered item of its case that was written here. */
export async function send(first: Item, before: Item | undefined, to: Sending): Promise<Went> {
  let item = await begin(first, before, to);
  if (item === undefined) return BLOCKED;
  for (let times = 0; times < AGAIN; times += 1) {
    const verdict = (await photos(item, to)) ?? (await ask(item, to));
    if (verdict.kind === "stopped") return BLOCKED;
    if (verdict.kind === "moved") {
      const other = await rebase(item, to);
      if (!("no" in other)) return end(item, other, to);
      item = other;
    } else if (verdict.kind === "missing") {
      // The server kept them too short a time: they go again, and then the same request.
      for (const place of verdict.places) {
        const id = item.photos[place]?.photo;
        if (id !== undefined) await to.store.changePhoto(id, (photo) => ({ ...photo, there: null }));
      }
    } else {
      return end(item, verdict, to);
    }
  }
  return end(item, cut(), to);
}

/** Writes down that it is being sent, and with what bytes; undefined where it is not to be sent any more. */
async function begin(first: Item, before: Item | undefined, to: Sending): Promise<Item | undefined> {
  const now = to.clock.now();
  let mine = false;
  const item = await to.store.change(first.no, (item) => {
    mine = item.state === "kept" || item.state === "sending";
    if (!mine) return undefined;
    const base = follow(item.base, before);
    const ifMatch = DECIDING.includes(item.name) ? Math.max(item.ifMatch ?? 0, base?.version ?? 0) : null;
    const body = item.body ?? text(item, to.clocks, now);
    return { ...item, base, ifMatch: ifMatch === 0 ? null : ifMatch, body, state: "sending", until: now + TIMEOUT, tried: now, tries: item.tries + 1 };
  });
  return mine ? item : undefined;
}

/** The case as the worker saw it, with what their own items have made of it since. */
function follow(base: Base | null, before: Item | undefined): Base | null {
  if (before?.version == null || before.version <= (base?.version ?? 0)) return base;
  return { version: before.version, stage: before.stage ?? "", custodian: "" };
}

function text(item: Item, clocks: ClockNote, now: number): string {
  const uploads = item.photos.map(({ photo, kind }) => ({ upload: photo, kind }));
  return JSON.stringify({ ...item.fields, ...(uploads.length > 0 ? { uploads } : {}), claimed: claim(item.found, clocks, now) });
}

/** Brings the photos that the server has not; undefined when all are there. */
async function photos(item: Item, to: Sending): Promise<Verdict | { kind: "stopped" } | undefined> {
  for (const { photo: id } of item.photos) {
    const photo = await to.store.photo(id);
    if (photo === undefined) return { kind: "needs", trouble: trouble("photo_lost", { photo: id }) };
    if (photo.there === item.member) continue;
    const alive = async (): Promise<boolean> => (await to.alive()) && prolong(item, to);
    const way = { net: to.net, member: item.member, now: () => to.clock.now(), alive };
    const lost = { kind: "needs" as const, trouble: trouble("photo_lost", { photo: id }) };
    const went = await upload(photo, way).catch((why: unknown) => (why instanceof Illegible ? lost : Promise.reject(why)));
    if (went.kind !== "there") return went;
    await to.store.changePhoto(id, (photo) => ({ ...photo, there: item.member }));
  }
  return undefined;
}

/** Says for how long it may be under way from now on; false where it is not any more. */
async function prolong(item: Item, to: Sending): Promise<boolean> {
  const now = await to.store.change(item.no, (now) => (now.state === "sending" ? { ...now, until: to.clock.now() + TIMEOUT } : undefined));
  return now?.state === "sending";
}

async function ask(item: Item, to: Sending): Promise<Verdict | { kind: "stopped" }> {
  if (!(await to.alive()) || !(await prolong(item, to))) return { kind: "stopped" };
  const headers: Record<string, string> = { "Content-Type": "application/json", "Idempotency-Key": item.key, "Accept-Language": to.lang, ...inName(item.member) };
  if (item.ifMatch !== null) headers["If-Match"] = `"${item.ifMatch}"`;
  const path = item.name === "report" ? "/api/v1/cases" : `/api/v1/cases/${item.case}/commands/${item.name}`;
  const said = await answered(to.net.ask({ method: "POST", path, headers, body: item.body ?? "" }));
  return said === undefined ? cut() : judge(said, item.case, to.clock.now());
}

async function answered(asked: Promise<Answer>): Promise<Said | undefined> {
  try {
    const answer = await asked;
    return { status: answer.status, retryAfter: answer.header("retry-after"), text: await answer.text() };
  } catch (why) {
    if (why instanceof Cut) return undefined;
    throw why;
  }
}

/** The case as the server has it now, or why that could not be read. */
async function theirs(item: Item, to: Sending): Promise<{ base: Base; allowed: string[] } | Verdict> {
  const said = await answered(to.net.ask({ method: "GET", path: `/api/v1/cases/${item.case}?journal=false`, headers: { "Accept-Language": to.lang, ...inName(item.member) } }));
  if (said === undefined) return cut();
  if (said.status !== 200) {
    const verdict = judgeTrouble(said, to.clock.now());
    return verdict.kind === "sign-in" ? verdict : cut();
  }
  const { version, stage, custodian, allowed } = fieldsOf(said.text);
  if (typeof version !== "number" || typeof stage !== "string" || typeof custodian !== "string" || !Array.isArray(allowed)) return cut();
  return { base: { version, stage, custodian }, allowed: allowed.map((one: { name?: unknown }) => String(one.name)) };
}

/** What became of an item's key: done, with how the case stood then; `no`; or `unknown`, since nobody answered who knows it. */
export async function became(item: Item, { net, lang }: Pick<Sending, "net" | "lang">): Promise<{ number: string; version: number; stage: string } | "no" | "unknown"> {
  if (item.tries === 0) return "no";
  const said = await answered(net.ask({ method: "GET", path: `/api/v1/keys/${item.key}`, headers: { "Accept-Language": lang, ...inName(item.member) } }));
  if (said === undefined) return "unknown";
  const verdict = judge(said, item.case, 0);
  if (verdict.kind === "done") return verdict;
  return verdict.kind === "needs" && verdict.trouble.kind === "gone" ? "no" : "unknown";
}

/**
 * The case has another version. Where only a clock has ticked or somebody has said a word, it still stands as the worker saw it: the
 * item goes on. Where stage or custodian are others, the worker decides, with both versions before them.
 */
async function rebase(item: Item, to: Sending): Promise<Item | Verdict> {
  const now = await theirs(item, to);
  if ("kind" in now) return now;
  const { base, allowed } = now;
  const same = item.base !== null && item.base.stage === base.stage && (item.base.custodian === "" || item.base.custodian === base.custodian);
  if (!same || !allowed.includes(item.name)) return { kind: "needs", trouble: trouble("conflict", { code: "conflict", theirs: base }) };
  const changed = await to.store.change(item.no, (kept) => (kept.state === "sending" ? { ...kept, ifMatch: base.version } : undefined));
  return changed?.state === "sending" ? changed : cut();
}

/** Writes down what became of the try. A later try, or another tab, may have written before: then that stands. */
async function end(item: Item, verdict: Verdict, to: Sending): Promise<Went> {
  const still = (now: Item): boolean => now.state === "sending" && now.tries === item.tries;
  if (verdict.kind === "done") {
    const { number, version, stage } = verdict;
    const ended = to.clocks.contact;
    await to.store.change(item.no, (now) => (now.state === "sent" ? undefined : { ...now, state: "sent", number, version, stage, ended, trouble: null }));
    return NEXT;
  }
  if (verdict.kind === "later") {
    const wait = verdict.seconds === null ? backoff(item.tries, to.chance) : verdict.seconds * 1_000;
    await to.store.change(item.no, (now) => (still(now) ? { ...now, state: "kept", wait, trouble: verdict.trouble } : undefined));
    return verdict.all ? { went: "stop", code: "busy", seconds: verdict.seconds } : BLOCKED;
  }
  if (verdict.kind === "sign-in") {
    // Nothing is wrong with the item: the try does not count.
    await to.store.change(item.no, (now) => (still(now) ? { ...now, state: "kept", wait: 0, tries: now.tries - 1 } : undefined));
    return { went: "stop", code: verdict.code, seconds: null };
  }
  const found: Trouble = verdict.kind === "needs" ? verdict.trouble : trouble("cut");
  // A photo that is refused only when it is used is named by its place.
  const place = /^uploads\[(\d+)\]/.exec(found.fields[0]?.field ?? "")?.[1];
  if (place !== undefined) found.photo ??= item.photos[Number(place)]?.photo ?? null;
  const other = found.kind === "refused" ? await theirs(item, to) : undefined;
  const both = other !== undefined && "base" in other ? { ...found, theirs: other.base } : found;
  await to.store.change(item.no, (now) => (still(now) ? { ...now, state: "needs", trouble: both } : undefined));
  return BLOCKED;
}

/** Twice as long after each try, between the half and one and a half of it, so that a thousand devices do not come back at once. */
export function backoff(tries: number, chance: Chance): number {
  return Math.min(SHORTEST * 2 ** Math.max(0, tries - 1), LONGEST) * (0.5 + chance.unit());
}
