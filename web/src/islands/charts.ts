// Brings charts to the tables of a page: finds them, makes room, fetches the chart's script, and draws again when something changes.
//
// `figure[data-chart=line|bar][data-table=ID]` is drawn from the table of that id, whose plotted columns say `data-series=c1…c5`. What
// the server drew inside the figure stands until the chart does, and stays where the chart cannot be drawn. Colours are the page's. Refuses to count
// and to throw. Start at `startCharts`.
import { describe, lettersHigh, readTable, toldOf, type Kind, type Look, type Told } from "./chart-data.ts";
import type { Drawn } from "./chart.ts";

type Script = typeof import("./chart.ts");

/** Pixels of a picture that is taken away, whatever the screen. */
const PICTURE = { width: 1200, height: 480, size: 18 };

interface Chart {
  figure: HTMLElement;
  box: HTMLElement;
  told: Told;
  drawn: Drawn | undefined;
  width: number;
}

/** Draws the charts of a page and keeps them so. */
export function startCharts(page: Document): void {
  const main = page.getElementById("main");
  if (!main?.querySelector("figure[data-chart]")) return;
  let script: Script | undefined;
  let charts: Chart[] = [];
  const watch = new ResizeObserver((seen) => {
    for (const { target } of seen) {
      const chart = charts.find(({ box }) => box === target);
      if (chart?.drawn && chart.box.clientWidth > 0 && chart.box.clientWidth !== chart.width) again(chart);
    }
  });
  const all = (): void => {
    watch.disconnect();
    for (const { drawn } of charts) drawn?.end();
    charts = [...main.querySelectorAll<HTMLElement>("figure[data-chart]")].flatMap((figure) => room(page, figure));
    if (script) for (const chart of charts) if (show(script, chart)) watch.observe(chart.box);
  };
  all();
  main.addEventListener("page:fresh", all);
  main.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>("button[data-saves]") : null;
    const chart = button && charts.find(({ figure }) => figure.id === button.dataset["saves"]);
    if (script && chart) void save(script, chart).catch(() => button.toggleAttribute("hidden", true));
  });
  for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"]) {
    matchMedia(query).addEventListener("change", () => charts.forEach(again));
  }
  // What does not come leaves the page as the server drew it.
  void import("./chart.ts").then(
    (came) => {
      script = came;
      all();
    },
    () => charts.forEach(clear),
  );
}

/** A box inside the figure. Where the server drew nothing, the room is kept from the first moment on. */
function room(page: Document, figure: HTMLElement): Chart[] {
  const table = page.getElementById(figure.dataset["table"] ?? "");
  const cells = table instanceof HTMLTableElement ? readTable(table) : undefined;
  const told = cells && toldOf(cells, figure.dataset["chart"], figure.getAttribute("aria-label") ?? "");
  if (!told) return [];
  figure.querySelector(".chart-live")?.remove();
  const box = page.createElement("div");
  box.className = "chart-live";
  if (told.form === "bar") box.style.blockSize = `${lettersHigh(told)}em`;
  box.hidden = figure.firstElementChild !== null;
  figure.append(box);
  figure.hidden = false;
  return [{ figure, box, told, drawn: undefined, width: 0 }];
}

function show(script: Script, chart: Chart): boolean {
  const { figure, box, told } = chart;
  try {
    figure.dataset["live"] = "on";
    box.hidden = false;
    chart.width = box.clientWidth;
    const look = lookOf(box);
    chart.drawn = script.draw(box, told, look);
    box.setAttribute("role", "img");
    box.setAttribute("aria-label", describe(told, look.english));
    for (const button of buttons(figure)) button.hidden = false;
    return true;
  } catch {
    clear(chart);
    return false;
  }
}

function again(chart: Chart): void {
  try {
    chart.width = chart.box.clientWidth;
    chart.drawn?.again(lookOf(chart.box));
  } catch {
    chart.drawn = undefined;
    clear(chart);
  }
}

/** As the server drew it. */
function clear({ figure, box }: Chart): void {
  box.remove();
  delete figure.dataset["live"];
  figure.hidden = figure.firstElementChild === null;
  for (const button of buttons(figure)) button.hidden = true;
}

function buttons(figure: HTMLElement): HTMLButtonElement[] {
  return [...figure.ownerDocument.querySelectorAll<HTMLButtonElement>("button[data-saves]")].filter((one) => one.dataset["saves"] === figure.id);
}

/** The tokens of the page where the box stands. */
function lookOf(box: HTMLElement): Look {
  const style = getComputedStyle(box);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const kind = (name: Kind): [Kind, string] => [name, token(name)];
  return {
    ink: token("ink"),
    quiet: token("ink-2"),
    line: token("line"),
    surface: token("surface"),
    kinds: Object.fromEntries((["c1", "c2", "c3", "c4", "c5"] as const).map(kind)) as Record<Kind, string>,
    font: style.fontFamily,
    size: Number.parseFloat(style.fontSize) || 14,
    width: box.clientWidth,
    height: box.clientHeight,
    english: box.ownerDocument.documentElement.lang === "en",
  };
}

/** Gives the chart as a picture to the browser, which keeps it where it keeps what is loaded. */
async function save(script: Script, { figure, box, told }: Chart): Promise<void> {
  const height = told.form === "bar" ? lettersHigh(told) * PICTURE.size : PICTURE.height;
  const blob = await script.picture(told, { ...lookOf(box), ...PICTURE, height: Math.round(height) }, figure.dataset["note"] ?? "");
  const link = figure.ownerDocument.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${figure.dataset["file"] ?? figure.id}.png`;
  link.click();
  // The download has begun by then; the address must not go before.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
