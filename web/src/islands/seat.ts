// The hotline seat: what was written so far is looked up whenever the hands rest, so that nobody has to press a button while
// somebody speaks.
//
// Without it the button does the same. What was found is replaced and nothing else: fields, focus and choices in the other half stay,
// and while somebody chooses among what was found nothing moves.

/** Milliseconds without a key before it is looked up. */
const REST = 900;

/** Starts the look-up on a page that has a seat. */
export function startSeat(page: Document): void {
  const form = page.querySelector<HTMLFormElement>("form[data-hears]");
  if (!form) return;
  let waits: ReturnType<typeof setTimeout> | undefined;
  let asked: AbortController | undefined;
  form.addEventListener("input", (event) => {
    const field = event.target instanceof HTMLElement ? event.target : null;
    // A choice among what was found tells nothing new, and names and numbers of persons are asked for nothing.
    if (!field || field.closest("[data-found]") || !field.matches("[name=said], [name=place], [name=number]")) return;
    clearTimeout(waits);
    asked?.abort();
    waits = setTimeout(() => {
      asked = new AbortController();
      void look(page, form, asked.signal);
    }, REST);
  });
  form.addEventListener("submit", () => {
    clearTimeout(waits);
    asked?.abort();
  });
}

async function look(page: Document, form: HTMLFormElement, signal: AbortSignal): Promise<void> {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && !["name", "contact"].includes(name)) body.append(name, value);
  }
  try {
    const answer = await fetch(form.action, { method: "POST", body, signal, headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-found]");
    const found = form.querySelector("[data-found]");
    if (!answer.ok || !fresh || !found || found.contains(page.activeElement)) return;
    const said = form.querySelector("[data-heard]");
    if (said) said.textContent = fresh.querySelector("[data-summary]")?.textContent ?? "";
    found.replaceWith(page.adoptNode(fresh));
  } catch {
    // The button looks it up too.
  }
}
