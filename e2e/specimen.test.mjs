// The specimen pages of web/specimen, drawn in Chromium: they keep the style sheet and the documented markup honest
// while pages change. Looked at as pictures in e2e/shots/specimen-*.png.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { readFile, readdir } from "node:fs/promises";
import { extname, join } from "node:path";
import { after, before, test } from "node:test";
import { axe, desktop, openBrowser, openPage, phone, root, shoot } from "./harness.mjs";

const dist = join(root, "web", "dist");
const types = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml" };
// The policy that the server sends; the specimen must live under it too.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
let server, address, browser, names;

before(async () => {
  execFileSync(process.execPath, [join(root, "web", "specimen", "build.mjs")]);
  names = (await readdir(join(dist, "specimen"))).filter((name) => name.endsWith(".html"));
  server = createServer(async (request, answer) => {
    const path = new URL(request.url, "http://x").pathname;
    const bytes = await readFile(join(dist, path)).catch(() => undefined);
    answer.writeHead(bytes ? 200 : 404, { "content-type": types[extname(path)] ?? "text/plain", "content-security-policy": policy });
    answer.end(bytes);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${server.address().port}/specimen/`;
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  server?.close();
});

for (const [size, viewport] of Object.entries({ desktop, phone })) {
  for (const dark of [false, true]) {
    test(`every specimen page is free of axe findings, overflow and refused styles: ${size}, ${dark ? "dark" : "light"}`, async () => {
      assert.ok(names.length >= 6, "the specimen pages are there");
      const wrong = [];
      for (const name of names) {
        const page = await openPage(browser, { viewport, dark });
        await page.goto(address + name);
        await page.waitForLoadState("load");
        const found = await axe(page);
        await shoot(page, `specimen-${name.replace(".html", "")}-${size}-${dark ? "dark" : "light"}`);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        for (const trouble of [...found.violations, ...found.undecidedContrast, ...page.troubles]) wrong.push(`${name}: ${trouble}`);
        if (overflow > 0) wrong.push(`${name}: ${overflow} px wider than the screen`);
        await page.context().close();
      }
      assert.deepEqual(wrong, []);
    });
  }
}
