// The keys of the desk: J and K choose a case, Enter does the proposed act, D corrects it, U takes the last one back, ? lists them all.
//
// Everything here has a link or a button that does the same. Keys are ignored while an input method composes, in
// fields, with modifiers, in open dialogs, and when the person has switched them off (WCAG 2.1.4). What a key opens is in
// `acts.ts`; start at `startKeys`.
import { copy, correct, giveBack, hold, merge, pick, sendPicked, undo } from "./acts.ts";
import { say } from "./say.ts";

const STORED = "huying.keys";

/** What a key press may ask for. */
export type Meaning = "next" | "previous" | "act" | "search" | "help" | "correct" | "return" | "hold" | "merge" | "pick" | "undo" | "copy";

const LETTERS: Record<string, Meaning> = {
  J: "next",
  K: "previous",
  D: "correct",
  R: "return",
  H: "hold",
  M: "merge",
  X: "pick",
  U: "undo",
};

interface Press {
  key: string;
  code: string;
  isComposing: boolean;
  keyCode?: number;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  repeat: boolean;
}

/** Whether an input method has taken the key; 229 is what browsers report for one. */
export function isTaken(event: Press): boolean {
  return event.isComposing || event.keyCode === 229 || event.key === "Process";
}

/** What a key press asks for, or nothing. Reads `code` as well as `key`, since an inactive Chinese input method may hide the letter. */
export function meaning(event: Press): Meaning | undefined {
  if (isTaken(event) || event.ctrlKey || event.metaKey || event.altKey) return undefined;
  if (event.key === "?" || event.key === "？") return "help";
  if (event.key === "/" || event.key === "、") return "search";
  if (event.key === "." || event.key === "。") return "copy";
  if (event.key === "Enter") return event.repeat ? undefined : "act";
  const letter = /^[a-z]$/i.test(event.key) ? event.key.toUpperCase() : event.code.replace(/^Key/, "");
  const what = LETTERS[letter];
  // Held down, a key may walk through the list and nothing else.
  return event.repeat && what !== "next" && what !== "previous" ? undefined : what;
}

/** Starts the keys on a desk page. */
export function startKeys(page: Document): void {
  const dialog = page.querySelector<HTMLDialogElement>("dialog.keys");
  const off = dialog?.querySelector<HTMLInputElement>("input[name=keys-off]");
  if (off) {
    off.checked = stored() === "off";
    off.addEventListener("change", () => store(off.checked ? "off" : "on"));
  }
  for (const button of page.querySelectorAll("[data-opens=keys]")) button.addEventListener("click", () => dialog?.showModal());
  page.addEventListener("keydown", (event) => {
    if (page.querySelector("dialog[open]") || off?.checked || isField(event.target)) return;
    if (isTaken(event)) return say(page, "ime");
    const what = meaning(event);
    if (what === "help" && dialog) dialog.showModal();
    else if (!what || what === "help" || !does(page, what, event.target)) return;
    event.preventDefault();
  });
  const chosen = page.querySelector<HTMLElement>(".case-row-link[aria-current]");
  chosen?.scrollIntoView({ block: "nearest" });
  // Whoever has just dispatched goes on from the next case without looking for it.
  const free = page.activeElement === null || page.activeElement === page.body;
  if (free && matchMedia("(min-width: 62rem)").matches) chosen?.focus({ preventScroll: true });
}

/** Does what was asked for; whether there was anything to do. */
function does(page: Document, what: Exclude<Meaning, "help">, target: EventTarget | null): boolean {
  switch (what) {
    case "search": {
      const field = page.querySelector<HTMLElement>("[type=search]");
      field?.focus();
      return field !== null;
    }
    case "next":
      return choose(page, 1);
    case "previous":
      return choose(page, -1);
    case "act":
      return act(page, target);
    case "correct":
      return correct(page);
    case "return":
      return giveBack(page);
    case "hold":
      return hold(page);
    case "merge":
      return merge(page);
    case "pick":
      return pick(page);
    case "undo":
      return undo(page);
    case "copy":
      return copy(page);
  }
}

function isField(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  // A box of a row is ticked with the blank; letters are the desk's there too.
  return target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]") !== null;
}

function choose(page: Document, step: number): boolean {
  const rows = [...page.querySelectorAll<HTMLAnchorElement>(".case-row-link")];
  const now = rows.findIndex((row) => row.hasAttribute("aria-current"));
  const row = rows[now < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, now + step))];
  if (!row) return false;
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  if (!row.hasAttribute("aria-current")) row.click();
  return true;
}

// Enter acts only from the chosen row, on the case that is really shown, and never on one that has changed since.
function act(page: Document, target: EventTarget | null): boolean {
  const row = target instanceof Element ? target.closest<HTMLElement>(".case-row-link[aria-current]") : null;
  if (row && sendPicked(page)) return true;
  const shown = page.querySelector<HTMLElement>("[data-case-shown]");
  const same = row?.closest<HTMLElement>("[data-case]")?.dataset["case"] === shown?.dataset["caseShown"];
  if (!row || !shown || !same || shown.hasAttribute("data-stale") || shown.closest("[aria-busy=true]")) return false;
  const form = shown.querySelector<HTMLFormElement>("form[data-primary]");
  form?.requestSubmit();
  return form !== null;
}

function stored(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null; // Storage is refused in some private windows; the keys then stay on.
  }
}

function store(value: string): void {
  try {
    localStorage.setItem(STORED, value);
  } catch {
    // The choice then holds for this page only.
  }
}
