// One client of a live stream, as a browser's EventSource is one: it reads events, is cut, and goes on behind the last id that it saw.
//
// Owns the connection and what the protocol says about ids; keeps what came in the order in which it came. Refuses to judge: that is
// judge.mjs. Start at `Listener`.
import { request } from "node:http";

/** `{ kind, id, data, at }` of each event in a piece of the stream; `id` is undefined where the event names none. */
export function read(block) {
  const event = { kind: "message", id: undefined, data: "" };
  for (const line of block.split("\n")) {
    const at = line.indexOf(":");
    if (at <= 0) continue;
    const [name, value] = [line.slice(0, at), line.slice(at + 1).replace(/^ /, "")];
    if (name === "event") event.kind = value;
    else if (name === "id") event.id = value;
    else if (name === "data") event.data += event.data ? `\n${value}` : value;
  }
  return event.data ? event : undefined;
}

export class Listener {
  /** `take(event)` is told every event; `after` is where a page says that it stands, or "". */
  constructor({ server, path, member, after = "", take }) {
    Object.assign(this, { server, path, member, take, first: after });
    this.last = "";
    this.text = "";
    this.told = 0;
    this.cuts = 0;
    this.dropped = 0;
    this.ended = false;
    this.cutting = false;
  }

  /** Opens the stream and resolves when the server has answered. */
  open() {
    const url = new URL(this.server.url(this.path));
    if (this.first) url.searchParams.set("after", this.first);
    const headers = { accept: "text/event-stream", "x-huying-member": this.member, ...(this.last ? { "last-event-id": this.last } : {}) };
    this.text = "";
    return new Promise((resolve) => {
      const asked = request(url, { headers, agent: false }, (answer) => {
        answer.setEncoding("utf8");
        if (answer.statusCode !== 200) {
          answer.resume();
          this.again(asked);
        } else {
          answer.on("data", (text) => this.hear(text, asked));
          answer.on("close", () => this.again(asked));
        }
        resolve(answer.statusCode);
      });
      asked.on("error", () => {
        this.again(asked);
        resolve(0);
      });
      this.asked = asked;
      asked.end();
    });
  }

  hear(text, asked) {
    if (this.asked !== asked) return;
    this.text += text;
    const blocks = this.text.split("\n\n");
    this.text = blocks.pop();
    // A cut in the midst: what came after the half is lost on the way, as it is on a telephone in a lift.
    const heard = this.cutting ? blocks.slice(0, Math.ceil(blocks.length / 2)) : blocks;
    for (const block of heard) {
      const event = read(block);
      if (!event) continue;
      if (event.id !== undefined) this.last = event.id;
      this.told += 1;
      event.at = performance.now();
      this.take(event);
    }
    if (!this.cutting) return;
    this.cutting = false;
    this.cuts += 1;
    this.hush();
    setTimeout(() => this.ended || this.open(), Math.random() * 300);
  }

  /** The next piece that comes is the last of this connection, and only half of it is heard. */
  cut() {
    this.cutting = true;
  }

  /** The server ended it, or refused: asked again, as a browser does. */
  again(asked) {
    if (this.asked !== asked || this.ended) return;
    this.dropped += 1;
    this.hush();
    setTimeout(() => this.ended || this.open(), 300);
  }

  hush() {
    const asked = this.asked;
    this.asked = undefined;
    asked?.destroy();
  }

  end() {
    this.ended = true;
    this.hush();
  }
}
