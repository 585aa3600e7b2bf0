// Loads the field app's modules as one, in TypeScript as they stand, or with one deliberate mistake in them.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import "fake-indexeddb/auto";

const src = fileURLToPath(new URL("../../src/field/", import.meta.url));
const ALL = ["shapes", "device", "store", "judge", "clock", "outbox", "upload", "send", "greet", "round", "sync", "locks", "drafts", "leave"];

/** `mutant`: `{ file, from, to }`; `from` has to stand in the file exactly once, so that no mutant is the program itself. */
export async function load(mutant, names = ALL) {
  let changed = false;
  const plant = {
    name: "mutant",
    setup(b) {
      b.onLoad({ filter: /src\/field\/[a-z]+\.ts$/ }, ({ path }) => {
        const text = readFileSync(path, "utf8");
        if (basename(path) !== mutant?.file) return { contents: text, loader: "ts" };
        if (text.split(mutant.from).length !== 2) throw new Error(`the mutant's line does not stand once in ${mutant.file}: ${mutant.from}`);
        changed = true;
        return { contents: text.replace(mutant.from, () => mutant.to), loader: "ts" };
      });
    },
  };
  const { outputFiles } = await build({
    stdin: { contents: names.map((name) => `export * from "./${name}.ts";`).join("\n"), resolveDir: src, loader: "ts" },
    bundle: true,
    format: "esm",
    write: false,
    logLevel: "silent",
    plugins: [plant],
  });
  if (mutant && !changed) throw new Error(`the mutant's file was not loaded: ${mutant.file}`);
  // A file, not an address with everything in it: an error's stack would carry the whole program in each of its lines.
  const dir = mkdtempSync(join(tmpdir(), "huying-field-"));
  try {
    writeFileSync(join(dir, "field.mjs"), outputFiles[0].contents);
    return await import(pathToFileURL(join(dir, "field.mjs")).href);
  } finally {
    rmSync(dir, { recursive: true });
  }
}
