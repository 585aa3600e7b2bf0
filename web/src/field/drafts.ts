// What is being written and has not been handed over: kept with each step, since a telephone ends pages as it likes while its camera is open.
//
// Owns drafts of reports and of the forms of tasks: whose each is, which window may go on with it, and the one transaction in which it
// becomes items of the outbox. Refuses to show anybody another's. Start at `keep`, then `give`.
import { type Chance, newKey } from "./device.ts";
import type { Draft as Written, Outbox } from "./outbox.ts";
import type { Item } from "./shapes.ts";
import type { Store } from "./store.ts";

export interface Place {
  lon: number;
  lat: number;
  /** Metres that it may be off; 0 where a picture says it. */
  accuracy: number;
}

/** A picture, with what it shows. */
export type Shot = NonNullable<Written["photos"]>[number];

export interface Draft {
  member: string;
  /** Made when it is begun: by it a window knows its draft again. */
  id: string;
  /** Grows with each step; 0 where it stands on the screen only. */
  rev: number;
  photos: Shot[];
  /** Where it was found, as the device or the picture said when it was taken. */
  place: Place | null;
  /** What was typed and chosen, by the names of the fields. */
  values: Record<string, string>;
}

/** Another window has handed over or dropped what this one shows. */
export class Taken extends Error {}
class Moved extends Error {}

/** Under these names the drafts of a member stand. The id is encoded, so that no member's begins like another's. */
export function slot(member: string, of = ""): string {
  return `draft ${encodeURIComponent(member)}/${of}`;
}

/** Every draft's name begins so. Drafts of the app's first layout stand under this alone. */
export const DRAFT = "draft";

export function fresh(member: string, chance: Chance): Draft {
  return { member, id: newKey(chance), rev: 0, photos: [], place: null, values: {} };
}

/** The one draft of the app's first layout. */
interface Old {
  member: string;
  photos: Blob[];
  place: Place | null;
  area: string;
  text: string;
  hazard: boolean;
}

/** Every draft of a member, by the names under which they stand. */
export async function drafts(store: Store, member: string): Promise<Map<string, Draft>> {
  const owns = (note: unknown): boolean => (note as Old | null | undefined)?.member === member;
  if (owns(await store.note(DRAFT))) {
    let old: unknown;
    // Read again where it is taken up: another window may have done that, and sent it.
    const take = (note: unknown): unknown => (owns((old = note)) ? undefined : note);
    await store.setNotes({ [DRAFT]: take, [slot(member)]: (there) => (owns(old) ? joined(old as Old, there as Draft | undefined) : there) });
  }
  return new Map((await store.notes(slot(member))).map(({ name, value }) => [name, value as Draft]));
}

/** An old draft, with what was begun beside it. */
function joined({ member, photos, place, area, text, hazard }: Old, there: Draft = { member, id: DRAFT, rev: 0, photos: [], place: null, values: {} }): Draft {
  const { values } = there;
  return {
    ...there,
    rev: there.rev + 1,
    photos: [...photos.map((bytes): Shot => ({ bytes, kind: "before" })), ...there.photos],
    place: there.place ?? place,
    values: { area: values["area"] || area, text: [text, values["text"]].filter(Boolean).join("\n"), hazard: values["hazard"] || (hazard ? "yes" : "") },
  };
}

/** Photos that are being made ready, by their drafts: who presses meanwhile means them too. */
const pending = new Map<string, Set<Promise<unknown>>>();

/** Waits until every photo that was taken stands in its draft. */
export async function settled(at?: string): Promise<void> {
  const all = [...pending].flatMap(([name, works]) => (at === undefined || name === at ? [...works] : []));
  await Promise.allSettled(all);
}

/** Keeps a step of what a screen shows. Rejects with `Taken` where it is not this window's any more: nothing that was sent comes back as a draft. */
export async function keep(store: Store, at: string, mine: Draft, how: (draft: Draft) => Draft): Promise<void> {
  let next = mine;
  await store.setNote(at, (old) => {
    const now = old as Draft | undefined;
    if (now === undefined ? mine.rev > 0 : now.id !== mine.id) throw new Taken();
    return (next = { ...how(now ?? mine), rev: (now?.rev ?? 0) + 1 });
  });
  stands(mine, next);
}

/** What is typed and chosen is kept at once; the screen is ahead of the store by that one step only. */
export function type(store: Store, at: string, mine: Draft, name: string, value: string): Promise<void> {
  const how = (draft: Draft): Draft => ({ ...draft, values: { ...draft.values, [name]: value } });
  mine.values = how(mine).values;
  return keep(store, at, mine, how);
}

/** How a draft stands in the store. What is typed stands on the screen, which is ahead of it. */
function stands(mine: Draft, { id, rev, photos, place }: Draft): void {
  if (id === mine.id) Object.assign(mine, { rev, photos, place });
}

/** A photo that was taken goes into the draft that stands there, whichever window began it; where none does, it begins one. */
export function add(store: Store, at: string, mine: Draft, ready: Promise<Shot & { place: Place | null }>): Promise<Draft> {
  // What this window shows may have been sent by another meanwhile: then the photo alone begins a draft.
  const anew = (): Draft => (mine.rev === 0 ? mine : { ...mine, id: `${mine.id}+`, rev: 0, photos: [], place: null, values: {} });
  const work = ready.then(async ({ bytes, kind, place }) => {
    let next = mine;
    await store.setNote(at, (old) => {
      const now = (old as Draft | undefined) ?? anew();
      return (next = { ...now, rev: now.rev + 1, photos: [...now.photos, { bytes, kind }], place: now.place ?? place });
    });
    stands(mine, next);
    return next;
  });
  const works = pending.get(at) ?? new Set();
  pending.set(at, works.add(work));
  const over = (): void => void works.delete(work);
  work.then(over, over);
  return work;
}

/** The worker drops it. */
export async function drop(store: Store, at: string): Promise<void> {
  await store.setNote(at, () => undefined);
}

/**
 * Hands a draft over: in one transaction its items stand in the outbox and it is gone. So a kill leaves the one or the other, and of two
 * windows that show it only one can send it; the other is told with `Taken`.
 */
export async function give(outbox: Outbox, store: Store, at: string, mine: Draft, written: (draft: Draft) => Written): Promise<Item[]> {
  for (;;) {
    await settled(at);
    const now = await store.note<Draft>(at);
    const own = now?.id === mine.id ? now : undefined;
    if (own === undefined && mine.rev > 0) throw new Taken();
    const draft = own === undefined ? mine : { ...own, values: { ...own.values, ...mine.values } };
    const taking = (old: unknown): unknown => {
      const then = old as Draft | undefined;
      if (then?.id !== now?.id || then?.rev !== now?.rev) throw new Moved();
      // What another window has begun meanwhile is another report, and stays.
      return own === undefined ? old : undefined;
    };
    try {
      const items = await outbox.write({ ...written(draft), member: mine.member }, { [at]: taking });
      // A screen that stays, since what follows failed, has nothing more to hand over.
      mine.rev += 1;
      return items;
    } catch (why) {
      if (!(why instanceof Moved)) throw why;
    }
  }
}
