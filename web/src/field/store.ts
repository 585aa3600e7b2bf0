// The device's store: IndexedDB with items, photos and notes. Each function is one transaction, so a kill leaves all of it or nothing.
//
// Owns the layout and its versions. Refuses rules: `change` hands a record to its caller and writes what comes back, within one
// transaction, so that two tabs never overwrite each other. Start at `open`.
import { openDB, type DBSchema, type IDBPDatabase } from "idb";

import { Full } from "./device.ts";
import type { Item, Note, Photo } from "./shapes.ts";

export interface Store {
  /** Writes items with their photos, all or nothing; the answer has their numbers. A photo that stands here already stays. */
  write(items: Item[], photos: Photo[]): Promise<Item[]>;
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
  setNote(name: string, how: (old: unknown) => unknown): Promise<void>;
  /** Removes every note but those that are named. */
  dropNotes(but: string[]): Promise<void>;
  close(): void;
}

interface Layout extends DBSchema {
  item: { key: number; value: Item };
  photo: { key: string; value: Photo };
  note: { key: string; value: Note };
}

const VERSION = 1;

function full(why: unknown): never {
  if (why instanceof DOMException && why.name === "QuotaExceededError") throw new Full("the device's store is full");
  throw why;
}

/** Opens the store. `moved` is called when a newer version of the app wants another layout: the page closes and loads again. */
export async function open(name: string, moved: () => void): Promise<Store> {
  const db = await openDB<Layout>(name, VERSION, {
    upgrade(db) {
      db.createObjectStore("item", { keyPath: "no", autoIncrement: true });
      db.createObjectStore("photo", { keyPath: "id" });
      db.createObjectStore("note", { keyPath: "name" });
    },
    blocking: () => moved(),
  });
  return over(db);
}

function over(db: IDBPDatabase<Layout>): Store {
  return {
    async write(items, photos) {
      const way = db.transaction(["item", "photo"], "readwrite");
      try {
        for (const photo of photos) {
          if ((await way.objectStore("photo").getKey(photo.id)) === undefined) await way.objectStore("photo").put(photo);
        }
        const written: Item[] = [];
        for (const item of items) {
          const { no: _unnumbered, ...rest } = item;
          const no = await way.objectStore("item").add(rest as Item);
          written.push({ ...item, no });
        }
        await way.done;
        return written;
      } catch (why) {
        abort(way);
        await way.done.catch(() => undefined);
        return full(why);
      }
    },
    items: () => db.getAll("item"),
    async change(no, how) {
      const way = db.transaction("item", "readwrite");
      const item = await way.store.get(no);
      const next = item && how(item);
      if (next) await way.store.put(next).catch(full);
      await way.done.catch(full);
      return next ?? item;
    },
    photo: (id) => db.get("photo", id),
    async changePhoto(id, how) {
      const way = db.transaction("photo", "readwrite");
      const photo = await way.store.get(id);
      const next = photo && how(photo);
      if (next) await way.store.put(next).catch(full);
      await way.done.catch(full);
    },
    photoIds: () => db.getAllKeys("photo"),
    async drop(nos) {
      const way = db.transaction(["item", "photo"], "readwrite");
      for (const no of nos) await way.objectStore("item").delete(no);
      const named = new Set((await way.objectStore("item").getAll()).flatMap((item) => item.photos.map((one) => one.photo)));
      for (const id of await way.objectStore("photo").getAllKeys()) if (!named.has(id)) await way.objectStore("photo").delete(id);
      await way.done;
    },
    async dropPhotos(may) {
      const way = db.transaction(["item", "photo"], "readwrite");
      const needed = new Set((await way.objectStore("item").getAll()).filter((item) => !may(item)).flatMap((item) => item.photos.map((one) => one.photo)));
      let gone = 0;
      for (const id of await way.objectStore("photo").getAllKeys()) {
        if (needed.has(id)) continue;
        await way.objectStore("photo").delete(id);
        gone += 1;
      }
      await way.done;
      return gone;
    },
    async note<T>(name: string) {
      return (await db.get("note", name))?.value as T | undefined;
    },
    async setNote(name, how) {
      const way = db.transaction("note", "readwrite");
      const old = await way.store.get(name);
      await way.store.put({ name, value: how(old?.value) }).catch(full);
      await way.done.catch(full);
    },
    async dropNotes(but) {
      const way = db.transaction("note", "readwrite");
      for (const name of await way.store.getAllKeys()) if (!but.includes(name)) await way.store.delete(name);
      await way.done;
    },
    close: () => db.close(),
  };
}

function abort(way: { abort(): void }): void {
  try {
    way.abort();
  } catch {
    // It has ended already, by the very error that is being told.
  }
}
