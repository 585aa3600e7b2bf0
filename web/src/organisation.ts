// The script of the organisation's page: what every console page has, and drawing on the map of areas.
import "./console.ts";
import { startDrawing } from "./islands/draw.ts";

startDrawing(document);
