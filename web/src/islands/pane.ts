// Shows a chosen case beside the queue without loading the whole page.
//
// A row is a link, and its page is the same desk with that case chosen; this fetches that page and takes the case
// out of it. On a narrow screen, with a modifier, or when anything fails, the link is simply followed.

const CASE = ".desk-case";

/** Lets plain clicks on rows of a wide desk change only the case beside them. */
export function startPane(page: Document): void {
  const queue = page.querySelector(".desk-queue");
  if (!queue) return;
  let asked: AbortController | undefined;
  queue.addEventListener("click", (event) => {
    if (!(event instanceof MouseEvent) || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const row = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>(".case-row-link") : null;
    if (!row || !matchMedia("(min-width: 62rem)").matches) return;
    event.preventDefault();
    asked?.abort();
    asked = new AbortController();
    void show(page, row, asked.signal);
  });
  page.defaultView?.addEventListener("popstate", () => page.defaultView?.location.reload());
}

async function show(page: Document, row: HTMLAnchorElement, signal: AbortSignal): Promise<void> {
  for (const other of page.querySelectorAll(".case-row-link[aria-current]")) other.removeAttribute("aria-current");
  row.setAttribute("aria-current", "true");
  const pane = page.querySelector<HTMLElement>(CASE);
  if (pane) pane.ariaBusy = "true";
  try {
    const answer = await fetch(row.href, { signal, headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = fresh.querySelector<HTMLElement>(CASE);
    if (!answer.ok || !pane || !next) throw new Error(`The page of the case has no ${CASE}.`);
    // The heading of an empty desk gives way to the case's own: a page has one.
    page.querySelector("main > h1.visually-hidden")?.remove();
    pane.replaceWith(page.adoptNode(next));
    next.scrollTop = 0;
    // Loading what is new keeps the case that is chosen now.
    const load = fresh.querySelector(".new-cases")?.getAttribute("href");
    if (load) page.querySelector(".new-cases")?.setAttribute("href", load);
    page.title = fresh.title;
    history.replaceState(null, "", row.href);
  } catch {
    if (!signal.aborted) page.defaultView?.location.assign(row.href);
  }
}
