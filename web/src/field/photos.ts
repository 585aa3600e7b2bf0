// A photo before it is written: what it says of itself is read, then it is made small enough for a thin line.
//
// Owns the order of the two, since a canvas forgets place and time. The drawing itself is the browser's, and is given. Start at `prepare`.
import { type Facts, read, write } from "./exif.ts";

export const LONGEST_EDGE = 1600;
export const QUALITY = 0.7;
/** What the server takes at most. */
export const LARGEST = 20 * 1024 * 1024;

/** Draws a picture upright within a longest edge, as JPEG; rejects what is no picture that this browser knows. */
export type Draw = (picture: Blob, edge: number, quality: number) => Promise<Blob>;

export interface Prepared {
  bytes: Blob;
  facts: Facts;
  /** It could not be made smaller and goes as it is. */
  asItWas: boolean;
}

/** A photo that cannot be sent: it is no picture that can be drawn here, and too large to go as it is. */
export class TooLarge extends Error {}

export async function prepare(original: Blob, draw: Draw): Promise<Prepared> {
  const facts = read(await original.arrayBuffer());
  try {
    const small = await draw(original, LONGEST_EDGE, QUALITY);
    return { bytes: write(await small.arrayBuffer(), facts), facts, asItWas: false };
  } catch (why) {
    if (original.size > LARGEST) throw new TooLarge(why instanceof Error ? why.message : "");
    return { bytes: original, facts, asItWas: true };
  }
}

/** Draws with a canvas of the page, or of the worker where there is one. */
export const canvasDraw: Draw = async (picture, edge, quality) => {
  const image = await createImageBitmap(picture, { imageOrientation: "from-image" });
  const scale = Math.min(1, edge / Math.max(image.width, image.height));
  const [width, height] = [Math.max(1, Math.round(image.width * scale)), Math.max(1, Math.round(image.height * scale))];
  try {
    if (typeof OffscreenCanvas === "function") {
      const canvas = new OffscreenCanvas(width, height);
      canvas.getContext("2d")?.drawImage(image, 0, 0, width, height);
      return await canvas.convertToBlob({ type: "image/jpeg", quality });
    }
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    canvas.getContext("2d")?.drawImage(image, 0, 0, width, height);
    return await new Promise<Blob>((yes, no) => canvas.toBlob((blob) => (blob ? yes(blob) : no(new Error("the canvas gave nothing"))), "image/jpeg", quality));
  } finally {
    image.close();
  }
};
