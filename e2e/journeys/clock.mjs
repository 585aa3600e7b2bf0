// A server's clock that can be put forward: what climbs when nobody answers is told without waiting for it.
//
// Owns the library that clock.c becomes, by the compiler that building the server wants too, and the file that says how far ahead it is.
// The browser keeps its own time. Start at `openClock`.
import { execFile } from "node:child_process";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "../harness.mjs";

const run = promisify(execFile);

/** `env` is what the server begins with, `forward(minutes)` moves its time, `stop` clears away. */
export async function openClock() {
  if (process.platform !== "linux") throw new Error("A server's clock is put forward on Linux only: run this story there.");
  const dir = await mkdtemp(join(tmpdir(), "huying-clock-"));
  const [library, path] = [join(dir, "clock.so"), join(dir, "ahead")];
  await run("cc", ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, join(root, "e2e", "journeys", "clock.c")]);
  const file = await open(path, "w+");
  let seconds = 0n;
  const write = async () => {
    const bytes = Buffer.alloc(8);
    // The server runs on this machine, whose order of bytes is the small end first.
    bytes.writeBigInt64LE(seconds);
    await file.write(bytes, 0, bytes.length, 0);
  };
  await write();
  const forward = async (minutes) => {
    seconds += BigInt(minutes) * 60n;
    await write();
  };
  const stop = async () => {
    await file.close();
    await rm(dir, { recursive: true, force: true });
  };
  // A second between two looks at the clocks, so that a rung is climbed soon after its time.
  return { env: { LD_PRELOAD: library, HUYING_CLOCK_AHEAD: path, HUYING__TIMERS__PERIOD_SECONDS: "1" }, forward, stop };
}
