// Listens to the live stream and tells what changed, without moving anything under a hand.
//
// Owns the counts in the navigation, the bar "3 件新案件" above the queue, the words "由他人处理" on rows that left it,
// and the notice on an open case that changed. It refuses to add or remove rows: that is a page load, which the person
// asks for. Start at `listen`.

/** One message of the stream. `queue` names the queue that a case entered or left; `case` is the case's address part. */
export type Message =
  | { kind: "counts"; counts: Record<string, number> }
  | { kind: "entered" | "left"; queue: string; case: string }
  | { kind: "changed"; case: string };

/** The text of the page in its own language, read from `data-` attributes so that the server alone owns words. */
function words(element: HTMLElement, name: string, n = 0): string {
  return (element.dataset[name] ?? "").replace("{n}", String(n));
}

/** The message that a stream event carries, or nothing when it is not one that this page understands. */
export function parse(type: string, data: string): Message | undefined {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const fields = value as Record<string, unknown>;
  if (type === "counts") {
    const counts: Record<string, number> = {};
    for (const [queue, n] of Object.entries(fields)) if (typeof n === "number") counts[queue] = n;
    return { kind: "counts", counts };
  }
  const id = fields["case"];
  if (typeof id !== "string") return undefined;
  if (type === "changed") return { kind: "changed", case: id };
  const queue = fields["queue"];
  if ((type === "entered" || type === "left") && typeof queue === "string") return { kind: type, queue, case: id };
  return undefined;
}

/**
 * Listens to the stream that `data-live` on <body> names, from the event that `data-live-after` names.
 *
 * The browser resumes a cut stream with `Last-Event-ID` by itself. A stream that the server refuses (it restarts, or is
 * over capacity) is closed for good by the browser, so it is opened again here, later each time, with `after=`.
 */
export function listen(page: Document): void {
  const address = page.body.dataset["live"];
  if (!address) return;
  let last = page.body.dataset["liveAfter"] ?? "";
  let wait = 1_000;
  const status = page.querySelector<HTMLElement>(".live");
  const says = (state: "on" | "cut"): void => {
    if (!status || status.dataset["state"] === state) return;
    status.dataset["state"] = state;
    status.textContent = words(status, state);
  };
  const open = (): void => {
    const url = new URL(address, page.baseURI);
    if (last) url.searchParams.set("after", last);
    const source = new EventSource(url);
    source.addEventListener("open", () => {
      wait = 1_000;
      says("on");
    });
    source.addEventListener("error", () => {
      says("cut");
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(open, wait);
      wait = Math.min(wait * 2, 60_000);
    });
    for (const type of ["counts", "entered", "left", "changed"]) {
      source.addEventListener(type, (event) => {
        if (event.lastEventId) last = event.lastEventId;
        const message = parse(type, String(event.data));
        if (message) tell(page, message);
      });
    }
    page.defaultView?.addEventListener("pagehide", () => source.close(), { once: true });
  };
  open();
  // A page that the browser brings back from its cache shows old rows and has no stream.
  page.defaultView?.addEventListener("pageshow", (event) => {
    if (event.persisted) page.defaultView?.location.reload();
  });
}

/** Shows one message on the page. */
export function tell(page: Document, message: Message): void {
  if (message.kind === "counts") return counts(page, message.counts);
  if (message.kind === "changed") return changed(page, message.case);
  const list = page.querySelector<HTMLElement>(".queue-list[data-queue]");
  if (!list || list.dataset["queue"] !== message.queue) return;
  const row = list.querySelector<HTMLElement>(`[data-case="${CSS.escape(message.case)}"]`);
  if (!row) return arrivals(page, message.case, message.kind === "entered");
  strike(row, message.kind === "left" ? words(list, "goneWords") : undefined);
}

/** Strikes a row out with these words, or takes that back where its case has returned to the queue. */
function strike(row: HTMLElement, why: string | undefined): void {
  const note = row.querySelector<HTMLElement>(".case-row-source");
  const struck = row.dataset["gone"] !== undefined;
  if (struck === (why !== undefined)) return;
  if (why === undefined) {
    delete row.dataset["gone"];
    if (note) note.textContent = note.dataset["was"] ?? "";
    return;
  }
  row.dataset["gone"] = "";
  if (!note) return;
  note.dataset["was"] = note.textContent ?? "";
  note.textContent = why;
}

function counts(page: Document, all: Record<string, number>): void {
  for (const [queue, n] of Object.entries(all)) {
    for (const place of page.querySelectorAll<HTMLElement>(`[data-count-of="${CSS.escape(queue)}"]`)) {
      place.textContent = String(n);
      place.dataset["count"] = String(n);
    }
  }
}

/** Counts a case that the list does not show yet, or no longer counts one that left before it was loaded. */
function arrivals(page: Document, id: string, here: boolean): void {
  const bar = page.querySelector<HTMLElement>(".new-cases");
  if (!bar) return;
  const seen = new Set((bar.dataset["seen"] ?? "").split(" ").filter(Boolean));
  if (here === seen.has(id)) return;
  if (here) seen.add(id);
  else seen.delete(id);
  bar.dataset["seen"] = [...seen].join(" ");
  const text = bar.querySelector("[data-words]");
  if (text instanceof HTMLElement) text.textContent = words(text, "words", seen.size);
  bar.hidden = seen.size === 0;
}

function changed(page: Document, id: string): void {
  const shown = page.querySelector<HTMLElement>("[data-case-shown]");
  if (!shown || shown.dataset["caseShown"] !== id) return;
  shown.dataset["stale"] = "";
  const notice = shown.querySelector<HTMLElement>(".case-changed");
  if (notice) notice.hidden = false;
}
