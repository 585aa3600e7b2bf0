-- Platforms that cases are exchanged with. secrets is sealed: shared secrets with how long each holds.
CREATE TABLE partner (
  tenant INTEGER NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  address TEXT NOT NULL,
  -- Under which names both sides speak.
  source TEXT NOT NULL,
  own TEXT NOT NULL,
  secrets BLOB NOT NULL,
  active INTEGER NOT NULL,
  made_at INTEGER NOT NULL,
  -- How the partner answers: tries that failed one after the other, since when, and when the next is.
  failures INTEGER NOT NULL,
  down_since INTEGER,
  next_try INTEGER NOT NULL,
  error TEXT,
  last_out INTEGER,
  last_in INTEGER,
  PRIMARY KEY (tenant, id)
);

-- Every mapping that was ever in force with a partner.
CREATE TABLE partner_map (
  tenant INTEGER NOT NULL,
  partner TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  made_by TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, partner, version)
);

-- What is told to a partner of a case, in its order. Nothing of the content: it is written when it is sent.
CREATE TABLE exchange_out (
  tenant INTEGER NOT NULL,
  partner TEXT NOT NULL,
  case_id BLOB NOT NULL,
  no INTEGER NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  -- The event it tells of, and where that stands in its stream.
  seq INTEGER NOT NULL,
  stream INTEGER NOT NULL,
  position INTEGER NOT NULL,
  at INTEGER NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  done_at INTEGER,
  error TEXT,
  -- What the message itself gives as its reason, where that is not the event's.
  reason TEXT,
  PRIMARY KEY (tenant, partner, case_id, no)
);
CREATE UNIQUE INDEX exchange_out_id ON exchange_out (tenant, partner, id);
CREATE INDEX exchange_out_state ON exchange_out (tenant, partner, state, due_at, at);
CREATE INDEX exchange_out_place ON exchange_out (tenant, partner, stream, position);
-- What is done is kept for good; the rest is counted often.
CREATE INDEX exchange_out_open ON exchange_out (tenant, partner, state) WHERE state <> 'done';

-- What a partner told, each once by source and id. body is sealed, and empty once it was applied with all its files.
CREATE TABLE exchange_in (
  tenant INTEGER NOT NULL,
  partner TEXT NOT NULL,
  source TEXT NOT NULL,
  id TEXT NOT NULL,
  subject TEXT NOT NULL,
  no INTEGER,
  kind TEXT NOT NULL,
  sent_at INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  done_at INTEGER,
  code TEXT,
  error TEXT,
  case_id BLOB,
  body BLOB NOT NULL,
  PRIMARY KEY (tenant, partner, source, id)
);
CREATE INDEX exchange_in_turn ON exchange_in (tenant, partner, subject, no);
CREATE INDEX exchange_in_state ON exchange_in (tenant, partner, state, due_at);
CREATE INDEX exchange_in_open ON exchange_in (tenant, partner, state) WHERE state <> 'done';

-- Figures that partners below pushed, the newest of each period.
CREATE TABLE exchange_figure (
  tenant INTEGER NOT NULL,
  partner TEXT NOT NULL,
  period TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant, partner, period)
);
