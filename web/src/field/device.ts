// What the modules of the field app are given from outside: time, chance, network, locks. Each is small enough to be simulated.
//
// Owns the shapes and the making of keys and ids. The browser's side of them is browser.ts.

export interface Clock {
  /** The device's clock, ms since 1970. It may be wrong and it may jump. */
  now(): number;
  /** Milliseconds since some moment of this page, which nobody can set. */
  steady(): number;
  /** Calls once after so many ms; the answer cancels it. */
  after(ms: number, act: () => void): () => void;
}

export interface Chance {
  /** So many random bytes. */
  bytes(count: number): Uint8Array;
  /** From 0 up to, not including, 1. */
  unit(): number;
}

export interface Ask {
  method: "GET" | "HEAD" | "POST" | "PATCH";
  path: string;
  headers?: Record<string, string>;
  body?: string | Blob;
}

export interface Answer {
  status: number;
  header(name: string): string | null;
  text(): Promise<string>;
}

/** No answer came: nobody knows whether the server acted. */
export class Cut extends Error {}

export interface Network {
  /** Rejects with `Cut` where no answer came within `TIMEOUT`. */
  ask(ask: Ask): Promise<Answer>;
}

/**
 * In whose name a request is meant. The session may have become somebody else's between the greeting and this request, in another tab;
 * the server then refuses, and nothing is done in the wrong name.
 */
export function inName(member: string): Record<string, string> {
  // A header takes ASCII only, and a member's id may be anything.
  return { "For-Member": encodeURIComponent(member) };
}

/** How long a request may take. A part of a photo is made so small that it fits on the slowest net. */
export const TIMEOUT = 60_000;

export interface Locks {
  /** Runs `work` while nobody else holds the lock; waits until it is free. `alive` is asked before each request. */
  hold<T>(work: (alive: () => Promise<boolean>) => Promise<T>): Promise<T>;
}

/** The store has no room left: nothing of what was to be written is written. */
export class Full extends Error {}

/** The device is somebody else's by now than the one whose screen this is, or nobody's: nothing is written in a wrong name. */
export class Another extends Error {}

/** The bytes of a photo stand in the store and cannot be read: no line will ever be good enough for them. */
export class Illegible extends Error {}

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** The SHA-256 of a photo's bytes, hex. */
export type Sum = (bytes: Blob) => Promise<string>;

export const webSum: Sum = async (bytes) => hex(new Uint8Array(await crypto.subtle.digest("SHA-256", await bytes.arrayBuffer())));

/** An idempotency key: 128 random bits. */
export function newKey(chance: Chance): string {
  return hex(chance.bytes(16));
}

/** A case id: UUID version 7 without hyphens, as the API takes it from a device. */
export function newCase(now: number, chance: Chance): string {
  const bytes = chance.bytes(16);
  let ms = Math.max(0, Math.floor(now));
  for (let at = 5; at >= 0; at -= 1) {
    bytes[at] = ms % 256;
    ms = Math.floor(ms / 256);
  }
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return hex(bytes);
}
