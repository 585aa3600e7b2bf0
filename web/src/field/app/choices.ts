// What the worker chooses for this device: language and light, kept beside the store since both are wanted before it opens; and the mark of
// a sign-out that the server has not heard of.
import type { Lang } from "../shapes.ts";

const [LANG, LIGHT, ENDED] = ["huying-field-lang", "huying-field-light", "huying-field-ended"];

function kept(page: Window, name: string): string | null {
  try {
    return page.localStorage.getItem(name);
  } catch {
    return null;
  }
}

function keep(page: Window, name: string, value: string | null): void {
  try {
    if (value === null) page.localStorage.removeItem(name);
    else page.localStorage.setItem(name, value);
  } catch {
    // Forbidden: the choice holds until the page is closed.
  }
}

export function spoken(page: Window): Lang {
  const chosen = kept(page, LANG);
  if (chosen === "zh" || chosen === "en") return chosen;
  return page.navigator.language.toLowerCase().startsWith("en") ? "en" : "zh";
}

export function speak(page: Window, lang: Lang): void {
  keep(page, LANG, lang);
  page.location.reload();
}

export type Light = "system" | "light" | "dark";

export function light(page: Window): Light {
  const chosen = kept(page, LIGHT);
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

/** Puts the chosen light on the page. */
export function look(page: Window, chosen: Light = light(page)): void {
  keep(page, LIGHT, chosen === "system" ? null : chosen);
  if (chosen === "system") delete page.document.documentElement.dataset["theme"];
  else page.document.documentElement.dataset["theme"] = chosen;
}

/** Ends the session at the server; where it cannot be reached that is done before the app is used again. */
export async function end(page: Window): Promise<boolean> {
  keep(page, ENDED, "yes");
  return ended(page);
}

/** Tells the server of a sign-out that it has not heard of. True where there is none left. */
export async function ended(page: Window): Promise<boolean> {
  if (kept(page, ENDED) === null) return true;
  try {
    const answer = await fetch("/api/v1/session", { method: "DELETE", cache: "no-store" });
    // Only the session that is gone counts: whoever is refused for another reason is still signed in.
    if (!answer.ok && answer.status !== 401) return false;
    keep(page, ENDED, null);
    return true;
  } catch {
    return false;
  }
}
