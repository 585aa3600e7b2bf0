-- How members prove who they are. What they may do stands in the organisation. Nothing of this is in the journal, so that
-- every secret can be deleted.
CREATE TABLE account (
  tenant INTEGER NOT NULL,
  member TEXT NOT NULL,
  -- Argon2id as a PHC string; none before an invitation was taken up.
  password TEXT,
  -- The password was given out by somebody else: it opens until then, and only to be changed.
  once_until INTEGER,
  locked INTEGER NOT NULL,
  -- Sealed: the mail address, and the secret of the one-time codes.
  mail BLOB,
  totp BLOB,
  -- The last time step whose code was taken; an older or equal one is a replay.
  totp_step INTEGER NOT NULL,
  made_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, member)
);

-- SHA-256 of recovery codes that are not used yet.
CREATE TABLE recovery (
  tenant INTEGER NOT NULL,
  member TEXT NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (tenant, member, hash)
);

-- Who is signed in, by the SHA-256 of the cookie's token. half: the second factor is still missing.
CREATE TABLE session (
  tenant INTEGER NOT NULL,
  hash BLOB NOT NULL,
  member TEXT NOT NULL,
  half INTEGER NOT NULL,
  began_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  device TEXT NOT NULL,
  PRIMARY KEY (tenant, hash)
);
CREATE INDEX session_member ON session (tenant, member);

-- Invitations and resets, by the SHA-256 of the link's token; used once.
CREATE TABLE account_token (
  tenant INTEGER NOT NULL,
  hash BLOB NOT NULL,
  member TEXT NOT NULL,
  purpose TEXT NOT NULL,
  ends_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, hash)
);
CREATE INDEX account_token_member ON account_token (tenant, member);

-- Keys of programs, by their SHA-256.
CREATE TABLE api_key (
  tenant INTEGER NOT NULL,
  hash BLOB NOT NULL,
  id TEXT NOT NULL,
  member TEXT NOT NULL,
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  used_at INTEGER,
  PRIMARY KEY (tenant, hash)
);
CREATE INDEX api_key_member ON api_key (tenant, member);

-- Failed tries to sign in, by a keyed sum of the name or address, so that neither stands here.
CREATE TABLE attempt (
  tenant INTEGER NOT NULL,
  subject BLOB NOT NULL,
  failures INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, subject)
);
CREATE INDEX attempt_last ON attempt (tenant, last_at);
