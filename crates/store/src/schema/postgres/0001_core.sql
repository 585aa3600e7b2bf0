-- The journal: appended, never changed. body holds the bytes that were hashed.
CREATE TABLE event (
  tenant bigint NOT NULL,
  case_id bytea NOT NULL,
  seq bigint NOT NULL,
  stream bigint NOT NULL,
  position bigint NOT NULL,
  policy text COLLATE "C" NOT NULL,
  occurred_at bigint,
  received_at bigint NOT NULL,
  recorded_at bigint NOT NULL,
  kind text COLLATE "C" NOT NULL,
  body text NOT NULL,
  prev bytea NOT NULL,
  hash bytea NOT NULL,
  PRIMARY KEY (tenant, case_id, seq)
);
CREATE UNIQUE INDEX event_stream ON event (stream, position, tenant);

-- Where each node's stream ends; the committer's fence.
CREATE TABLE stream (
  stream bigint PRIMARY KEY,
  position bigint NOT NULL
);

-- The current state, one row a case. Derived from the journal.
CREATE TABLE case_row (
  tenant bigint NOT NULL,
  case_id bytea NOT NULL,
  version bigint NOT NULL,
  number text COLLATE "C" NOT NULL,
  stage text COLLATE "C" NOT NULL,
  open bigint NOT NULL,
  custodian text COLLATE "C" NOT NULL,
  centre text COLLATE "C" NOT NULL,
  lead text COLLATE "C",
  area text COLLATE "C",
  matter text COLLATE "C",
  source text COLLATE "C" NOT NULL,
  urgency text COLLATE "C" NOT NULL,
  hazard bigint NOT NULL,
  suspended bigint NOT NULL,
  received_at bigint NOT NULL,
  filed_at bigint,
  closed_at bigint,
  due bigint,
  next_step bigint,
  lon_e7 bigint,
  lat_e7 bigint,
  title text,
  address text,
  head bytea NOT NULL,
  state text NOT NULL,
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
  tenant bigint NOT NULL,
  unit text COLLATE "C" NOT NULL,
  due bigint NOT NULL,
  case_id bytea NOT NULL,
  kind text COLLATE "C" NOT NULL,
  no bigint NOT NULL,
  paused bigint NOT NULL,
  PRIMARY KEY (tenant, unit, due, case_id, kind, no)
);

-- Which entry a search document belongs to, with its terms. Derived.
CREATE TABLE said (
  tenant bigint NOT NULL,
  doc bigint NOT NULL,
  case_id bytea NOT NULL,
  seq bigint NOT NULL,
  terms tsvector NOT NULL,
  PRIMARY KEY (tenant, doc)
);
CREATE INDEX said_terms ON said USING gin (terms) WITH (fastupdate = on);

-- Cases counted by day, place, matter, source and stage. Derived.
CREATE TABLE rollup (
  tenant bigint NOT NULL,
  day bigint NOT NULL,
  area text COLLATE "C" NOT NULL,
  matter text COLLATE "C" NOT NULL,
  source text COLLATE "C" NOT NULL,
  stage text COLLATE "C" NOT NULL,
  n bigint NOT NULL,
  late bigint NOT NULL,
  spent_ms bigint NOT NULL,
  PRIMARY KEY (tenant, day, area, matter, source, stage)
);

-- Idempotency keys with the answer they led to; purged by day.
CREATE TABLE idem (
  tenant bigint NOT NULL,
  key text COLLATE "C" NOT NULL,
  member text COLLATE "C" NOT NULL,
  day bigint NOT NULL,
  body_hash bytea NOT NULL,
  case_id bytea NOT NULL,
  number text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  stage text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  PRIMARY KEY (tenant, key, member)
);
CREATE INDEX idem_day ON idem (day);

-- Data keys, wrapped by the tenant's key. Destroying one forgets what it sealed: wrapped becomes empty.
CREATE TABLE seal_key (
  tenant bigint NOT NULL,
  name text COLLATE "C" NOT NULL,
  case_id bytea,
  wrapped bytea NOT NULL,
  PRIMARY KEY (tenant, name)
);

CREATE TABLE file (
  tenant bigint NOT NULL,
  case_id bytea NOT NULL,
  hash text COLLATE "C" NOT NULL,
  media text COLLATE "C" NOT NULL,
  bytes bigint NOT NULL,
  shown text COLLATE "C",
  thumb text COLLATE "C",
  key text COLLATE "C",
  added_at bigint NOT NULL,
  meta text NOT NULL,
  PRIMARY KEY (tenant, case_id, hash)
);

-- How far a reader of a stream has come.
CREATE TABLE cursor (
  tenant bigint NOT NULL,
  name text COLLATE "C" NOT NULL,
  stream bigint NOT NULL,
  position bigint NOT NULL,
  PRIMARY KEY (tenant, name, stream)
);

-- Who does a thing that only one node may do at a time.
CREATE TABLE lease (
  tenant bigint NOT NULL,
  name text COLLATE "C" NOT NULL,
  holder text COLLATE "C" NOT NULL,
  until bigint NOT NULL,
  PRIMARY KEY (tenant, name)
);

-- Who is told of events from outside: webhooks and mail.
CREATE TABLE subscription (
  tenant bigint NOT NULL,
  id text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  target text COLLATE "C" NOT NULL,
  secret text COLLATE "C",
  filter text COLLATE "C" NOT NULL,
  active bigint NOT NULL,
  created_at bigint NOT NULL,
  PRIMARY KEY (tenant, id)
);

-- The outbox: one row for each event and subscriber, kept until it was taken over or given up.
CREATE TABLE delivery (
  tenant bigint NOT NULL,
  id text COLLATE "C" NOT NULL,
  subscriber text COLLATE "C" NOT NULL,
  channel text COLLATE "C" NOT NULL,
  target text COLLATE "C" NOT NULL,
  payload text NOT NULL,
  state text NOT NULL,
  attempts bigint NOT NULL,
  due_at bigint NOT NULL,
  holder text COLLATE "C",
  leased_until bigint NOT NULL,
  created_at bigint NOT NULL,
  done_at bigint,
  error text,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX delivery_due ON delivery (tenant, state, due_at);

-- Packs and changes of the organisation, a log of dated versions.
CREATE TABLE installed (
  tenant bigint NOT NULL,
  kind text COLLATE "C" NOT NULL,
  version text COLLATE "C" NOT NULL,
  hash bytea NOT NULL,
  effective_at bigint NOT NULL,
  installed_at bigint NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (tenant, kind, version)
);

CREATE TABLE meta (
  name text COLLATE "C" PRIMARY KEY,
  value text NOT NULL
);
