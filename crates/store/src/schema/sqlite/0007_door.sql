-- Passkeys: public keys of members' devices. Nothing here can be used to come in.
CREATE TABLE passkey (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  member TEXT NOT NULL,
  name TEXT NOT NULL,
  -- What never changes (the public key), and what may with each use (the counter).
  fixed BLOB NOT NULL,
  moving BLOB NOT NULL,
  made_at INTEGER NOT NULL,
  used_at INTEGER,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX passkey_member ON passkey (tenant, member);

-- The session began with both factors at once.
ALTER TABLE session ADD COLUMN strong INTEGER NOT NULL DEFAULT 0;
