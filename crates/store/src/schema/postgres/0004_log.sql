-- The Merkle log. Heads in the order in which the log grew: began is the size before, so two writers cannot grow it from
-- the same size. note is the signed head; empty while more waits to be taken in.
CREATE TABLE log_head (
  tenant bigint NOT NULL,
  began bigint NOT NULL,
  size bigint NOT NULL,
  made_at bigint NOT NULL,
  note text NOT NULL,
  PRIMARY KEY (tenant, began)
);

-- Which leaves came from where: leaf is the first, leaves their number; past and through are positions of the source,
-- a stream, or below zero one of the authority's logs.
CREATE TABLE log_run (
  tenant bigint NOT NULL,
  leaf bigint NOT NULL,
  source bigint NOT NULL,
  past bigint NOT NULL,
  through bigint NOT NULL,
  leaves bigint NOT NULL,
  PRIMARY KEY (tenant, leaf)
);
CREATE INDEX log_run_source ON log_run (tenant, source, through);

-- Rows of up to 256 hashes, 32 bytes each.
CREATE TABLE log_tile (
  tenant bigint NOT NULL,
  level bigint NOT NULL,
  no bigint NOT NULL,
  hashes bytea NOT NULL,
  PRIMARY KEY (tenant, level, no)
);
