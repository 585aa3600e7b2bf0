// Deliberate mistakes, each of which a campaign has to notice: a campaign that none of them breaks proves nothing.
// `seed`: where a rare one is met soonest.
export const MUTANTS = [
  { what: "a new key at each try", file: "send.ts", from: '"Idempotency-Key": item.key,', to: '"Idempotency-Key": item.key + item.tries,' },
  { what: "the copy goes before the number is back", file: "send.ts", from: "  const path = item.name === \"report\"", to: "  await to.store.drop([item.no]);\n  const path = item.name === \"report\"" },
  { what: "no lock", file: "round.ts", from: "return await with_.locks.hold((alive) => locked(with_, urgent, alive));", to: "return await locked(with_, urgent, async () => true);" },
  { what: "another body at each try", file: "send.ts", from: "const body = item.body ?? text(", to: "const body = text(" },
  { what: "a portal's page counts as delivered", file: "judge.ts", from: "return ours ? ", to: "return true ? ", seed: 744 },
  { what: "a photo counts as there before it is", file: "upload.ts", from: "if (complete(made)) return", to: "if (at > 0 || complete(made)) return", seed: 2 },
  { what: "what follows does not wait for its case", file: "round.ts", from: "if (went.went !== \"next\") return went;", to: "if (went.went === \"stop\") return went;" },
  { what: "a request does not say in whose name", file: "send.ts", from: ", ...inName(item.member) };", to: " };", seed: 37 },
  { what: "room is made from photos that are not delivered", file: "outbox.ts", from: 'dropPhotos((item) => item.state === "sent" || item.state === "dropped")', to: "dropPhotos(() => true)" },
  { what: "the clock's error is not put right", file: "clock.ts", from: "const byNow = found.device + offset;", to: "const byNow = found.device;" },
  { what: "a draft goes after its items are written", file: "drafts.ts", from: "const items = await outbox.write({ ...written(draft), member: mine.member }, { [at]: taking });", to: "const items = await outbox.write({ ...written(draft), member: mine.member });\n      await drop(store, at);" },
];
