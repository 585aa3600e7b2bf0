// The script of the form on which residents report, where it comes at all: the work that sending costs, once that is quicker than waiting.
// Nothing else on residents' pages needs a script, so nothing else belongs here.
import { toll } from "./islands/toll.ts";

document.querySelectorAll<HTMLFormElement>("form[data-toll]").forEach(toll);
