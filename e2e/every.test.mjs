// Every page of the census in a browser, in both languages, light and dark, on a desk and on a phone: it is there, it has one heading and a
// title, nothing that axe minds, no contrast that axe cannot decide, no word of the other language, and it is no wider than its window.
//
// The list is crates/server/census.txt; how an address is filled in stands in e2e/every-pages.mjs. All findings of a look are told at once.
// HUYING_PAGES=/desk,/map looks at these alone, for whoever mends one; HUYING_LOOKS=all in four looks instead of two.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { decide } from "./contrast.mjs";
import { desktop, judge, looks, openBrowser, openPage, phone } from "./harness.mjs";
import { DESCRIBED, NO_PAGE, census, data, everyPage, packText, signIn, startStores, untranslated } from "./every-pages.mjs";

let stores, pages, shown, words, pack, browser;
/** English interface texts of each page, to be looked for on its Chinese twin. */
const english = new Map();

before(async () => {
  stores = await startStores();
  [pages, words, pack, browser] = [await everyPage(stores), await data(stores), await packText(), await openBrowser()];
  if (process.env.HUYING_PAGES) shown = pages.filter(({ path }) => process.env.HUYING_PAGES.split(",").includes(path));
  else shown = pages;
});
after(async () => {
  await browser?.close();
  await stores?.stop();
});

/** What somebody reads or hears on a page in its own language: texts, names, titles, hints. Marked as another language is left out. */
const spoken = () => {
  const said = new Set();
  const own = document.documentElement.lang;
  const foreign = (element) => {
    const marked = element.closest("[lang]");
    return (marked && marked.lang !== own) || element.closest("script, style, code, pre, textarea, .code, [translate=no]");
  };
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.data.trim();
    if (text && node.parentElement && !foreign(node.parentElement)) said.add(text);
  }
  for (const element of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]")) {
    if (foreign(element)) continue;
    for (const name of ["aria-label", "title", "placeholder", "alt"]) if (element.getAttribute(name)) said.add(element.getAttribute(name).trim());
  }
  return [...said];
};

/** Of twenty and more alike beside each other the first twenty are judged: axe takes as long as the page is. */
const shortened = () => {
  for (const parent of document.querySelectorAll("main, main *")) {
    const seen = new Map();
    for (const child of [...parent.children]) {
      const kind = `${child.tagName} ${child.className}`;
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
      if (seen.get(kind) > 20) child.remove();
    }
  }
};

async function findings(page, it, look) {
  const told = [];
  const answer = await page.goto(it.server.url(it.at), { waitUntil: "load" });
  if (answer.status() !== 200) told.push(`answers ${answer.status()}`);
  // Another page that is whole would be praised in its place.
  const [at, meant] = [page.url(), it.server.url(it.at)].map((url) => new URL(url).pathname);
  if (at !== meant) told.push(`leads to ${at}`);
  // The shell of the field app has words for who has no scripts, until the app draws itself.
  if (it.path.startsWith("/field")) await page.locator(".without-js").waitFor({ state: "detached", timeout: 30_000 }).catch(() => told.push("draws nothing"));
  const seen = await page.evaluate(() => ({
    h1: document.querySelectorAll("h1").length,
    title: document.title.trim(),
    lang: document.documentElement.lang,
    wider: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    // What sticks out, innermost first.
    out: [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && one.checkVisibility()).slice(-3).map((one) => one.outerHTML.slice(0, 80)),
  }));
  const zh = look.name.startsWith("zh");
  if (seen.h1 !== 1) told.push(`has ${seen.h1} h1`);
  if (!seen.title) told.push("has no title");
  if (seen.lang !== (zh ? "zh-CN" : "en")) told.push(`says that its language is “${seen.lang}”`);
  if (seen.wider > 0) told.push(`is ${seen.wider} px wider than its window: ${seen.out.join(" ")}`);
  const texts = await page.evaluate(spoken);
  if (zh) {
    const same = DESCRIBED.includes(it.path) ? new Set() : (english.get(it.path) ?? new Set());
    for (const text of texts) if (same.has(text) && !pack.includes(text)) told.push(`stands in both languages: “${text.slice(0, 80)}”`);
  } else {
    for (const text of texts) {
      const left = untranslated(text, words, it.path);
      if (left) told.push(`is not translated: “${left.slice(0, 80)}”`);
    }
    english.set(it.path, new Set(texts.filter((text) => /[a-z]{2,} [a-z]{2,} [a-z]{2,}/i.test(text) && !/\p{Script=Han}/u.test(text))));
  }
  await page.evaluate(shortened);
  const { violations, undecided } = await judge(page);
  told.push(...violations, ...(await decide(page, undecided)), ...page.troubles.splice(0));
  return told.map((finding) => `${it.path} · ${look.name} · ${finding.replaceAll(/\s+/g, " ").slice(0, 300)}`);
}

/** One look at every page, two at a time; pages of the same person share a browser context. */
async function lookedAt(look) {
  const found = [];
  const byWho = new Map();
  for (const page of shown) {
    const who = `${page.server.address} ${page.member}`;
    byWho.set(who, [...(byWho.get(who) ?? []), page]);
  }
  const waiting = [...byWho.values()].sort((a, b) => b.length - a.length);
  const work = async () => {
    for (let group = waiting.shift(); group; group = waiting.shift()) {
      const page = await openPage(browser, look);
      try {
        if (group[0].member) await signIn(page, group[0], stores);
        for (const it of group) found.push(...(await findings(page, it, look).catch((cause) => [`${it.path} · ${look.name} · ${cause.message}`])));
      } finally {
        await page.context().close();
      }
    }
  };
  await Promise.all([work(), work()]);
  return found;
}

test("every address of the census is a page that is looked at, or is named with the reason why it is none", async () => {
  const listed = (await census()).map(({ path }) => path);
  assert.deepEqual(Object.keys(NO_PAGE).filter((path) => !listed.includes(path)), [], "nothing is excused that is not there");
  assert.equal(pages.length + Object.keys(NO_PAGE).length, listed.length);
  for (const path of Object.keys(NO_PAGE).filter((path) => !path.includes("{"))) {
    const answer = await fetch(stores.server.url(path), { redirect: "manual", headers: { "x-huying-member": "administrator" } });
    await answer.body?.cancel();
    assert.doesNotMatch(answer.headers.get("content-type") ?? "", /html/, `${path} is excused and yet answers a page`);
  }
});

// English comes first, since its words are looked for on the Chinese pages. The usual run has each language, theme and size once.
const usual = [{ name: "en-dark-desk", viewport: desktop, dark: true, locale: "en-GB" }, { name: "zh-light-phone", viewport: phone }];
const chosen = process.env.HUYING_LOOKS === "all" ? [...looks].sort((a, b) => a.name.localeCompare(b.name)) : usual;
for (const look of chosen) {
  test(`every page is whole, accessible and in its own language (${look.name})`, { timeout: 600_000 }, async () => {
    const found = await lookedAt(look);
    assert.equal(found.length, 0, `\n${found.sort().join("\n")}\n${found.length} findings`);
  });
}
