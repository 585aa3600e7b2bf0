-- Other systems that cases are taken from and given to, by Open311. map is the authority's text; key opens the other system, sealed.
CREATE TABLE feed (
  tenant bigint NOT NULL,
  id text NOT NULL,
  map text NOT NULL,
  key bytea,
  active bigint NOT NULL,
  -- Everything that changed there until then was taken; none before the first look.
  since bigint,
  ran_at bigint,
  -- Why the last look failed.
  error text,
  made_by text NOT NULL,
  made_at bigint NOT NULL,
  PRIMARY KEY (tenant, id)
);

-- What a case is called there. A remote that begins with 'token:' is not known yet; an empty one never will be.
CREATE TABLE feed_case (
  tenant bigint NOT NULL,
  feed text NOT NULL,
  case_id bytea NOT NULL,
  remote text NOT NULL,
  open bigint NOT NULL,
  at bigint NOT NULL,
  PRIMARY KEY (tenant, feed, case_id)
);
CREATE INDEX feed_case_open ON feed_case (tenant, feed, at) WHERE open = 1;

-- What is on its way, and what a person has to look at. body is sealed: it is what the other system sent.
CREATE TABLE feed_letter (
  tenant bigint NOT NULL,
  feed text NOT NULL,
  id text NOT NULL,
  direction text NOT NULL,
  case_id bytea,
  seq bigint NOT NULL,
  body bytea,
  state text NOT NULL,
  attempts bigint NOT NULL,
  due_at bigint NOT NULL,
  error text,
  made_at bigint NOT NULL,
  PRIMARY KEY (tenant, feed, id)
);
CREATE INDEX feed_letter_case ON feed_letter (tenant, feed, case_id, seq);
