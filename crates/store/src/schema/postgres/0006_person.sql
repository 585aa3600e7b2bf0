-- Who opened which case and what was shown of whom. no tells apart what happened in one moment.
CREATE TABLE access_log (
  tenant bigint NOT NULL,
  at bigint NOT NULL,
  no bigint NOT NULL,
  member text NOT NULL,
  unit text,
  case_id bytea NOT NULL,
  what text NOT NULL,
  field text,
  reporter bigint,
  purpose text,
  PRIMARY KEY (tenant, at, no)
);
CREATE INDEX access_case ON access_log (tenant, case_id, at);
CREATE INDEX access_member ON access_log (tenant, member, at);

-- Erasures: proposed by one, confirmed by another, carried out, and the database rewritten after it. Nothing of the person.
CREATE TABLE erasure (
  tenant bigint NOT NULL,
  id text NOT NULL,
  case_id bytea NOT NULL,
  reporter bigint,
  reason text NOT NULL,
  state text NOT NULL,
  proposed_by text NOT NULL,
  proposed_at bigint NOT NULL,
  decided_by text,
  decided_at bigint,
  keys bigint NOT NULL,
  scoured_at bigint,
  PRIMARY KEY (tenant, id)
);

-- Cases that ended, for the daily look at what is kept too long.
CREATE INDEX case_closed ON case_row (tenant, closed_at, case_id) WHERE open = 0;
