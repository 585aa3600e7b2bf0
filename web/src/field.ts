// The script of the field app's page: the worker that keeps the shell, and the screens. Without it the page says where the forms are.
import { open } from "./field/app/app.ts";

document.documentElement.classList.add("js");
void navigator.serviceWorker?.register("/field-worker.js", { scope: "/field" }).catch(() => undefined);
void open(window);
