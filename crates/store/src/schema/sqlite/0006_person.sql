-- Who opened which case and what was shown of whom. no tells apart what happened in one moment.
CREATE TABLE access_log (
  tenant INTEGER NOT NULL,
  at INTEGER NOT NULL,
  no INTEGER NOT NULL,
  member TEXT NOT NULL,
  unit TEXT,
  case_id BLOB NOT NULL,
  what TEXT NOT NULL,
  field TEXT,
  reporter INTEGER,
  purpose TEXT,
  PRIMARY KEY (tenant, at, no)
);
CREATE INDEX access_case ON access_log (tenant, case_id, at);
CREATE INDEX access_member ON access_log (tenant, member, at);

-- Erasures: proposed by one, confirmed by another, carried out, and the database rewritten after it. Nothing of the person.
CREATE TABLE erasure (
  tenant INTEGER NOT NULL,
  id TEXT NOT NULL,
  case_id BLOB NOT NULL,
  reporter INTEGER,
  reason TEXT NOT NULL,
  state TEXT NOT NULL,
  proposed_by TEXT NOT NULL,
  proposed_at INTEGER NOT NULL,
  decided_by TEXT,
  decided_at INTEGER,
  keys INTEGER NOT NULL,
  scoured_at INTEGER,
  PRIMARY KEY (tenant, id)
);

-- Cases that ended, for the daily look at what is kept too long.
CREATE INDEX case_closed ON case_row (tenant, closed_at, case_id) WHERE open = 0;
