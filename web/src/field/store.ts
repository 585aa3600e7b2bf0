// The device's store: IndexedDB with items, photos and notes. Each function is one transaction, so a kill leaves all of it or nothing.
//
// Owns the layout and its versions. Refuses rules: `change` hands a record to its caller and writes what comes back, within one
// transaction, so that two tabs never overwrite each other. Start at `open`.
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

const VERSION = 1;
/** Items by number, photos by id, notes by name. */
const NAMES = ["item", "photo", "note"] as const;
type Three = [items: IDBObjectStore, photos: IDBObjectStore, notes: IDBObjectStore];

/** What a request comes to. */
const of = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });

function full(why: unknown): never {
  if (why instanceof DOMException && why.name === "QuotaExceededError") throw new Full("the device's store is full");
  throw why;
}

/**
 * Opens the store, and again where the browser has ended the connection under the open page. `moved` is called when a newer version of
 * the app wants another layout: the page loads again, and the connection is open until it has kept what it had in hand. `blocked`: a page of another window holds the store, which opens when that is closed.
 */
export async function open(name: string, moved: () => void | Promise<void>, blocked: () => void = () => undefined): Promise<Store> {
  let db: IDBDatabase | undefined;
  const live = async (): Promise<IDBDatabase> => {
    if (db) return db;
    const asked = indexedDB.open(name, VERSION);
    asked.onblocked = blocked;
    asked.onupgradeneeded = () => {
      const it = asked.result;
      it.createObjectStore("item", { keyPath: "no", autoIncrement: true });
      it.createObjectStore("photo", { keyPath: "id" });
      it.createObjectStore("note", { keyPath: "name" });
    };
    const mine = await of(asked);
    mine.addEventListener("versionchange", async () => {
      await moved();
      mine.close();
    });
    mine.addEventListener("close", () => {
      db = undefined;
    });
    return (db = mine);
  };
  await live();
  return over(live, () => db?.close());
}

async function noted(store: IDBObjectStore, notes: Notes): Promise<void> {
  for (const [name, how] of Object.entries(notes)) {
    const old = ((await of(store.get(name))) as Note | undefined)?.value;
    const value = how(old);
    if (value === undefined) await of(store.delete(name));
    else if (value !== old) await of(store.put({ name, value }));
  }
}

/** The photos that these items name. */
async function named(items: IDBObjectStore, which: (item: Item) => boolean = () => true): Promise<Set<string>> {
  return new Set(((await of(items.getAll())) as Item[]).filter(which).flatMap((item) => item.photos.map((one) => one.photo)));
}

/** Removes every photo but these; how many. */
async function dropBut(photos: IDBObjectStore, needed: Set<string>): Promise<number> {
  let gone = 0;
  for (const id of (await of(photos.getAllKeys())) as string[]) {
    if (needed.has(id)) continue;
    await of(photos.delete(id));
    gone += 1;
  }
  return gone;
}

/** Writes what `how` makes of a record; how it stands then. */
async function changed<T>(store: IDBObjectStore, key: IDBValidKey, how: (it: T) => T | undefined): Promise<T | undefined> {
  const it = (await of(store.get(key))) as T | undefined;
  const next = it && how(it);
  if (next) await of(store.put(next));
  return next ?? it;
}

function over(live: () => Promise<IDBDatabase>, close: () => void): Store {
  const read = async <T>(name: (typeof NAMES)[number], ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> => of(ask((await live()).transaction(name).objectStore(name)));
  /** A transaction as a whole: what fails in it, or is thrown in it, leaves nothing of it. */
  const whole = async <T>(act: (...three: Three) => Promise<T>): Promise<T> => {
    const way = (await live()).transaction(NAMES, "readwrite");
    const done = new Promise<void>((done, failed) => {
      way.oncomplete = () => done();
      // A browser that ends it for a reason of its own may name none.
      way.onabort = () => failed(way.error ?? new DOMException("aborted", "AbortError"));
    });
    try {
      const value = await act(...(NAMES.map((name) => way.objectStore(name)) as Three));
      await done;
      return value;
    } catch (why) {
      try {
        way.abort();
      } catch {
        // It has ended already, by the very error that is being told.
      }
      await done.catch(() => undefined);
      return full(why);
    }
  };
  const setNotes = (notes: Notes): Promise<void> => whole((_items, _photos, store) => noted(store, notes));
  return {
    write: (items, photos, notes = {}) =>
      whole(async (itemStore, photoStore, noteStore) => {
        await noted(noteStore, notes);
        for (const photo of photos) await of(photoStore.put({ ...photo, there: ((await of(photoStore.get(photo.id))) as Photo | undefined)?.there ?? null }));
        const written: Item[] = [];
        for (const item of items) {
          const { no: _unnumbered, ...rest } = item;
          written.push({ ...item, no: (await of(itemStore.add(rest))) as number });
        }
        return written;
      }),
    items: () => read("item", (store) => store.getAll()),
    change: (no, how) => whole((items) => changed(items, no, how)),
    photo: (id) => read("photo", (store) => store.get(id)),
    async changePhoto(id, how) {
      await whole((_items, photos) => changed(photos, id, how));
    },
    photoIds: () => read("photo", (store) => store.getAllKeys()) as Promise<string[]>,
    drop: (nos) =>
      whole(async (items, photos) => {
        for (const no of nos) await of(items.delete(no));
        await dropBut(photos, await named(items));
      }),
    dropPhotos: (may) => whole(async (items, photos) => dropBut(photos, await named(items, (item) => !may(item)))),
    note: async <T>(name: string) => ((await read("note", (store) => store.get(name))) as Note | undefined)?.value as T | undefined,
    notes: (begin) => read("note", (store) => store.getAll(IDBKeyRange.bound(begin, `${begin}\uffff`))),
    setNote: (name, how) => setNotes({ [name]: how }),
    setNotes,
    wipe: (stays, then = {}) =>
      whole(async (items, photos, notes) => {
        for (const item of (await of(items.getAll())) as Item[]) if (!stays.item(item)) await of(items.delete(item.no));
        await dropBut(photos, await named(items));
        for (const name of (await of(notes.getAllKeys())) as string[]) if (!stays.note(name)) await of(notes.delete(name));
        await noted(notes, then);
      }),
    close,
  };
}
