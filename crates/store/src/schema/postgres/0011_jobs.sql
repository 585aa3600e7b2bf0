-- What is known of a subscription beside itself: whether its messages wait, and the secret before this one while both sign.
CREATE TABLE hook (
  tenant bigint NOT NULL,
  id text COLLATE "C" NOT NULL,
  paused bigint NOT NULL,
  old_secret text COLLATE "C",
  old_until bigint,
  PRIMARY KEY (tenant, id)
);

-- Every try to deliver a message of a webhook, with what the receiver answered.
CREATE TABLE delivery_try (
  tenant bigint NOT NULL,
  id text COLLATE "C" NOT NULL,
  at bigint NOT NULL,
  no bigint NOT NULL,
  answer bigint,
  error text COLLATE "C",
  PRIMARY KEY (tenant, id, at)
);
CREATE INDEX delivery_try_at ON delivery_try (tenant, at);

-- Messages that are told again, from a position of a stream up to another.
CREATE TABLE replay (
  tenant bigint NOT NULL,
  subscription text COLLATE "C" NOT NULL,
  stream bigint NOT NULL,
  position bigint NOT NULL,
  through bigint NOT NULL,
  PRIMARY KEY (tenant, subscription, stream)
);

-- The log of one subscription, the newest first.
CREATE INDEX delivery_of ON delivery (tenant, subscriber, created_at, id);
-- What waits of one subscription is counted often.
CREATE INDEX delivery_waiting ON delivery (tenant, subscriber) WHERE state = 'waiting';
