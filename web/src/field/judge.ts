// What an answer of the server means for the item that was sent.
//
// Owns the table from status and code to a verdict. Pure. Only what speaks the API's own language counts: a page of a hotel's network
// that says 200, or a proxy's 403, is no answer of the server. Start at `judge`.
import type { FieldTrouble, Trouble } from "./shapes.ts";

export type Verdict =
  | { kind: "done"; number: string; version: number; stage: string }
  /** Try again later; `seconds` where the server says how long, `all` where it says it of everything. */
  | { kind: "later"; trouble: Trouble; seconds: number | null; all: boolean }
  /** Sign in, or do what the session has to do first. */
  | { kind: "sign-in"; code: string }
  /** The case has another version than the one that was read. */
  | { kind: "moved" }
  /** Photos that the server does not have (any more): those of these places in `uploads`. */
  | { kind: "missing"; places: number[] }
  | { kind: "needs"; trouble: Trouble };

export interface Said {
  status: number;
  retryAfter: string | null;
  text: string;
}

export function trouble(kind: string, change: Partial<Trouble> = {}): Trouble {
  return { kind, code: "", words: "", fields: [], photo: null, theirs: null, ...change };
}

/** Codes of a session that has something to do first, or that is somebody else's by now. */
const GATES = ["not_signed_in", "another_member", "password_first", "codes_first", "secure_only"];
const LONGEST = 3_600;

export const cut = (): Verdict => ({ kind: "later", trouble: trouble("cut"), seconds: null, all: false });

/** What the answer to a report or command says. `id` is the case that was asked for. */
export function judge(said: Said, id: string, now: number): Verdict {
  const body = fieldsOf(said.text);
  if (said.status >= 200 && said.status < 300) {
    const { number, version, stage } = body;
    const ours = body["id"] === id && typeof number === "string" && number !== "" && typeof version === "number" && typeof stage === "string";
    return ours ? { kind: "done", number, version, stage } : cut();
  }
  return judgeTrouble(said, now);
}

/** What an answer that is no success says; the same for uploads. */
export function judgeTrouble(said: Said, now: number): Verdict {
  const body = fieldsOf(said.text);
  const code = typeof body["code"] === "string" ? body["code"] : "";
  const words = typeof body["detail"] === "string" ? body["detail"] : "";
  const fields = troubles(body["errors"]);
  const seconds = wait(said.retryAfter, now);
  const needs = (kind: string): Verdict => ({ kind: "needs", trouble: trouble(kind, { code, words, fields }) });
  if (said.status === 413) return needs("too_large");
  if (said.status === 429 || said.status === 503) return { kind: "later", trouble: trouble("busy", { code, words }), seconds: seconds ?? 30, all: true };
  // Whoever says no without a code of the API is not the server: a portal, a proxy, or a version that is being put in place.
  if (said.status < 400 || code === "") return said.status >= 500 ? later("server", code, words, seconds) : cut();
  if (said.status >= 500) return later("server", code, words, seconds);
  if (said.status === 401 || GATES.includes(code)) return { kind: "sign-in", code };
  if (code === "upload_missing") return { kind: "missing", places: fields.map(({ field }) => Number(/^uploads\[(\d+)\]/.exec(field)?.[1] ?? "0")) };
  if (seconds !== null) return later("busy", code, words, seconds);
  if (said.status === 409) return code === "conflict" ? { kind: "moved" } : needs("refused");
  if (said.status === 415) return needs("not_taken");
  if (said.status === 404) return needs("gone");
  if (said.status === 400 || said.status === 422) return needs("fields");
  return needs("refused");
}

function later(kind: string, code: string, words: string, seconds: number | null): Verdict {
  return { kind: "later", trouble: trouble(kind, { code, words }), seconds, all: false };
}

/** Retry-After: seconds, or a date. */
function wait(text: string | null, now: number): number | null {
  if (text === null) return null;
  const seconds = /^\d+$/.test(text.trim()) ? Number(text) : Math.ceil((Date.parse(text) - now) / 1000);
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 1), LONGEST) : null;
}

export function fieldsOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function troubles(errors: unknown): FieldTrouble[] {
  if (!Array.isArray(errors)) return [];
  return errors.map((one: Record<string, unknown>) => ({
    field: String(one?.["field"] ?? ""),
    message: String(one?.["message"] ?? ""),
    mend: String(one?.["mend"] ?? ""),
  }));
}
