// Where the worker is: asked of the device when a picture is taken or a list is sorted, never followed.
//
// Owns one answer with how far it may be off. Refuses to hold anything up: without a place a report goes all the same.

import type { Place } from "../drafts.ts";

export interface Position extends Place {
  /** When, by the device's clock. */
  at: number;
}

/** Worse than this, the worker is asked to name the grid. */
export const POOR = 100;
const PATIENCE = 15_000;
const FRESH = 20_000;

/** The place now; null where the device does not know it, or may not say it. */
export function locate(device: Geolocation | undefined): Promise<Position | null> {
  if (!device) return Promise.resolve(null);
  return new Promise((done) => {
    device.getCurrentPosition(
      ({ coords }) => done({ lon: coords.longitude, lat: coords.latitude, accuracy: Math.round(coords.accuracy), at: Date.now() }),
      () => done(null),
      { enableHighAccuracy: true, timeout: PATIENCE, maximumAge: FRESH },
    );
  });
}
