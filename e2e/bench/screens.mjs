// Real browsers that watch the desk: what stands on the page, whether anything moved under the hand, and whether the page says what is so.
//
// Owns signing in, the eye inside the page, the person who loads what is new now and then, and the comparison with the queue as the server
// draws it anew. Start at `Screen`.
import { openBrowser, openPage } from "../harness.mjs";

/** The rows of a queue as the server draws them now, over all its pages, with the count in the bar and where the page stands. */
export async function drawn(server, member, queue) {
  const headers = { "x-huying-member": member, accept: "text/html" };
  const rows = [];
  let [path, after, count] = [`/desk?queue=${queue}`, "", undefined];
  while (path) {
    const answer = await fetch(server.url(path), { headers });
    if (!answer.ok) throw new Error(`${member} ${path}: ${answer.status}`);
    const text = await answer.text();
    if (rows.length === 0) {
      after = /data-live-after="([^"]*)"/.exec(text)?.[1] ?? "";
      const counted = new RegExp(`data-count-of="${queue}"[^>]*data-count="(\\d+)"|data-count="(\\d+)"[^>]*data-count-of="${queue}"`).exec(text);
      if (counted) count = Number(counted[1] ?? counted[2]);
    }
    for (const [, id] of text.matchAll(/class="case-row"[^>]*data-case="([0-9a-f]+)"/g)) rows.push(id);
    path = /href="(\/desk\?[^"]*cursor=[^"]*)"/.exec(text)?.[1]?.replaceAll("&amp;", "&");
  }
  return { rows, after, count };
}

// Runs in the page: keeps looking at the rows and at the chosen one. What it finds is kept over loads by the session's storage.
function eye() {
  addEventListener("DOMContentLoaded", () => {
    const rows = () => [...document.querySelectorAll(".case-row[data-case]")].map((row) => row.dataset.case).join(" ");
    const place = () => {
      const row = document.querySelector(".case-row-link[aria-current]");
      return row ? `${row.closest("[data-case]")?.dataset.case} ${Math.round(row.getBoundingClientRect().top)}` : undefined;
    };
    window.huyingRows = rows();
    window.huyingPlace = undefined;
    setInterval(() => {
      const moves = JSON.parse(sessionStorage.getItem("moves") ?? "[]");
      const here = place();
      if (rows() !== window.huyingRows) moves.push("the rows are others, or in another order");
      if (window.huyingPlace !== undefined && here !== window.huyingPlace) moves.push(`the chosen row went from ${window.huyingPlace} to ${here}`);
      window.huyingRows = rows();
      if (window.huyingPlace !== undefined) window.huyingPlace = here;
      if (moves.length) sessionStorage.setItem("moves", JSON.stringify(moves.slice(0, 20)));
    }, 100);
  });
}

/** What the page shows: rows that stand, rows that are struck out, cases that wait to be loaded. */
const shown = (page) =>
  page.evaluate(() => {
    const rows = [...document.querySelectorAll(".case-row[data-case]")];
    const ids = (some) => some.map((row) => row.dataset.case);
    const bar = document.querySelector(".new-cases");
    const waits = (bar?.dataset.seen ?? "").split(" ").filter(Boolean);
    return {
      stand: ids(rows.filter((row) => row.dataset.gone === undefined)),
      gone: ids(rows.filter((row) => row.dataset.gone !== undefined)),
      waits,
      told: bar && !bar.hidden ? Number(/\d+/.exec(bar.textContent)?.[0] ?? 0) : 0,
      moves: JSON.parse(sessionStorage.getItem("moves") ?? "[]"),
    };
  });

export class Screen {
  constructor(server, { member, queue }) {
    Object.assign(this, { server, member, queue, loads: 0 });
  }

  async open() {
    this.browser = await openBrowser();
    this.page = await openPage(this.browser);
    await this.page.addInitScript(eye);
    await this.page.request.post(this.server.url("/sign-in"), { form: { member: this.member } });
    await this.page.goto(this.server.url(`/desk?queue=${this.queue}`));
    await this.choose();
  }

  /** Chooses the first row where there is one, and from then on it must not move. */
  async choose() {
    const row = this.page.locator(".case-row:not([data-gone]) .case-row-link").first();
    const patience = performance.now() + 30_000;
    // Between the look and the click the last row may leave, and until the next load no other comes.
    while (await row.count()) {
      const chosen = await row.click({ timeout: 2_000 }).then(
        () => true,
        (why) => {
          if (performance.now() > patience) throw why;
          return false;
        },
      );
      if (!chosen) continue;
      await this.page.locator("[data-case-shown]").waitFor();
      break;
    }
    await this.page.evaluate(() => {
      const row = document.querySelector(".case-row-link[aria-current]");
      window.huyingPlace = row ? `${row.closest("[data-case]")?.dataset.case} ${Math.round(row.getBoundingClientRect().top)}` : undefined;
    });
  }

  /** Looks on for so many seconds, and now and then loads what is new, as a person does. */
  async watch(seconds, chance) {
    const until = performance.now() + seconds * 1_000;
    while (performance.now() < until) {
      await this.page.waitForTimeout(Math.min(500 + chance() * 4_000, Math.max(0, until - performance.now())));
      const bar = this.page.locator(".new-cases:not([hidden])");
      if (!(await bar.count()) || performance.now() >= until) continue;
      await Promise.all([this.page.waitForEvent("load"), bar.click()]);
      this.loads += 1;
      await this.choose();
    }
  }

  /** What is wrong on the page, against the queue as it is drawn anew; a page that is right has empty lists. */
  async wrong() {
    const [{ rows }, page] = [await drawn(this.server, this.member, this.queue), await shown(this.page)];
    const here = new Set([...page.stand, ...page.waits]);
    const all = [...page.stand, ...page.gone];
    return {
      missed: rows.filter((id) => !here.has(id)),
      doubled: [...all, ...page.waits.filter((id) => page.stand.includes(id))].filter((id, at, list) => list.indexOf(id) !== at),
      stale: [...here].filter((id) => !rows.includes(id)),
      moved: page.moves,
      told: page.told === page.waits.length ? [] : [`${page.told} told, ${page.waits.length} counted`],
    };
  }

  async end() {
    await this.browser?.close();
  }
}
