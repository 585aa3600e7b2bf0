-- How accounts were come in by, and by whom it was tried in vain. Never how long somebody stayed. no tells apart what happened in one moment.
CREATE TABLE sign_in_log (
  tenant INTEGER NOT NULL,
  -- Of tries that are counted: the first of the hour.
  at INTEGER NOT NULL,
  no INTEGER NOT NULL,
  -- Empty for a name that nobody has: the name itself stands nowhere.
  member TEXT NOT NULL,
  what TEXT NOT NULL,
  way TEXT NOT NULL,
  -- What the browser says it is, and the network without the last part of the address; of tries that are counted, of the last.
  device TEXT NOT NULL,
  network TEXT NOT NULL,
  times INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  -- Somebody else who did it to the account.
  asked_by TEXT,
  -- The hour in which tries are counted; none for what stands by itself.
  hour INTEGER,
  PRIMARY KEY (tenant, at, no)
);
CREATE UNIQUE INDEX sign_in_hour ON sign_in_log (tenant, member, hour, what, way);
CREATE INDEX sign_in_member ON sign_in_log (tenant, member, at);
