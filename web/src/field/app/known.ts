// What the app knows without a net: matters, the six most frequent, names of stages, units and grids.
//
// Owns the copy and when it is asked for anew. Nothing of a person stands in it. Start at `learn` and `known`.
import { Another, inName } from "../device.ts";
import type { Greeting } from "../greet.ts";
import { type Store, stays } from "../store.ts";

export interface Condition {
  no: number;
  opens_when: string;
  /** Kinds of evidence that the end of the work asks for; a copy that was learnt before this was asked has none. */
  evidence?: string[];
}

export interface Matter {
  code: string;
  name: string;
  name_en: string;
  conditions: Condition[];
}

export interface Named {
  code: string;
  zh: string;
  en: string;
}

export interface Known {
  member: string;
  /** When it was asked, by the device's clock, and for which units. */
  at: number;
  of?: string[];
  matters: Matter[];
  /** The most frequent on the worker's ground, most first. */
  frequent: { code: string; cases: number }[];
  stages: Named[];
  units: Named[];
  /** The worker's own grids, to choose from where there is no place. */
  areas: Named[];
}

const NAME = "known";
const FRESH = 12 * 3_600_000;

export async function known(store: Store, member: string): Promise<Known | undefined> {
  const it = await store.note<Known>(NAME);
  return it?.member === member ? it : undefined;
}

type Row = Record<string, unknown>;
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const list = (value: unknown): Row[] => (Array.isArray(value) ? (value as Row[]) : []);
const named = (row: Row): Named => ({ code: text(row["code"] ?? row["id"]), zh: text(row["name"]), en: text(row["name_en"]) || text(row["name"]) });

/** Asks for all of it where what is there is old; the old one stays where something does not come. Rejects with `Another` where somebody else is signed in. */
export async function learn({ net, store, lang }: Omit<Greeting, "clock">, member: string, units: string[], now: number): Promise<boolean> {
  const old = await known(store, member);
  // A copy of the version before lacks what the end of the work asks for.
  const whole = old?.matters.every(({ conditions }) => conditions.every(({ evidence }) => evidence));
  if (old !== undefined && whole && String(old.of) === String(units) && now - old.at < FRESH && now >= old.at) return false;
  // Every question says in whose name, so that nothing of another's ground is kept as this member's.
  const get = async (path: string): Promise<unknown> => {
    const answer = await net.ask({ method: "GET", path, headers: { "Accept-Language": lang, ...inName(member) } });
    const value: unknown = JSON.parse(await answer.text());
    if ((value as Row | null)?.["code"] === "another_member") throw new Another();
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`);
    return value;
  };
  try {
    const [matters, frequent, words] = await Promise.all([get("/api/v1/matters"), get("/api/v1/matters/frequent"), get("/api/v1/words")]);
    const own = (await Promise.all(units.map((unit) => get(`/api/v1/units/${encodeURIComponent(unit)}`)))) as Row[];
    const grounds = [...new Set(own.map((unit) => text(unit["area"])))].filter((area) => area !== "");
    const around = await Promise.all(grounds.map((area) => get(`/api/v1/areas?parent=${encodeURIComponent(area)}`)));
    const itself = (await Promise.all(grounds.map((area) => get(`/api/v1/areas/${encodeURIComponent(area)}`)))) as Row[];
    const stages = list((words as Row)["stages"]).map((row) => ({ code: text(row["code"]), zh: text(row["zh"]), en: text(row["en"]) }));
    const learnt: Known = {
      member,
      at: now,
      of: units,
      matters: list(matters).map((row) => ({
        code: text(row["code"]),
        name: text(row["name"]),
        name_en: text(row["name_en"]),
        conditions: list(row["conditions"]).map((one) => ({ no: Number(one["no"]), opens_when: text(one["opens_when"]), evidence: (Array.isArray(one["evidence"]) ? one["evidence"] : []).map(text) })),
      })),
      frequent: list(frequent).map((row) => ({ code: text(row["code"]), cases: Number(row["cases"]) })),
      stages,
      units: own.map(named),
      areas: [...itself, ...around.flatMap(list)].map(named),
    };
    await store.setNotes({ member: stays(member, Another), [NAME]: () => learnt });
    return true;
  } catch (why) {
    if (why instanceof Another) throw why;
    // Without a net, or with half of it: what is known goes on being known.
    return false;
  }
}

/** Matters whose names hold every word that was typed, in either language. */
export function find(matters: Matter[], typed: string): Matter[] {
  const words = typed.toLowerCase().split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return [];
  return matters.filter(({ name, name_en }) => words.every((word) => name.includes(word) || name_en.toLowerCase().includes(word)));
}
