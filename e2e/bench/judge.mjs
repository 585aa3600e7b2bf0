// What watchers were told against what was done: what was missed, what came twice or out of order, what nobody was to hear.
//
// Owns the comparison only. What was done is known from the answers to the commands and from each case's own version at the end, not
// from any stream. Start at `judgeJournal` (the API's stream) and `judgeDesk` (the desk's).

/** The position that an id names; one node writes here, so there is one. */
export const position = (id) => Number(String(id ?? "").split(":").pop());

/** The first entry of a case that a watcher of this scope must hear of; undefined for a case that is not theirs. */
export function heardFrom(scope, known) {
  if (scope === "all" || scope === known.street) return 1;
  return known.parts[scope];
}

/**
 * One watcher of the API's stream. `told` is `[{ at: position, case, seq }]` in the order in which it came; `cases` is what was done, with
 * each case's last version.
 */
export function judgeJournal({ scope, told }, cases) {
  const found = { missed: [], doubled: [], disordered: 0, foreign: [] };
  const seen = new Map();
  let last = -1;
  for (const { at, case: id, seq } of told) {
    const of = seen.get(id) ?? seen.set(id, new Set()).get(id);
    if (of.has(seq)) found.doubled.push(`${id} ${seq}`);
    else if (at <= last) found.disordered += 1;
    of.add(seq);
    last = Math.max(last, at);
  }
  for (const [id, known] of cases) {
    const from = heardFrom(scope, known);
    const heard = seen.get(id);
    if (from === undefined) {
      if (heard) found.foreign.push(id);
      continue;
    }
    for (let seq = from; seq <= known.version; seq++) if (!heard?.has(seq)) found.missed.push(`${id} ${seq}`);
  }
  return found;
}

/** What a page of the desk would show after these events: the rows of its queue, and the counts. */
export class Desk {
  constructor(queue, rows) {
    this.queue = queue;
    this.rows = new Set(rows);
    this.counts = undefined;
    this.changed = new Map();
    this.doubled = 0;
    this.disordered = 0;
    this.batch = new Set();
    this.last = 0;
  }

  take({ kind, id, data, at }) {
    const value = JSON.parse(data);
    if (kind === "counts") {
      this.counts = value;
      this.batch.clear();
    } else {
      const mark = `${kind === "changed" ? kind : "row"} ${value.case}`;
      if (this.batch.has(mark)) this.doubled += 1;
      this.batch.add(mark);
    }
    if (kind === "entered" && value.queue === this.queue) this.rows.add(value.case);
    if (kind === "left" && value.queue === this.queue) this.rows.delete(value.case);
    if (kind === "changed" && !this.changed.has(value.case)) this.changed.set(value.case, at);
    if (id === undefined) return;
    if (position(id) < this.last) this.disordered += 1;
    this.last = position(id);
  }
}

/** A desk as it was told against the queue as it is drawn anew. */
export function judgeDesk(desk, rows, count) {
  return {
    missed: rows.filter((id) => !desk.rows.has(id)),
    stale: [...desk.rows].filter((id) => !rows.includes(id)),
    doubled: desk.doubled,
    disordered: desk.disordered,
    count: desk.counts && count !== undefined && desk.counts[desk.queue] !== count ? `told ${desk.counts[desk.queue]}, drawn ${count}` : undefined,
  };
}

/** The value below which `percent` of them lie. */
export function percentile(values, percent) {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))];
}
