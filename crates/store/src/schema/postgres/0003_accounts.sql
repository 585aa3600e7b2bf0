-- How members prove who they are. What they may do stands in the organisation. Nothing of this is in the journal, so that
-- every secret can be deleted.
CREATE TABLE account (
  tenant bigint NOT NULL,
  member text COLLATE "C" NOT NULL,
  -- Argon2id as a PHC string; none before an invitation was taken up.
  password text,
  -- The password was given out by somebody else: it opens until then, and only to be changed.
  once_until bigint,
  locked bigint NOT NULL,
  -- Sealed: the mail address, and the secret of the one-time codes.
  mail bytea,
  totp bytea,
  -- The last time step whose code was taken; an older or equal one is a replay.
  totp_step bigint NOT NULL,
  made_at bigint NOT NULL,
  changed_at bigint NOT NULL,
  PRIMARY KEY (tenant, member)
);

-- SHA-256 of recovery codes that are not used yet.
CREATE TABLE recovery (
  tenant bigint NOT NULL,
  member text COLLATE "C" NOT NULL,
  hash bytea NOT NULL,
  PRIMARY KEY (tenant, member, hash)
);

-- Who is signed in, by the SHA-256 of the cookie's token. half: the second factor is still missing.
CREATE TABLE session (
  tenant bigint NOT NULL,
  hash bytea NOT NULL,
  member text COLLATE "C" NOT NULL,
  half bigint NOT NULL,
  began_at bigint NOT NULL,
  seen_at bigint NOT NULL,
  ends_at bigint NOT NULL,
  device text NOT NULL,
  PRIMARY KEY (tenant, hash)
);
CREATE INDEX session_member ON session (tenant, member);

-- Invitations and resets, by the SHA-256 of the link's token; used once.
CREATE TABLE account_token (
  tenant bigint NOT NULL,
  hash bytea NOT NULL,
  member text COLLATE "C" NOT NULL,
  purpose text NOT NULL,
  ends_at bigint NOT NULL,
  PRIMARY KEY (tenant, hash)
);
CREATE INDEX account_token_member ON account_token (tenant, member);

-- Keys of programs, by their SHA-256.
CREATE TABLE api_key (
  tenant bigint NOT NULL,
  hash bytea NOT NULL,
  id text COLLATE "C" NOT NULL,
  member text COLLATE "C" NOT NULL,
  name text NOT NULL,
  scopes text NOT NULL,
  made_at bigint NOT NULL,
  ends_at bigint NOT NULL,
  used_at bigint,
  PRIMARY KEY (tenant, hash)
);
CREATE INDEX api_key_member ON api_key (tenant, member);

-- Failed tries to sign in, by a keyed sum of the name or address, so that neither stands here.
CREATE TABLE attempt (
  tenant bigint NOT NULL,
  subject bytea NOT NULL,
  failures bigint NOT NULL,
  last_at bigint NOT NULL,
  PRIMARY KEY (tenant, subject)
);
CREATE INDEX attempt_last ON attempt (tenant, last_at);
