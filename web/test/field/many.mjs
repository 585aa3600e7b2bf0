// Many runs and their sum.
import { run } from "./campaign.mjs";

export async function campaign(modules, first, seeds, { enough = Number.POSITIVE_INFINITY, indexed = () => false } = {}) {
  const sum = { runs: 0, broken: [], counts: {}, claims: [] };
  for (let seed = first; seed < first + seeds && sum.broken.length < enough; seed += 1) {
    const { errors, counts, claims } = await run(modules, seed, indexed(seed));
    sum.runs += 1;
    if (errors.length > 0) sum.broken.push({ seed, errors });
    for (const [name, count] of Object.entries(counts)) sum.counts[name] = (sum.counts[name] ?? 0) + count;
    sum.claims.push(...claims);
  }
  return sum;
}

export function figures({ runs, broken, counts, claims }) {
  const steady = claims.filter(({ skews }) => skews === 0).map(({ off }) => Math.abs(off) / 1000);
  const set = claims.filter(({ skews }) => skews > 0).map(({ off }) => Math.abs(off) / 1000);
  const worst = (list) => (list.length === 0 ? 0 : list.reduce((most, one) => Math.max(most, one), 0));
  const right = (list) => (list.length === 0 ? 100 : (100 * list.filter((one) => one <= 60).length) / list.length);
  return [
    `${runs} runs, ${broken.length} broken`,
    Object.entries(counts).map(([name, count]) => `${name} ${count}`).join(", "),
    `claims, clock steady: ${steady.length}, worst off by ${worst(steady).toFixed(1)} s; clock set in between: ${set.length}, ${right(set).toFixed(1)} % within a minute`,
  ].join("\n");
}
