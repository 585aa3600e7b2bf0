// The service worker's rules: the shell is there without a net, files with a hash in their names come from the cache, nothing personal
// is ever put into it.
//
// Owns what is cached and what a request is answered with. Refuses the API and every page but the field app's. The shell is the same for
// everybody: what it shows comes from the device's store. Start at `Keeper`; service-worker.ts binds it to the browser.

export interface Shell {
  /** Changes with any file of it. */
  version: string;
  /** The page that stands in where there is no net. */
  page: string;
  /** Scripts, sheets and pictures of the page, with hashes in their names. */
  files: string[];
}

export interface Means {
  caches: Pick<CacheStorage, "open" | "keys" | "delete" | "match">;
  fetch(request: Request | string, how?: RequestInit): Promise<Response>;
  origin: string;
  after(ms: number, act: () => void): () => void;
}

const PREFIX = "huying-field-";
/** A page that has not come by then is taken from the device: a thin line is worse than none. */
const PATIENCE = 4_000;

export class Keeper {
  private readonly own: string;

  constructor(
    private readonly shell: Shell,
    private readonly means: Means,
  ) {
    this.own = `${PREFIX}${shell.version}`;
  }

  /** Takes the whole shell, or nothing of it: then the version before stays. */
  async install(): Promise<void> {
    const cache = await this.means.caches.open(this.own);
    try {
      const take = async (path: string): Promise<void> => {
        const answer = await this.means.fetch(path, { cache: path === this.shell.page ? "reload" : "default", credentials: "omit" });
        if (!answer.ok || answer.redirected) throw new Error(`${path}: ${answer.status}`);
        await cache.put(path, answer);
      };
      await Promise.all([this.shell.page, ...this.shell.files].map(take));
    } catch (why) {
      await this.means.caches.delete(this.own);
      throw why;
    }
  }

  /** Lets older shells go but the last: a page that is still open may yet ask for a file of it. */
  async activate(): Promise<void> {
    const names = (await this.means.caches.keys()).filter((name) => name.startsWith(PREFIX));
    const older = names.filter((name) => name !== this.own);
    for (const name of older.slice(0, -1)) await this.means.caches.delete(name);
  }

  /** What a request is answered with; undefined leaves it to the browser. */
  answer(request: Request): Promise<Response> | undefined {
    const url = new URL(request.url);
    if (request.method !== "GET" || url.origin !== this.means.origin) return undefined;
    if (url.pathname.startsWith("/assets/")) return this.file(request);
    const ours = url.pathname === this.shell.page || url.pathname.startsWith(`${this.shell.page}/`);
    return ours && request.mode === "navigate" ? this.page(request) : undefined;
  }

  /** A file never changes under its name, so the first copy is as good as any. Only those of a shell are kept. */
  private async file(request: Request): Promise<Response> {
    return (await this.means.caches.match(request)) ?? this.means.fetch(request);
  }

  /** The net first, since the page may say that one has to sign in; the shell where it does not come. No page is kept. */
  private async page(request: Request): Promise<Response> {
    const kept = async (): Promise<Response | undefined> => (await this.means.caches.open(this.own)).match(this.shell.page);
    let cancel = (): void => undefined;
    const late = new Promise<undefined>((done) => {
      cancel = this.means.after(PATIENCE, () => done(undefined));
    });
    const asked = this.means.fetch(request).catch(() => undefined);
    const first = await Promise.race([asked, late]);
    cancel();
    if (first !== undefined && first.status < 500) return first;
    return (await kept()) ?? (await asked) ?? Response.error();
  }
}
