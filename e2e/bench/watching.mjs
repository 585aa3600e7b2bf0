// Many watch the live desk while much happens. Nothing may be missed or come twice; how long it took and what it cost the server is
// printed and never asserted.
//
// node e2e/bench/watching.mjs --clients 200 --browsers 5 --rate 100 --seconds 60
//
// It starts the binary (HUYING_BIN, else target/release/huying) on packs/starter with a database of its own, and ends with 1 where something
// was missed or doubled. Owns the command line and the printing; start at campaign.mjs.
import "./release.mjs";
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { startServer } from "../harness.mjs";
import { campaign } from "./campaign.mjs";

const round = (key, value) => (typeof value === "number" ? Math.round(value * 10) / 10 : value);

async function main() {
  const { values } = parseArgs({
    options: { clients: { type: "string", default: "200" }, browsers: { type: "string", default: "5" }, rate: { type: "string", default: "100" }, seconds: { type: "string", default: "60" }, cuts: { type: "string", default: "4" }, seed: { type: "string", default: "1" } },
  });
  const asked = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
  const server = await startServer({ verb: "demo", args: ["--pack", "starter", "--days", "3", "--cases", "60", "--still"] });
  try {
    const report = await campaign(server, asked);
    console.log(JSON.stringify({ bench: "watching", ...report, load_average: loadavg() }, round, 1));
    const { found, refused } = report;
    console.log(found.wrong ? `watching: ${found.missed} missed, ${found.doubled} doubled, ${found.wrong} wrong in all` : "watching: nothing missed, nothing doubled");
    if (found.wrong || refused.length) process.exitCode = 1;
  } finally {
    await server.stop();
  }
}

await main();
