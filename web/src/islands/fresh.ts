// Keeps a page of figures fresh while it stands open, and says loudly when it cannot.
//
// The server draws the figures; this asks for the same page again, soon after something happened and once a minute anyhow, and
// puts its main part in the place of the old one. While somebody is inside a form, it waits. After three minutes without an
// answer the page is grey and says for how long its figures have been old: a wall that silently stands still is the worst of
// errors. It says that nobody pressed anything, so that a page which stands open keeps no session alive; once that is over, the page says
// so. Start at `keepFresh`.
import { parse, tell } from "./live.ts";

const SECOND = 1_000;
/** Asked again at the latest. */
const EVERY = 60 * SECOND;
/** What happens together is looked at together. */
const GATHER = 10 * SECOND;
/** An answer that takes longer is given up, or a hanging one would stop every later one. */
const PATIENCE = 30 * SECOND;
/** From then on figures are called old. */
export const OLD = 180 * SECOND;

/** How many whole minutes old figures are, once they are to be called old; else 0. */
export function minutesOld(age: number): number {
  return age < OLD ? 0 : Math.floor(age / (60 * SECOND));
}

/** Keeps `<main data-fresh="the stream">` fresh; where it names no stream, it asks each minute. */
export function keepFresh(page: Document): void {
  const main = page.getElementById("main");
  const stream = main?.dataset["fresh"];
  if (!main || stream === undefined) return;
  let out = false;
  let drawn = performance.now();
  let asked = drawn;
  let busy = false;
  let live = true;
  let news = false;
  const say = (): void => {
    const minutes = minutesOld(performance.now() - drawn);
    page.body.toggleAttribute("data-stale", out || minutes > 0);
    const notice = main.querySelector<HTMLElement>(".cockpit-stale");
    if (notice) {
      notice.hidden = !out && minutes === 0;
      const old = minutes > 0 ? (notice.dataset["words"] ?? "").replace("{n}", String(minutes)) : "";
      const words = out ? (notice.dataset["out"] ?? "") : old;
      // The same words again would be read out again.
      if (notice.textContent !== words) notice.textContent = words;
    }
    const state = main.querySelector<HTMLElement>(".live");
    if (!state) return;
    state.dataset["state"] = live ? "on" : "cut";
    state.textContent = state.dataset[live ? "on" : "cut"] ?? "";
  };
  const again = async (): Promise<void> => {
    if (busy || inHand(page, main)) return;
    busy = true;
    news = false;
    asked = performance.now();
    try {
      const next = await fetched(page.location.href);
      out = next === "out";
      if (next && next !== "out") {
        swap(page, main, next);
        // What a script had drawn into the old content has to be drawn into the new one.
        main.dispatchEvent(new CustomEvent("page:fresh"));
        drawn = performance.now();
      }
    } finally {
      busy = false;
      say();
    }
  };
  if (stream) {
    follow(page, stream, {
      told: () => {
        news = true;
      },
      linked: (on) => {
        live = on;
        say();
      },
    });
  }
  setInterval(() => {
    if (news || performance.now() - asked > EVERY) void again();
    say();
  }, GATHER);
  page.addEventListener("visibilitychange", () => {
    if (!page.hidden) void again();
  });
}

/** The main part of the page as it is now; nothing when there was no answer, or another page came; `out` where that is the sign-in. */
async function fetched(address: string): Promise<HTMLElement | "out" | undefined> {
  const given = new AbortController();
  const late = setTimeout(() => given.abort(), PATIENCE);
  try {
    const answer = await fetch(address, { headers: { accept: "text/html", unattended: "?1" }, cache: "no-store", signal: given.signal });
    if (!answer.ok) return undefined;
    if (answer.redirected) return new URL(answer.url).pathname === "/sign-in" ? "out" : undefined;
    const next = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
    return next && next.dataset["fresh"] !== undefined ? next : undefined;
  } catch {
    return undefined;
  } finally {
    clearTimeout(late);
  }
}

/** Somebody is inside a form of the page, whose content must not go away under them. */
function inHand(page: Document, main: HTMLElement): boolean {
  const at = page.activeElement;
  return at !== null && main.contains(at) && at.closest("form") !== null;
}

/** The new content in the place of the old. What was unfolded stays so, and whoever stood on a link stands on it again. */
function swap(page: Document, main: HTMLElement, next: HTMLElement): void {
  const open = [...main.querySelectorAll<HTMLDetailsElement>("details[id][open]")].map((one) => one.id);
  const at = page.activeElement;
  const link = at && at !== main && main.contains(at) ? at.getAttribute("href") : null;
  const button = at instanceof HTMLButtonElement && main.contains(at) ? at.id : "";
  const fold = at && main.contains(at) ? at.closest("details[id]")?.id : undefined;
  main.replaceChildren(...next.childNodes);
  for (const id of open) main.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
  const there = link ? main.querySelector<HTMLElement>(`a[href="${CSS.escape(link)}"]`) : undefined;
  const summary = fold ? main.querySelector<HTMLElement>(`#${CSS.escape(fold)} > summary`) : undefined;
  const pressed = button ? page.getElementById(button) : undefined;
  // A button that a script shows is still hidden; it takes the focus once it is there.
  if (pressed) pressed.hidden = false;
  (there ?? summary ?? pressed)?.focus({ preventScroll: true });
}

interface Ear {
  told: () => void;
  linked: (on: boolean) => void;
}

/** Follows the stream of the desk; one that the server has closed is opened again, later each time. */
function follow(page: Document, stream: string, ear: Ear): void {
  let last = "";
  let wait = SECOND;
  const open = (): void => {
    const url = new URL(stream, page.baseURI);
    if (last) url.searchParams.set("after", last);
    const source = new EventSource(url);
    source.addEventListener("open", () => {
      wait = SECOND;
      ear.linked(true);
    });
    source.addEventListener("error", () => {
      ear.linked(false);
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(open, wait);
      wait = Math.min(wait * 2, 60 * SECOND);
    });
    for (const type of ["counts", "entered", "left", "changed"]) {
      source.addEventListener(type, (event) => {
        if (event.lastEventId) last = event.lastEventId;
        const message = parse(type, String(event.data));
        if (message) tell(page, message);
        ear.told();
      });
    }
    page.defaultView?.addEventListener("pagehide", () => source.close(), { once: true });
  };
  open();
}
