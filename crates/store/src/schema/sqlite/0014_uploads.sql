-- Photos on their way in from devices: how far each has come. It is no file of a case yet, and its key goes with its row.
CREATE TABLE upload (
  tenant INTEGER NOT NULL,
  member TEXT NOT NULL,
  -- SHA-256 of the whole, by which it is named.
  hash BLOB NOT NULL,
  length INTEGER NOT NULL,
  came INTEGER NOT NULL,
  complete INTEGER NOT NULL,
  -- A command has named it.
  used INTEGER NOT NULL,
  -- Sealed.
  key BLOB NOT NULL,
  -- Names of the sealed parts in the file store, one behind the other, 64 digits each.
  parts TEXT NOT NULL,
  touched_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, member, hash)
);
CREATE INDEX upload_touched ON upload (tenant, touched_at);
