// Checks the signature of a webhook (Standard Webhooks 1.0) with nothing but Node's own library.
import { createHmac, timingSafeEqual } from "node:crypto";

/** True where the message was signed with this secret within the last five minutes. */
export function isFromHuying(
  secret: string,
  headers: Record<string, string>,
  body: string,
  now: number = Date.now() / 1000,
): boolean {
  const message = headers["webhook-id"];
  const moment = headers["webhook-timestamp"];
  if (message === undefined || moment === undefined || Math.abs(now - Number(moment)) > 300) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const right = Buffer.from(`v1,${createHmac("sha256", key).update(`${message}.${moment}.${body}`).digest("base64")}`);
  // While a secret is changed there are two signatures; one of them is enough.
  return (headers["webhook-signature"] ?? "").split(" ").some((given) => {
    const bytes = Buffer.from(given);
    return bytes.length === right.length && timingSafeEqual(bytes, right);
  });
}
