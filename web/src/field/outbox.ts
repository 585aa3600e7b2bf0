// The outbox: what the worker writes stays on the device until the server has given the case number, and then for seven days.
//
// Owns the writing of an item, what the worker may do with one that needs them, and the clearing away. Refuses to send: that is
// send.ts. Nothing here waits for a network. Start at `Outbox.write`.
import { Another, type Chance, type Clock, Full, newCase, newKey, type Sum } from "./device.ts";
import { type Base, type ClockNote, type Item, KEEP, type Photo, type PhotoOf, shownState, type State } from "./shapes.ts";
import { type Notes, type Store, stays } from "./store.ts";
import { trouble } from "./judge.ts";

/** What the worker has written. */
export interface Draft {
  /** `report`, or the command's name as in its address. */
  name: string;
  /** The case; left out for a report. */
  case?: string;
  /** The body's fields, as the API's description has them. */
  fields: Record<string, unknown>;
  photos?: { bytes: Blob; kind: PhotoOf["kind"] }[];
  /** The case as the worker saw it. */
  base?: Base;
  /** Who writes, as the screen has it; left out, whoever was greeted last. */
  member?: string;
}

/** What one request may carry: the server takes so many photos, and so many bytes together. */
const MOST = 20;
const MOST_BYTES = 60 * 1024 * 1024;

/** Commands that take photos with them; before the others goes an `attach`. */
const WITH_PHOTOS = ["report", "attach", "finish", "verified", "self-handle", "supplement"];
/** Commands that say "it is so": they go only to a case that still stands as the worker saw it. */
export const DECIDING = ["finish", "return", "verified", "pass", "fail", "self-handle", "cannot-solve"];

export interface Parts {
  store: Store;
  clock: Clock;
  chance: Chance;
  sum: Sum;
  /** Told when something was written. */
  wake(): void;
}

/** An item as a list shows it. */
export interface Shown {
  item: Item;
  state: State;
}

export class Outbox {
  constructor(private readonly parts: Parts) {}

  /**
   * Writes a report or command with its photos; when this resolves, all of it lies on the device. `notes` are changed in the same
   * transaction, so that what was being written is gone from there in the moment in which it stands here. Rejects with `Full` where there
   * is no room and with `Another` where the device is not the writer's any more, and then nothing was written: the form keeps what it has.
   */
  async write(draft: Draft, notes: Notes = {}): Promise<Item[]> {
    const { store, wake } = this.parts;
    const member = draft.member ?? (await store.note<string>("member"));
    if (member === undefined) throw new Another();
    const taken = await Promise.all((draft.photos ?? []).map(async ({ bytes, kind }) => ({ photo: await this.photo(bytes), kind })));
    // The same picture chosen twice is one: the server takes each once.
    const photos = taken.filter(({ photo }, at) => taken.findIndex((one) => one.photo.id === photo.id) === at);
    const items = await this.items(draft, member, photos);
    const put = (): Promise<Item[]> => store.write(items, photos.map(({ photo }) => photo), { member: stays(member, Another), ...notes });
    // Photos that the server has are the first to give way to something that it has not.
    const written = await put().catch(async (why: unknown) => {
      if (!(why instanceof Full) || (await spare(store)) === 0) throw why;
      return put();
    });
    wake();
    return written;
  }

  private async photo(bytes: Blob): Promise<Photo> {
    return { id: await this.parts.sum(bytes), bytes, there: null };
  }

  /** The draft as items: photos that cannot go along, and those of a danger that must not wait for them, go in an `attach`. */
  private async items(draft: Draft, member: string, photos: { photo: Photo; kind: PhotoOf["kind"] }[]): Promise<Item[]> {
    const { store, clock, chance } = this.parts;
    const known = await store.note<ClockNote>("clock");
    const device = clock.now();
    const found = { device, offset: known?.offset ?? null, contact: known?.contact ?? null };
    const id = draft.case ?? newCase(device + (known?.offset ?? 0), chance);
    const item = (name: string, fields: Record<string, unknown>, with_: PhotoOf[]): Item => ({
      no: 0,
      key: newKey(chance),
      member,
      case: id,
      name,
      fields: name === "report" ? { id, source: "grid_worker", ...fields } : fields,
      photos: with_,
      found,
      base: draft.base ?? null,
      ifMatch: null,
      body: null,
      state: "kept",
      until: 0,
      tries: 0,
      tried: 0,
      wait: 0,
      trouble: null,
      number: null,
      version: null,
      stage: null,
      ended: null,
    });
    const [first = [], ...rest] = loads(photos);
    const more = rest.map((load) => item("attach", {}, load));
    const alone = item(draft.name, draft.fields, []);
    if (first.length === 0) return [alone];
    if (draft.name === "report" && draft.fields["hazard"] === true) return [alone, item("attach", {}, first), ...more];
    if (!WITH_PHOTOS.includes(draft.name)) return [item("attach", {}, first), ...more, alone];
    const itself = { ...alone, photos: first };
    // A case has to be there before more is put to it; what decides about one comes last.
    return draft.name === "report" ? [itself, ...more] : [...more, itself];
  }

  /** Everything of this member that a list shows, in the order of writing. */
  async list(member: string): Promise<Shown[]> {
    const now = this.parts.clock.now();
    const all = await this.parts.store.items();
    return all.filter((item) => item.member === member && item.state !== "dropped").map((item) => ({ item, state: shownState(item, now) }));
  }

  /** How much is not delivered, by member: what signing out has to speak of. */
  async waiting(): Promise<Map<string, number>> {
    const sums = new Map<string, number>();
    for (const item of await this.parts.store.items()) {
      if (item.state !== "sent" && item.state !== "dropped") sums.set(item.member, (sums.get(item.member) ?? 0) + 1);
    }
    return sums;
  }

  /** The worker says: still so. A conflict is sent on the case as it is now, everything else as it was. */
  async again(no: number): Promise<void> {
    await this.settle(no, (item) => ({ ...item, ifMatch: item.trouble?.theirs?.version ?? item.ifMatch, base: item.trouble?.theirs ?? item.base }));
  }

  /**
   * The worker has mended fields. The key stays: what was refused has used up no key, and if an earlier try was taken after all, the
   * server says so (`key_reused`) instead of doing it twice.
   */
  async mend(no: number, fields: Record<string, unknown>, without: string[] = []): Promise<void> {
    await this.settle(no, (item) => ({
      ...item,
      fields: { ...item.fields, ...fields },
      photos: item.photos.filter(({ photo }) => !without.includes(photo)),
      body: null,
    }));
  }

  private async settle(no: number, how: (item: Item) => Item): Promise<void> {
    await this.parts.store.change(no, (item) => (item.state === "needs" ? { ...how(item), state: "kept", trouble: null, wait: 0, tries: 0 } : undefined));
    this.parts.wake();
  }

  /** An earlier try was acted on after all, though its answer was lost: the server has it, and so it is delivered. */
  async delivered(no: number, { number, version, stage }: { number: string; version: number; stage: string }): Promise<void> {
    const { store, clock } = this.parts;
    const ended = moment(await store.note<ClockNote>("clock"), clock);
    await store.change(no, (item) => (item.state === "needs" ? { ...item, state: "sent", number, version, stage, ended, trouble: null } : undefined));
    this.parts.wake();
  }

  /** The worker gives an item up. With a report goes what hangs on it, since its case will never be. It stays here for seven days too. */
  async giveUp(no: number): Promise<void> {
    const { store, clock } = this.parts;
    const ended = moment(await store.note<ClockNote>("clock"), clock);
    const all = await store.items();
    const given = all.find((item) => item.no === no);
    if (given?.state !== "needs") return;
    const hang = given.name === "report" ? all.filter((item) => item.case === given.case && item.no > no) : [];
    // The report last: a kill in between leaves it as it was, and the worker is asked again.
    for (const one of [...hang, given]) {
      await store.change(one.no, (item) =>
        item.state === "sent" ? undefined : { ...item, state: "dropped", ended, trouble: item.trouble ?? trouble("after_dropped") },
      );
    }
    this.parts.wake();
  }

  /**
   * Removes what was delivered or given up more than seven days ago. Both ends are the server's time, so a device's clock that jumps
   * ahead costs nothing.
   */
  async clear(): Promise<void> {
    const { store } = this.parts;
    const known = await store.note<ClockNote>("clock");
    if (known === undefined) return;
    const over = (item: Item): boolean => (item.state === "sent" || item.state === "dropped") && item.ended !== null && item.ended + KEEP < known.contact;
    const old = (await store.items()).filter(over);
    if (old.length > 0) await store.drop(old.map((item) => item.no));
  }
}

/** Now by the server's clock, as far as the device knows it. */
function moment(known: ClockNote | undefined, clock: Clock): number {
  return known === undefined ? clock.now() : Math.max(known.contact, clock.now() + known.offset);
}

/** Makes room: photos of what is delivered or given up go. How many did. */
export function spare(store: Store): Promise<number> {
  return store.dropPhotos((item) => item.state === "sent" || item.state === "dropped");
}

/** Photos in loads of what one request may carry. */
function loads(photos: { photo: Photo; kind: PhotoOf["kind"] }[]): PhotoOf[][] {
  const all: PhotoOf[][] = [];
  let bytes = 0;
  for (const { photo, kind } of photos) {
    bytes += photo.bytes.size;
    const last = all.at(-1);
    if (last && last.length < MOST && bytes <= MOST_BYTES) last.push({ photo: photo.id, kind });
    else {
      all.push([{ photo: photo.id, kind }]);
      bytes = photo.bytes.size;
    }
  }
  return all;
}
