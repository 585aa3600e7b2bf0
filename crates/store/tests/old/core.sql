-- The first schema as stores had it before a second step came. It is never edited: tests/schema.rs opens a store that has it.
-- The journal: appended, never changed. body holds the bytes that were hashed.
CREATE TABLE event (
  tenant INTEGER NOT NULL,
  case_id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  stream INTEGER NOT NULL,
  position INTEGER NOT NULL,
  policy TEXT NOT NULL,
  occurred_at INTEGER,
  received_at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  prev BLOB NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (tenant, case_id, seq)
);
CREATE UNIQUE INDEX event_stream ON event (stream, position, tenant);

-- Where each node's stream ends; the committer's fence.
CREATE TABLE stream (
  stream INTEGER PRIMARY KEY,
  position INTEGER NOT NULL
);

-- The current state, one row a case. Derived from the journal.
CREATE TABLE case_row (
  tenant INTEGER NOT NULL,
  case_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  number TEXT NOT NULL,
  stage TEXT NOT NULL,
  open INTEGER NOT NULL,
  custodian TEXT NOT NULL,
  centre TEXT NOT NULL,
  lead TEXT,
  area TEXT,
  matter TEXT,
  source TEXT NOT NULL,
  urgency TEXT NOT NULL,
  hazard INTEGER NOT NULL,
  suspended INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  filed_at INTEGER,
  closed_at INTEGER,
  due INTEGER,
  next_step INTEGER,
  lon_e7 INTEGER,
  lat_e7 INTEGER,
  title TEXT,
  address TEXT,
  head BLOB NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (tenant, case_id)
);
CREATE UNIQUE INDEX case_number ON case_row (tenant, number);
CREATE INDEX case_received ON case_row (tenant, received_at, case_id);
CREATE INDEX case_matter ON case_row (tenant, matter, received_at);
CREATE INDEX case_area ON case_row (tenant, area, received_at);
CREATE INDEX case_open ON case_row (tenant, received_at, case_id) WHERE open = 1;
CREATE INDEX case_point ON case_row (tenant, lon_e7, lat_e7) WHERE open = 1;
CREATE INDEX case_due ON case_row (tenant, due) WHERE open = 1;
CREATE INDEX case_step ON case_row (next_step) WHERE next_step IS NOT NULL;

-- What each unit must do now, in the order of its queue. Derived.
CREATE TABLE todo (
  tenant INTEGER NOT NULL,
  unit TEXT NOT NULL,
  due INTEGER NOT NULL,
  case_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  no INTEGER NOT NULL,
  paused INTEGER NOT NULL,
  PRIMARY KEY (tenant, unit, due, case_id, kind, no)
) WITHOUT ROWID;

-- Which entry a search document belongs to; the terms lie in said_terms. Derived.
CREATE TABLE said (
  tenant INTEGER NOT NULL,
  doc INTEGER PRIMARY KEY,
  case_id BLOB NOT NULL,
  seq INTEGER NOT NULL
);
-- Terms are made by tokens.rs, sorted and unique, so positions would carry nothing.
CREATE VIRTUAL TABLE said_terms USING fts5 (
  terms, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
);
-- For the check that the terms are those of the journal.
CREATE VIRTUAL TABLE said_vocab USING fts5vocab (said_terms, instance);

-- Cases counted by day, place, matter, source and stage. Derived.
CREATE TABLE rollup (
  tenant INTEGER NOT NULL,
  day INTEGER NOT NULL,
  area TEXT NOT NULL,
  matter TEXT NOT NULL,
  source TEXT NOT NULL,
  stage TEXT NOT NULL,
  n INTEGER NOT NULL,
  late INTEGER NOT NULL,
  spent_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant, day, area, matter, source, stage)
) WITHOUT ROWID;

-- Idempotency keys with the answer they led to; purged by day.
CREATE TABLE idem (
  tenant INTEGER NOT NULL,
  key TEXT NOT NULL,
  member TEXT NOT NULL,
  day INTEGER NOT NULL,
  body_hash BLOB NOT NULL,
  case_id BLOB NOT NULL,
  number TEXT NOT NULL,
  version INTEGER NOT NULL,
  stage TEXT NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (tenant, key, member)
) WITHOUT ROWID;
CREATE INDEX idem_day ON idem (day);

-- Data keys, wrapped by the tenant's key. Destroying one forgets what it sealed: wrapped becomes empty.
CREATE TABLE seal_key (
  tenant INTEGER NOT NULL,
  name TEXT NOT NULL,
  case_id BLOB,
  wrapped BLOB NOT NULL,
  PRIMARY KEY (tenant, name)
);

CREATE TABLE file (
  tenant INTEGER NOT NULL,
  case_id BLOB NOT NULL,
  hash TEXT NOT NULL,
  media TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  shown TEXT,
  thumb TEXT,
  key TEXT,
  added_at INTEGER NOT NULL,
  meta TEXT NOT NULL,
  PRIMARY KEY (tenant, case_id, hash)
);

-- How far a reader of a stream has come.
CREATE TABLE cursor (
  tenant INTEGER NOT NULL,
  name TEXT NOT NULL,
  stream INTEGER NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (tenant, name, stream)
);

-- Who does a thing that only one node may do at a time.
CREATE TABLE lease (
  tenant INTEGER NOT NULL,
  name TEXT NOT NULL,
  holder TEXT NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (tenant, name)
);

-- Who is told of events from outside: webhooks and mail.
CREATE TABLE subscription (
  tenant INTEGER NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  target TEXT NOT NULL,
  secret TEXT,
  filter TEXT NOT NULL,
  active INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
);

-- The outbox: one row for each event and subscriber, kept until it was taken over or given up.
CREATE TABLE delivery (
  tenant INTEGER NOT NULL,
  id TEXT NOT NULL,
  subscriber TEXT NOT NULL,
  channel TEXT NOT NULL,
  target TEXT NOT NULL,
  payload TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  holder TEXT,
  leased_until INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  done_at INTEGER,
  error TEXT,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX delivery_due ON delivery (tenant, state, due_at);

-- Packs and changes of the organisation, a log of dated versions.
CREATE TABLE installed (
  tenant INTEGER NOT NULL,
  kind TEXT NOT NULL,
  version TEXT NOT NULL,
  hash BLOB NOT NULL,
  effective_at INTEGER NOT NULL,
  installed_at INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant, kind, version)
);

CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);
