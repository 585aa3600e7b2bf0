// Checks a receipt against a public key, as the crate `proof` does: the head's signature, the entry's hash, the number, and the way
// from the leaf to the signed root. Owns no page and asks no network. Refuses what is written in two ways at once. Start at `check`.
import { Point, verifyAsync } from "@noble/ed25519";

export class Flaw extends Error {}

export type Proved = { number: string; receivedAt: number; recordedAt: number; leaf: number; size: number; headAt: number; log: string };

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const utf8 = new TextEncoder();

function bytesOfHex(text: unknown, length: number, what: string): Uint8Array {
  if (typeof text !== "string" || text.length !== 2 * length || !/^[0-9a-f]*$/.test(text)) throw new Flaw(`${what}: ${2 * length} lower-case hexadecimal digits`);
  return Uint8Array.from({ length }, (_, at) => parseInt(text.slice(2 * at, 2 * at + 2), 16));
}

function bytesOfBase64(text: string, what: string): Uint8Array {
  let binary;
  try {
    binary = atob(text);
  } catch {
    throw new Flaw(`${what}: not base 64`);
  }
  // One way of writing only: nothing left over, nothing left out.
  if (btoa(binary) !== text) throw new Flaw(`${what}: not base 64 as it is written here`);
  return Uint8Array.from(binary, (sign) => sign.charCodeAt(0));
}

function joined(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const same = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((byte, at) => byte === b[at]);

async function sha256(...parts: Uint8Array[]): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined(parts)));
}

function eight(number: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, number);
  return bytes;
}

/** Reads JSON in which no name stands twice, so that nobody reads one value and somebody else another. */
export function readJson(text: string): Json {
  const value = JSON.parse(text) as Json;
  const names: Set<string>[] = [];
  // The text is right JSON, so strings, brackets and colons are all that has to be told apart.
  const sign = /"(?:[^"\\]|\\.)*"|[{}]/g;
  for (let found = sign.exec(text); found; found = sign.exec(text)) {
    if (found[0] === "{") names.push(new Set());
    else if (found[0] === "}") names.pop();
    else if (/^\s*:/.test(text.slice(sign.lastIndex, sign.lastIndex + 64))) {
      const name = JSON.parse(found[0]) as string;
      const here = names[names.length - 1];
      if (here?.has(name)) throw new Flaw(`the name ${name} stands twice`);
      here?.add(name);
    }
  }
  return value;
}

function object(value: Json | undefined, what: string, names?: string[]): { [key: string]: Json } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Flaw(`${what}: not an object`);
  const strange = names && Object.keys(value).find((name) => !names.includes(name));
  if (strange !== undefined) throw new Flaw(`${what}: ${strange} is not known here`);
  return value;
}

function text(from: { [key: string]: Json }, name: string): string {
  const value = from[name];
  if (typeof value !== "string") throw new Flaw(`${name}: not a text`);
  return value;
}

function whole(from: { [key: string]: Json }, name: string): number {
  const value = from[name];
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw new Flaw(`${name}: not a whole number`);
  return value;
}

type Key = { name: string; id: Uint8Array; bytes: Uint8Array };

/** Reads a public key, written `name+id+key`. */
async function readKey(line: string): Promise<Key> {
  const parts = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(line.trim());
  const [name, id, key] = [parts?.[1], parts?.[2], parts?.[3]];
  if (name === undefined || id === undefined || key === undefined) throw new Flaw("the public key is written name+id+key");
  const raw = bytesOfBase64(key, "the public key");
  if (raw[0] !== 1 || raw.length !== 33) throw new Flaw("the public key is of a suite that is not known here");
  const sum = await sha256(utf8.encode(name), Uint8Array.of(10), raw);
  if (!same(sum.slice(0, 4), bytesOfHex(id, 4, "the id"))) throw new Flaw("the public key's id does not fit it: a letter was lost or changed");
  const bytes = raw.slice(1);
  try {
    if (Point.fromBytes(bytes).isSmallOrder()) throw new Flaw("anything can be signed under this public key");
  } catch (why) {
    throw why instanceof Flaw ? why : new Flaw("the public key is no point of the curve");
  }
  return { name, id: sum.slice(0, 4), bytes };
}

/** The text of a signed note, where this key has signed it. */
async function openNote(note: string, key: Key): Promise<string> {
  if (/[\u0000-\u0009\u000b-\u001f]/.test(note)) throw new Flaw("the head holds control signs");
  const at = note.lastIndexOf("\n\n");
  if (at < 0 || !note.endsWith("\n")) throw new Flaw("there is no empty line before the head's signatures");
  const said = note.slice(0, at + 1);
  let found = false;
  for (const line of note.slice(at + 2, -1).split("\n")) {
    const parts = /^— (\S+) (\S+)$/.exec(line);
    if (parts?.[1] === undefined || parts[2] === undefined) throw new Flaw("a line under the head is no signature");
    const raw = bytesOfBase64(parts[2], "a signature");
    if (raw.length < 4) throw new Flaw("a signature under the head is too short");
    if (parts[1] !== key.name || !same(raw.slice(0, 4), key.id)) continue;
    const good = raw.length === 68 && (await verifyAsync(raw.slice(4), utf8.encode(said), key.bytes, { zip215: false }).catch(() => false));
    if (!good) throw new Flaw(`the signature of ${key.name} is not of this text`);
    found = true;
  }
  if (!found) throw new Flaw(`${key.name} has not signed this head`);
  return said;
}

function readHead(said: string, key: Key) {
  const lines = said.slice(0, -1).split("\n");
  const [origin, size, root, time] = lines;
  if (lines.length !== 4 || size === undefined || root === undefined || time === undefined) throw new Flaw("the head has four lines");
  if (origin !== key.name) throw new Flaw(`the head is of ${origin}, not of ${key.name}`);
  const number = (written: string, what: string) => {
    const read = Number(written);
    if (!Number.isSafeInteger(read) || String(read) !== written) throw new Flaw(`the head's ${what} is no number`);
    return read;
  };
  if (!time.startsWith("time ")) throw new Flaw("the head's fourth line is no time");
  const bytes = bytesOfBase64(root, "the head's root");
  if (bytes.length !== 32) throw new Flaw("the head's root is no hash");
  return { origin, size: number(size, "size"), root: bytes, at: number(time.slice(5), "time") };
}

const COLUMNS = ["prev", "tenant", "case", "seq", "stream", "position", "received_at", "recorded_at", "occurred_at", "policy", "kind", "body"];

async function hashOfEntry(entry: { [key: string]: Json }): Promise<Uint8Array> {
  const numbers = ["seq", "stream", "position", "received_at", "recorded_at"].map((name) => eight(BigInt(whole(entry, name))));
  const occurred = entry["occurred_at"] === null ? undefined : whole(entry, "occurred_at");
  const words = ["policy", "kind", "body"].flatMap((name) => {
    const bytes = utf8.encode(text(entry, name));
    return [eight(BigInt(bytes.length)), bytes];
  });
  return sha256(
    bytesOfHex(entry["prev"], 32, "prev"),
    eight(BigInt(whole(entry, "tenant"))),
    bytesOfHex(entry["case"], 16, "case"),
    ...numbers,
    Uint8Array.of(occurred === undefined ? 0 : 1),
    eight(BigInt(occurred ?? 0)),
    ...words,
  );
}

/** The number of the case that an entry reports. */
function reported(entry: { [key: string]: Json }): string | undefined {
  const body = object(object(readJson(text(entry, "body")), "the event")["body"], "the event's body");
  if (whole(entry, "seq") !== 1 || entry["kind"] !== "reported" || body["kind"] !== "reported") return undefined;
  return text(object(body["report"], "the report"), "number");
}

/** RFC 9162, 2.1.3.2. */
async function included(leaf: Uint8Array, at: number, size: number, root: Uint8Array, proof: Uint8Array[]): Promise<boolean> {
  if (at < 0 || at >= size) return false;
  let [place, last, sum] = [BigInt(at), BigInt(size - 1), leaf];
  for (const beside of proof) {
    if (last === 0n) return false;
    if (place % 2n === 1n || place === last) {
      sum = await sha256(Uint8Array.of(1), beside, sum);
      while (place % 2n === 0n && place !== 0n) [place, last] = [place / 2n, last / 2n];
    } else {
      sum = await sha256(Uint8Array.of(1), sum, beside);
    }
    [place, last] = [place / 2n, last / 2n];
  }
  return last === 0n && same(sum, root);
}

/** Checks a receipt's JSON against a public key that comes from elsewhere. Throws a `Flaw` with the first thing that does not hold. */
export async function check(json: string, publicKey: string): Promise<Proved> {
  const key = await readKey(publicKey);
  let value;
  try {
    value = readJson(json);
  } catch (why) {
    throw why instanceof Flaw ? why : new Flaw("the receipt is no JSON");
  }
  const names = ["format", "number", "entry", "event_hash", "leaf", "size", "proof", "checkpoint", "within_seconds", "key"];
  const receipt = object(value, "the receipt", names);
  if (receipt["format"] !== "huying-receipt-1") throw new Flaw("the receipt is of a form that is not read here");
  const head = readHead(await openNote(text(receipt, "checkpoint"), key), key);
  if (head.size !== whole(receipt, "size")) throw new Flaw("the receipt and its head name different sizes of the log");
  const entry = object(receipt["entry"], "the entry", COLUMNS);
  const hash = await hashOfEntry(entry);
  if (!same(hash, bytesOfHex(receipt["event_hash"], 32, "event_hash"))) throw new Flaw("the entry was changed: its hash is another");
  const number = text(receipt, "number");
  if (reported(entry) !== number) throw new Flaw(`the entry does not report case ${number}`);
  const proof = Array.isArray(receipt["proof"]) ? receipt["proof"].map((one) => bytesOfHex(one, 32, "proof")) : undefined;
  const leaf = whole(receipt, "leaf");
  if (!proof || !(await included(await sha256(Uint8Array.of(0), hash), leaf, head.size, head.root, proof))) throw new Flaw("the entry is not in the log under this head");
  return { number, receivedAt: whole(entry, "received_at"), recordedAt: whole(entry, "recorded_at"), leaf, size: head.size, headAt: head.at, log: head.origin };
}
