// The campaign: `node test/field-campaign.mjs SEEDS [FIRST]` runs so many days of one worker and prints what happened and what went wrong.
import { load } from "./field/load.mjs";
import { campaign, figures } from "./field/many.mjs";

const seeds = Number(process.argv[2] ?? 500);
const first = Number(process.argv[3] ?? 1);
const began = performance.now();
const sum = await campaign(await load(), first, seeds);
console.log(figures(sum));
console.log(`took ${((performance.now() - began) / 1000).toFixed(0)} s`);
for (const { seed, errors } of sum.broken.slice(0, 10)) console.log(`seed ${seed}:\n  ${errors.slice(0, 5).join("\n  ")}`);
process.exitCode = sum.broken.length > 0 ? 1 : 0;
