// Asks before a page with edits that nobody sent is left by a link.
//
// Refuses to keep anything itself: the form's own buttons take its fields along, with and without a script. Start at `startKeeping`.

/** Starts the question on a page whose forms take edits along; a form that came back with some says so. */
export function startKeeping(page: Document): void {
  const forms = [...page.querySelectorAll<HTMLFormElement>("form[data-keeps]")];
  if (forms.length === 0) return;
  let edited = forms.some((form) => form.dataset["keeps"] === "edited");
  let sent = false;
  for (const form of forms) form.addEventListener("input", () => (edited = true));
  page.addEventListener("submit", () => (sent = true));
  page.defaultView?.addEventListener("beforeunload", (event) => {
    if (mayLeave(edited, sent)) return;
    event.preventDefault();
  });
  // Whoever comes back by the browser's own button may edit on.
  page.defaultView?.addEventListener("pageshow", () => (sent = false));
}

/** Whether a page may be left without a question. */
export function mayLeave(edited: boolean, sent: boolean): boolean {
  return sent || !edited;
}
