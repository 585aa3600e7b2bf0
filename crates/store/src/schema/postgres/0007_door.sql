-- Passkeys: public keys of members' devices. Nothing here can be used to come in.
CREATE TABLE passkey (
  tenant bigint NOT NULL,
  id bytea NOT NULL,
  member text COLLATE "C" NOT NULL,
  name text NOT NULL,
  -- What never changes (the public key), and what may with each use (the counter).
  fixed bytea NOT NULL,
  moving bytea NOT NULL,
  made_at bigint NOT NULL,
  used_at bigint,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX passkey_member ON passkey (tenant, member);

-- The session began with both factors at once.
ALTER TABLE session ADD COLUMN strong bigint NOT NULL DEFAULT 0;
