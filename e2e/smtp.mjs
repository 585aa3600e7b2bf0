// A mail server for tests: aiosmtpd in the tests' own Python, which prints what it takes and delivers nothing.
//
// Start at `startSmtp`.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "./harness.mjs";

const python = join(root, "e2e", ".venv", "bin", "python");

/** Starts it on a port: `{ letters, stop }`; every message that it takes is pushed to `letters` as `{ from, to, subject, id, body }`. */
export async function startSmtp(port) {
  if (!existsSync(python)) throw new Error("The SMTP server of the tests is missing: run 'scripts/bootstrap.sh test'.");
  const letters = [];
  const child = spawn(python, [join(root, "e2e", "smtp.py"), String(port)], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  await new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`The SMTP server ended with ${code}.`)));
    lines.on("line", (line) => {
      const said = JSON.parse(line);
      if (said.listens) resolve();
      else letters.push(said);
    });
  });
  return { letters, stop: () => child.kill() };
}
