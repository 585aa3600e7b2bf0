// What the keys of the desk open or press: forms and buttons that the server has drawn, never one of their own.
//
// Owns which form belongs to which key. It refuses to send anything that still has to be written: such a form is opened, and
// the hand is put into its first field.
import { chooseUnit } from "./choose.ts";
import { say } from "./say.ts";

const shownCase = (page: Document): HTMLElement | null => page.querySelector<HTMLElement>("[data-case-shown]");
const chosenRow = (page: Document): HTMLElement | null => page.querySelector<HTMLElement>(".case-row-link[aria-current]");

/** Opens the form of a command and goes to the first thing that it asks. */
function open(page: Document, command: string): boolean {
  const form = shownCase(page)?.querySelector<HTMLFormElement>(`form[action$="/commands/${command}"]`);
  if (!form) return false;
  const details = form.closest("details");
  if (details) details.open = true;
  const field = form.querySelector<HTMLElement>("textarea, select, input:not([type=hidden]), button");
  field?.focus();
  field?.scrollIntoView({ block: "nearest" });
  return field !== null;
}

/** D: another unit than the proposed one. */
export function correct(page: Document): boolean {
  const select = shownCase(page)?.querySelector<HTMLSelectElement>("form select[name=lead]");
  const form = select?.form;
  if (!select || !form) return false;
  chooseUnit(page, select, () => {
    const details = form.closest("details");
    if (details) details.open = true;
    const words = form.querySelector<HTMLElement>("textarea[required]");
    // What needs no words is ready for Enter on the row, like the proposal was.
    if (!words && form.closest(".card-suggest")) form.setAttribute("data-primary", "");
    (words ?? chosenRow(page) ?? select).focus();
  });
  return true;
}

/** R: back to whoever sent it; with chosen rows, for all of them. */
export function giveBack(page: Document): boolean {
  const reason = picked(page).length > 0 ? page.querySelector<HTMLElement>("#bulk input[name=reason]") : null;
  reason?.focus();
  return reason !== null || open(page, "return");
}

/** H: the clocks stand still until a moment. */
export function hold(page: Document): boolean {
  return open(page, "suspend");
}

/** M: to the nearest likely duplicate's button, which Enter then presses; where there is none, to the number of another case. */
export function merge(page: Document): boolean {
  const button = shownCase(page)?.querySelector<HTMLElement>("[data-key=merge]");
  button?.focus();
  button?.scrollIntoView({ block: "nearest" });
  return Boolean(button) || open(page, "merge");
}

/** U: takes the last act back, while the page offers it. */
export function undo(page: Document): boolean {
  const form = page.querySelector<HTMLFormElement>(".toast form.undo");
  form?.requestSubmit();
  return form !== null;
}

/** The number of the case, for another window. */
export function copy(page: Document): boolean {
  const number = shownCase(page)?.querySelector<HTMLElement>("[data-number]")?.dataset["number"];
  if (!number || !navigator.clipboard) return false;
  navigator.clipboard.writeText(number).then(
    () => say(page, "copied", number),
    () => undefined, // A browser that refuses says so itself.
  );
  return true;
}

function picked(page: Document): HTMLInputElement[] {
  return [...page.querySelectorAll<HTMLInputElement>(".case-pick input:checked")];
}

/** X: takes the row into the act on several, or out of it. */
export function pick(page: Document): boolean {
  const box = chosenRow(page)?.closest(".case-row")?.querySelector<HTMLInputElement>(".case-pick input");
  box?.click();
  return Boolean(box);
}

/** Enter with chosen rows: the act that the queue offers for several. Whether there were any. */
export function sendPicked(page: Document): boolean {
  const button = page.querySelector<HTMLButtonElement>("#bulk [data-key=bulk]");
  if (!button?.form || picked(page).length === 0) return false;
  button.form.requestSubmit(button);
  return true;
}

/** Keeps the count of chosen rows true, and opens what may be done with them. */
export function startPicks(page: Document): void {
  const bar = page.querySelector<HTMLDetailsElement>("details.bulk");
  const told = bar?.querySelector<HTMLElement>("[data-picked]");
  if (!bar || !told) return;
  const count = (): void => {
    const n = picked(page).length;
    told.textContent = n > 0 ? (told.dataset["picked"] ?? "").replace("{n}", String(n)) : "";
    bar.open = n > 0;
  };
  page.querySelector(".queue-list")?.addEventListener("change", count);
  // A browser that comes back to a page remembers its boxes.
  if (picked(page).length > 0) count();
}
