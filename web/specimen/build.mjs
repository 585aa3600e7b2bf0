// Writes the specimen to dist/specimen: static pages of the desk in Chinese, made of the markup that web/README.md
// documents. The style sheet is judged by it, in pictures and by axe, apart from what any server does.
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { pages } from "./pages.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "..", "dist");
const out = join(dist, "specimen");
const manifest = JSON.parse(readFileSync(join(dist, "manifest.json"), "utf8"));
mkdirSync(out, { recursive: true });
for (const name of readdirSync(here).filter((name) => name.endsWith(".svg"))) copyFileSync(join(here, name), join(out, name));
for (const [name, text] of Object.entries(pages)) {
  const page = text
    .replace(/<!-- include (\S+) -->/g, (_, part) => readFileSync(join(here, part), "utf8"))
    .replace(/\/assets\/([\w.]+)/g, (_, plain) => `../${manifest[plain] ?? plain}`);
  writeFileSync(join(out, name), page);
}
