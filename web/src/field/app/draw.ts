// Elements in one expression. Texts are always texts: nothing here reads markup, so what somebody wrote cannot become any.

export type Child = Node | string | null | undefined | false;
type Props = Record<string, string | number | boolean | undefined | ((event: Event) => void)>;

/** An element; a function among the properties listens to the event of its name. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props, ...children: Child[]): HTMLElementTagNameMap[K] {
  const it = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") it.addEventListener(name, value);
    else if (value === true) it.setAttribute(name, "");
    else if (value !== false && value !== undefined) it.setAttribute(name, String(value));
  }
  it.append(...children.filter((child): child is Node | string => child !== null && child !== undefined && child !== false));
  return it;
}

/** A picture of the sprite, which says nothing to whoever listens: words stand beside it. */
export function icon(name: string, kind: "icon" | "shape" = "icon"): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const [svg, use] = [document.createElementNS(space, "svg"), document.createElementNS(space, "use")];
  use.setAttribute("href", `${document.body.dataset["icons"] ?? ""}#${name}`);
  svg.setAttribute("class", kind);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

/** A field with its label above it. */
export function labelled(id: string, label: string, control: HTMLElement, hint?: string): HTMLElement {
  control.id = id;
  if (hint !== undefined) control.setAttribute("aria-describedby", `${id}-hint`);
  return h("div", { class: "field" }, h("label", { for: id }, label), hint === undefined ? null : h("span", { class: "hint", id: `${id}-hint` }, hint), control);
}

/** A button that takes a picture: the file input of the browser lies over it. */
export function shutter(words: string, big: boolean, take: (file: File) => void, press?: () => void): HTMLElement {
  const input = h("input", {
    type: "file",
    accept: "image/*",
    capture: "environment",
    "aria-label": words,
    click: () => press?.(),
    change: () => {
      const file = input.files?.[0];
      if (file) take(file);
    },
  });
  return h("label", { class: big ? "field-shutter" : "field-again button" }, icon("photo"), h("span", {}, words), input);
}

/** A button for what cannot be taken back: it asks once. */
export function twice(app: { held: boolean }, words: string, sure: string, act: () => Promise<void>): HTMLElement {
  const button = h("button", { class: "button button-quiet field-wide", type: "button" }, words);
  let asked = false;
  button.addEventListener("click", () => {
    if (asked) return void act();
    asked = true;
    // Not drawn again under the finger.
    app.held = true;
    button.textContent = sure;
  });
  return button;
}
