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
const budgets = { "desk.css": 12 * 1024, "console.js": 25 * 1024, "report.js": 8 * 1024, "resident.js": 8 * 1024, "account.js": 25 * 1024, "cockpit.js": 25 * 1024, "organisation.js": 25 * 1024, "receipt.html": 16 * 1024, "field.js": 35 * 1024, "field-worker.js": 12 * 1024, "field.html": 2 * 1024 };

// The dark tokens are written once and used twice: by the visitor's system and by an explicit choice. Paper is always white.
const darkTwice = {
  name: "dark-twice",
  setup(b) {
    b.onLoad({ filter: /tokens-dark\.css$/ }, ({ path }) => {
      const chosen = readFileSync(path, "utf8");
      const bySystem = chosen.replace(':root:is([data-theme="dark"], [data-theme="wall"])', ':root:not([data-theme="light"])');
      return { contents: `@media screen {\n${chosen}\n}\n@media screen and (prefers-color-scheme: dark) {\n${bySystem}\n}`, loader: "css" };
    });
  },
};

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
const result = await build({
  absWorkingDir: root,
  entryPoints: ["src/desk.css", "src/console.ts", "src/report.ts", "src/resident.ts", "src/account.ts", "src/organisation.ts", "src/field.ts"],
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

// The map is large and comes by itself. Its worker is a file of its own, so that the policy on contents needs no exception.
const map = await build({
  absWorkingDir: root,
  entryPoints: { map: "src/map.ts", "map-worker": "node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs" },
  outdir: dist,
  entryNames: "[name]-[hash]",
  chunkNames: "map-part-[hash]",
  bundle: true,
  splitting: true,
  minify: true,
  format: "esm",
  target,
  charset: "utf8",
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
});

// Charts are large, too; the leader's screens ask for them once there is one to draw.
const cockpit = await build({
  absWorkingDir: root,
  entryPoints: ["src/cockpit.ts"],
  outdir: dist,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  minify: true,
  format: "esm",
  target,
  charset: "utf8",
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
});

const manifest = {};
for (const [file, output] of Object.entries(result.metafile.outputs)) {
  if (!output.entryPoint) continue;
  manifest[basename(output.entryPoint).replace(/\.ts$/, ".js")] = basename(file);
}
/** Writes a file under a name with its hash, and answers its address. */
function put(name, bytes) {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 8).toUpperCase();
  manifest[name] = name.replace(".", `-${hash}.`);
  writeFileSync(join(dist, manifest[name]), bytes);
  return `/assets/${manifest[name]}`;
}
put("icons.svg", readFileSync(join(root, "src", "icons.svg")));

// The field app's shell: the page, what makes it installable, and the worker, which is told its version and every file.
const icon = put("field-icon.svg", readFileSync(join(root, "src/field/icon.svg")));
const install = put("field.webmanifest", JSON.stringify({
  id: "/field", name: "呼应 · 外勤", short_name: "呼应外勤", lang: "zh-CN", start_url: "/field", scope: "/field", display: "standalone",
  background_color: "#f4f6f9", theme_color: "#1456a8", icons: [{ src: icon, sizes: "any", type: "image/svg+xml", purpose: "any maskable" }],
}));
const named = { FIELD_ICON: icon, FIELD_MANIFEST: install, FIELD_JS: `/assets/${manifest["field.js"]}`, DESK_CSS: `/assets/${manifest["desk.css"]}`, ICONS: `/assets/${manifest["icons.svg"]}` };
const shellPage = readFileSync(join(root, "src/field/page.html"), "utf8").replace(/FIELD_ICON|FIELD_MANIFEST|FIELD_JS|DESK_CSS|ICONS/g, (name) => named[name]);
const shell = { version: createHash("sha256").update(shellPage).digest("hex").slice(0, 12), page: "/field", files: Object.values(named) };
const worker = await build({
  absWorkingDir: root,
  entryPoints: ["src/field/service-worker.ts"],
  bundle: true,
  minify: true,
  format: "iife",
  target,
  charset: "utf8",
  legalComments: "none",
  write: false,
  define: { SHELL: JSON.stringify(shell) },
  logLevel: "warning",
});
put("field.html", shellPage);
put("field-worker.js", worker.outputFiles[0].text);

// What is asked for later has an entry point, too; it goes by its own name, since only another script names it.
const mapFiles = { "src/map.ts": "map.js", "node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs": "map-worker.js" };
for (const [file, { entryPoint }] of Object.entries(map.metafile.outputs)) manifest[mapFiles[entryPoint] ?? basename(file)] = basename(file);
for (const [file, { entryPoint }] of Object.entries(cockpit.metafile.outputs)) manifest[entryPoint === "src/cockpit.ts" ? "cockpit.js" : basename(file)] = basename(file);

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
// A page with a map loads the console, the map, its worker and what these name at once; what they ask for later is not counted.
const gz = (file) => gzipSync(readFileSync(join(dist, basename(file))), { level: 9 }).length;
const together = new Set();
const take = (file) => {
  if (together.has(file)) return;
  together.add(file);
  for (const { path, kind } of map.metafile.outputs[file].imports) if (kind === "import-statement") take(path);
};
for (const [file, { entryPoint }] of Object.entries(map.metafile.outputs)) if (mapFiles[entryPoint]) take(file);
const weight = [...together].reduce((sum, file) => sum + gz(file), gz(manifest["console.js"]));
console.log(`scripts of a page with a map ${(weight / 1024).toFixed(1)} KB gz of 460`);
over ||= weight > 460 * 1024;
// A wall loads all of its own, the charts as well.
const wall = Object.keys(cockpit.metafile.outputs).reduce((sum, file) => sum + gz(file), 0);
console.log(`scripts of a wall ${(wall / 1024).toFixed(1)} KB gz of 260`);
over ||= wall > 260 * 1024;
if (over) {
  console.error("A file is over its budget: make it smaller, or change the budget in web/build.mjs with a reason.");
  process.exit(1);
}
// Written last: scripts/assets.sh takes its age for the age of the whole build.
writeFileSync(join(dist, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
