// The device's store: IndexedDB with items, photos and notes. Each function is one transaction, so a kill leaves all of it or nothing.
//
// Owns the layout and its versions. Refuses rules: `change` hands a record to its caller and writes what comes back, within one
// transaction, so that two tabs never overwrite each other. Start at `open`.
import { openDB, type DBSchema, type IDBPDatabase, type IDBPObjectStore } from "idb";

import { Full } from "./device.ts";
import type { Item, Note, Photo } from "./shapes.ts";

/**
 * What becomes of notes, by their names: each is given the note as it stands and answers what is to stand there, undefined for none.
 * Where one throws, nothing of the whole transaction is written.
 */
export type Notes = Record<string, (old: unknown) => unknown>;

/** For a note that has to stand as it was read; where it does not, nothing of the transaction is written. */
export const stays =
  (wanted: unknown, Otherwise: new () => Error) =>
  (now: unknown): unknown => {
    if (now !== wanted) throw new Otherwise();
    return now;
  };

export interface Store {
  /** Writes items with their photos and changes notes, all or nothing; the answer has the items' numbers. A photo that stands here already goes on from where it is, with the new bytes: the browser may have lost the old. */
  write(items: Item[], photos: Photo[], notes?: Notes): Promise<Item[]>;
  items(): Promise<Item[]>;
  /** Reads an item, and writes what `how` makes of it; undefined from `how` leaves it. The answer is how it stands then. */
  change(no: number, how: (item: Item) => Item | undefined): Promise<Item | undefined>;
  photo(id: string): Promise<Photo | undefined>;
  changePhoto(id: string, how: (photo: Photo) => Photo | undefined): Promise<void>;
  /** Every photo's id, without its bytes. */
  photoIds(): Promise<string[]>;
  /** Removes items, and photos that no item left names. */
  drop(nos: number[]): Promise<void>;
  /** Removes the bytes of photos, where `may` allows it for every item that names them. */
  dropPhotos(may: (item: Item) => boolean): Promise<number>;
  note<T>(name: string): Promise<T | undefined>;
  /** The notes whose names begin so. */
  notes(begin: string): Promise<Note[]>;
  setNote(name: string, how: (old: unknown) => unknown): Promise<void>;
  /** Several notes at once, in the order in which they are named. */
  setNotes(notes: Notes): Promise<void>;
  /** Removes every item and note but those that stay, and photos that no item left names; `then` changes notes in the same transaction. */
  wipe(stays: { item(item: Item): boolean; note(name: string): boolean }, then?: Notes): Promise<void>;
  close(): void;
}

interface Layout extends DBSchema {
  item: { key: number; value: Item };
  photo: { key: string; value: Photo };
  note: { key: string; value: Note };
}

const VERSION = 1;
const ALL: ("item" | "photo" | "note")[] = ["item", "photo", "note"];

function full(why: unknown): never {
  if (why instanceof DOMException && why.name === "QuotaExceededError") throw new Full("the device's store is full");
  throw why;
}

/**
 * Opens the store, and again where the browser has ended the connection under the open page. `moved` is called when a newer version of
 * the app wants another layout: the page loads again, and the connection is open until it has kept what it had in hand. `blocked`: a page of another window holds the store, which opens when that is closed.
 */
export async function open(name: string, moved: () => void | Promise<void>, blocked: () => void = () => undefined): Promise<Store> {
  let db: IDBPDatabase<Layout> | undefined;
  const live = async (): Promise<IDBPDatabase<Layout>> => {
    if (db) return db;
    const mine = await openDB<Layout>(name, VERSION, {
      upgrade(db) {
        db.createObjectStore("item", { keyPath: "no", autoIncrement: true });
        db.createObjectStore("photo", { keyPath: "id" });
        db.createObjectStore("note", { keyPath: "name" });
      },
      blocked,
      blocking: async () => {
        await moved();
        mine.close();
      },
      terminated: () => {
        db = undefined;
      },
    });
    return (db = mine);
  };
  await live();
  return over(live, () => db?.close());
}

/** A transaction as a whole: what fails in it, or is thrown in it, leaves nothing of it. */
async function whole<T>(way: { abort(): void; done: Promise<void> }, act: () => Promise<T>): Promise<T> {
  try {
    const value = await act();
    await way.done;
    return value;
  } catch (why) {
    try {
      way.abort();
    } catch {
      // It has ended already, by the very error that is being told.
    }
    await way.done.catch(() => undefined);
    return full(why);
  }
}

type NoteStore = IDBPObjectStore<Layout, ("item" | "photo" | "note")[], "note", "readwrite">;

async function noted(store: NoteStore, notes: Notes): Promise<void> {
  for (const [name, how] of Object.entries(notes)) {
    const old = (await store.get(name))?.value;
    const value = how(old);
    if (value === undefined) await store.delete(name);
    else if (value !== old) await store.put({ name, value });
  }
}

function over(live: () => Promise<IDBPDatabase<Layout>>, close: () => void): Store {
  const begin = async () => (await live()).transaction(ALL, "readwrite");
  type Way = Awaited<ReturnType<typeof begin>>;
  const named = async (way: Way, which: (item: Item) => boolean): Promise<Set<string>> =>
    new Set((await way.objectStore("item").getAll()).filter(which).flatMap((item) => item.photos.map((one) => one.photo)));
  /** Removes every photo but these; how many. */
  const dropBut = async (way: Way, needed: Set<string>): Promise<number> => {
    let gone = 0;
    for (const id of await way.objectStore("photo").getAllKeys()) {
      if (needed.has(id)) continue;
      await way.objectStore("photo").delete(id);
      gone += 1;
    }
    return gone;
  };
  const setNotes = async (notes: Notes): Promise<void> => {
    const way = await begin();
    await whole(way, () => noted(way.objectStore("note"), notes));
  };
  return {
    async write(items, photos, notes = {}) {
      const way = await begin();
      return whole(way, async () => {
        await noted(way.objectStore("note"), notes);
        for (const photo of photos) {
          await way.objectStore("photo").put({ ...photo, there: (await way.objectStore("photo").get(photo.id))?.there ?? null });
        }
        const written: Item[] = [];
        for (const item of items) {
          const { no: _unnumbered, ...rest } = item;
          const no = await way.objectStore("item").add(rest as Item);
          written.push({ ...item, no });
        }
        return written;
      });
    },
    items: async () => (await live()).getAll("item"),
    async change(no, how) {
      const way = await begin();
      return whole(way, async () => {
        const item = await way.objectStore("item").get(no);
        const next = item && how(item);
        if (next) await way.objectStore("item").put(next);
        return next ?? item;
      });
    },
    photo: async (id) => (await live()).get("photo", id),
    async changePhoto(id, how) {
      const way = await begin();
      await whole(way, async () => {
        const photo = await way.objectStore("photo").get(id);
        const next = photo && how(photo);
        if (next) await way.objectStore("photo").put(next);
      });
    },
    photoIds: async () => (await live()).getAllKeys("photo"),
    async drop(nos) {
      const way = await begin();
      await whole(way, async () => {
        for (const no of nos) await way.objectStore("item").delete(no);
        await dropBut(way, await named(way, () => true));
      });
    },
    async dropPhotos(may) {
      const way = await begin();
      return whole(way, async () => dropBut(way, await named(way, (item) => !may(item))));
    },
    async note<T>(name: string) {
      return (await (await live()).get("note", name))?.value as T | undefined;
    },
    notes: async (begin) => (await live()).getAll("note", IDBKeyRange.bound(begin, `${begin}\uffff`)),
    setNote: (name, how) => setNotes({ [name]: how }),
    setNotes,
    async wipe(stays, then = {}) {
      const way = await begin();
      await whole(way, async () => {
        for (const item of await way.objectStore("item").getAll()) if (!stays.item(item)) await way.objectStore("item").delete(item.no);
        await dropBut(way, await named(way, () => true));
        for (const name of await way.objectStore("note").getAllKeys()) if (!stays.note(name)) await way.objectStore("note").delete(name);
        await noted(way.objectStore("note"), then);
      });
    },
    close,
  };
}
