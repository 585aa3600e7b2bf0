// Draws an outline over the server's map of areas and writes it into the form's field as GeoJSON.
//
// Owns nothing but the corners: the field is what is sent, and whoever has no script pastes into it. What was pasted stays in the field until
// a corner is changed, and every step back leads to it again. Corners that nobody moved keep their exact degrees. Outlines of several rings
// are left to files, and one that crosses itself is not sent. Start at `startDrawing`.

type Degrees = [number, number];

/** West, north, and units of the drawing for a degree of longitude and of latitude. */
type Frame = [number, number, number, number];

const SVG = "http://www.w3.org/2000/svg";
/** A key moves a corner by so many units; with Shift by ten times as many. */
const STEP = 1;

/** The only ring of a GeoJSON geometry, open; undefined where there is none, null where there are several. */
export function ringOf(text: string): Degrees[] | null | undefined {
  if (text.trim() === "") return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const rings: unknown[] = [];
  gather(value, rings);
  if (rings.length === 0) return undefined;
  if (rings.length > 1) return null;
  const ring: unknown = rings[0];
  const points = (Array.isArray(ring) ? ring : []).filter(isDegrees).map(([lon, lat]): Degrees => [lon, lat]);
  const first = points[0];
  const last = points[points.length - 1];
  if (points.length > 1 && first && last && first[0] === last[0] && first[1] === last[1]) points.pop();
  return points;
}

function isDegrees(value: unknown): value is Degrees {
  return Array.isArray(value) && typeof value[0] === "number" && typeof value[1] === "number";
}

function gather(value: unknown, rings: unknown[]): void {
  if (typeof value !== "object" || value === null) return;
  const { type, features, geometry, coordinates } = value as Record<string, unknown>;
  if (type === "FeatureCollection" && Array.isArray(features)) features.forEach((one) => gather(one, rings));
  else if (type === "Feature") gather(geometry, rings);
  else if (type === "Polygon" && Array.isArray(coordinates)) rings.push(...coordinates);
  else if (type === "MultiPolygon" && Array.isArray(coordinates)) coordinates.forEach((part) => Array.isArray(part) && rings.push(...part));
}

/** The field's text of a ring: nothing before it encloses something. */
export function textOf(ring: Degrees[]): string {
  if (ring.length < 3) return "";
  const first = ring[0] as Degrees;
  return JSON.stringify({ type: "Polygon", coordinates: [[...ring, first]] });
}

/** Behind which corner a new one stands, so that the nearest side is bent and none crosses. */
export function sideOf(ring: Degrees[], [x, y]: Degrees): number {
  if (ring.length < 3) return ring.length;
  let best = ring.length;
  let least = Infinity;
  ring.forEach((from, no) => {
    const to = ring[(no + 1) % ring.length] as Degrees;
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    const length = dx * dx + dy * dy || 1e-18;
    const part = Math.min(1, Math.max(0, ((x - from[0]) * dx + (y - from[1]) * dy) / length));
    const away = (x - from[0] - part * dx) ** 2 + (y - from[1] - part * dy) ** 2;
    if (away < least) [least, best] = [away, no + 1];
  });
  return best;
}

/** Degrees are rounded to seven places: within so many units of a side a corner is on it, here as on the server. */
const TOUCH = 2;

/** The first two sides that cross between their ends, by the numbers of their first corners. Those that only touch do not. */
export function crossing(degrees: Degrees[]): [number, number] | undefined {
  const ring = degrees.map(([lon, lat]): Degrees => [Math.round(lon * 1e7), Math.round(lat * 1e7)]);
  /** On which side of a → b c lies; 0 on it. */
  const turn = (a: Degrees, b: Degrees, c: Degrees): number => {
    const [x, y] = [b[0] - a[0], b[1] - a[1]];
    const twice = x * (c[1] - a[1]) - y * (c[0] - a[0]);
    return Math.abs(twice) <= TOUCH * Math.hypot(x, y) ? 0 : Math.sign(twice);
  };
  const side = (no: number): [Degrees, Degrees] => [ring[no] as Degrees, ring[(no + 1) % ring.length] as Degrees];
  for (let one = 0; one < ring.length; one++) {
    const [a, b] = side(one);
    for (let other = one + 2; other < ring.length; other++) {
      const [c, d] = side(other);
      if (turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0) return [one, other];
    }
  }
  return undefined;
}

/** Why a field is not drawn over: its text is no outline of one ring. Undefined where it may be. */
export function refusal(text: string): "many" | "unread" | undefined {
  const ring = ringOf(text);
  if (ring === null) return "many";
  return text.trim() !== "" && (ring === undefined || ring.length < 3) ? "unread" : undefined;
}

const round = (degrees: number): number => Math.round(degrees * 1e7) / 1e7;

export function startDrawing(page: Document): void {
  const svg = page.querySelector<SVGSVGElement>("svg[data-frame]");
  const frame = svg?.dataset["frame"]?.split(" ").map(Number);
  const buttons = page.querySelectorAll<HTMLButtonElement>("[data-draws]");
  if (!svg || frame?.length !== 4) {
    buttons.forEach((button) => (button.hidden = true));
    return;
  }
  let end: (() => void) | undefined;
  buttons.forEach((button) => {
    const field = page.getElementById(button.dataset["draws"] ?? "");
    if (!(field instanceof HTMLTextAreaElement)) return;
    button.addEventListener("click", () => {
      end?.();
      end = draw(svg, frame as Frame, button, field, () => (end = undefined));
    });
    // What was pasted is judged like what was drawn.
    field.addEventListener("input", () => judge(field, crossing(ringOf(field.value) ?? []) ? (button.dataset["crosses"] ?? "") : ""));
  });
}

/** Says of a field why it cannot be sent, or that it can. A browser sends no form with a field that is called wrong; the server refuses it as well. */
function judge(field: HTMLTextAreaElement, why: string): void {
  field.setCustomValidity(why);
  if (why) field.setAttribute("aria-invalid", "true");
  else {
    field.removeAttribute("aria-invalid");
    field.parentElement?.querySelectorAll("[data-bars]").forEach((told) => told.remove());
  }
}

function draw(svg: SVGSVGElement, frame: Frame, button: HTMLButtonElement, field: HTMLTextAreaElement, ended: () => void): () => void {
  const page = svg.ownerDocument;
  const words = (name: string, n = 0): string => (button.dataset[name] ?? "").replace("{n}", String(n));
  const status = page.createElement("span");
  status.setAttribute("role", "status");
  // The field is never emptied for somebody: what cannot be drawn on is told and stays.
  const pasted = field.value;
  const begun = pasted.trim() === "" ? ringOf(field.dataset["outline"] ?? "") : ringOf(pasted);
  const datum = field.form?.querySelector<HTMLSelectElement>("select[name=datum]")?.value ?? "wgs84";
  const why = refusal(pasted) ?? (begun === null ? "many" : ["wgs84", "cgcs2000"].includes(datum) ? undefined : "datum");
  if (why) {
    status.textContent = words(why);
    button.after(status);
    return () => status.remove();
  }
  let ring: Degrees[] = begun ?? [];
  let text = pasted.trim() === "" ? textOf(ring) : pasted;
  const past: [Degrees[], string][] = [];
  const layer = page.createElementNS(SVG, "g");
  layer.setAttribute("class", "drawing");
  svg.append(layer);

  const place = ([lon, lat]: Degrees): [number, number] => [(lon - frame[0]) * frame[2], (frame[1] - lat) * frame[3]];
  const degrees = (x: number, y: number): Degrees => [round(frame[0] + x / frame[2]), round(frame[1] - y / frame[3])];
  const at = (event: MouseEvent): Degrees => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM()?.inverse());
    return degrees(point.x, point.y);
  };
  const size = (svg.viewBox.baseVal.width || 1000) / 130;
  let corners: SVGElement[] = [];
  /** The corner that had the focus last. */
  let last = 0;
  let writes = false;

  const outline = (points: Degrees[]): string => points.map((one, no) => `${no === 0 ? "M" : "L"}${place(one).map((n) => n.toFixed(2)).join(" ")}`).join("");
  const show = (focus?: number): void => {
    const line = page.createElementNS(SVG, "path");
    line.setAttribute("class", "drawing-line");
    line.setAttribute("d", outline(ring) + (ring.length > 2 ? "z" : ""));
    const sides = crossing(ring);
    const wrong: SVGElement[] = [];
    for (const no of sides ?? []) {
      const red = page.createElementNS(SVG, "path");
      red.setAttribute("class", "drawing-wrong");
      red.setAttribute("d", outline([ring[no] as Degrees, ring[(no + 1) % ring.length] as Degrees]));
      wrong.push(red);
    }
    corners = ring.map((one, no) => corner(one, no));
    layer.replaceChildren(line, ...wrong, ...corners);
    // Where no corner is left the keys go on at the tool that sets one, and are not thrown to the top of the page.
    if (focus !== undefined) (corners[Math.min(focus, corners.length - 1)] ?? adds).focus();
    judge(field, sides ? words("crosses") : "");
    status.textContent = words(sides ? "crosses" : "count", ring.length);
    if (field.value === text) return;
    field.value = text;
    writes = true;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    writes = false;
  };
  const change = (next: Degrees[], focus?: number): void => {
    past.push([ring, text]);
    ring = next;
    text = textOf(next);
    show(focus);
  };
  /** A corner halfway to the next one; in the middle of the map where there are too few. */
  const add = (no: number): void => {
    const [one, next] = [ring[no], ring[(no + 1) % Math.max(1, ring.length)]];
    if (ring.length < 2 || !one || !next) {
      const { x, y, width, height } = svg.viewBox.baseVal;
      const to = degrees(x + width * (ring.length === 1 ? 0.6 : 0.5), y + height / 2);
      return change([...ring, to], ring.length);
    }
    let to: Degrees = [round((one[0] + next[0]) / 2), round((one[1] + next[1]) / 2)];
    if (ring.length === 2) {
      // Off the line of the other two, or they would enclose nothing.
      const [x, y] = place(to);
      to = degrees(x, y + svg.viewBox.baseVal.height / 20);
    }
    change([...ring.slice(0, no + 1), to, ...ring.slice(no + 1)], no + 1);
  };
  const corner = (one: Degrees, no: number): SVGElement => {
    const circle = page.createElementNS(SVG, "circle");
    const [x, y] = place(one);
    for (const [name, value] of Object.entries({ class: "drawing-corner", cx: x, cy: y, r: size, tabindex: 0, role: "button", "aria-label": words("corner", no + 1), "data-no": no })) {
      circle.setAttribute(name, String(value));
    }
    return circle;
  };
  const numberOf = (target: EventTarget | null): number | undefined => {
    const no = target instanceof SVGElement ? target.dataset["no"] : undefined;
    return no === undefined ? undefined : Number(no);
  };

  let held: number | undefined;
  let moved = false;
  const down = (event: PointerEvent): void => {
    held = numberOf(event.target);
    moved = false;
    if (held !== undefined) event.preventDefault();
  };
  const move = (event: PointerEvent): void => {
    if (held === undefined) return;
    if (!moved) past.push([ring, text]);
    moved = true;
    const to = at(event);
    ring = ring.map((one, no) => (no === held ? to : one));
    text = textOf(ring);
    show();
  };
  const up = (): void => {
    held = undefined;
  };
  // The browser took the gesture for itself: nobody let the corner go there.
  const cancelled = (): void => {
    if (held !== undefined && moved) back();
    held = undefined;
  };
  // Areas of the map are links; while somebody draws, a click sets a corner.
  const click = (event: MouseEvent): void => {
    event.preventDefault();
    event.stopPropagation();
    if (moved || numberOf(event.target) !== undefined) {
      moved = false;
      return;
    }
    const to = at(event);
    const behind = sideOf(ring, to);
    change([...ring.slice(0, behind), to, ...ring.slice(behind)], behind);
  };
  const key = (event: KeyboardEvent): void => {
    if (event.key === "Escape") return finish();
    if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      return back(numberOf(event.target));
    }
    const no = numberOf(event.target);
    const one = no === undefined ? undefined : ring[no];
    if (no === undefined || !one) return;
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      return change(ring.filter((_, other) => other !== no), Math.max(0, no - 1));
    }
    if (event.key === "Insert" || event.key === "+") {
      event.preventDefault();
      return add(no);
    }
    const step = STEP * (event.shiftKey ? 10 : 1);
    const ways: Record<string, [number, number]> = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    const by = ways[event.key];
    if (!by) return;
    event.preventDefault();
    const [x, y] = place(one);
    const to = degrees(x + by[0], y + by[1]);
    change(ring.map((other, at) => (at === no ? to : other)), no);
  };

  const tool = (name: string, does: () => void): HTMLButtonElement => {
    const made = page.createElement("button");
    made.type = "button";
    made.className = "button";
    made.textContent = words(name);
    made.addEventListener("click", does);
    return made;
  };
  const back = (focus?: number): void => {
    const before = past.pop();
    if (before) [ring, text] = before;
    show(focus);
  };
  const cancel = (): void => {
    ring = begun ?? [];
    text = pasted;
    show();
    finish();
  };
  // Whoever writes in the field goes on there: no corner takes that away.
  const typed = (): void => {
    if (!writes) finish(false);
  };
  const adds = tool("add", () => add(Math.min(last, ring.length - 1)));
  const tools = [tool("done", () => finish()), adds, tool("back", () => back()), tool("clear", () => change([])), tool("cancel", cancel)];
  const remember = (event: FocusEvent): void => {
    last = numberOf(event.target) ?? last;
  };
  const finish = (focus = true): void => {
    svg.removeEventListener("pointerdown", down);
    page.removeEventListener("pointermove", move);
    page.removeEventListener("pointerup", up);
    page.removeEventListener("pointercancel", cancelled);
    svg.removeEventListener("click", click, true);
    svg.removeEventListener("keydown", key);
    svg.removeEventListener("focusin", remember);
    field.removeEventListener("input", typed);
    layer.remove();
    // What bars the form is told as long as it does.
    status.dataset["bars"] = "";
    if (field.validity.customError) field.after(status);
    else status.remove();
    tools.forEach((one) => one.remove());
    button.hidden = false;
    ended();
    if (focus) field.focus();
  };
  svg.addEventListener("pointerdown", down);
  page.addEventListener("pointermove", move);
  page.addEventListener("pointerup", up);
  page.addEventListener("pointercancel", cancelled);
  svg.addEventListener("click", click, true);
  svg.addEventListener("keydown", key);
  svg.addEventListener("focusin", remember);
  field.addEventListener("input", typed);
  button.after(...tools, status);
  button.hidden = true;
  show();
  svg.scrollIntoView({ block: "nearest" });
  return finish;
}
