// Many watch the live desk while much happens: streams that are cut in the midst and go on, real browsers, commands at a rate.
//
// Owns the campaign and its report: who watches, what is counted, when it is over. The load is lives.mjs, one stream listen.mjs, one
// browser screens.mjs, and what is right judge.mjs. Refuses to start a server or to print. Start at `campaign`.
import { readFileSync } from "node:fs";
import { Desk, judgeDesk, judgeJournal, percentile, position } from "./judge.mjs";
import { Listener } from "./listen.mjs";
import { Load, chances } from "./lives.mjs";
import { Screen, drawn } from "./screens.mjs";

/** Who watches: the queue of their desk, and which cases they may read: all, those of a street, those in which their unit has a part. */
const WATCHERS = [
  { member: "dispatcher-east", queue: "dispatch", scope: "east" },
  { member: "handler-order-east", queue: "receive", scope: "order-east" },
  { member: "leader-district", queue: "mine", scope: "all" },
  { member: "inspector-1", queue: "inspect", scope: "inspection" },
  { member: "handler-station-bridge", queue: "accept", scope: "station-bridge" },
  { member: "dispatcher-west", queue: "dispatch", scope: "west" },
  { member: "handler-order-east", queue: "mine", scope: "order-east" },
  { member: "acceptor-east", queue: "mine", scope: "east" },
];
/** Of the streams so many are the API's, which tells every entry; the others are the desk's. */
const JOURNALS = 4;
/** Seconds after the last command in which everything has to have come. */
const FINISHED = 60;

/** Processor seconds and memory of a process, where the system tells. */
function spent(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").pop().split(" ");
    const memory = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return { seconds: (Number(fields[11]) + Number(fields[12])) / 100, mb: Number(memory?.[1] ?? 0) / 1024 };
  } catch {
    return undefined;
  }
}

/** Opens the streams; each one has `judge(cases)`, which answers what is wrong with what it was told. */
async function listeners(server, clients) {
  const all = [];
  const pages = new Map();
  for (let no = 0; no < clients; no++) {
    const who = WATCHERS[no % WATCHERS.length];
    const journal = Math.floor(no / WATCHERS.length) % JOURNALS === 0;
    if (journal) {
      const told = [];
      const take = ({ id, data, at }) => {
        const value = JSON.parse(data);
        told.push({ at: position(id), case: value.id, seq: value.seq, when: at });
      };
      const listener = new Listener({ server, path: "/api/v1/stream", member: who.member, take });
      all.push({ ...who, journal, listener, told, judge: (cases) => judgeJournal({ scope: who.scope, told }, cases) });
      continue;
    }
    const name = `${who.member} ${who.queue}`;
    if (!pages.has(name)) pages.set(name, await drawn(server, who.member, who.queue));
    const { rows, after } = pages.get(name);
    const desk = new Desk(who.queue, rows);
    const listener = new Listener({ server, path: `/desk/live?queue=${who.queue}`, member: who.member, after, take: (event) => desk.take(event) });
    all.push({ ...who, journal, listener, desk });
  }
  for (const { listener } of all) if ((await listener.open()) !== 200) throw new Error(`${listener.member} may not listen`);
  return all;
}

/** Some streams, so many a second, are cut while they are being told something. */
async function cutting(all, seconds, cuts, chance) {
  const until = performance.now() + seconds * 1_000;
  while (cuts > 0 && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, (chance() * 2_000) / cuts));
    all[Math.floor(chance() * all.length)].listener.cut();
  }
}

/** Each case with the version that it has at the end: what the platform did by itself counts too. */
async function truth(server, load) {
  const cases = new Map();
  for (const [id, known] of load.cases) {
    const answer = await fetch(server.url(`/api/v1/cases/${id}`), { headers: { "x-huying-member": "leader-district" } });
    const version = answer.ok ? (await answer.json()).version : 0;
    if (!(version >= known.version)) throw new Error(`${id}: answered version ${known.version}, now ${version}`);
    cases.set(id, { ...known, version });
  }
  return cases;
}

/** What is wrong with everybody, summed up; the first few of each kind are named. */
async function judge(server, all, screens, cases) {
  const sum = { missed: 0, doubled: 0, disordered: 0, foreign: 0, stale: 0, moved: 0, counts: 0, examples: [] };
  const add = (who, kind, list) => {
    const amount = typeof list === "number" ? list : (list?.length ?? 0);
    sum[kind] += amount;
    if (amount && sum.examples.length < 12) sum.examples.push(`${who}: ${kind} ${amount}${Array.isArray(list) ? ` (${list.slice(0, 2).join(", ")})` : ""}`);
  };
  const pages = new Map();
  for (const one of all) {
    const who = `${one.journal ? "journal" : "desk"} of ${one.member} ${one.journal ? "" : one.queue}`;
    if (one.journal) {
      const found = one.judge(cases);
      for (const kind of ["missed", "doubled", "disordered", "foreign"]) add(who, kind, found[kind]);
      continue;
    }
    const name = `${one.member} ${one.queue}`;
    if (!pages.has(name)) pages.set(name, await drawn(server, one.member, one.queue));
    const found = judgeDesk(one.desk, pages.get(name).rows, pages.get(name).count);
    for (const kind of ["missed", "stale", "doubled", "disordered"]) add(who, kind, found[kind]);
    add(who, "counts", found.count ? [found.count] : []);
  }
  for (const screen of screens) {
    const who = `browser of ${screen.member} ${screen.queue}`;
    const { told, ...found } = await screen.wrong();
    for (const [kind, list] of Object.entries(found)) add(who, kind, list);
    add(who, "counts", told);
  }
  sum.wrong = ["missed", "doubled", "disordered", "foreign", "stale", "moved", "counts"].reduce((all, kind) => all + sum[kind], 0);
  return sum;
}

/** From the sending of a report until a watcher was told of the case, in milliseconds; not of cases that were there `before` they watched. */
function delays(all, load, before) {
  const [journal, desk] = [[], []];
  for (const one of all) {
    if (one.journal) {
      for (const { case: id, seq, when } of one.told) if (seq === 1 && load.cases.has(id) && !before.has(id)) journal.push(when - load.cases.get(id).reportedAt);
    } else {
      for (const [id, when] of one.desk.changed) {
        const known = load.cases.get(id);
        if (known && !before.has(id) && (one.scope === "all" || one.scope === known.street)) desk.push(when - known.reportedAt);
      }
    }
  }
  return { journal, desk };
}

/** Runs it all and answers the report; `server` is what harness.mjs has started. */
export async function campaign(server, { clients, browsers, rate, seconds, seed = 1, cuts = 4 }) {
  const load = new Load({ server, rate, open: 30, seed });
  // A few cases first, so that every queue has rows to look at.
  await load.run(Math.min(3, 30 / rate));
  const screens = [];
  try {
    for (let no = 0; no < browsers; no++) screens.push(new Screen(server, WATCHERS[no % WATCHERS.length]));
    for (const screen of screens) await screen.open();
    const before = new Set(load.cases.keys());
    const all = await listeners(server, clients);
    try {
      const [began, own, sent] = [spent(server.pid), process.cpuUsage(), load.sent];
      const clock = performance.now();
      const work = [load.run(seconds), cutting(all, seconds, cuts, chances(seed + 1)), ...screens.map((screen, no) => screen.watch(seconds, chances(seed + 2 + no)))];
      await Promise.all(work);
      const lasted = (performance.now() - clock) / 1_000;
      const [ended, ownEnded] = [spent(server.pid), process.cpuUsage(own)];
      const events = all.reduce((told, { listener }) => told + listener.told, 0);
      let [found, waited] = [undefined, performance.now()];
      do {
        // Streams began after the first cases, which they cannot know from their beginning.
        const cases = new Map([...(await truth(server, load))].filter(([id]) => !before.has(id)));
        found = await judge(server, all, screens, cases);
        if (found.wrong) await new Promise((resolve) => setTimeout(resolve, 1_000));
      } while (found.wrong && performance.now() - waited < FINISHED * 1_000);
      const late = delays(all, load, before);
      return {
        asked: { clients, browsers, rate, seconds, cuts },
        commands: { each_second: (load.sent - sent) / load.seconds, sent: load.sent, replayed: load.replayed, refused: load.refused.length, cases: load.cases.size },
        streams: {
          events_each_second: events / lasted,
          cuts: all.reduce((cuts, { listener }) => cuts + listener.cuts, 0),
          dropped: all.reduce((cuts, { listener }) => cuts + listener.dropped, 0),
          journal_ms: { p50: percentile(late.journal, 50), p99: percentile(late.journal, 99) },
          desk_ms: { p50: percentile(late.desk, 50), p99: percentile(late.desk, 99) },
        },
        browsers: { loads: screens.reduce((loads, screen) => loads + screen.loads, 0), troubles: screens.flatMap((screen) => screen.page.troubles) },
        server: began && ended ? { percent_of_a_core: ((ended.seconds - began.seconds) / lasted) * 100, memory_mb: ended.mb } : {},
        watcher: { percent_of_a_core: ((ownEnded.user + ownEnded.system) / 1e6 / lasted) * 100 },
        found,
        refused: load.refused.slice(0, 5),
      };
    } finally {
      for (const { listener } of all) listener.end();
    }
  } finally {
    for (const screen of screens) await screen.end();
  }
}
