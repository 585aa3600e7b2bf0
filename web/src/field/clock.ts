// Which moment the worker means: the device's clock may be wrong by hours, and may be set right between finding and sending.
//
// Owns the claim that goes out with an item. The three times of the domain: `occurred_at` is claimed here, `received_at` and
// `recorded_at` are the server's alone. Pure. Start at `claim`.
import type { ClockNote, Found } from "./shapes.ts";

/** As the API's ClaimBody, with two fields that say how the claim came about. */
export interface Claim {
  /** When it was found, by the server's clock as well as the device can tell. */
  occurred_at: string;
  /** The device's last contact before that; left out where there was none. */
  contact_at?: string;
  /** The device's clock when it was found, as it stood. */
  device_at: string;
  /** Server minus device when it was sent, ms. */
  offset_ms: number;
}

/** A clock may be read so much later than it was written. */
const SLACK = 5_000;

export function claim(found: Found, sent: ClockNote, now: number): Claim {
  return {
    occurred_at: iso(occurred(found, sent.offset, now)),
    ...(found.contact === null ? {} : { contact_at: iso(found.contact) }),
    device_at: iso(found.device),
    offset_ms: Math.round(sent.offset),
  };
}

/**
 * The finding by the server's clock; `now` is the device's when it is sent. What the clock is off by now is right, unless somebody has
 * set it in between: then what was known before is right. A finding lies between the last contact before it and the sending, which
 * tells the two apart.
 */
export function occurred(found: Found, offset: number, now: number): number {
  const [earliest, latest] = [found.contact ?? Number.NEGATIVE_INFINITY, now + offset];
  const fits = (at: number): boolean => earliest - SLACK <= at && at <= latest + SLACK;
  const bound = (at: number): number => Math.min(Math.max(at, earliest), latest);
  const byNow = found.device + offset;
  if (fits(byNow) || found.offset === null) return bound(byNow);
  const before = found.device + found.offset;
  return bound(fits(before) ? before : byNow);
}

/** Server minus device, from an answer's Date header, which has whole seconds, and the device's clock around it. */
export function measured(date: string | null, asked: number, answered: number): ClockNote | undefined {
  const at = date === null ? Number.NaN : Date.parse(date);
  // A clock that was set while the answer was under way measures nothing.
  if (!Number.isFinite(at) || answered < asked || answered - asked > 120_000) return undefined;
  return { offset: at + 500 - (asked + answered) / 2, contact: at };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
