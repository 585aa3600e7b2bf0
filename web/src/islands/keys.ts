// The keys of the desk: J and K choose a case, Enter does the first act on it, / searches, ? lists the keys.
//
// Everything here has a link or a button that does the same. Keys are ignored while an input method composes, in
// fields, with modifiers, in open dialogs, and when the person has switched them off (WCAG 2.1.4).

const STORED = "huying.keys";

/** What a key press asks for, or nothing. Reads `code` as well as `key`, since an inactive Chinese input method may hide the letter. */
export function meaning(event: {
  key: string;
  code: string;
  isComposing: boolean;
  keyCode?: number;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  repeat: boolean;
}): "next" | "previous" | "act" | "search" | "help" | undefined {
  // 229 is what browsers report for a key that an input method has taken.
  if (event.isComposing || event.keyCode === 229 || event.key === "Process") return undefined;
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  if (event.key === "?" || event.key === "？") return "help";
  if (event.key === "/" || event.key === "、") return "search";
  if (event.key === "Enter") return event.repeat ? undefined : "act";
  if (event.code === "KeyJ" || event.key === "j") return "next";
  if (event.code === "KeyK" || event.key === "k") return "previous";
  return undefined;
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
    if (dialog?.open || off?.checked || isField(event.target)) return;
    const what = meaning(event);
    if (what === "help" && dialog) dialog.showModal();
    else if (what === "search") page.querySelector<HTMLElement>("[type=search]")?.focus();
    else if (what === "next" || what === "previous") choose(page, what === "next" ? 1 : -1);
    else if (what === "act") {
      if (!act(page, event.target)) return;
    } else return;
    event.preventDefault();
  });
  const chosen = page.querySelector<HTMLElement>(".case-row-link[aria-current]");
  chosen?.scrollIntoView({ block: "nearest" });
}

function isField(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, select, textarea, [contenteditable]") !== null;
}

function choose(page: Document, step: number): void {
  const rows = [...page.querySelectorAll<HTMLAnchorElement>(".case-row-link")];
  const now = rows.findIndex((row) => row.hasAttribute("aria-current"));
  const row = rows[now < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, now + step))];
  if (!row) return;
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  if (!row.hasAttribute("aria-current")) row.click();
}

// Enter acts only from the chosen row, on the case that is really shown, and never on one that has changed since.
function act(page: Document, target: EventTarget | null): boolean {
  const row = target instanceof Element ? target.closest<HTMLElement>(".case-row-link[aria-current]") : null;
  const shown = page.querySelector<HTMLElement>("[data-case-shown]");
  const same = row?.closest<HTMLElement>("[data-case]")?.dataset["case"] === shown?.dataset["caseShown"];
  if (!row || !shown || !same || shown.hasAttribute("data-stale") || shown.ariaBusy === "true") return false;
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
