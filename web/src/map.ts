// The script of the page with a map, beside that of the console: it comes when the page asks for it.
export { start } from "./islands/map.ts";
