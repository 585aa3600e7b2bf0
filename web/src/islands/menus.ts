// Shuts the menus of the bar: when somebody goes on elsewhere, and by Escape, which leads back to the menu's own word.
//
// A menu is a disclosure that opens without this; a page without a script lets one shut it by hand.

/** Lets an open menu of the page shut by itself. */
export function startMenus(page: Document): void {
  const open = (): HTMLDetailsElement[] => [...page.querySelectorAll<HTMLDetailsElement>("details[data-menu][open]")];
  const leave = (event: Event): void => {
    for (const menu of open()) if (!(event.target instanceof Node) || !menu.contains(event.target)) menu.open = false;
  };
  page.addEventListener("click", leave);
  page.addEventListener("focusin", leave);
  page.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector<HTMLElement>("summary")?.focus();
    }
  });
}
