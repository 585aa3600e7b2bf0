-- A store that cannot note the first try of the oldest message that waits, for tests of the engine.
CREATE TRIGGER broken BEFORE INSERT ON delivery_try WHEN NEW.id =
  (SELECT id FROM delivery WHERE state = 'waiting' ORDER BY LENGTH(id), id LIMIT 1)
  BEGIN SELECT RAISE(ABORT, 'no room'); END;
