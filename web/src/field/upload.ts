// A photo's way to the server, in parts that a cut cannot undo: create, ask how far it came, append.
//
// Owns the client's side of the contract in docs/field.md, which follows draft-ietf-httpbis-resumable-upload-12. How far a photo has
// come is never kept here: the server alone knows. Start at `upload`.
import { type Answer, Cut, inName, type Network } from "./device.ts";
import { judgeTrouble, trouble, type Verdict } from "./judge.ts";
import type { Photo } from "./shapes.ts";

const SMALLEST = 16 * 1024;
const FIRST = 64 * 1024;
const LARGEST = 1024 * 1024;
/** A part that took less may be followed by one twice as large. */
const QUICK = 2_000;
/** Cuts that one photo may have in one round before everything waits. */
const CUTS = 3;
/** How often it may be created or asked for anew in one round. */
const AFRESH = 5;

export interface Way {
  net: Network;
  /** In whose name. */
  member: string;
  now(): number;
  /** Asked before each request: false where this sender may not go on. */
  alive(): Promise<boolean>;
}

export type Uploaded = { kind: "there" } | { kind: "stopped" } | Verdict;

/** Brings one photo to the server, from wherever it has come to. */
export async function upload(photo: Photo, way: Way): Promise<Uploaded> {
  const whole = photo.bytes.size;
  let [offset, size, cuts, begun]: [number | null, number, number, number] = [null, FIRST, 0, 0];
  for (;;) {
    if (!(await way.alive())) return { kind: "stopped" };
    try {
      if (offset === null) {
        // Creating it again answers how far it is, so this asks too.
        const made = await way.net.ask({ method: "POST", path: "/api/v1/uploads", headers: { ...created(photo), ...inName(way.member) } });
        // Begun again and again without an end: something between swallows it. Later.
        if ((begun += 1) > AFRESH) return { kind: "later", trouble: trouble("cut", { photo: photo.id }), seconds: null, all: false };
        const at = reached(made, whole);
        if (at === undefined) return failed(await said(made), way.now(), photo.id);
        if (complete(made)) return { kind: "there" };
        offset = at;
        continue;
      }
      const asked = way.now();
      const end = Math.min(offset + size, whole);
      const last = end === whole;
      const headers = { "Content-Type": "application/partial-upload", "Upload-Offset": String(offset), "Upload-Complete": last ? "?1" : "?0", ...inName(way.member) };
      const answer = await way.net.ask({ method: "PATCH", path: `/api/v1/uploads/${photo.id}`, headers, body: photo.bytes.slice(offset, end) });
      const at = reached(answer, whole);
      if (at !== undefined && complete(answer)) return { kind: "there" };
      if (at !== undefined) {
        // Nothing of the part has come: counted like a cut, so that it does not go on for ever.
        if (at <= offset && (cuts += 1) >= CUTS) return { kind: "later", trouble: trouble("cut", { photo: photo.id }), seconds: null, all: false };
        offset = at;
        if (way.now() - asked < QUICK) size = Math.min(size * 2, LARGEST);
      } else if (answer.status === 409 || answer.status === 404) {
        // Another offset than we thought, bytes that do not give the sum, or an upload that is no more: begin from what is there.
        offset = null;
        if ((cuts += 1) > CUTS) return failed(await said(answer), way.now(), photo.id);
      } else {
        return failed(await said(answer), way.now(), photo.id);
      }
    } catch (why) {
      if (!(why instanceof Cut)) throw why;
      if ((cuts += 1) >= CUTS) return { kind: "later", trouble: trouble("cut", { photo: photo.id }), seconds: null, all: false };
      size = Math.max(SMALLEST, size / 2);
      if (offset !== null) offset = await ask(photo.id, whole, way);
    }
  }
}

function created(photo: Photo): Record<string, string> {
  const sum = btoa(String.fromCharCode(...(photo.id.match(/../g) ?? []).map((two) => Number.parseInt(two, 16))));
  return { "Upload-Complete": "?0", "Upload-Length": String(photo.bytes.size), "Repr-Digest": `sha-256=:${sum}:` };
}

/** After a cut: how far it came; null where that has to be asked by creating it again. */
async function ask(id: string, whole: number, way: Way): Promise<number | null> {
  const answer = await way.net.ask({ method: "HEAD", path: `/api/v1/uploads/${id}`, headers: inName(way.member) }).catch((why: unknown) => {
    if (why instanceof Cut) return undefined;
    throw why;
  });
  if (answer === undefined || complete(answer)) return null;
  return reached(answer, whole) ?? null;
}

/** The offset of an answer of ours; undefined where it is none. */
function reached(answer: Answer, whole: number): number | undefined {
  const text = answer.header("upload-offset");
  if (answer.status >= 300 || text === null || !/^\d+$/.test(text)) return undefined;
  return Number(text) <= whole ? Number(text) : undefined;
}

function complete(answer: Answer): boolean {
  return answer.status < 300 && answer.header("upload-complete") === "?1";
}

async function said(answer: Answer): Promise<{ status: number; retryAfter: string | null; text: string }> {
  return { status: answer.status, retryAfter: answer.header("retry-after"), text: await answer.text() };
}

function failed(answer: { status: number; retryAfter: string | null; text: string }, now: number, photo: string): Uploaded {
  const verdict = judgeTrouble(answer, now);
  return verdict.kind === "needs" || verdict.kind === "later" ? { ...verdict, trouble: { ...verdict.trouble, photo } } : verdict;
}
