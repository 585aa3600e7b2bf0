-- Other systems that cases are taken from and given to, by Open311. map is the authority's text; key opens the other system, sealed.
CREATE TABLE feed (
  tenant INTEGER NOT NULL,
  id TEXT NOT NULL,
  map TEXT NOT NULL,
  key BLOB,
  active INTEGER NOT NULL,
  -- Everything that changed there until then was taken; none before the first look.
  since INTEGER,
  ran_at INTEGER,
  -- Why the last look failed.
  error TEXT,
  made_by TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
);

-- What a case is called there. A remote that begins with 'token:' is not known yet; an empty one never will be.
CREATE TABLE feed_case (
  tenant INTEGER NOT NULL,
  feed TEXT NOT NULL,
  case_id BLOB NOT NULL,
  remote TEXT NOT NULL,
  open INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (tenant, feed, case_id)
);
CREATE INDEX feed_case_open ON feed_case (tenant, feed, at) WHERE open = 1;

-- What is on its way, and what a person has to look at. body is sealed: it is what the other system sent.
CREATE TABLE feed_letter (
  tenant INTEGER NOT NULL,
  feed TEXT NOT NULL,
  id TEXT NOT NULL,
  direction TEXT NOT NULL,
  case_id BLOB,
  seq INTEGER NOT NULL,
  body BLOB,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  error TEXT,
  made_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, feed, id)
);
CREATE INDEX feed_letter_case ON feed_letter (tenant, feed, case_id, seq);
