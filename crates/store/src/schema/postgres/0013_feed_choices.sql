-- What a person decided about a letter of a feed: which matter or service it is, or why it is set aside. It holds for the request when it
-- comes again, so it stays when the letter is done.
CREATE TABLE feed_choice (
  tenant bigint NOT NULL,
  feed text NOT NULL,
  letter text NOT NULL,
  -- A matter of ours for a letter in, a service of theirs for one out.
  chosen text,
  reason text,
  member text NOT NULL,
  at bigint NOT NULL,
  PRIMARY KEY (tenant, feed, letter)
);
