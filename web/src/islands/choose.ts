// Choosing a unit by one key: the options of a list, numbered, narrowed by letters of their codes and names.
//
// Owns the dialog, not the choice: it sets the list that the server has drawn, whose own keys and mouse do the same. A Chinese name has no
// letters, so a unit is also found by the words of its code ("order-east" by "or" or by "oe").

/** Whether what was typed begins a word of an option, or the first letters of the words of its code. */
export function fits(typed: string, code: string, name: string): boolean {
  if (typed === "") return true;
  const words = (text: string): string[] => text.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const initials = words(code).map((word) => word.charAt(0)).join("");
  return initials.startsWith(typed) || [...words(code), ...words(name)].some((word) => word.startsWith(typed));
}

/** The letter of a key, whether or not an input method has taken it. */
function letter(event: KeyboardEvent): string {
  const key = /^[a-z]$/i.test(event.key) ? event.key : (/^Key([A-Z])$/.exec(event.code)?.[1] ?? "");
  return key.toLowerCase();
}

/** Opens the numbered list; `done` follows when one was chosen. */
export function chooseUnit(page: Document, select: HTMLSelectElement, done: () => void): void {
  const words: Record<string, string | undefined> = page.querySelector<HTMLElement>("#main")?.dataset ?? {};
  const dialog = page.createElement("dialog");
  dialog.className = "keys choose";
  const title = page.createElement("h2");
  title.id = "choose-name";
  title.textContent = words["choose"] ?? "";
  dialog.setAttribute("aria-labelledby", title.id);
  const typed = page.createElement("p");
  typed.setAttribute("role", "status");
  const list = page.createElement("ol");
  list.className = "plain";
  dialog.append(title, typed, list);
  const take = (value: string): void => {
    select.value = value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
    dialog.close();
    done();
  };
  const all = [...select.options].filter((option) => option.value !== "");
  const draw = (): HTMLOptionElement[] => {
    const left = all.filter((option) => fits(typed.textContent ?? "", option.value, option.text));
    list.replaceChildren(...left.map((option, at) => line(page, option, at, () => take(option.value))));
    list.querySelector("button")?.focus();
    return left;
  };
  dialog.addEventListener("keydown", (event) => {
    // The dialog may be shut before the press has come to the keys of the desk, where its letter means something else.
    event.stopPropagation();
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
    const pressed = letter(event);
    if (digit) list.querySelectorAll("button")[Number(digit) - 1]?.click();
    else if (event.key === "Backspace") typed.textContent = (typed.textContent ?? "").slice(0, -1);
    else if (pressed) typed.textContent = (typed.textContent ?? "") + pressed;
    else return;
    event.preventDefault();
    if (digit) return;
    const left = draw();
    const only = left[0];
    if (left.length === 1 && only && pressed) take(only.value);
  });
  const shut = page.createElement("button");
  shut.type = "button";
  shut.className = "button";
  shut.textContent = words["shut"] ?? "×";
  shut.addEventListener("click", () => dialog.close());
  dialog.append(shut);
  dialog.addEventListener("close", () => dialog.remove());
  page.body.append(dialog);
  dialog.showModal();
  draw();
}

function line(page: Document, option: HTMLOptionElement, at: number, take: () => void): HTMLLIElement {
  const item = page.createElement("li");
  const button = page.createElement("button");
  button.type = "button";
  button.className = "button button-wide";
  button.append(option.text);
  if (at < 9) {
    const key = page.createElement("kbd");
    key.textContent = String(at + 1);
    button.append(key);
  }
  button.addEventListener("click", take);
  item.append(button);
  return item;
}
