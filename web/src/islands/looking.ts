// Keeps the line "同时在看：…" of an open case true, and with it lets the others know.
//
// It asks only while the page can be seen and a hand was at it in the last minutes: a window that was left open is nobody looking, and must
// keep no session alive.

const BEAT = 15_000;
const IDLE = 120_000;

/** Starts asking, on pages that show a case. */
export function keepLooking(page: Document): void {
  if (!page.querySelector(".desk-split, [data-case-shown]")) return;
  let last = Date.now();
  for (const kind of ["keydown", "pointerdown", "pointermove", "wheel"]) {
    page.addEventListener(kind, () => (last = Date.now()), { passive: true, capture: true });
  }
  setInterval(() => {
    if (page.visibilityState === "visible" && Date.now() - last < IDLE) void beat(page);
  }, BEAT);
}

async function beat(page: Document): Promise<void> {
  const line = page.querySelector<HTMLElement>(".looking");
  const address = line?.dataset["asks"];
  if (!line || !address) return;
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".looking");
    // What stayed the same is not spoken again.
    if (!fresh || fresh.textContent === line.textContent) return;
    line.replaceChildren(...[...fresh.childNodes].map((node) => page.adoptNode(node)));
  } catch {
    // The stream says that the connection is cut; this line is then only old.
  }
}
