// What lies under the map: nothing, pictures by zoom, column and row, or an archive that is read in parts.
//
// An archive's reader comes only where one is named. Of a vector archive water, land that is built on and roads are drawn, by the names that the
// archives of Protomaps have, in the colours of the page and without names: those are ours. Start at `basemapOf`.
import { addProtocol } from "maplibre-gl";

/** Sources and the layers that are drawn first. Colours of the page stand in as `--name`. */
export interface Base {
  sources: Record<string, object>;
  layers: object[];
}

const PICTURES = { id: "base", type: "raster", source: "base", paint: { "raster-saturation": -0.7, "raster-opacity": 0.85 } };

/** Layers of a vector archive. */
const DRAWN = [
  { id: "base-water", type: "fill", source: "base", "source-layer": "water", paint: { "fill-color": "--map-water" } },
  { id: "base-roads", type: "line", source: "base", "source-layer": "roads", minzoom: 11, paint: { "line-color": "--line-control", "line-opacity": 0.5, "line-width": ["interpolate", ["linear"], ["zoom"], 11, 0.3, 16, 2] } },
  { id: "base-buildings", type: "fill", source: "base", "source-layer": "buildings", minzoom: 15, paint: { "fill-color": "--line", "fill-opacity": 0.6 } },
];

/** The tile type of an archive's header that means vector tiles. */
const VECTOR = 1;

/** What the attributes of the box say; nothing where there is none or it cannot be read. */
export async function basemapOf(told: DOMStringMap): Promise<Base | undefined> {
  const [kind, url, zoom] = [told["base"], told["baseUrl"], Number(told["baseZoom"] ?? 18)];
  if (!url || kind === "none") return undefined;
  const address = url.startsWith("/") ? location.origin + url : url;
  if (kind !== "pmtiles") {
    return { sources: { base: { type: "raster", tiles: [address], tileSize: 256, maxzoom: zoom } }, layers: [PICTURES] };
  }
  try {
    const { PMTiles, Protocol } = await import("pmtiles");
    const [archive, protocol] = [new PMTiles(address), new Protocol()];
    protocol.add(archive);
    addProtocol("pmtiles", protocol.tile);
    const vector = (await archive.getHeader()).tileType === VECTOR;
    const source = { type: vector ? "vector" : "raster", url: `pmtiles://${address}`, ...(vector ? {} : { tileSize: 256 }) };
    return { sources: { base: source }, layers: vector ? DRAWN : [PICTURES] };
  } catch {
    return undefined;
  }
}
