// The script of the page where residents report: what the form of the staff does, and the work that sending costs.
import "./report.ts";
import { toll } from "./islands/toll.ts";

document.querySelectorAll<HTMLFormElement>("form[data-toll]").forEach(toll);
