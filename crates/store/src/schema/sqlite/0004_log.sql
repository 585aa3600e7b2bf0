-- The Merkle log. Heads in the order in which the log grew: began is the size before, so two writers cannot grow it from
-- the same size. note is the signed head; empty while more waits to be taken in.
CREATE TABLE log_head (
  tenant INTEGER NOT NULL,
  began INTEGER NOT NULL,
  size INTEGER NOT NULL,
  made_at INTEGER NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (tenant, began)
);

-- Which leaves came from where: leaf is the first, leaves their number; past and through are positions of the source,
-- a stream, or below zero one of the authority's logs.
CREATE TABLE log_run (
  tenant INTEGER NOT NULL,
  leaf INTEGER NOT NULL,
  source INTEGER NOT NULL,
  past INTEGER NOT NULL,
  through INTEGER NOT NULL,
  leaves INTEGER NOT NULL,
  PRIMARY KEY (tenant, leaf)
);
CREATE INDEX log_run_source ON log_run (tenant, source, through);

-- Rows of up to 256 hashes, 32 bytes each.
CREATE TABLE log_tile (
  tenant INTEGER NOT NULL,
  level INTEGER NOT NULL,
  no INTEGER NOT NULL,
  hashes BLOB NOT NULL,
  PRIMARY KEY (tenant, level, no)
);
