// Asks before a page with edits that nobody sent is left by a link, and says that the page is in use while somebody writes on it.
//
// Refuses to keep anything itself: the form's own buttons take its fields along, with and without a script. Start at `startKeeping`.

/** Writing counts as use of the session, so that it does not end under somebody's edits; it is said so often at most. */
const USE = 5 * 60_000;
/** An answer that has not come by then was none: the page still stands, and so do its edits. */
const ANSWER = 30_000;

/** Starts the question on a page whose forms take edits along; a form that came back with some says so. */
export function startKeeping(page: Document): void {
  const forms = [...page.querySelectorAll<HTMLFormElement>("form[data-keeps]")];
  if (forms.length === 0) return;
  const came = forms.some((form) => form.dataset["keeps"] === "edited");
  /** Forms in which somebody has written since: each is sent by itself alone, while what came with the page goes along with any. */
  const edited = new Set<EventTarget>();
  let sent: EventTarget | null = null;
  let used = Date.now();
  const written = (form: HTMLFormElement): void => {
    edited.add(form);
    if (!saysUse(used, Date.now())) return;
    used = Date.now();
    // Without the network nothing is lost yet: the next words try again.
    fetch("/api/v1/session", { cache: "no-store" }).catch(() => (used -= USE));
  };
  for (const form of forms) form.addEventListener("input", () => written(form));
  let waits: ReturnType<typeof setTimeout> | undefined;
  page.addEventListener("submit", (event) => {
    if (!leaves(event)) return;
    sent = event.target;
    clearTimeout(waits);
    waits = setTimeout(() => (sent = null), ANSWER);
  });
  page.defaultView?.addEventListener("beforeunload", (event) => {
    const others = [...edited].some((form) => form !== sent);
    if (mayLeave(came || edited.size > 0, sent !== null && !others)) return;
    event.preventDefault();
  });
  // Whoever comes back by the browser's own button may edit on.
  page.defaultView?.addEventListener("pageshow", () => (sent = null));
}

/** Whether a page may be left without a question. */
export function mayLeave(edited: boolean, sent: boolean): boolean {
  return sent || !edited;
}

/** Whether it is time to say that the page is in use. */
export function saysUse(used: number, now: number): boolean {
  return now - used >= USE;
}

/** Whether a form that is sent leads away from the page: not one that a script has stopped, and not that of a dialog. */
export function leaves(event: Pick<Event, "defaultPrevented" | "target">): boolean {
  const form = event.target as { method?: string } | null;
  return !event.defaultPrevented && form?.method !== "dialog";
}
