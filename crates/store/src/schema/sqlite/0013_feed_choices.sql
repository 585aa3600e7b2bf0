-- What a person decided about a letter of a feed: which matter or service it is, or why it is set aside. It holds for the request when it
-- comes again, so it stays when the letter is done.
CREATE TABLE feed_choice (
  tenant INTEGER NOT NULL,
  feed TEXT NOT NULL,
  letter TEXT NOT NULL,
  -- A matter of ours for a letter in, a service of theirs for one out.
  chosen TEXT,
  reason TEXT,
  member TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (tenant, feed, letter)
);
