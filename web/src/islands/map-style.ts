// How the map is drawn: layers, sources and marks, in the colours of the page's tokens.
//
// Urgency has a shape and a colour on the map and its word in the legend, the list and what the map says. Red, amber and green mean urgency only; areas
// have one hue. Start at `layersOf`.

/** Colours by the names of their tokens. */
export type Colours = (token: string) => string;

/** The tokens of the page as they are now. */
export function colours(page: Document): Colours {
  const style = getComputedStyle(page.documentElement);
  return (token) => style.getPropertyValue(token).trim() || "#808080";
}

/** Where tiles come from. The deepest are enlarged. */
export function sources(tiles: string, datum: string, origin: string): Record<string, object> {
  const of = (layers: string, more: object): object => ({
    type: "vector",
    tiles: [`${origin}${tiles}/${layers}/{z}/{x}/{y}?datum=${datum}`],
    minzoom: 0,
    maxzoom: 16,
    ...more,
  });
  return {
    ground: of("ground", { promoteId: { areas: "code" } }),
    cases: of("cases", {}),
    components: of("components", { minzoom: 16 }),
  };
}

/** What the layers depend on. */
export interface Drawn {
  /** The level of areas that has the colours of counts. */
  level: string;
  english: boolean;
  /** Layers of what lies under everything. */
  under: object[];
}

const FONTS = ["PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif"];

/** Colours of the page in a layer that names them by tokens. */
function coloured(layer: object, of: Colours): object {
  const told = JSON.stringify(layer, (_key, value: unknown) => (typeof value === "string" && value.startsWith("--") ? of(value) : value));
  return JSON.parse(told) as object;
}

function ground({ level, under }: Drawn): object[] {
  const q = ["coalesce", ["feature-state", "q"], 0];
  const width = (more: number): unknown[] => ["match", ["get", "depth"], 0, 4 + more, 1, 2.5 + more, 2, 1.5 + more, 1 + more];
  const lines = { source: "ground", "source-layer": "areas", type: "line", layout: { "line-join": "round", "line-sort-key": ["-", 0, ["get", "depth"]] } };
  return [
    { id: "land", type: "background", paint: { "background-color": "--land" } },
    ...under,
    {
      id: "ground",
      type: "fill",
      source: "ground",
      "source-layer": "areas",
      filter: ["==", ["get", "level"], level],
      paint: {
        "fill-color": ["match", q, 2, "--q2", 3, "--q3", 4, "--q4", 5, "--q5", 6, "--q6", "--q0"],
        "fill-opacity": under.length > 0 ? 0.55 : 0.9,
      },
    },
    { ...lines, id: "casings", paint: { "line-color": "--cell-line", "line-width": width(2) } },
    { ...lines, id: "borders", paint: { "line-color": "--cell-edge", "line-width": width(0) } },
    { id: "overlays", type: "line", source: "ground", "source-layer": "overlays", paint: { "line-color": "--brand", "line-width": 2, "line-dasharray": [3, 2] } },
  ];
}

function names({ english }: Drawn): object[] {
  const text = (size: unknown): object => ({
    "text-field": ["get", english ? "name_en" : "name"],
    "text-font": FONTS,
    "text-size": size,
    "text-max-width": 8,
    "symbol-sort-key": ["get", "depth"],
  });
  const halo = { "text-color": "--ink", "text-halo-color": "--surface", "text-halo-width": 1.5 };
  return [
    { id: "names", type: "symbol", source: "ground", "source-layer": "labels", layout: text(["match", ["get", "depth"], 0, 18, 1, 15, 2, 13, 12]), paint: halo },
    { id: "overlay-names", type: "symbol", source: "ground", "source-layer": "overlay_labels", layout: text(12), paint: { ...halo, "text-color": "--brand" } },
  ];
}

function cases(): object[] {
  const of = (layer: string): object => ({ source: "cases", "source-layer": layer });
  const is = (...classes: string[]): unknown[] => ["match", ["get", "urgency"], classes, true, false];
  const mark = { "icon-image": ["get", "urgency"], "icon-allow-overlap": true, "icon-ignore-placement": true };
  return [
    { id: "components", type: "circle", source: "components", "source-layer": "components", minzoom: 16, paint: { "circle-radius": 3, "circle-color": "--surface", "circle-stroke-color": "--line-control", "circle-stroke-width": 1.5 } },
    {
      ...of("clusters"),
      id: "clusters",
      type: "circle",
      paint: { "circle-color": "--brand", "circle-radius": ["step", ["get", "count"], 11, 10, 14, 100, 18], "circle-stroke-color": "--surface", "circle-stroke-width": 2 },
    },
    {
      ...of("clusters"),
      id: "cluster-counts",
      type: "symbol",
      layout: { "text-field": ["to-string", ["get", "count"]], "text-font": FONTS, "text-size": 12, "text-allow-overlap": true, "text-ignore-placement": true },
      paint: { "text-color": "--on-brand" },
    },
    { ...of("cases"), id: "calm", type: "circle", filter: is("fine"), paint: { "circle-color": "--green-fill", "circle-radius": 5, "circle-stroke-color": "--surface", "circle-stroke-width": 1.5 } },
    { ...of("cases"), id: "paused", type: "symbol", filter: is("paused"), layout: mark },
    // Overdue ones lie on top.
    { ...of("cases"), id: "urgent", type: "symbol", filter: is("overdue", "soon"), layout: { ...mark, "symbol-sort-key": ["match", ["get", "urgency"], "overdue", 1, 0] } },
    { ...of("cases"), id: "chosen", type: "circle", filter: ["==", ["get", "case"], ""], paint: { "circle-radius": 13, "circle-opacity": 0, "circle-stroke-color": "--focus", "circle-stroke-width": 3 } },
  ];
}

/** Every layer, the lowest first. */
export function layersOf(of: Colours, drawn: Drawn): object[] {
  return [...ground(drawn), ...names(drawn), ...cases()].map((layer) => coloured(layer, of));
}

/** Pixels of a mark each way, twice as many as it is drawn wide. */
const SIDE = 44;

function drawnBy(draw: (pen: CanvasRenderingContext2D) => void): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = SIDE;
  canvas.height = SIDE;
  const pen = canvas.getContext("2d");
  if (!pen) return new ImageData(SIDE, SIDE);
  pen.lineJoin = "round";
  draw(pen);
  return pen.getImageData(0, 0, SIDE, SIDE);
}

function outlined(pen: CanvasRenderingContext2D, corners: [number, number][], fill: string, line: string, halo: string): void {
  pen.beginPath();
  for (const [x, y] of corners) pen.lineTo(x, y);
  pen.closePath();
  pen.lineWidth = 9;
  pen.strokeStyle = halo;
  pen.stroke();
  pen.lineWidth = 4;
  pen.strokeStyle = line;
  pen.stroke();
  pen.fillStyle = fill;
  pen.fill();
}

/** The marks of urgency as they are everywhere: a diamond, a triangle, two bars. What is on time is a circle, which needs no picture. */
export function shapes(of: Colours): [string, ImageData][] {
  const halo = of("--surface");
  const diamond: [number, number][] = [[22, 5], [39, 22], [22, 39], [5, 22]];
  const triangle: [number, number][] = [[22, 7], [39, 36], [5, 36]];
  const bars = (pen: CanvasRenderingContext2D): void => {
    for (const x of [10, 25]) outlined(pen, [[x, 8], [x + 9, 8], [x + 9, 36], [x, 36]], of("--grey"), of("--grey"), halo);
  };
  return [
    ["overdue", drawnBy((pen) => outlined(pen, diamond, of("--red-fill"), of("--red-fill"), halo))],
    ["soon", drawnBy((pen) => outlined(pen, triangle, of("--amber-fill"), of("--amber"), halo))],
    ["paused", drawnBy(bars)],
  ];
}
