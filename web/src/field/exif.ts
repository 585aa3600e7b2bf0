// Place and time in a photo: read from the original before it is shrunk, and written into what is sent.
//
// Owns six fields of Exif 2.3x in a JPEG (moment, its offset, latitude, longitude). Everything else of the original, such as the
// camera's serial number and the preview, is left behind. Refuses nothing: a photo without them has none. Start at `read`.

export interface Facts {
  /** `2026:05:01 08:24:00`, by the camera's clock. */
  taken: string | null;
  /** `+08:00`, where the camera says it. */
  offset: string | null;
  /** Degrees, WGS-84. */
  place: { lon: number; lat: number } | null;
}

const NONE: Facts = { taken: null, offset: null, place: null };
const [EXIF, GPS, TAKEN, OFFSET] = [0x8769, 0x8825, 0x9003, 0x9011];

/** What a JPEG says of itself. */
export function read(bytes: ArrayBuffer): Facts {
  try {
    const tiff = find(new DataView(bytes));
    return tiff ? facts(tiff) : NONE;
  } catch (why) {
    // Offsets that lead out of the file: the photo is good all the same.
    if (why instanceof RangeError) return NONE;
    throw why;
  }
}

/** The TIFF part of the Exif segment. */
function find(view: DataView): DataView | undefined {
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return undefined;
  for (let at = 2; at + 4 < view.byteLength && view.getUint8(at) === 0xff; at += 2 + view.getUint16(at + 2)) {
    const [kind, size] = [view.getUint8(at + 1), view.getUint16(at + 2)];
    if (kind === 0xda) return undefined;
    if (kind === 0xe1 && size > 16 && view.getUint32(at + 4) === 0x45786966) return new DataView(view.buffer, at + 10, Math.min(size - 8, view.byteLength - at - 10));
  }
  return undefined;
}

function facts(tiff: DataView): Facts {
  const little = tiff.getUint16(0) === 0x4949;
  const entries = (at: number): Map<number, number> => {
    const list = new Map<number, number>();
    for (let no = 0; no < tiff.getUint16(at, little); no += 1) list.set(tiff.getUint16(at + 2 + no * 12, little), at + 2 + no * 12);
    return list;
  };
  const value = (entry: number | undefined): number | undefined => (entry === undefined ? undefined : tiff.getUint32(entry + 8, little));
  const text = (entry: number | undefined): string | null => {
    if (entry === undefined || tiff.getUint16(entry + 2, little) !== 2) return null;
    const count = tiff.getUint32(entry + 4, little);
    const from = count > 4 ? tiff.getUint32(entry + 8, little) : entry + 8;
    return Array.from({ length: Math.min(count, 32) }, (_, at) => String.fromCharCode(tiff.getUint8(from + at))).join("").replace(/\0.*$/s, "");
  };
  const degrees = (entry: number | undefined, minus: boolean): number => {
    const from = value(entry);
    if (from === undefined) return Number.NaN;
    const part = (no: number): number => tiff.getUint32(from + no * 8, little) / tiff.getUint32(from + no * 8 + 4, little);
    return (minus ? -1 : 1) * (part(0) + part(1) / 60 + part(2) / 3600);
  };
  const first = entries(tiff.getUint32(4, little));
  const [exifAt, gpsAt] = [value(first.get(EXIF)), value(first.get(GPS))];
  const exif = exifAt === undefined ? new Map<number, number>() : entries(exifAt);
  const gps = gpsAt === undefined ? new Map<number, number>() : entries(gpsAt);
  const lat = degrees(gps.get(2), text(gps.get(1)) === "S");
  const lon = degrees(gps.get(4), text(gps.get(3)) === "W");
  const taken = text(exif.get(TAKEN));
  const offset = text(exif.get(OFFSET));
  return {
    taken: taken !== null && /^\d{4}:\d\d:\d\d \d\d:\d\d:\d\d$/.test(taken) ? taken : null,
    offset: offset !== null && /^[+-]\d\d:\d\d$/.test(offset) ? offset : null,
    // Cameras without a fix write zeros.
    place: Math.abs(lat) <= 90 && Math.abs(lon) <= 180 && (lat !== 0 || lon !== 0) ? { lon, lat } : null,
  };
}

/** A JPEG with these facts in it and no other Exif; `bytes` has none, since a canvas writes none. */
export function write(bytes: ArrayBuffer, facts: Facts): Blob {
  const view = new Uint8Array(bytes);
  const whole = (): Blob => new Blob([view], { type: "image/jpeg" });
  if (view[0] !== 0xff || view[1] !== 0xd8 || (facts.taken === null && facts.place === null)) return whole();
  const tiff = made(facts);
  const head = [0xff, 0xe1, ...u16(tiff.length + 8), 0x45, 0x78, 0x69, 0x66, 0, 0];
  return new Blob([view.slice(0, 2), new Uint8Array([...head, ...tiff]), view.slice(2)], { type: "image/jpeg" });
}

const u16 = (n: number): number[] => [(n >> 8) & 255, n & 255];
const u32 = (n: number): number[] => [(n >>> 24) & 255, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
const ascii = (text: string): number[] => [...text, "\0"].map((sign) => sign.charCodeAt(0));

/** One entry: tag, type (2 text, 4 number, 5 fractions), how many, and the bytes of its value. */
type Entry = [number, number, number, number[]];

/** A directory at an offset, with the values that do not fit into its entries behind it. */
function directory(at: number, entries: Entry[]): number[] {
  const start = at + 2 + entries.length * 12 + 4;
  const rest: number[] = [];
  const lines = entries.flatMap(([tag, type, count, value]) => {
    if (value.length <= 4) return [...u16(tag), ...u16(type), ...u32(count), ...value, ...Array<number>(4 - value.length).fill(0)];
    const where = start + rest.length;
    rest.push(...value);
    return [...u16(tag), ...u16(type), ...u32(count), ...u32(where)];
  });
  return [...u16(entries.length), ...lines, ...u32(0), ...rest];
}

function made({ taken, offset, place }: Facts): number[] {
  const pointers = (taken === null ? 0 : 1) + (place === null ? 0 : 1);
  const exifAt = 8 + 2 + pointers * 12 + 4;
  const exif = taken === null ? [] : directory(exifAt, [[TAKEN, 2, 20, ascii(taken)], ...(offset === null ? [] : [[OFFSET, 2, 7, ascii(offset)] as Entry])]);
  const gpsAt = exifAt + exif.length;
  const gps = place === null ? [] : directory(gpsAt, [[1, 2, 2, ascii(place.lat < 0 ? "S" : "N")], [2, 5, 3, parts(place.lat)], [3, 2, 2, ascii(place.lon < 0 ? "W" : "E")], [4, 5, 3, parts(place.lon)]]);
  const first: Entry[] = [];
  if (taken !== null) first.push([EXIF, 4, 1, u32(exifAt)]);
  if (place !== null) first.push([GPS, 4, 1, u32(gpsAt)]);
  return [0x4d, 0x4d, 0, 42, ...u32(8), ...directory(8, first), ...exif, ...gps];
}

/** Degrees, minutes, and seconds to a ten-thousandth, which is three millimetres. */
function parts(degrees: number): number[] {
  const all = Math.round(Math.abs(degrees) * 36_000_000);
  return [...u32(Math.floor(all / 36_000_000)), ...u32(1), ...u32(Math.floor(all / 600_000) % 60), ...u32(1), ...u32(all % 600_000), ...u32(10_000)];
}
