// What the worker chooses for this device: language and light, kept beside the store since both are wanted before it opens; and the mark of
// a sign-out that the server has not heard of.
import { inName } from "../device.ts";
import type { Lang } from "../shapes.ts";

const [LANG, LIGHT, ENDED] = ["huying-field-lang", "huying-field-light", "huying-field-ended"];
/** The server gives it to a browser that opens the app, and writes into it that somebody has signed out on any page (docs/field.md). */
const COOKIE = "huying-field";
/** How long the app waits at its opening for the server to hear of a sign-out. */
const PATIENCE = 15_000;

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

/** Signs a member out: what is to be done stands there before any of it is done, so that a page that ends in between takes it up again. */
export function end(page: Window, member: string): void {
  keep(page, ENDED, member);
}

/** Somebody has signed out in this browser, here or on another page of the platform, and the device has not been wiped since. */
export function left(page: Window): "here" | "elsewhere" | null {
  if (kept(page, ENDED) !== null) return "here";
  return page.document.cookie.split("; ").includes(`${COOKIE}=left`) ? "elsewhere" : null;
}

/** The device is wiped and the server knows: the marks go. */
export function begun(page: Window): void {
  keep(page, ENDED, null);
  const secure = page.location.protocol === "https:" ? "; Secure" : "";
  page.document.cookie = `${COOKIE}=here; Path=/; Max-Age=34560000; SameSite=Lax${secure}`;
}

/** Another window has signed out. */
export function heard(page: Window, act: () => void): void {
  page.addEventListener("storage", ({ key, newValue }) => {
    if (key === ENDED && newValue !== null) act();
  });
}

/** Tells the server of a sign-out that it has not heard of. True where there is none left. */
export async function ended(page: Window, member = kept(page, ENDED)): Promise<boolean> {
  if (member === null) return true;
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), PATIENCE);
  try {
    // In the name of whoever left: the session may be another's by now, and is not theirs to end. The app before wrote "yes" and no name.
    const headers = member === "yes" ? {} : inName(member);
    const answer = await fetch("/api/v1/session", { method: "DELETE", headers, cache: "no-store", signal: ending.signal });
    // Only a session that is gone counts: whoever is refused for another reason is still signed in.
    return answer.ok || answer.status === 401 || (answer.status === 409 && ((await answer.json()) as { code?: unknown }).code === "another_member");
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
