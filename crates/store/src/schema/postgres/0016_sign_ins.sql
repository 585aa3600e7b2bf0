-- How accounts were come in by, and by whom it was tried in vain. Never how long somebody stayed. no tells apart what happened in one moment.
CREATE TABLE sign_in_log (
  tenant bigint NOT NULL,
  -- Of tries that are counted: the first of the hour.
  at bigint NOT NULL,
  no bigint NOT NULL,
  -- Empty for a name that nobody has: the name itself stands nowhere.
  member text COLLATE "C" NOT NULL,
  what text COLLATE "C" NOT NULL,
  way text COLLATE "C" NOT NULL,
  -- What the browser says it is, and the network without the last part of the address; of tries that are counted, of the last.
  device text NOT NULL,
  network text NOT NULL,
  times bigint NOT NULL,
  last_at bigint NOT NULL,
  -- Somebody else who did it to the account.
  asked_by text,
  -- The hour in which tries are counted; none for what stands by itself.
  hour bigint,
  PRIMARY KEY (tenant, at, no)
);
CREATE UNIQUE INDEX sign_in_hour ON sign_in_log (tenant, member, hour, what, way);
CREATE INDEX sign_in_member ON sign_in_log (tenant, member, at);
