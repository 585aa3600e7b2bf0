// Benches measure the optimised binary: imported before anything else, this names it where nobody names another in HUYING_BIN.
import { fileURLToPath } from "node:url";

process.env.HUYING_BIN ??= fileURLToPath(new URL("../../target/release/huying", import.meta.url));
