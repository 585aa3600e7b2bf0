// The script of the entrance and of one's own account: passkeys.
import "./console.ts";
import { passkey } from "./islands/passkey.ts";

document.querySelectorAll<HTMLFormElement>("form[data-passkey]").forEach(passkey);
