// The store in memory, behind the same interface as the real one: a campaign of many runs goes by it, and a smaller one by IndexedDB.
// field-store.test.mjs asks both the same questions.
const kept = new Map();

function bare(item) {
  return structuredClone(item);
}

export function forget(name) {
  kept.delete(name);
}

export async function open(name) {
  const all = kept.get(name) ?? { last: 0, items: new Map(), photos: new Map(), notes: new Map() };
  kept.set(name, all);
  const named = (may) => new Set([...all.items.values()].filter((item) => !may?.(bare(item))).flatMap((item) => item.photos.map(({ photo }) => photo)));
  const dropBut = (needed) => {
    const gone = [...all.photos.keys()].filter((id) => !needed.has(id));
    for (const id of gone) all.photos.delete(id);
    return gone.length;
  };
  /** What notes become, all of them or none: what one throws leaves the rest as it was. */
  const noted = (notes) => {
    const next = new Map();
    for (const [name, how] of Object.entries(notes)) next.set(name, structuredClone(how(structuredClone(next.has(name) ? next.get(name) : all.notes.get(name)))));
    for (const [name, value] of next) value === undefined ? all.notes.delete(name) : all.notes.set(name, value);
  };
  return {
    async write(items, photos, notes = {}) {
      noted(notes);
      for (const photo of photos) all.photos.set(photo.id, { ...photo, there: all.photos.get(photo.id)?.there ?? null });
      return items.map((item) => {
        const written = { ...bare(item), no: (all.last += 1) };
        all.items.set(written.no, written);
        return bare(written);
      });
    },
    items: async () => [...all.items.values()].map(bare),
    async change(no, how) {
      const item = all.items.get(no);
      const next = item && how(bare(item));
      if (next) all.items.set(no, bare(next));
      const now = all.items.get(no);
      return now && bare(now);
    },
    photo: async (id) => all.photos.get(id) && { ...all.photos.get(id) },
    async changePhoto(id, how) {
      const photo = all.photos.get(id);
      const next = photo && how({ ...photo });
      if (next) all.photos.set(id, next);
    },
    photoIds: async () => [...all.photos.keys()].sort(),
    async drop(nos) {
      for (const no of nos) all.items.delete(no);
      dropBut(named());
    },
    dropPhotos: async (may) => dropBut(named(may)),
    note: async (name) => structuredClone(all.notes.get(name)),
    notes: async (begin) => [...all.notes].filter(([name]) => name.startsWith(begin)).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => ({ name, value: structuredClone(value) })),
    setNote: async (name, how) => noted({ [name]: how }),
    setNotes: async (notes) => noted(notes),
    async wipe(stays, then = {}) {
      for (const [no, item] of all.items) if (!stays.item(bare(item))) all.items.delete(no);
      dropBut(named());
      for (const name of all.notes.keys()) if (!stays.note(name)) all.notes.delete(name);
      noted(then);
    },
    close: () => undefined,
  };
}
