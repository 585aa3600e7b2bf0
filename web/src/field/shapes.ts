// What the field app keeps on the device: one record for each report or command, one for each photo, and small notes.
//
// Owns the shapes and the four words in which an item's state is told. Refuses behaviour: what moves an item from one state to the
// next is outbox.ts and send.ts. Start at `Item`.

/** The four states that a worker sees. `dropped` is an item that the worker gave up; it stands in no list. */
export type State = "kept" | "sending" | "sent" | "needs" | "dropped";

export type Lang = "zh" | "en";

/** The states in words: 已存本机 → 正在发送 → 已送达（案号） → 需要您处理. */
export function stateWords(state: State, number: string | null, lang: Lang): string {
  const zh = { kept: "已存本机", sending: "正在发送", sent: `已送达（${number ?? ""}）`, needs: "需要您处理", dropped: "已放弃" };
  const en = { kept: "Kept on this device", sending: "Sending", sent: `Delivered (${number ?? ""})`, needs: "Needs you", dropped: "Given up" };
  return (lang === "zh" ? zh : en)[state];
}

/** When the worker found it. The device's clock may be wrong by hours, so what is needed to put it right stands beside it. */
export interface Found {
  /** The device's clock, ms since 1970, just as it stood. */
  device: number;
  /** Server minus device as the last contact before had shown; null where there was none. */
  offset: number | null;
  /** When that contact was, by the server's clock. */
  contact: number | null;
}

/** A photo of an item: the SHA-256 of its bytes (hex), and what it shows. */
export interface PhotoOf {
  photo: string;
  kind: "before" | "after" | "finding" | "document";
}

/** What the worker saw of the case when they wrote; null for a case that was reported on this device. */
export interface Base {
  version: number;
  stage: string;
  custodian: string;
}

/** One field that the server will not take, with its sentence and the mend. */
export interface FieldTrouble {
  field: string;
  message: string;
  mend: string;
}

/** Why an item needs the worker, or why the last try failed. */
export interface Trouble {
  /** `conflict`, `refused`, `fields`, `too_large`, `not_taken`, `gone`, `photo_lost`, `after_dropped`; or of a try: `cut`, `busy`, `server`. */
  kind: string;
  /** The server's code, where it gave one. */
  code: string;
  /** The server's sentence, in the language that was asked for. */
  words: string;
  fields: FieldTrouble[];
  /** The photo that it is about. */
  photo: string | null;
  /** The case as the server has it now: the other of the two versions. */
  theirs: Base | null;
}

/** One report or command. Everything that decides what is sent is fixed when it is written, but for `body`. */
export interface Item {
  /** The order of writing; given by the store. */
  no: number;
  /** Idempotency key: made when it is written, never changed. */
  key: string;
  /** In whose name. Items of another member are kept and not sent. */
  member: string;
  /** The case's id, 32 hexadecimal digits; of a report, the id that the case will have. */
  case: string;
  /** `report`, or the command's name as in its address. */
  name: string;
  fields: Record<string, unknown>;
  photos: PhotoOf[];
  found: Found;
  base: Base | null;
  /** Precondition of the next try: the version that was read. */
  ifMatch: number | null;
  /** The text that is sent, the same at every try; made at the first. */
  body: string | null;
  state: State;
  /** While it is sent: when that ends at the latest, by the device's clock. */
  until: number;
  tries: number;
  /** The last try and how long to wait after it, ms by the device's clock. */
  tried: number;
  wait: number;
  trouble: Trouble | null;
  /** The case number, once the server has returned it. */
  number: string | null;
  version: number | null;
  stage: string | null;
  /** When it was delivered or given up, by the server's clock: seven days are counted from here. */
  ended: number | null;
}

/** A photo in a record of its own. */
export interface Photo {
  /** SHA-256 of the bytes, hex. */
  id: string;
  bytes: Blob;
  /** The member in whose name the server has all of it; null while it has not. Uploads belong to a member. */
  there: string | null;
}

/** A small note of the store, by name. */
export interface Note {
  name: string;
  value: unknown;
}

/** What the last contact told of the clocks. */
export interface ClockNote {
  /** Server minus device, ms. */
  offset: number;
  /** The contact, by the server's clock. */
  contact: number;
}

/** The state to show at a moment: a try that was cut off by the end of the app is no longer under way. */
export function shownState(item: Item, now: number): State {
  return item.state === "sending" && item.until <= now ? "kept" : item.state;
}

export const DAY = 86_400_000;
/** How long a delivered item stays on the device. */
export const KEEP = 7 * DAY;
