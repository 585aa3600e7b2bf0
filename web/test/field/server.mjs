// The simulated server: as much of the API as a field device meets, as docs/field.md has it.
//
// It acts at once and in one piece; what may go wrong on the way is network.mjs. It keeps everything it was ever sent, so that the judge
// can look for what was lost or doubled.
import { createHash } from "node:crypto";

const STAGES = {
  receive: { from: ["dispatched"], to: "handling" },
  arrive: { from: ["dispatched", "handling"] },
  progress: { from: ["dispatched", "handling"] },
  finish: { from: ["handling"], to: "inspecting" },
  return: { from: ["dispatched", "handling"], to: "filed" },
  "self-handle": { from: ["reported"], to: "inspecting" },
  attach: { from: ["reported", "filed", "dispatched", "handling", "inspecting"] },
  note: { from: ["reported", "filed", "dispatched", "handling", "inspecting"] },
};
const WITH_PHOTOS = ["report", "attach", "finish", "verified", "self-handle", "supplement"];
export const LARGEST = 200_000;
/** Every part but the last has so many bytes. */
const LEAST_PART = 16 * 1024;

const sha = (bytes) => createHash("sha256").update(bytes).digest("hex");

export class Server {
  constructor(world) {
    this.world = world;
    this.member = "网格员 1";
    this.keys = new Map();
    this.cases = new Map();
    this.uploads = new Map();
    this.files = new Map();
    this.count = 0;
  }

  /** A case that others have begun. */
  task(stage) {
    const id = this.world.bytes(16).reduce((text, byte) => text + byte.toString(16).padStart(2, "0"), "");
    return this.begin(id, stage, "team-1");
  }

  begin(id, stage, custodian) {
    this.count += 1;
    const it = { id, number: `C-${String(this.count).padStart(6, "0")}`, version: 1, stage, custodian, log: [] };
    this.cases.set(id, it);
    return it;
  }

  allowed(it) {
    return Object.entries(STAGES).filter(([, row]) => row.from.includes(it.stage)).map(([name]) => ({ name }));
  }

  /** What others do meanwhile. */
  meanwhile(it) {
    it.version += 1;
    const what = this.world.pick(["tick", "tick", "comment", "recall", "dispatch"]);
    if (what === "recall" && ["dispatched", "handling"].includes(it.stage)) Object.assign(it, { stage: "filed", custodian: "centre-1" });
    if (what === "dispatch" && ["reported", "filed"].includes(it.stage)) Object.assign(it, { stage: "dispatched", custodian: "team-1" });
  }

  handle({ method, path, headers, body, at, stray }) {
    const answer = (status, value, more = {}) => ({
      status,
      headers: { date: new Date(at).toUTCString(), ...more },
      text: typeof value === "string" ? value : JSON.stringify(value),
    });
    const problem = (status, code, more = {}, headers = {}) => answer(status, { code, status, detail: `${code}.`, ...more }, headers);
    if (this.member === null) return problem(401, "not_signed_in");
    if (headers["For-Member"] !== undefined && decodeURIComponent(headers["For-Member"]) !== this.member) return problem(409, "another_member");
    if (path === "/api/v1/session") return answer(200, { id: this.member, name: "", seats: [{ unit: "team-1", role: "grid_worker" }] });
    if (path.startsWith("/api/v1/uploads")) return this.upload({ method, path, headers, body, at }, answer, problem);
    const [, id, name] = /^\/api\/v1\/cases\/([0-9a-f]{32})(?:\/commands\/([a-z-]+))?/.exec(path) ?? [];
    if (method === "GET") {
      const it = this.cases.get(id);
      return it ? answer(200, { id, number: it.number, version: it.version, stage: it.stage, custodian: it.custodian, allowed: this.allowed(it) }) : problem(404, "not_found");
    }
    return this.command({ path, headers, body, at, stray, id, name: name ?? "report" }, answer, problem);
  }

  command({ path, headers, body, at, stray, id, name }, answer, problem) {
    const key = `${this.member} ${headers["Idempotency-Key"]}`;
    const hash = sha(`${path} ${body}`);
    const used = this.keys.get(key);
    if (used) return used.hash === hash ? answer(used.status, { ...used.value, replayed: true }) : problem(422, "key_reused");
    const fields = JSON.parse(body);
    const said = fields.text ?? fields.words ?? fields.reason ?? "";
    if (said.includes("BAD")) return problem(400, "validation", { errors: [{ field: "text", code: "bad", message: "bad", mend: "mend" }] });
    const sent = fields.uploads ?? [];
    if (sent.length > 0 && !WITH_PHOTOS.includes(name)) return problem(400, "validation", { errors: [{ field: "uploads", code: "no_files_here", message: "", mend: "" }] });
    const missing = sent.flatMap(({ upload }, place) => (this.uploads.get(`${this.member} ${upload}`)?.complete ? [] : [place]));
    if (missing.length > 0) return problem(409, "upload_missing", { errors: missing.map((place) => ({ field: `uploads[${place}]`, code: "missing", message: "", mend: "" })) });
    const it = name === "report" ? this.cases.get(fields.id) : this.cases.get(id);
    if (name === "report") {
      if (it) return problem(409, "case_exists");
      this.begin(fields.id, "reported", "centre-1");
    } else {
      if (!it) return problem(404, "not_found");
      const wanted = headers["If-Match"];
      if (wanted !== undefined && wanted !== `"${it.version}"`) return problem(409, "conflict", { version: it.version });
      if (!STAGES[name].from.includes(it.stage)) return problem(409, "wrong_stage");
    }
    const held = this.cases.get(name === "report" ? fields.id : id);
    if (name !== "report") held.version += 1;
    held.stage = STAGES[name]?.to ?? held.stage;
    if (held.stage === "filed") held.custodian = "centre-1";
    for (const { upload } of sent) this.files.set(`${held.id} ${upload}`, this.uploads.get(`${this.member} ${upload}`).bytes);
    held.log.push({ member: this.member, name, said, key: headers["Idempotency-Key"], photos: sent.map(({ upload }) => upload), claimed: fields.claimed, at, stray });
    const value = { id: held.id, number: held.number, version: held.version, stage: held.stage, replayed: false };
    const status = name === "report" ? 201 : 200;
    this.keys.set(key, { hash, status, value });
    return answer(status, value);
  }

  upload({ method, path, headers, body, at }, answer, problem) {
    if (method === "POST") {
      const length = Number(headers["Upload-Length"]);
      const id = Buffer.from(/^sha-256=:(.+):$/.exec(headers["Repr-Digest"])[1], "base64").toString("hex");
      if (length > LARGEST) return problem(413, "too_large");
      const name = `${this.member} ${id}`;
      const again = this.uploads.has(name);
      const known = this.uploads.get(name) ?? { length, bytes: Buffer.alloc(0), complete: false, at };
      this.uploads.set(name, known);
      return answer(again ? 200 : 201, "", { location: `/api/v1/uploads/${id}`, ...state(known) });
    }
    const id = path.split("/").at(-1);
    const known = this.uploads.get(`${this.member} ${id}`);
    if (!known) return problem(404, "not_found");
    if (method === "HEAD") return answer(204, "", state(known));
    if (known.complete) return problem(409, "upload_complete", {}, state(known));
    if (Number(headers["Upload-Offset"]) !== known.bytes.length) return problem(409, "upload_offset", {}, state(known));
    const end = known.bytes.length + body.bytes.length;
    if (!body.broken && headers["Upload-Complete"] !== "?1" && body.bytes.length < LEAST_PART && end < known.length) {
      return problem(400, "validation", { errors: [{ field: "body", code: "too_small", message: "", mend: "" }] }, state(known));
    }
    // A body that broke off: what came of it counts.
    known.bytes = Buffer.concat([known.bytes, body.bytes]).subarray(0, known.length);
    if (body.broken || headers["Upload-Complete"] !== "?1") return answer(204, "", state(known));
    if (known.bytes.length !== known.length || sha(known.bytes) !== id) {
      this.uploads.delete(`${this.member} ${id}`);
      return problem(409, "upload_digest");
    }
    known.complete = true;
    return answer(204, "", state(known));
  }

  /** Uploads that nobody has used for long are thrown away; here also some that will yet be asked for. */
  sweep() {
    for (const name of [...this.uploads.keys()]) if (this.world.chance(0.5)) this.uploads.delete(name);
  }
}

function state(known) {
  return { "upload-offset": String(known.bytes.length), "upload-complete": known.complete ? "?1" : "?0", "upload-length": String(known.length) };
}
