// When to send: on writing, when the net is back, when the app is looked at or opened, and after a wait that grows.
//
// Owns the one running round of this page and the timer for the next. That no other page or worker sends at the same time is the
// lock's. Start at `Sync.poke`.
import type { Chance, Clock } from "./device.ts";
import type { Ended } from "./round.ts";

export type Why = "write" | "online" | "visible" | "open" | "timer" | "background" | "signed-in";

export interface Rounds {
  clock: Clock;
  chance: Chance;
  round(urgent: boolean): Promise<Ended>;
  /** Told after each round: lists are drawn again, and what stops everything is shown. */
  ended(how: Ended): void;
  /** Told of a failure that is no answer of the network: a store that does not open. */
  failed(why: unknown): void;
}

/** Never sooner again, however the round ended. */
const SOONEST = 1_000;
/** And never later, while something waits: a timer that was lost with a sleeping page is made up for by the next event. */
const LATEST = 15 * 60_000;
const AFTER_FAILURE = 30_000;

export class Sync {
  private running: Promise<void> | undefined;
  private again: "no" | "yes" | "urgent" = "no";
  private cancel: (() => void) | undefined;

  constructor(private readonly with_: Rounds) {}

  /** Something happened after which a round may get further. Resolves when no round runs any more. */
  poke(why: Why): Promise<void> {
    const urgent = why !== "timer" && why !== "write";
    if (this.running) {
      this.again = urgent || this.again === "urgent" ? "urgent" : "yes";
      return this.running;
    }
    this.running = this.run(urgent).finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  /** Makes no more rounds: the page closes. */
  stop(): void {
    this.cancel?.();
    this.cancel = undefined;
  }

  private async run(first: boolean): Promise<void> {
    let urgent = first;
    for (;;) {
      this.stop();
      this.again = "no";
      let next: number | null;
      try {
        const ended = await this.with_.round(urgent);
        this.with_.ended(ended);
        next = ended.next;
      } catch (why) {
        this.with_.failed(why);
        next = AFTER_FAILURE;
      }
      const again: string = this.again;
      if (again === "no") return this.later(next);
      urgent = again === "urgent";
    }
  }

  private later(next: number | null): void {
    if (next === null) return;
    const wait = Math.min(Math.max(next, SOONEST), LATEST) + this.with_.chance.unit() * SOONEST;
    this.cancel = this.with_.clock.after(wait, () => void this.poke("timer"));
  }
}
