// Passkeys: the browser asks the device, the server judges. Each form asks what the device shall do, and sends what it answered.

type Json = Record<string, unknown>;

const bytes = (text: string): ArrayBuffer => {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0)).buffer;
};

async function post(path: string, body: Json): Promise<Json> {
  const answer = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const said = (await answer.json()) as Json;
  if (!answer.ok) throw new Error(typeof said["detail"] === "string" ? said["detail"] : String(answer.status));
  return said;
}

const described = (all: unknown): PublicKeyCredentialDescriptor[] =>
  ((all ?? []) as { id: string; type: "public-key" }[]).map((one) => ({ type: one.type, id: bytes(one.id) }));

/** The options as the browser wants them: what is base64url in JSON is bytes there. */
function creation(json: Json): PublicKeyCredentialCreationOptions {
  const it = json as unknown as PublicKeyCredentialCreationOptions & { challenge: string; user: { id: string } };
  return {
    ...it,
    challenge: bytes(it.challenge),
    user: { ...it.user, id: bytes(it.user.id) },
    excludeCredentials: described(json["excludeCredentials"]),
  };
}

function request(json: Json): PublicKeyCredentialRequestOptions {
  const it = json as unknown as PublicKeyCredentialRequestOptions & { challenge: string };
  return { ...it, challenge: bytes(it.challenge), allowCredentials: described(json["allowCredentials"]) };
}

async function add(form: HTMLFormElement): Promise<void> {
  const said = (name: string): string => form.querySelector<HTMLInputElement>(`[name=${name}]`)?.value ?? "";
  const asked = await post("/api/v1/account/passkeys/challenge", { password: said("password") });
  const made = (await navigator.credentials.create({ publicKey: creation(asked["options"] as Json) })) as PublicKeyCredential | null;
  if (!made) throw new Error("");
  await post("/api/v1/account/passkeys", { ticket: asked["ticket"], name: said("name"), answer: made.toJSON() });
  location.assign("/account");
}

async function use(form: HTMLFormElement): Promise<void> {
  const asked = await post("/api/v1/session/passkey/challenge", {});
  const found = (await navigator.credentials.get({ publicKey: request(asked["options"] as Json) })) as PublicKeyCredential | null;
  if (!found) throw new Error("");
  await post("/api/v1/session/passkey", { ticket: asked["ticket"], answer: found.toJSON() });
  location.assign(form.dataset["next"] ?? "/desk");
}

export function passkey(form: HTMLFormElement): void {
  if (!("PublicKeyCredential" in window) || !("toJSON" in PublicKeyCredential.prototype)) {
    form.hidden = true;
    return;
  }
  const told = form.querySelector<HTMLElement>("[data-said=passkey]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (told) told.textContent = told.dataset["working"] ?? "";
    try {
      await (form.dataset["passkey"] === "add" ? add(form) : use(form));
    } catch (why) {
      // What the device says is in its own words and language; what the server says is in the reader's.
      const words = why instanceof DOMException || !(why instanceof Error) ? "" : why.message;
      if (told) told.textContent = words || (told.dataset["failed"] ?? "");
    }
  });
}
