// Builds web/dist: the style sheet, the islands, the icon sprite, and manifest.json that maps each plain name to
// its hashed file. The binary embeds web/dist, so nothing here may depend on the time or the machine.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, "dist");
// The oldest browsers with cascade layers; older ones still get readable, unstyled pages that work.
const target = ["chrome99", "safari15.4", "firefox97"];
// Bytes after gzip; a page of the console loads one style sheet and one script.
const budgets = { "desk.css": 12 * 1024, "console.js": 25 * 1024, "report.js": 8 * 1024, "resident.js": 8 * 1024, "account.js": 25 * 1024, "organisation.js": 25 * 1024, "receipt.html": 16 * 1024 };

// The dark tokens are written once and used twice: by the visitor's system and by an explicit choice.
const darkTwice = {
  name: "dark-twice",
  setup(b) {
    b.onLoad({ filter: /tokens-dark\.css$/ }, ({ path }) => {
      const chosen = readFileSync(path, "utf8");
      const bySystem = chosen.replace(':root[data-theme="dark"]', ':root:not([data-theme="light"])');
      return { contents: `${chosen}\n@media screen and (prefers-color-scheme: dark) {\n${bySystem}\n}`, loader: "css" };
    });
  },
};

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
const result = await build({
  absWorkingDir: root,
  entryPoints: ["src/desk.css", "src/console.ts", "src/report.ts", "src/resident.ts", "src/account.ts", "src/organisation.ts"],
  outdir: dist,
  entryNames: "[name]-[hash]",
  bundle: true,
  minify: true,
  format: "esm",
  target,
  charset: "utf8",
  legalComments: "none",
  metafile: true,
  plugins: [darkTwice],
  logLevel: "warning",
});

const manifest = {};
for (const [file, output] of Object.entries(result.metafile.outputs)) {
  if (!output.entryPoint) continue;
  manifest[basename(output.entryPoint).replace(/\.ts$/, ".js")] = basename(file);
}
for (const name of ["icons.svg"]) {
  const bytes = readFileSync(join(root, "src", name));
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 8).toUpperCase();
  manifest[name] = name.replace(".", `-${hash}.`);
  writeFileSync(join(dist, manifest[name]), bytes);
}

// The page that checks a receipt is one file that works without the platform: style and script stand in it, each named by its hash.
const checker = await build({
  absWorkingDir: root,
  entryPoints: ["src/receipt/page.ts", "src/receipt/page.css"],
  outdir: dist,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["chrome99", "safari15.4", "firefox97"],
  charset: "utf8",
  legalComments: "none",
  write: false,
  logLevel: "warning",
});
const part = (ending) => checker.outputFiles.find(({ path }) => path.endsWith(ending)).text.trim();
const [script, style] = [part(".js"), part(".css")];
const hash = (text) => `sha256-${createHash("sha256").update(text).digest("base64")}`;
const parts = { SCRIPT_HASH: hash(script), STYLE_HASH: hash(style), SCRIPT: script, STYLE: style };
const receipt = readFileSync(join(root, "src/receipt/page.html"), "utf8").replace(/SCRIPT_HASH|STYLE_HASH|SCRIPT|STYLE/g, (name) => parts[name]);
manifest["receipt.html"] = `receipt-${createHash("sha256").update(receipt).digest("hex").slice(0, 8).toUpperCase()}.html`;
writeFileSync(join(dist, manifest["receipt.html"]), receipt);

let over = false;
for (const [name, file] of Object.entries(manifest)) {
  const size = gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;
  const budget = budgets[name];
  over ||= budget !== undefined && size > budget;
  console.log(`${file.padEnd(24)} ${(size / 1024).toFixed(1)} KB gz${budget ? ` of ${budget / 1024}` : ""}`);
}
if (over) {
  console.error("A file is over its budget: make it smaller, or change the budget in web/build.mjs with a reason.");
  process.exit(1);
}
// Written last: scripts/assets.sh takes its age for the age of the whole build.
writeFileSync(join(dist, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
