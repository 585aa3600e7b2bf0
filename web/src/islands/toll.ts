// A resident's report costs a little work before it is sent, so that a flood of them costs much. The form names where to ask for the
// challenge; the number that solves it goes into two hidden fields. Without this script the sender waits instead.

const ROUND = new Uint32Array([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74,
  0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d,
  0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e,
  0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5,
  0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);
const BEGIN = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
const words = new Uint32Array(64);

/** One block of SHA-256: the browser's own is asynchronous, and a call costs more than the sum. */
function block(state: Uint32Array, bytes: Uint8Array, at: number): void {
  for (let i = 0; i < 16; i++) words[i] = (bytes[at + 4 * i]! << 24) | (bytes[at + 4 * i + 1]! << 16) | (bytes[at + 4 * i + 2]! << 8) | bytes[at + 4 * i + 3]!;
  for (let i = 16; i < 64; i++) {
    const x = words[i - 15]!;
    const y = words[i - 2]!;
    const low = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const high = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    words[i] = words[i - 16]! + low + words[i - 7]! + high;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const one = (h + s1 + ((e & f) ^ (~e & g)) + ROUND[i]! + words[i]!) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => (state[i] = state[i]! + word));
}

/** The first 32 bits of the sum. Bits beyond are never asked for. */
export function head(text: string): number {
  const bytes = new TextEncoder().encode(text);
  const padded = new Uint8Array((((bytes.length + 8) >> 6) + 1) << 6);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  new DataView(padded.buffer).setUint32(padded.length - 4, bytes.length * 8);
  const state = Uint32Array.from(BEGIN);
  for (let at = 0; at < padded.length; at += 64) block(state, padded, at);
  return state[0]!;
}

/** The number that solves it; it rests now and then, so that the page stays alive. */
export async function solve(challenge: string, bits: number): Promise<string> {
  let rested = performance.now();
  for (let number = 0; ; number++) {
    if (head(`${challenge}:${number}`) >>> (32 - bits) === 0) return String(number);
    if (number % 512 === 511 && performance.now() - rested > 40) {
      await new Promise((go) => setTimeout(go, 0));
      rested = performance.now();
    }
  }
}

/** What a form says, whatever it is paid with. A file is known by its name, its size and its date; where none is chosen there is no date. */
export function content(entries: Iterable<[string, FormDataEntryValue]>): string {
  const told = [...entries].filter(([name]) => name !== "challenge" && name !== "solution");
  return JSON.stringify(told.map(([name, value]) => [name, typeof value === "string" ? value : value.size && [value.name, value.size, value.lastModified]]));
}

export function toll(form: HTMLFormElement): void {
  const says = (): string => content(new FormData(form).entries());
  /** What was sent last. Whoever sends the same again has lost the answer: paid with the same, it happens once. */
  let sent: string | undefined;
  const said = form.querySelector<HTMLElement>("[data-said=toll]");
  const button = form.querySelector<HTMLButtonElement>("button.button-primary");
  const field = (name: string): HTMLInputElement | null => form.querySelector<HTMLInputElement>(`input[name=${name}]`);
  form.addEventListener("submit", async (event) => {
    // A button that only looks around costs nothing, and one that brings its own value is sent as it is.
    if (event.submitter?.hasAttribute("data-free")) return;
    event.preventDefault();
    if (button?.disabled) return;
    if (button) button.disabled = true;
    if (said) said.textContent = said.dataset["working"] ?? "";
    try {
      if (says() === sent) return form.submit();
      const answer = await fetch(form.dataset["toll"] ?? "", { method: "POST" });
      if (!answer.ok) throw new Error(String(answer.status));
      const asked = (await answer.json()) as { challenge: string; bits: number };
      field("solution")!.value = await solve(asked.challenge, asked.bits);
      field("challenge")!.value = asked.challenge;
      sent = says();
      form.submit();
    } catch {
      if (said) said.textContent = said.dataset["failed"] ?? "";
      if (button) button.disabled = false;
    }
  });
  // A page that was left and is shown again from the browser's memory is ready to send another.
  addEventListener("pageshow", () => {
    if (button) button.disabled = false;
  });
}
