-- Platforms that cases are exchanged with. secrets is sealed: shared secrets with how long each holds.
CREATE TABLE partner (
  tenant bigint NOT NULL,
  id text COLLATE "C" NOT NULL,
  name text NOT NULL,
  kind text NOT NULL,
  address text NOT NULL,
  -- Under which names both sides speak.
  source text COLLATE "C" NOT NULL,
  own text NOT NULL,
  secrets bytea NOT NULL,
  active bigint NOT NULL,
  made_at bigint NOT NULL,
  -- How the partner answers: tries that failed one after the other, since when, and when the next is.
  failures bigint NOT NULL,
  down_since bigint,
  next_try bigint NOT NULL,
  error text,
  last_out bigint,
  last_in bigint,
  PRIMARY KEY (tenant, id)
);

-- Every mapping that was ever in force with a partner.
CREATE TABLE partner_map (
  tenant bigint NOT NULL,
  partner text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  body text NOT NULL,
  made_by text NOT NULL,
  made_at bigint NOT NULL,
  PRIMARY KEY (tenant, partner, version)
);

-- What is told to a partner of a case, in its order. Nothing of the content: it is written when it is sent.
CREATE TABLE exchange_out (
  tenant bigint NOT NULL,
  partner text COLLATE "C" NOT NULL,
  case_id bytea NOT NULL,
  no bigint NOT NULL,
  id text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  -- The event it tells of, and where that stands in its stream.
  seq bigint NOT NULL,
  stream bigint NOT NULL,
  position bigint NOT NULL,
  at bigint NOT NULL,
  state text COLLATE "C" NOT NULL,
  attempts bigint NOT NULL,
  due_at bigint NOT NULL,
  done_at bigint,
  error text,
  -- What the message itself gives as its reason, where that is not the event's.
  reason text,
  PRIMARY KEY (tenant, partner, case_id, no)
);
CREATE UNIQUE INDEX exchange_out_id ON exchange_out (tenant, partner, id);
CREATE INDEX exchange_out_state ON exchange_out (tenant, partner, state, due_at, at);
CREATE INDEX exchange_out_place ON exchange_out (tenant, partner, stream, position);
-- What is done is kept for good; the rest is counted often.
CREATE INDEX exchange_out_open ON exchange_out (tenant, partner, state) WHERE state <> 'done';

-- What a partner told, each once by source and id. body is sealed, and empty once it was applied with all its files.
CREATE TABLE exchange_in (
  tenant bigint NOT NULL,
  partner text COLLATE "C" NOT NULL,
  source text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  no bigint,
  kind text NOT NULL,
  sent_at bigint NOT NULL,
  received_at bigint NOT NULL,
  state text COLLATE "C" NOT NULL,
  attempts bigint NOT NULL,
  due_at bigint NOT NULL,
  done_at bigint,
  code text,
  error text,
  case_id bytea,
  body bytea NOT NULL,
  PRIMARY KEY (tenant, partner, source, id)
);
CREATE INDEX exchange_in_turn ON exchange_in (tenant, partner, subject, no);
CREATE INDEX exchange_in_state ON exchange_in (tenant, partner, state, due_at);
CREATE INDEX exchange_in_open ON exchange_in (tenant, partner, state) WHERE state <> 'done';

-- Figures that partners below pushed, the newest of each period.
CREATE TABLE exchange_figure (
  tenant bigint NOT NULL,
  partner text COLLATE "C" NOT NULL,
  period text COLLATE "C" NOT NULL,
  made_at bigint NOT NULL,
  received_at bigint NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (tenant, partner, period)
);
