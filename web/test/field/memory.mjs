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
  return {
    async write(items, photos) {
      for (const photo of photos) if (!all.photos.has(photo.id)) all.photos.set(photo.id, { ...photo });
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
    async setNote(name, how) {
      all.notes.set(name, structuredClone(how(structuredClone(all.notes.get(name)))));
    },
    async dropNotes(but) {
      for (const name of all.notes.keys()) if (!but.includes(name)) all.notes.delete(name);
    },
    close: () => undefined,
  };
}
