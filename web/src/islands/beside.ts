// The list beside the map, and the way to the map's own script.
//
// Owns the choice: arrow keys go through the rows, the chosen row is marked, and so is its area in the server's drawing. The map's script is large, so it
// comes only to a page with a map, and only where the browser can draw it; it hears of a choice by `map:chosen` and tells one by `map:picked`. Start at `startMap`.

/** Which row a key leads to, or nothing when the key is not for the list. */
export function rowAfter(key: string, now: number, count: number): number | undefined {
  if (count === 0) return undefined;
  const last = count - 1;
  if (key === "ArrowDown") return Math.min(last, now + 1);
  if (key === "ArrowUp") return Math.max(0, now - 1);
  if (key === "Home") return 0;
  if (key === "End") return last;
  return undefined;
}

/** What is chosen on the page, as the list tells the map. */
export interface Chosen {
  id: string;
  at: [number, number] | undefined;
  /** Whether the map has to go there. */
  moves: boolean;
}

function rowsOf(list: HTMLElement): HTMLAnchorElement[] {
  return [...list.querySelectorAll<HTMLAnchorElement>("a[data-case]")];
}

function mark(page: Document, list: HTMLElement, row: HTMLAnchorElement | undefined): void {
  for (const other of rowsOf(list)) if (other !== row) other.removeAttribute("aria-current");
  row?.setAttribute("aria-current", "true");
  const area = row?.dataset["in"];
  for (const cell of page.querySelectorAll<SVGElement>(".map-box a[data-area] > .cell")) {
    cell.toggleAttribute("data-chosen", area !== undefined && cell.parentElement?.dataset["area"] === area);
  }
}

function chosen(list: HTMLElement, row: HTMLAnchorElement, moves: boolean): void {
  const [lon, lat] = [Number(row.dataset["lon"]), Number(row.dataset["lat"])];
  const at: [number, number] | undefined = Number.isFinite(lon) && Number.isFinite(lat) ? [lon, lat] : undefined;
  const detail: Chosen = { id: row.dataset["case"] ?? "", at, moves };
  list.dispatchEvent(new CustomEvent("map:chosen", { detail }));
}

/** Keeps one row of the list chosen. */
export function keepChoice(page: Document, list: HTMLElement): void {
  list.addEventListener("focusin", (event) => {
    const row = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[data-case]") : null;
    if (!row || row.hasAttribute("aria-current")) return;
    mark(page, list, row);
    chosen(list, row, true);
  });
  list.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const rows = rowsOf(list);
    const now = rows.findIndex((row) => row === page.activeElement);
    const next = rowAfter(event.key, now, rows.length);
    if (next === undefined || now < 0) return;
    event.preventDefault();
    rows[next]?.focus();
  });
  list.addEventListener("map:picked", (event) => {
    const id: unknown = event instanceof CustomEvent ? event.detail : undefined;
    const row = rowsOf(list).find((one) => one.dataset["case"] === id);
    mark(page, list, row);
    row?.scrollIntoView({ block: "nearest" });
    if (row) chosen(list, row, false);
  });
}

/** What the map's own script offers. */
interface MapScript {
  start(box: HTMLElement, list: HTMLElement | null): Promise<void>;
}

/** Starts the list, and brings the map where there is one. */
export function startMap(page: Document): void {
  const list = page.querySelector<HTMLElement>(".map-rows");
  if (list) keepChoice(page, list);
  const box = page.querySelector<HTMLElement>(".map-live[data-script]");
  const address = box?.dataset["script"];
  if (!box || !address || !page.createElement("canvas").getContext("webgl2")) return;
  // What does not come leaves the drawing as it is.
  void import(address)
    .then((script: MapScript) => script.start(box, list))
    .catch(() => {
      box.hidden = true;
    });
}
