// The form that ends a case: a chosen reply stands in the words at once, and the preview says what is written.
//
// Without it the buttons beside both ask the server for the same. Words that somebody wrote are never taken away: a reply replaces
// only what is empty or was itself a reply.

/** Whether a chosen reply may stand in place of what is written. */
export function mayReplace(written: string, replies: readonly string[]): boolean {
  const words = written.trim();
  return words === "" || replies.some((reply) => reply.trim() === words);
}

/** Starts the form on a page that has one. */
export function startReplies(page: Document): void {
  const form = page.querySelector<HTMLFormElement>("form[data-reply]");
  const words = form?.querySelector<HTMLTextAreaElement>("textarea[name=reason]");
  if (!form || !words) return;
  const mirror = form.querySelector<HTMLElement>("[data-mirror=reason]");
  const show = (): void => {
    if (mirror) mirror.textContent = words.value;
  };
  words.addEventListener("input", show);
  const choice = form.querySelector<HTMLSelectElement>("select[name=reply]");
  choice?.addEventListener("change", () => {
    const replies = [...choice.options].flatMap((option) => option.dataset["words"] ?? []);
    const offered = choice.selectedOptions[0]?.dataset["words"];
    if (offered === undefined || !mayReplace(words.value, [...replies, words.defaultValue])) return;
    words.value = offered;
    show();
  });
}
