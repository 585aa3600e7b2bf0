// Keeps the words of the due chips true while a page stays open.
//
// The server draws every chip with its words; this only draws them again. A chip says when it is due in `data-due` and when
// it turns to "soon" in `data-warn`, both in milliseconds since 1970. `data-now` on <body> is the server's clock
// when it drew the page: the visitor's own clock may be wrong, so only its steps are used.

export type Urgency = "overdue" | "soon" | "fine";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The urgency at `now` of a clock that warns at `warn` and expires at `due`. */
export function urgencyAt(now: number, warn: number, due: number): Urgency {
  if (now >= due) return "overdue";
  return now >= warn ? "soon" : "fine";
}

/** The chip's words: "超期 12 分", "剩 1 时 20 分", "3 d left". Rounded so that "0 minutes left" is never said of a running clock. */
export function dueWords(now: number, due: number, lang: string): string {
  const over = now >= due;
  const span = spanWords(Math.abs(due - now), over, lang);
  if (lang.startsWith("zh")) return over ? `超期 ${span}` : `剩 ${span}`;
  return over ? `${span} over` : `${span} left`;
}

function spanWords(ms: number, over: boolean, lang: string): string {
  const zh = lang.startsWith("zh");
  const minutes = Math.max(1, over ? Math.floor(ms / MINUTE) : Math.ceil(ms / MINUTE));
  if (minutes >= 2 * (DAY / MINUTE)) return `${Math.floor(minutes / (DAY / MINUTE))} ${zh ? "天" : "d"}`;
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (hours === 0) return `${rest} ${zh ? "分" : "min"}`;
  const whole = `${hours} ${zh ? "时" : "h"}`;
  return rest === 0 || hours >= 10 ? whole : `${whole} ${rest} ${zh ? "分" : "min"}`;
}

/** Draws every running chip again each half minute, from the server's clock. */
export function keepDue(page: Document): void {
  const drawn = Number(page.body.dataset["now"]);
  if (!Number.isFinite(drawn) || drawn <= 0) return;
  const began = performance.now();
  const draw = (): void => {
    const now = drawn + performance.now() - began;
    for (const chip of page.querySelectorAll<HTMLElement>(".chip[data-due]")) drawChip(chip, now, page.documentElement.lang);
  };
  setInterval(draw, MINUTE / 2);
  page.addEventListener("visibilitychange", draw);
}

function drawChip(chip: HTMLElement, now: number, lang: string): void {
  const due = Number(chip.dataset["due"]);
  const urgency = urgencyAt(now, Number(chip.dataset["warn"] ?? due), due);
  const words = chip.querySelector(".chip-words");
  if (words) words.textContent = dueWords(now, due, lang);
  if (chip.dataset["urgency"] === urgency) return;
  chip.dataset["urgency"] = urgency;
  const shape = chip.querySelector("use");
  shape?.setAttribute("href", (shape.getAttribute("href") ?? "").replace(/#.*$/, `#${urgency}`));
}
