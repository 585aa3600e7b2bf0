-- Photos on their way in from devices: how far each has come. It is no file of a case yet, and its key goes with its row.
CREATE TABLE upload (
  tenant bigint NOT NULL,
  member text COLLATE "C" NOT NULL,
  -- SHA-256 of the whole, by which it is named.
  hash bytea NOT NULL,
  length bigint NOT NULL,
  came bigint NOT NULL,
  complete bigint NOT NULL,
  -- A command has named it.
  used bigint NOT NULL,
  -- Sealed.
  key bytea NOT NULL,
  -- Names of the sealed parts in the file store, one behind the other, 64 digits each.
  parts text NOT NULL,
  touched_at bigint NOT NULL,
  PRIMARY KEY (tenant, member, hash)
);
CREATE INDEX upload_touched ON upload (tenant, touched_at);
