// The map: tiles of the platform in the colours of the page, over nothing or over pictures of another service.
//
// Everything is drawn in the datum of what lies under it: the server moves areas, cases and the points of the list, and nothing is moved here. Names are drawn
// with the fonts of the machine. The map turns neither round nor over, so north is up. Refuses to know cases: a tile has their number and how urgent they
// are, and what more is to be said stands on the case's page. Start at `start`.
import { Map as MapView, NavigationControl, ScaleControl, setWorkerUrl, type MapMouseEvent, type StyleSpecification } from "maplibre-gl";
import type { Chosen } from "./beside.ts";
import { basemapOf, type Base } from "./map-base.ts";
import { colours, layersOf, shapes, sources } from "./map-style.ts";

const CASES = ["urgent", "calm", "paused"];

/** What an attribute of the box says. */
function need(box: HTMLElement, name: string): string {
  return box.dataset[name] ?? "";
}

function styleOf(box: HTMLElement, base: Base | undefined): StyleSpecification {
  const page = box.ownerDocument;
  const under = base?.layers ?? [];
  const style = {
    version: 8,
    sources: { ...(base?.sources ?? {}), ...sources(need(box, "tiles"), need(box, "datum"), location.origin) },
    layers: layersOf(colours(page), { level: need(box, "level"), english: page.documentElement.lang === "en", under }),
  };
  return style as unknown as StyleSpecification;
}

/** The areas of the server's drawing have their colours already: the map takes them over, so that both say the same. */
function colourAreas(map: MapView, box: HTMLElement): void {
  for (const cell of box.parentElement?.querySelectorAll<SVGElement>("a[data-area] > .cell") ?? []) {
    const id = cell.parentElement?.dataset["area"];
    if (id) map.setFeatureState({ source: "ground", sourceLayer: "areas", id }, { q: Number(cell.dataset["q"] ?? 0) });
  }
}

function addShapes(map: MapView, page: Document): void {
  for (const [name, image] of shapes(colours(page))) {
    if (map.hasImage(name)) map.updateImage(name, image);
    else map.addImage(name, image, { pixelRatio: 2 });
  }
}

/** Draws the map into its box and keeps it and the list together. Fails where the map cannot be drawn. */
export async function start(box: HTMLElement, list: HTMLElement | null): Promise<void> {
  const page = box.ownerDocument;
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const [west, south, east, north] = need(box, "window").split(",").map(Number);
  if (west === undefined || south === undefined || east === undefined || north === undefined) return;
  setWorkerUrl(new URL(need(box, "worker"), location.href).href);
  const base = await basemapOf(box.dataset);
  box.hidden = false;
  const map = new MapView({
    container: box,
    style: styleOf(box, base),
    bounds: [west, south, east, north],
    fitBoundsOptions: { padding: 24 },
    maxZoom: 19,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    localIdeographFontFamily: '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif',
    locale: { "Map.Title": need(box, "title"), "NavigationControl.ZoomIn": need(box, "in"), "NavigationControl.ZoomOut": need(box, "out") },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
  const said = page.querySelector<HTMLElement>(".map-said");
  map.on("error", (event) => {
    // One of our own tiles that does not come is asked for again; of the pictures somebody should know.
    const of = (event as unknown as { sourceId?: string }).sourceId;
    if (of === "base" && said && !said.textContent) said.textContent = need(box, "baseGone");
  });
  map.on("style.load", () => {
    addShapes(map, page);
    colourAreas(map, box);
  });
  map.on("load", () => {
    const figure = box.closest("figure");
    if (figure) figure.dataset["live"] = "on";
  });
  map.once("idle", () => {
    box.dataset["state"] = "idle";
    performance.mark("map-idle");
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    map.setStyle(styleOf(box, base));
    addShapes(map, page);
    colourAreas(map, box);
  });
  keepTogether(map, box, list, () => still.matches);
  choosing(map, box, list);
}

function encircle(map: MapView, box: HTMLElement, id: string): void {
  box.dataset["chosen"] = id;
  if (map.getLayer("chosen")) map.setFilter("chosen", ["==", ["get", "case"], id]);
}

/** A row that was chosen in the list is shown on the map. */
function keepTogether(map: MapView, box: HTMLElement, list: HTMLElement | null, still: () => boolean): void {
  list?.addEventListener("map:chosen", (event) => {
    const chosen: Chosen | undefined = event instanceof CustomEvent ? event.detail : undefined;
    if (!chosen) return;
    encircle(map, box, chosen.id);
    const said = box.ownerDocument.querySelector<HTMLElement>(".map-said");
    if (said) said.textContent = "";
    if (!chosen.at || !chosen.moves) return;
    const there = { center: chosen.at, zoom: Math.max(map.getZoom(), 15) };
    if (still()) map.jumpTo(there);
    else map.easeTo({ ...there, duration: 400 });
  });
}

/** What is pressed on the map is chosen in the list, or told beside it. */
function choosing(map: MapView, box: HTMLElement, list: HTMLElement | null): void {
  const around = (event: MapMouseEvent, layers: string[]) => {
    const { x, y } = event.point;
    const there = layers.filter((layer) => map.getLayer(layer));
    return map.queryRenderedFeatures([[x - 8, y - 8], [x + 8, y + 8]], { layers: there });
  };
  map.on("click", (event) => {
    const found = around(event, CASES)[0];
    if (found) {
      encircle(map, box, String(found.properties?.["case"]));
      tell(box, list, found.properties ?? {});
    } else if (around(event, ["clusters"]).length > 0) map.easeTo({ center: event.lngLat, zoom: map.getZoom() + 2 });
    else ground(box, around(event, ["ground"])[0]?.properties?.["code"]);
  });
  map.on("mousemove", (event) => {
    map.getCanvas().style.cursor = around(event, [...CASES, "clusters"]).length > 0 ? "pointer" : "";
  });
}

function tell(box: HTMLElement, list: HTMLElement | null, told: Record<string, unknown>): void {
  const [id, number, urgency] = [told["case"], told["number"], told["urgency"]].map(String);
  if (!id || !number || !urgency) return;
  list?.dispatchEvent(new CustomEvent("map:picked", { detail: id }));
  say(box, `/cases/${encodeURIComponent(id)}`, `${need(box, "one").replace("{number}", number)} · ${need(box, urgency)}`);
}

/** An area says what the server's drawing says of it. */
function ground(box: HTMLElement, code: unknown): void {
  const area = [...(box.parentElement?.querySelectorAll<SVGAElement>("a[data-area]") ?? [])].find((one) => one.dataset["area"] === code);
  if (area) say(box, area.getAttribute("href") ?? "", area.getAttribute("aria-label") ?? "");
}

function say(box: HTMLElement, address: string, words: string): void {
  const said = box.ownerDocument.querySelector<HTMLElement>(".map-said");
  if (!said) return;
  const link = box.ownerDocument.createElement("a");
  link.href = address;
  link.textContent = words;
  said.replaceChildren(link);
}
