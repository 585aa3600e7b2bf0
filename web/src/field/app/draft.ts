// The report that is being made: kept with each step, since a telephone ends pages as it likes while its camera is open.
//
// Owns the one draft of this device and the making of a picture small. Start at `take`.
import { canvasDraw, prepare } from "../photos.ts";
import type { Store } from "../store.ts";
import type { Position } from "./place.ts";

export interface Draft {
  member: string;
  photos: Blob[];
  /** Where the device was when the picture was taken, or what the picture says of it. */
  place: Position | null;
  /** A grid that was chosen where there is no place. */
  area: string;
  text: string;
  hazard: boolean;
}

const NAME = "draft";

export async function kept(store: Store, member: string | undefined): Promise<Draft | undefined> {
  const it = await store.note<Draft | null>(NAME);
  return it && it.member === member ? it : undefined;
}

export async function keep(store: Store, draft: Draft): Promise<void> {
  await store.setNote(NAME, () => draft);
}

export async function drop(store: Store): Promise<void> {
  await store.setNote(NAME, () => null);
}

/** A picture made small, put into the draft. What the picture says of its place stands in until the device knows better. */
export async function take(store: Store, member: string, file: Blob): Promise<Draft> {
  const { bytes, facts } = await prepare(file, canvasDraw);
  const old = (await kept(store, member)) ?? { member, photos: [], place: null, area: "", text: "", hazard: false };
  const said = facts.place === null ? null : { ...facts.place, accuracy: 0 };
  const draft = { ...old, photos: [...old.photos, bytes], place: old.place ?? said };
  await keep(store, draft);
  return draft;
}
