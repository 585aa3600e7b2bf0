// A short word for a moment at the foot of the page, spoken to whoever listens. The server owns the words: `data-` attributes of <main>.

const STAYS = 4_000;

/** Shows the words of `data-NAME` on <main>, with `{n}` filled in. */
export function say(page: Document, name: string, n = ""): void {
  const words = page.querySelector<HTMLElement>("#main")?.dataset[name]?.replace("{n}", n);
  if (!words) return;
  let place = page.querySelector<HTMLElement>(".said");
  if (!place) {
    place = page.createElement("p");
    place.setAttribute("role", "status");
    page.querySelector("#main")?.append(place);
  }
  place.className = "said toast";
  place.textContent = words;
  const shown = place;
  setTimeout(() => {
    if (shown.textContent !== words) return;
    shown.textContent = "";
    shown.className = "said visually-hidden";
  }, STAYS);
}
