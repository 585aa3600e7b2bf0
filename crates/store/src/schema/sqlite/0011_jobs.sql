-- What is known of a subscription beside itself: whether its messages wait, and the secret before this one while both sign.
CREATE TABLE hook (
  tenant INTEGER NOT NULL,
  id TEXT NOT NULL,
  paused INTEGER NOT NULL,
  old_secret TEXT,
  old_until INTEGER,
  PRIMARY KEY (tenant, id)
);

-- Every try to deliver a message of a webhook, with what the receiver answered.
CREATE TABLE delivery_try (
  tenant INTEGER NOT NULL,
  id TEXT NOT NULL,
  at INTEGER NOT NULL,
  no INTEGER NOT NULL,
  answer INTEGER,
  error TEXT,
  PRIMARY KEY (tenant, id, at)
);
CREATE INDEX delivery_try_at ON delivery_try (tenant, at);

-- Messages that are told again, from a position of a stream up to another.
CREATE TABLE replay (
  tenant INTEGER NOT NULL,
  subscription TEXT NOT NULL,
  stream INTEGER NOT NULL,
  position INTEGER NOT NULL,
  through INTEGER NOT NULL,
  PRIMARY KEY (tenant, subscription, stream)
);

-- The log of one subscription, the newest first.
CREATE INDEX delivery_of ON delivery (tenant, subscriber, created_at, id);
-- What waits of one subscription is counted often.
CREATE INDEX delivery_waiting ON delivery (tenant, subscriber) WHERE state = 'waiting';
