//! Every fixed statement of the store, in the common dialect, by name. A test prepares all of them on both migrated
//! databases. The committer's writes stand with each database's own writer; the lists with free filters are built in
//! `read/list.rs`, which lists its shapes for the same test.

use crate::{
    Fault, TenantId,
    value::Row,
    write::{KeyRow, SealKeyRow},
};

pub mod accesses;
pub mod exchange;
pub mod recipients;

macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* pub const $name: &str = $sql;)*
        /// All of them, by name.
        pub const ALL: &[(&str, &str)] = &[$((stringify!($name), $name),)*];
    };
}
use statements;

statements! {
    // The committer's reads.
    LOAD_CASE = "SELECT version, state, title, address, due, head FROM case_row WHERE tenant = $1 AND case_id = $2";
    USED_KEY = "SELECT tenant, key, member, day, body_hash, case_id, number, version, stage, position FROM idem
        WHERE tenant = $1 AND member = $2 AND key = $3";
    SEAL_KEY = "SELECT tenant, name, case_id, wrapped FROM seal_key WHERE tenant = $1 AND name = $2";

    // One case.
    CASE_BY_ID = "SELECT state, title, address, case_id FROM case_row WHERE tenant = $1 AND case_id = $2";
    CASE_BY_NUMBER = "SELECT state, title, address, case_id FROM case_row WHERE tenant = $1 AND number = $2";
    PUBLIC_NUMBERED = "SELECT received_at, state, due FROM case_row WHERE tenant = $1 AND number IN @list($2)";
    PHOTOS_OF = "SELECT case_id, hash FROM file WHERE tenant = $1 AND case_id IN @ids($2) AND shown IS NOT NULL";
    CASES_BY_IDS = "SELECT state, title, address, case_id FROM case_row WHERE tenant = $1 AND case_id IN @ids($2)";
    JOURNAL = "SELECT seq, stream, position, policy, occurred_at, received_at, recorded_at, kind, body, prev, hash FROM event
        WHERE tenant = $1 AND case_id = $2 AND seq > $3 ORDER BY seq LIMIT $4";
    /// Journals of several cases, one after the other.
    JOURNALS = "SELECT case_id, seq, body FROM event
        WHERE tenant = $1 AND case_id IN @ids($2) AND (case_id, seq) > ($3, $4) ORDER BY case_id, seq LIMIT $5";
    WORDS_OF_CASE = "SELECT seq, stream, position, policy, occurred_at, received_at, recorded_at, kind, body, prev, hash FROM event
        WHERE tenant = $1 AND case_id = $2 AND (seq = 1 OR kind = 'relocated') ORDER BY seq";
    KEYS_OF_CASE = "SELECT tenant, name, case_id, wrapped FROM seal_key WHERE tenant = $1 AND name IN @list($2)";
    FILES_OF_CASE = "SELECT case_id, hash, media, bytes, shown, thumb, key, added_at, meta FROM file
        WHERE tenant = $1 AND case_id = $2 ORDER BY added_at, hash";
    FILES_OF_TENANT = "SELECT case_id, hash, media, bytes, shown, thumb, key, added_at, meta FROM file
        WHERE tenant = $1 AND (case_id, hash) > ($2, $3) ORDER BY case_id, hash LIMIT $4";
    FILE_BY_HASH = "SELECT case_id, hash, media, bytes, shown, thumb, key, added_at, meta FROM file
        WHERE tenant = $1 AND case_id = $2 AND (hash = $3 OR shown = $3 OR thumb = $3)";

    /// Journals that count in a span from $4 to $5: of cases that were there before its end, and stood open in it or had an entry in it.
    JOURNALS_OF_SPAN = "SELECT e.case_id, e.seq, e.body FROM event e JOIN case_row c ON c.tenant = e.tenant AND c.case_id = e.case_id
        WHERE e.tenant = $1 AND (e.case_id, e.seq) > ($2, $3) AND c.received_at < $5 AND (c.closed_at IS NULL OR c.closed_at >= $4 OR EXISTS (
          SELECT 1 FROM event late WHERE late.tenant = c.tenant AND late.case_id = c.case_id AND late.received_at >= $4))
        ORDER BY e.case_id, e.seq LIMIT $6";

    // Queues; where they end with what may be seen, read/queue.rs goes on.
    QUEUE = "SELECT t.unit, t.due, t.case_id, t.kind, t.no, t.paused, c.number, c.title, c.stage, c.area, c.matter, c.source,
          c.urgency, c.hazard, c.suspended, c.lead, c.custodian, c.received_at, c.due, c.address
        FROM todo t JOIN case_row c ON c.tenant = t.tenant AND c.case_id = t.case_id
        WHERE t.tenant = $1 AND t.unit = $2 AND (t.due, t.case_id, t.kind, t.no) > ($3, $4, $5, $6)";
    /// A part of a unit's queue: $8 the kinds, $9 the stages, both lists.
    QUEUE_PART = "SELECT t.unit, t.due, t.case_id, t.kind, t.no, t.paused, c.number, c.title, c.stage, c.area, c.matter, c.source,
          c.urgency, c.hazard, c.suspended, c.lead, c.custodian, c.received_at, c.due, c.address
        FROM todo t JOIN case_row c ON c.tenant = t.tenant AND c.case_id = t.case_id
        WHERE t.tenant = $1 AND t.unit = $2 AND (t.due, t.case_id, t.kind, t.no) > ($3, $4, $5, $6)
          AND t.kind IN @list($8) AND c.stage IN @list($9)
        ORDER BY t.due, t.case_id, t.kind, t.no LIMIT $7";
    /// $3 now.
    QUEUE_PARTS = "SELECT t.kind, c.stage, COUNT(*), CAST(SUM(CASE WHEN t.paused = 0 AND t.due <= $3 THEN 1 ELSE 0 END) AS bigint)
        FROM todo t JOIN case_row c ON c.tenant = t.tenant AND c.case_id = t.case_id
        WHERE t.tenant = $1 AND t.unit IN @list($2) GROUP BY t.kind, c.stage ORDER BY t.kind, c.stage";
    OPEN_WORK = "SELECT unit, COUNT(DISTINCT case_id) FROM todo
        WHERE tenant = $1 AND unit IN @list($2) AND kind IN ('custody', 'assignment') GROUP BY unit ORDER BY unit";
    /// $1 now, $2 how many: across tenants, oldest first.
    STEPS_DUE = "SELECT tenant, case_id, next_step, version FROM case_row
        WHERE next_step IS NOT NULL AND next_step <= $1 ORDER BY next_step, tenant, case_id LIMIT $2";

    // Search.
    // Continued in read/search.rs, where SQLite's two steps stand too.
    SEARCH = "SELECT @number, said.case_id, c.number, c.title, c.stage, c.area, c.matter, c.source, c.urgency, c.received_at, c.due, c.lead, c.custodian
        FROM @documents CROSS JOIN case_row c
        WHERE c.tenant = said.tenant AND c.case_id = said.case_id AND said.tenant = $1 AND @number < $2 AND @found($3)";
    /// Among the newest documents alone.
    SEARCH_NEWEST = "SELECT @number, said.case_id, c.number, c.title, c.stage, c.area, c.matter, c.source, c.urgency, c.received_at, c.due, c.lead, c.custodian
        FROM @newest CROSS JOIN case_row c
        WHERE c.tenant = said.tenant AND c.case_id = said.case_id AND said.tenant = $1 AND @number < $2 AND @found($3)";
    LINES = "SELECT case_id, number, title, stage, area, matter, source, urgency, received_at, due, lead, custodian FROM case_row
        WHERE tenant = $1 AND case_id IN @ids($2)";

    // Counts.
    ROLLUP = "SELECT day, area, matter, source, stage, n, late, spent_ms FROM rollup
        WHERE tenant = $1 AND day >= $2 AND day <= $3 AND n <> 0 ORDER BY day, area, matter, source, stage";
    ROLLUP_BY_AREA = "SELECT area, stage, CAST(SUM(n) AS bigint), CAST(SUM(late) AS bigint), CAST(SUM(spent_ms) AS bigint) FROM rollup
        WHERE tenant = $1 AND day >= $2 AND day <= $3 GROUP BY area, stage HAVING SUM(n) <> 0 ORDER BY area, stage";
    ROLLUP_BY_MATTER = "SELECT matter, stage, CAST(SUM(n) AS bigint), CAST(SUM(late) AS bigint), CAST(SUM(spent_ms) AS bigint) FROM rollup
        WHERE tenant = $1 AND day >= $2 AND day <= $3 GROUP BY matter, stage HAVING SUM(n) <> 0 ORDER BY matter, stage";
    ROLLUP_BY_DAY = "SELECT day, source, stage, CAST(SUM(n) AS bigint), CAST(SUM(late) AS bigint), CAST(SUM(spent_ms) AS bigint) FROM rollup
        WHERE tenant = $1 AND day >= $2 AND day <= $3 GROUP BY day, source, stage HAVING SUM(n) <> 0 ORDER BY day, source, stage";

    // The stream.
    STREAMS = "SELECT stream, position FROM stream ORDER BY stream";
    EVENTS_AFTER = "SELECT tenant, case_id, seq, stream, position, policy, occurred_at, received_at, recorded_at, kind, body, prev, hash
        FROM event WHERE stream = $1 AND position > $2 ORDER BY position LIMIT $3";
    EVENTS_BY_CASE = "SELECT tenant, case_id, seq, stream, position, policy, occurred_at, received_at, recorded_at, kind, body, prev, hash
        FROM event WHERE (tenant, case_id, seq) > ($1, $2, $3) ORDER BY tenant, case_id, seq LIMIT $4";
    EVENTS_OF_CASE = "SELECT tenant, case_id, seq, stream, position, policy, occurred_at, received_at, recorded_at, kind, body, prev, hash
        FROM event WHERE tenant = $1 AND case_id = $2 AND seq > $3 ORDER BY seq LIMIT $4";
    POSITIONS_AFTER = "SELECT position FROM event WHERE stream = $1 AND position > $2 ORDER BY position LIMIT $3";

    // Cursors and leases.
    CURSOR_GET = "SELECT stream, position FROM cursor WHERE tenant = $1 AND name = $2 ORDER BY stream";
    CURSOR_SET = "INSERT INTO cursor (tenant, name, stream, position) VALUES ($1, $2, $3, $4)
        ON CONFLICT (tenant, name, stream) DO UPDATE SET position = excluded.position";
    LEASE_TAKE = "INSERT INTO lease (tenant, name, holder, until) VALUES ($1, $2, $3, $4)
        ON CONFLICT (tenant, name) DO UPDATE SET holder = excluded.holder, until = excluded.until
        WHERE lease.holder = excluded.holder OR lease.until <= $5
        RETURNING holder";
    LEASE_DROP = "DELETE FROM lease WHERE tenant = $1 AND name = $2 AND holder = $3";

    // The Merkle log.
    LOG_LAST = "SELECT began, size, made_at, note FROM log_head WHERE tenant = $1 ORDER BY began DESC LIMIT 1";
    LOG_SIGNED = "SELECT began, size, made_at, note FROM log_head WHERE tenant = $1 AND note <> '' ORDER BY began DESC LIMIT 1";
    LOG_HEADS = "SELECT began, size, made_at, note FROM log_head WHERE tenant = $1 AND began > $2 ORDER BY began LIMIT $3";
    LOG_TENANTS = "SELECT DISTINCT tenant FROM log_head ORDER BY tenant";
    LOG_GROW = "INSERT INTO log_head (tenant, began, size, made_at, note) VALUES ($1, $2, $3, $4, $5)";
    LOG_SIGN = "UPDATE log_head SET made_at = $3, note = $4 WHERE tenant = $1 AND began = $2 AND note = ''";
    LOG_RUN_LAST = "SELECT leaf, source, past, through, leaves FROM log_run WHERE tenant = $1 ORDER BY leaf DESC LIMIT 1";
    LOG_RUN_OF = "SELECT leaf, source, past, through, leaves FROM log_run
        WHERE tenant = $1 AND source = $2 AND through >= $3 ORDER BY through LIMIT 1";
    LOG_RUNS = "SELECT leaf, source, past, through, leaves FROM log_run WHERE tenant = $1 AND leaf > $2 ORDER BY leaf LIMIT $3";
    LOG_RUN_PUT = "INSERT INTO log_run (tenant, leaf, source, past, through, leaves) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (tenant, leaf) DO UPDATE SET through = excluded.through, leaves = excluded.leaves";
    LOG_RUNS_CUT = "DELETE FROM log_run WHERE tenant = $1 AND leaf >= $2";
    LOG_THROUGH = "SELECT source, MAX(through) FROM log_run WHERE tenant = $1 GROUP BY source ORDER BY source";
    LOG_TILE = "SELECT hashes FROM log_tile WHERE tenant = $1 AND level = $2 AND no = $3";
    LOG_TILE_PUT = "INSERT INTO log_tile (tenant, level, no, hashes) VALUES ($1, $2, $3, $4)
        ON CONFLICT (tenant, level, no) DO UPDATE SET hashes = excluded.hashes";
    LOG_EVENTS = "SELECT position, recorded_at, hash FROM event
        WHERE stream = $1 AND tenant = $2 AND position > $3 AND position <= $4 ORDER BY position LIMIT $5";
    LOG_EVENTS_BETWEEN = "SELECT COUNT(*) FROM event WHERE stream = $1 AND tenant = $2 AND position > $3 AND position < $4";
    LOG_ACTS = "SELECT version, effective_at, installed_at, body FROM installed
        WHERE tenant = $1 AND kind = $2 AND version > $3 AND version <= $4 ORDER BY version LIMIT $5";
    LOG_KEY_PUT = "INSERT INTO seal_key (tenant, name, case_id, wrapped) VALUES ($1, $2, NULL, $3) ON CONFLICT (tenant, name) DO NOTHING";
    CURSOR_DROP = "DELETE FROM cursor WHERE tenant = $1 AND name = $2";

    // Outbox.
    SUBSCRIPTION_PUT = "INSERT INTO subscription (tenant, id, kind, target, secret, filter, active, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (tenant, id) DO UPDATE SET kind = excluded.kind, target = excluded.target, secret = excluded.secret,
          filter = excluded.filter, active = excluded.active";
    SUBSCRIPTIONS = "SELECT id, kind, target, secret, filter, active, created_at FROM subscription WHERE tenant = $1 ORDER BY id";
    SUBSCRIPTION_HOOK = "SELECT s.id, s.kind, s.target, s.secret, s.filter, s.active, s.created_at,
          COALESCE(h.paused, 0), h.old_secret, h.old_until
        FROM subscription s LEFT JOIN hook h ON h.tenant = s.tenant AND h.id = s.id WHERE s.tenant = $1 AND s.id = $2";
    SUBSCRIPTION_DROP = "DELETE FROM subscription WHERE tenant = $1 AND id = $2";
    DELIVERY_ADD = "INSERT INTO delivery (tenant, id, subscriber, channel, target, payload, state, attempts, due_at, leased_until, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, 'waiting', 0, $7, 0, $7) ON CONFLICT (tenant, id) DO NOTHING";
    /// Positions stand in the ids without leading zeros: of two of one length the smaller came first, and a longer one came after both.
    /// The rows are chosen once, in a part of their own: PostgreSQL may ask a subquery with SKIP LOCKED again for each row
    /// and then takes more than the limit.
    DELIVERY_CLAIM = "WITH due AS MATERIALIZED (
          SELECT id FROM delivery WHERE tenant = $1 AND state = 'waiting' AND due_at <= $4 AND leased_until <= $4
            AND subscriber NOT IN (SELECT id FROM hook WHERE tenant = $1 AND paused = 1)
          ORDER BY due_at, LENGTH(id), id LIMIT $5 @skip_locked)
        UPDATE delivery SET holder = $2, leased_until = $3, attempts = attempts + 1
        WHERE tenant = $1 AND id IN (SELECT id FROM due)
        RETURNING id, subscriber, channel, target, payload, attempts, created_at";
    DELIVERY_DONE = "UPDATE delivery SET state = 'done', done_at = $4, holder = NULL, error = NULL
        WHERE tenant = $1 AND id = $2 AND holder = $3 AND state = 'waiting'";
    DELIVERY_RETRY = "UPDATE delivery SET due_at = $4, error = $5, holder = NULL, leased_until = 0
        WHERE tenant = $1 AND id = $2 AND holder = $3 AND state = 'waiting'";
    /// It was not sent: this try did not happen, and when it is due stays.
    DELIVERY_RELEASE = "UPDATE delivery SET holder = NULL, leased_until = 0, attempts = attempts - 1
        WHERE tenant = $1 AND id = $2 AND holder = $3 AND state = 'waiting'";
    DELIVERY_FAIL = "UPDATE delivery SET state = 'failed', done_at = $4, error = $5, holder = NULL
        WHERE tenant = $1 AND id = $2 AND holder = $3 AND state = 'waiting'";
    DELIVERIES = "SELECT id, subscriber, channel, target, state, attempts, due_at, created_at, done_at, error FROM delivery
        WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3";
    /// What has ended, or waits and is in nobody's hands, is due again from the first try on.
    DELIVERY_AGAIN = "UPDATE delivery SET state = 'waiting', attempts = 0, due_at = $4, holder = NULL, leased_until = 0, done_at = NULL,
          error = NULL
        WHERE tenant = $1 AND subscriber = $2 AND id = $3 AND (state <> 'waiting' OR leased_until <= $4)";
    DELIVERY_REPLAY = "INSERT INTO delivery (tenant, id, subscriber, channel, target, payload, state, attempts, due_at, leased_until, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, 'waiting', 0, $7, 0, $7)
        ON CONFLICT (tenant, id) DO UPDATE SET state = 'waiting', attempts = 0, due_at = excluded.due_at, holder = NULL, leased_until = 0,
          done_at = NULL, error = NULL, target = excluded.target
        WHERE delivery.state <> 'waiting'";
    DELIVERIES_OF = "SELECT id, subscriber, channel, target, state, attempts, due_at, created_at, done_at, error,
          (SELECT t.answer FROM delivery_try t WHERE t.tenant = d.tenant AND t.id = d.id ORDER BY t.at DESC LIMIT 1)
        FROM delivery d WHERE tenant = $1 AND subscriber = $2 AND ($3 = '' OR state = $3) AND (created_at, id) < ($4, $5)
        ORDER BY created_at DESC, id DESC LIMIT $6";
    DELIVERIES_WAITING = "SELECT COUNT(*) FROM delivery @by(delivery_waiting) WHERE tenant = $1 AND subscriber = $2 AND state = 'waiting'";
    DELIVERIES_HELD = "SELECT COUNT(*) FROM delivery @by(delivery_waiting)
        WHERE tenant = $1 AND subscriber = $2 AND state = 'waiting' AND holder IS NOT NULL AND leased_until > $3";
    TRY_ADD = "INSERT INTO delivery_try (tenant, id, at, no, answer, error) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (tenant, id, at) DO NOTHING";
    TRIES = "SELECT at, no, answer, error FROM delivery_try WHERE tenant = $1 AND id = $2 ORDER BY at DESC LIMIT $3";
    DELIVERY_IS = "SELECT 1 FROM delivery WHERE tenant = $1 AND subscriber = $2 AND id = $3";
    TRY_PURGE = "DELETE FROM delivery_try WHERE tenant = $1 AND at < $2";
    /// Each act changes its own columns: two at one time, or a copy that was read before, undo nothing of each other.
    HOOK_PAUSED = "INSERT INTO hook (tenant, id, paused) VALUES ($1, $2, $3) ON CONFLICT (tenant, id) DO UPDATE SET paused = excluded.paused";
    HOOK_OLD = "INSERT INTO hook (tenant, id, paused, old_secret, old_until) VALUES ($1, $2, 0, $3, $4)
        ON CONFLICT (tenant, id) DO UPDATE SET old_secret = excluded.old_secret, old_until = excluded.old_until";
    SUBSCRIPTION_ACTIVE = "UPDATE subscription SET active = $3 WHERE tenant = $1 AND id = $2";
    SUBSCRIPTION_SECRET = "UPDATE subscription SET secret = $3 WHERE tenant = $1 AND id = $2";
    HOOK_DROP = "DELETE FROM hook WHERE tenant = $1 AND id = $2";
    REPLAYS = "SELECT subscription, stream, position, through FROM replay WHERE tenant = $1 ORDER BY subscription, stream";
    /// What is told again already goes on: both stretches become one.
    REPLAY_BEGIN = "INSERT INTO replay (tenant, subscription, stream, position, through) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (tenant, subscription, stream) DO UPDATE SET
          position = CASE WHEN excluded.position < replay.position THEN excluded.position ELSE replay.position END,
          through = CASE WHEN excluded.through > replay.through THEN excluded.through ELSE replay.through END";
    /// Only from where it stood: one that was begun anew meanwhile stays as it was asked for.
    REPLAY_STEP = "UPDATE replay SET position = $5 WHERE tenant = $1 AND subscription = $2 AND stream = $3 AND position = $4";
    REPLAY_END = "DELETE FROM replay WHERE tenant = $1 AND subscription = $2 AND stream = $3 AND position >= through";
    REPLAYS_DROP = "DELETE FROM replay WHERE tenant = $1 AND subscription = $2";
    RECORDED_FROM = "SELECT position, recorded_at FROM event WHERE stream = $1 AND position >= $2 ORDER BY position LIMIT 1";
    DELIVERY_PURGE = "DELETE FROM delivery WHERE tenant = $1 AND state <> 'waiting' AND done_at < $2";

    // Feeds.
    FEED_PUT = "INSERT INTO feed (tenant, id, map, key, active, made_by, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (tenant, id) DO UPDATE SET map = excluded.map, key = excluded.key, active = excluded.active, ran_at = NULL";
    FEEDS = "SELECT id, map, key, active, since, ran_at, error, made_by, made_at FROM feed WHERE tenant = $1 ORDER BY id";
    FEED_ACTIVE = "SELECT active FROM feed WHERE tenant = $1 AND id = $2";
    FEED_REST = "UPDATE feed SET active = 0 WHERE tenant = $1 AND id = $2";
    FEED_DROP = "DELETE FROM feed WHERE tenant = $1 AND id = $2";
    FEED_CASES_DROP = "DELETE FROM feed_case WHERE tenant = $1 AND feed = $2";
    FEED_LETTERS_DROP = "DELETE FROM feed_letter WHERE tenant = $1 AND feed = $2";
    FEED_RAN = "UPDATE feed SET since = COALESCE($3, since), ran_at = COALESCE($4, ran_at), error = $5 WHERE tenant = $1 AND id = $2";
    FEED_DUE = "UPDATE feed SET ran_at = NULL WHERE tenant = $1 AND id = $2";
    FEED_CASE_PUT = "INSERT INTO feed_case (tenant, feed, case_id, remote, open, at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (tenant, feed, case_id) DO UPDATE SET remote = excluded.remote, open = excluded.open";
    FEED_CASE = "SELECT remote FROM feed_case WHERE tenant = $1 AND feed = $2 AND case_id = $3";
    FEED_OPEN = "SELECT at, remote FROM feed_case
        WHERE tenant = $1 AND feed = $2 AND open = 1 AND at < $3 AND (at, remote) > ($4, $5) ORDER BY at, remote LIMIT $6";
    FEED_LETTER_ADD = "INSERT INTO feed_letter (tenant, feed, id, direction, case_id, seq, body, state, attempts, due_at, error, made_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, $11) ON CONFLICT (tenant, feed, id) DO NOTHING";
    FEED_LETTER_PUT = "INSERT INTO feed_letter (tenant, feed, id, direction, case_id, seq, body, state, attempts, due_at, error, made_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10, $11)
        ON CONFLICT (tenant, feed, id) DO UPDATE SET error = excluded.error, attempts = feed_letter.attempts + 1,
          body = CASE WHEN feed_letter.state = 'dropped' THEN NULL ELSE excluded.body END,
          state = CASE WHEN feed_letter.state = 'dropped' THEN 'dropped' ELSE excluded.state END";
    FEED_LETTERS_DUE = "SELECT id, direction, case_id, seq, body, state, attempts, due_at, error, made_at FROM feed_letter l
        WHERE tenant = $1 AND feed = $2 AND direction = 'out' AND state = 'waiting' AND due_at <= $3 AND NOT EXISTS (
          SELECT 1 FROM feed_letter e WHERE e.tenant = l.tenant AND e.feed = l.feed AND e.case_id = l.case_id AND e.seq < l.seq
          AND e.direction = 'out' AND e.state NOT IN ('dropped', 'done'))
        ORDER BY due_at, id LIMIT $4";
    FEED_PHOTOS_DUE = "SELECT id, direction, case_id, seq, body, state, attempts, due_at, error, made_at FROM feed_letter
        WHERE tenant = $1 AND feed = $2 AND direction = 'photo' AND state = 'waiting' AND due_at <= $3 ORDER BY due_at, id LIMIT $4";
    FEED_LETTER_COUNTS = "SELECT direction, state, COUNT(*), MAX(due_at) FROM feed_letter WHERE tenant = $1 AND feed = $2
        GROUP BY direction, state ORDER BY direction, state";
    FEED_LETTER_DONE = "UPDATE feed_letter SET state = 'done', body = NULL, error = NULL, due_at = $4 WHERE tenant = $1 AND feed = $2 AND id = $3";
    /// A photo that was taken is remembered as long as its feed: its request may come again at any time.
    FEED_LETTERS_PURGE = "DELETE FROM feed_letter WHERE tenant = $1 AND state = 'done' AND made_at < $2 AND direction <> 'photo'";
    FEED_PHOTOS_OF_CASE_DROP = "UPDATE feed_letter SET state = 'dropped', body = NULL
        WHERE tenant = $1 AND case_id = $2 AND direction = 'photo' AND state <> 'done'";
    /// What came before $2 and nobody settled. What goes out has no body.
    FEED_LETTERS_FORGET = "UPDATE feed_letter SET state = 'dropped', body = NULL, error = $3
        WHERE tenant = $1 AND made_at < $2 AND state IN ('dead', 'waiting') AND direction <> 'out' AND body IS NOT NULL";
    FEED_CHOICE_PUT = "INSERT INTO feed_choice (tenant, feed, letter, chosen, reason, member, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (tenant, feed, letter) DO UPDATE SET chosen = COALESCE(excluded.chosen, feed_choice.chosen), reason = excluded.reason,
          member = excluded.member, at = excluded.at";
    FEED_CHOICE = "SELECT chosen, reason, member, at FROM feed_choice WHERE tenant = $1 AND feed = $2 AND letter = $3";
    FEED_CHOICES_DROP = "DELETE FROM feed_choice WHERE tenant = $1 AND feed = $2";
    FEED_LETTER_TRIED = "UPDATE feed_letter SET state = $4, due_at = $5, error = $6, attempts = $7 WHERE tenant = $1 AND feed = $2 AND id = $3";
    FEED_LETTER_SETTLE = "UPDATE feed_letter SET state = $4, due_at = $5, body = CASE WHEN $4 = 'dropped' THEN NULL ELSE body END WHERE tenant = $1 AND feed = $2 AND id = $3 AND state = 'dead'";
    FEED_LETTERS_REVIVE = "UPDATE feed_letter SET state = 'waiting', due_at = $3 WHERE tenant = $1 AND feed = $2 AND state = 'dead' AND direction <> 'photo'";
    FEED_LETTER = "SELECT id, direction, case_id, seq, body, state, attempts, due_at, error, made_at FROM feed_letter
        WHERE tenant = $1 AND feed = $2 AND id = $3";
    FEED_LETTERS = "SELECT id, direction, case_id, seq, body, state, attempts, due_at, error, made_at FROM feed_letter
        WHERE tenant = $1 AND feed = $2 AND state = $3 AND id > $4 ORDER BY id LIMIT $5";

    // What members keep for themselves.
    SAVED_FILTER_PUT = "INSERT INTO saved_filter (tenant, member, name, query, made_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (tenant, member, name) DO UPDATE SET query = excluded.query, made_at = excluded.made_at";
    SAVED_FILTERS = "SELECT name, query, made_at FROM saved_filter WHERE tenant = $1 AND member = $2 ORDER BY made_at, name";
    SAVED_FILTER_DROP = "DELETE FROM saved_filter WHERE tenant = $1 AND member = $2 AND name = $3";

    // Keys.
    IDEM_PURGE = "DELETE FROM idem WHERE tenant = $1 AND key IN (SELECT key FROM idem WHERE tenant = $1 AND day < $2 ORDER BY day LIMIT $3) AND day < $2";
    // Persons.
    SEAL_KEY_DESTROY = "UPDATE seal_key SET wrapped = $3 WHERE tenant = $1 AND name = $2 AND wrapped <> $3";
    SEAL_KEY_REWRAP = "UPDATE seal_key SET wrapped = $4 WHERE tenant = $1 AND name = $2 AND wrapped = $3";
    SEAL_KEY_CASE = "SELECT case_id, wrapped FROM seal_key WHERE tenant = $1 AND name = $2";
    HIDE_CASE = "UPDATE case_row SET title = NULL, address = NULL WHERE tenant = $1 AND case_id = $2";
    SAID_DROP = "DELETE FROM said WHERE tenant = $1 AND doc = $2";
    IDEM_OF_CASE_DROP = "DELETE FROM idem WHERE tenant = $1 AND case_id = $2";
    /// Messages to the reporters of a case: their ids begin with the place of an event.
    DELIVERIES_OF_CASE_DROP = "DELETE FROM delivery WHERE tenant = $1 AND subscriber = 'reporter' AND EXISTS (
          SELECT 1 FROM event e WHERE e.tenant = $1 AND e.case_id = $2 AND substr(delivery.id, 1, length(
            'msg_' || CAST(e.stream AS text) || '_' || CAST(e.position AS text) || '_'))
            = 'msg_' || CAST(e.stream AS text) || '_' || CAST(e.position AS text) || '_')";
    FILES_OF_CASE_BLANK = "UPDATE file SET meta = '{}', shown = NULL, thumb = NULL WHERE tenant = $1 AND case_id = $2";
    FILE_META_SET = "UPDATE file SET meta = $4 WHERE tenant = $1 AND case_id = $2 AND hash = $3";
    /// Cases that ended between two instants, the first excluded.
    CASES_ENDED = "SELECT case_id, closed_at FROM case_row
        WHERE tenant = $1 AND open = 0 AND (closed_at, case_id) > ($2, $3) AND closed_at <= $4 ORDER BY closed_at, case_id LIMIT $5";
    ERASURE_ADD = "INSERT INTO erasure (tenant, id, case_id, reporter, reason, state, proposed_by, proposed_at, decided_by, decided_at, keys, scoured_at)
        VALUES ($1, $2, $3, $4, $5, 'proposed', $6, $7, NULL, NULL, 0, NULL)";
    ERASURE = "SELECT id, case_id, reporter, reason, state, proposed_by, proposed_at, decided_by, decided_at, keys, scoured_at FROM erasure
        WHERE tenant = $1 AND id = $2";
    ERASURES = "SELECT id, case_id, reporter, reason, state, proposed_by, proposed_at, decided_by, decided_at, keys, scoured_at FROM erasure
        WHERE tenant = $1 ORDER BY proposed_at DESC, id DESC LIMIT $2";
    ERASURE_DECIDE = "UPDATE erasure SET state = $3, decided_by = $4, decided_at = $5, keys = $6
        WHERE tenant = $1 AND id = $2 AND state = $7";
    ERASURES_SCOURED = "UPDATE erasure SET scoured_at = $1 WHERE state = 'done' AND scoured_at IS NULL AND decided_at <= $1";
    ERASURES_UNSCOURED = "SELECT COUNT(*) FROM erasure WHERE state = 'done' AND scoured_at IS NULL";

    // Packs and the organisation's changes.
    INSTALL = "INSERT INTO installed (tenant, kind, version, hash, effective_at, installed_at, body) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (tenant, kind, version) DO NOTHING";
    /// The same where a taken name fails, and with it the whole transaction.
    INSTALL_NEW = "INSERT INTO installed (tenant, kind, version, hash, effective_at, installed_at, body) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    INSTALLED_HEADS = "SELECT kind, version, hash, effective_at, installed_at, '' FROM installed
        WHERE tenant = $1 AND kind = $2 ORDER BY effective_at, installed_at, version";
    INSTALLED_ONE = "SELECT kind, version, hash, effective_at, installed_at, body FROM installed
        WHERE tenant = $1 AND kind = $2 AND version = $3";
    INSTALLED = "SELECT kind, version, hash, effective_at, installed_at, body FROM installed
        WHERE tenant = $1 AND kind = $2 ORDER BY effective_at, installed_at, version";

    // Accounts.
    ACCOUNT = "SELECT member, password, once_until, locked, mail, totp, totp_step, made_at, changed_at FROM account
        WHERE tenant = $1 AND member = $2";
    ACCOUNTS = "SELECT member, password, once_until, locked, mail, totp, totp_step, made_at, changed_at FROM account
        WHERE tenant = $1 ORDER BY member";
    ACCOUNT_ADD = "INSERT INTO account (tenant, member, password, once_until, locked, mail, totp, totp_step, made_at, changed_at)
        VALUES ($1, $2, NULL, NULL, 0, NULL, NULL, 0, $3, $3) ON CONFLICT (tenant, member) DO NOTHING";
    ACCOUNT_PASSWORD = "UPDATE account SET password = $3, once_until = $4, changed_at = $5 WHERE tenant = $1 AND member = $2";
    /// Holds the account where it is as it was when it was judged, $3. Where it is not there is no moment, and nothing at all of the transaction
    /// is written.
    ACCOUNT_AS_JUDGED = "UPDATE account SET changed_at = CASE WHEN changed_at = $3 THEN changed_at END WHERE tenant = $1 AND member = $2";
    ACCOUNT_REHASH = "UPDATE account SET password = $4 WHERE tenant = $1 AND member = $2 AND password = $3";
    ACCOUNT_LOCK = "UPDATE account SET locked = $3, changed_at = $4 WHERE tenant = $1 AND member = $2";
    ACCOUNT_MAIL = "UPDATE account SET mail = $3, changed_at = $4 WHERE tenant = $1 AND member = $2";
    ACCOUNT_TOTP = "UPDATE account SET totp = $3, totp_step = $4, changed_at = $5 WHERE tenant = $1 AND member = $2";
    ACCOUNT_STEP = "UPDATE account SET totp_step = $3 WHERE tenant = $1 AND member = $2 AND totp_step < $3";
    RECOVERY_ADD = "INSERT INTO recovery (tenant, member, hash) VALUES ($1, $2, $3)";
    RECOVERY_USE = "DELETE FROM recovery WHERE tenant = $1 AND member = $2 AND hash = $3";
    RECOVERY_DROP = "DELETE FROM recovery WHERE tenant = $1 AND member = $2";
    RECOVERY_LEFT = "SELECT COUNT(*) FROM recovery WHERE tenant = $1 AND member = $2";
    SESSION_ADD = "INSERT INTO session (tenant, hash, member, half, began_at, seen_at, ends_at, device, strong) VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8)";
    SESSION_CHECK = "SELECT s.hash, s.member, s.half, s.began_at, s.seen_at, s.ends_at, s.device, s.strong, a.locked, a.once_until, CASE WHEN a.totp IS NULL THEN 0 ELSE 1 END
        FROM session s JOIN account a ON a.tenant = s.tenant AND a.member = s.member WHERE s.tenant = $1 AND s.hash = $2";
    SESSIONS = "SELECT hash, member, half, began_at, seen_at, ends_at, device, strong FROM session WHERE tenant = $1 AND member = $2 ORDER BY seen_at DESC, hash";
    /// Waits for whoever changes the account at this moment on another node.
    ACCOUNT_HOLD = "UPDATE account SET locked = locked WHERE tenant = $1 AND member = $2";
    /// A session whose account is not as it was when it was judged, $4, does not begin, and its line of the log neither.
    SESSION_UNDO = "DELETE FROM session WHERE tenant = $1 AND hash = $2
        AND NOT EXISTS (SELECT 1 FROM account a WHERE a.tenant = $1 AND a.member = $3 AND a.changed_at = $4)";
    SIGN_IN_UNDO = "DELETE FROM sign_in_log WHERE tenant = $1 AND at = $2 AND no = $3
        AND NOT EXISTS (SELECT 1 FROM session s WHERE s.tenant = $1 AND s.hash = $4)";
    SESSION_SEEN = "UPDATE session SET seen_at = $3 WHERE tenant = $1 AND hash = $2";
    SESSION_END = "DELETE FROM session WHERE tenant = $1 AND hash = $2";
    /// $3 the one that stays.
    SESSIONS_END = "DELETE FROM session WHERE tenant = $1 AND member = $2 AND hash <> $3";
    SESSIONS_PURGE = "DELETE FROM session WHERE tenant = $1 AND (ends_at <= $2 OR seen_at <= $3)";
    TOKEN_ADD = "INSERT INTO account_token (tenant, hash, member, purpose, ends_at) VALUES ($1, $2, $3, $4, $5)";
    TOKEN_READ = "SELECT member, purpose, ends_at FROM account_token WHERE tenant = $1 AND hash = $2 AND ends_at > $3";
    TOKEN_USE = "DELETE FROM account_token WHERE tenant = $1 AND hash = $2 AND ends_at > $3 RETURNING member, purpose, ends_at";
    TOKENS_DROP = "DELETE FROM account_token WHERE tenant = $1 AND member = $2";
    TOKENS_PURGE = "DELETE FROM account_token WHERE tenant = $1 AND ends_at <= $2";
    API_KEY_ADD = "INSERT INTO api_key (tenant, hash, id, member, name, scopes, made_at, ends_at, used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL)";
    API_KEY_CHECK = "SELECT k.id, k.member, k.name, k.scopes, k.made_at, k.ends_at, k.used_at, a.locked, a.once_until, CASE WHEN a.totp IS NULL THEN 0 ELSE 1 END
        FROM api_key k JOIN account a ON a.tenant = k.tenant AND a.member = k.member
        WHERE k.tenant = $1 AND k.hash = $2 AND k.ends_at > $3 AND a.locked = 0";
    API_KEYS = "SELECT id, member, name, scopes, made_at, ends_at, used_at FROM api_key WHERE tenant = $1 AND member = $2 ORDER BY made_at, id";
    API_KEY_USED = "UPDATE api_key SET used_at = $3 WHERE tenant = $1 AND id = $2";
    API_KEY_DROP = "DELETE FROM api_key WHERE tenant = $1 AND member = $2 AND id = $3";
    /// Whoever has it.
    API_KEY_END = "DELETE FROM api_key WHERE tenant = $1 AND id = $2";
    API_KEYS_ALL = "SELECT id, member, name, scopes, made_at, ends_at, used_at FROM api_key WHERE tenant = $1 ORDER BY made_at, id";
    API_KEYS_DROP = "DELETE FROM api_key WHERE tenant = $1 AND member = $2";
    API_KEYS_PURGE = "DELETE FROM api_key WHERE tenant = $1 AND ends_at <= $2";
    PASSKEY_ADD = "INSERT INTO passkey (tenant, id, member, name, fixed, moving, made_at, used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, NULL)
        ON CONFLICT (tenant, id) DO NOTHING";
    PASSKEY = "SELECT id, member, name, fixed, moving, made_at, used_at FROM passkey WHERE tenant = $1 AND id = $2";
    PASSKEYS = "SELECT id, member, name, fixed, moving, made_at, used_at FROM passkey WHERE tenant = $1 AND member = $2 ORDER BY made_at, id";
    /// Only where nobody used it in between: $3 is what was read.
    PASSKEY_USED = "UPDATE passkey SET moving = $4, used_at = $5 WHERE tenant = $1 AND id = $2 AND moving = $3";
    PASSKEY_DROP = "DELETE FROM passkey WHERE tenant = $1 AND member = $2 AND id = $3";
    PASSKEYS_DROP = "DELETE FROM passkey WHERE tenant = $1 AND member = $2";
    ATTEMPT = "SELECT failures, last_at FROM attempt WHERE tenant = $1 AND subject = $2";
    ATTEMPT_ADD = "INSERT INTO attempt (tenant, subject, failures, last_at) VALUES ($1, $2, $3, $4) ON CONFLICT (tenant, subject) DO NOTHING";
    /// Only where nobody counted in between: $5 and $6 are what was read.
    ATTEMPT_COUNT = "UPDATE attempt SET failures = $3, last_at = $4 WHERE tenant = $1 AND subject = $2 AND failures = $5 AND last_at = $6";
    ATTEMPT_TAKE_BACK = "UPDATE attempt SET failures = failures - 1 WHERE tenant = $1 AND subject = $2 AND failures > 0";
    ATTEMPT_FORGET = "DELETE FROM attempt WHERE tenant = $1 AND subject = $2";
    ATTEMPTS_PURGE = "DELETE FROM attempt WHERE tenant = $1 AND last_at <= $2";
    /// What has an hour is one line for each of them; the last try says from where.
    SIGN_IN_NOTE = "INSERT INTO sign_in_log (tenant, at, no, member, what, way, device, network, times, last_at, asked_by, hour)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (tenant, member, hour, what, way) DO UPDATE SET times = sign_in_log.times + excluded.times,
          last_at = excluded.last_at, device = excluded.device, network = excluded.network";
    /// From $2 on and before the place ($3, $4), newest first; $6 is empty for every line.
    SIGN_INS = "SELECT at, no, member, what, way, device, network, times, last_at, asked_by, hour FROM sign_in_log
        WHERE tenant = $1 AND at >= $2 AND (at, no) < ($3, $4) AND ($6 = '' OR what = $6) ORDER BY at DESC, no DESC LIMIT $5";
    SIGN_INS_OF_MEMBER = "SELECT at, no, member, what, way, device, network, times, last_at, asked_by, hour FROM sign_in_log
        WHERE tenant = $1 AND at >= $2 AND (at, no) < ($3, $4) AND ($6 = '' OR what = $6) AND member = $7
        ORDER BY at DESC, no DESC LIMIT $5";
    /// Sign-ins of a member before the place ($3, $4): all, those with this device from this network, and those since $7.
    SIGN_INS_BEFORE = "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN device = $5 AND network = $6 THEN 1 ELSE 0 END), 0) AS bigint),
          CAST(COALESCE(SUM(CASE WHEN at >= $7 THEN 1 ELSE 0 END), 0) AS bigint)
        FROM sign_in_log WHERE tenant = $1 AND member = $2 AND what = 'signed_in' AND (at, no) < ($3, $4)";
    SIGN_IN_PURGE = "DELETE FROM sign_in_log WHERE tenant = $1 AND at < $2";

    // A link that is taken up: each of these does nothing where the link with that sum opens nothing (any more). The link is held first, so that
    // of two that take it up on two nodes the second finds it gone, and used up by TOKEN_USE after them.
    LINK_HOLD = "UPDATE account_token SET ends_at = ends_at WHERE tenant = $1 AND hash = $2";
    LINK_PASSWORD = "UPDATE account SET password = $3, once_until = NULL, changed_at = $4 WHERE tenant = $1 AND member = $2
        AND EXISTS (SELECT 1 FROM account_token t WHERE t.tenant = $1 AND t.member = $2 AND t.ends_at > $4 AND t.hash = $5)";
    LINK_SESSIONS_END = "DELETE FROM session WHERE tenant = $1 AND member = $2
        AND EXISTS (SELECT 1 FROM account_token t WHERE t.tenant = $1 AND t.member = $2 AND t.ends_at > $3 AND t.hash = $4)";
    LINK_API_KEYS_DROP = "DELETE FROM api_key WHERE tenant = $1 AND member = $2
        AND EXISTS (SELECT 1 FROM account_token t WHERE t.tenant = $1 AND t.member = $2 AND t.ends_at > $3 AND t.hash = $4)";
    LINK_PASSKEYS_DROP = "DELETE FROM passkey WHERE tenant = $1 AND member = $2
        AND EXISTS (SELECT 1 FROM account_token t WHERE t.tenant = $1 AND t.member = $2 AND t.ends_at > $3 AND t.hash = $4)";
    LINK_NOTE = "INSERT INTO sign_in_log (tenant, at, no, member, what, way, device, network, times, last_at, asked_by, hour)
        SELECT t.tenant, CAST($4 AS bigint), CAST($5 AS bigint), t.member, CAST($6 AS text), t.purpose, CAST($7 AS text), CAST($8 AS text),
          1, CAST($4 AS bigint), NULL, NULL
        FROM account_token t WHERE t.tenant = $1 AND t.member = $2 AND t.ends_at > $4 AND t.hash = $3";

    // Uploads of devices.
    UPLOAD_ADD = "INSERT INTO upload (tenant, member, hash, length, came, complete, used, key, parts, touched_at)
        VALUES ($1, $2, $3, $4, 0, 0, 0, $5, '', $6) ON CONFLICT (tenant, member, hash) DO NOTHING";
    UPLOAD = "SELECT member, hash, length, came, complete, used, key, parts, touched_at FROM upload
        WHERE tenant = $1 AND member = $2 AND hash = $3";
    /// Only where nobody wrote in between, and it is the same that was begun: $4 and $5 are what was read.
    UPLOAD_ON = "UPDATE upload SET came = $6, complete = $7, parts = $8, touched_at = $9
        WHERE tenant = $1 AND member = $2 AND hash = $3 AND key = $4 AND came = $5 AND complete = 0";
    UPLOAD_USED = "UPDATE upload SET used = 1, touched_at = $4 WHERE tenant = $1 AND member = $2 AND hash = $3";
    UPLOAD_DROP = "DELETE FROM upload WHERE tenant = $1 AND member = $2 AND hash = $3 AND key = $4 AND touched_at <= $5";
    UPLOADS_LYING = "SELECT COUNT(*), CAST(COALESCE(SUM(length), 0) AS bigint) FROM upload WHERE tenant = $1 AND member = $2 AND used = 0";
    /// What nobody goes on with: $2 for what is not whole or was used, $3 for the rest.
    UPLOADS_OVER = "SELECT member, hash, length, came, complete, used, key, parts, touched_at FROM upload
        WHERE tenant = $1 AND touched_at <= $2 AND (complete = 0 OR used = 1 OR touched_at <= $3) ORDER BY touched_at LIMIT $4";

    // The store itself.
    META_GET = "SELECT value FROM meta WHERE name = $1";
    META_SET = "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    COUNT_CASES = "SELECT COUNT(*) FROM case_row WHERE tenant = $1";
    TENANTS = "SELECT DISTINCT tenant FROM case_row ORDER BY tenant";

    // Rebuilding.
    ALL_CASES = "SELECT tenant, case_id, version, number, stage, open, custodian, centre, lead, area, matter, source, urgency, hazard,
          suspended, received_at, filed_at, closed_at, due, next_step, lon_e7, lat_e7, title, address, head, state,
          component
        FROM case_row WHERE (tenant, case_id) > ($1, $2) ORDER BY tenant, case_id LIMIT $3";
    ALL_TODOS = "SELECT tenant, unit, due, case_id, kind, no, paused FROM todo
        WHERE (tenant, unit, due, case_id, kind, no) > ($1, $2, $3, $4, $5, $6) ORDER BY tenant, unit, due, case_id, kind, no LIMIT $7";
    ALL_PARTS = "SELECT tenant, unit, case_id FROM part WHERE (tenant, unit, case_id) > ($1, $2, $3) ORDER BY tenant, unit, case_id LIMIT $4";
    ALL_PUBLIC = "SELECT tenant, received_at, case_id, updated_at, status, matter, area FROM public_case
        WHERE (tenant, received_at, case_id) > ($1, $2, $3) ORDER BY tenant, received_at, case_id LIMIT $4";
    ALL_SAID = "SELECT tenant, doc, case_id, seq FROM said WHERE tenant = $1 AND doc > $2 ORDER BY doc LIMIT $3";
    ALL_ROLLUP = "SELECT tenant, day, area, matter, source, stage, n, late, spent_ms FROM rollup
        WHERE (tenant, day, area, matter, source, stage) > ($1, $2, $3, $4, $5, $6)
        ORDER BY tenant, day, area, matter, source, stage LIMIT $7";
    ALL_SEAL_KEYS = "SELECT tenant, name, case_id, wrapped FROM seal_key WHERE (tenant, name) > ($1, $2) ORDER BY tenant, name LIMIT $3";
    ALL_FILES = "SELECT tenant, case_id, hash, media, bytes, shown, thumb, key, added_at, meta FROM file
        WHERE (tenant, case_id, hash) > ($1, $2, $3) ORDER BY tenant, case_id, hash LIMIT $4";
    ALL_INSTALLED = "SELECT tenant, kind, version, hash, effective_at, installed_at, body FROM installed ORDER BY tenant, kind, version";
    ALL_SUBSCRIPTIONS = "SELECT tenant, id, kind, target, secret, filter, active, created_at FROM subscription ORDER BY tenant, id";
    ALL_IDEM = "SELECT tenant, key, member, day, body_hash, case_id, number, version, stage, position FROM idem
        WHERE (tenant, key, member) > ($1, $2, $3) ORDER BY tenant, key, member LIMIT $4";
}

/// Reads the columns of [`USED_KEY`].
pub(crate) fn key_row(row: &Row) -> Result<KeyRow, Fault> {
    Ok(KeyRow {
        tenant: TenantId(row.int(0)?),
        key: row.word(1)?,
        member: row.word(2)?,
        day: row.int(3)?,
        body_hash: row.hash(4)?,
        case: row.id(5)?,
        number: row.word(6)?,
        version: u32::try_from(row.int(7)?).map_err(|why| Fault::broken("reading a key", why))?,
        stage: row.word(8)?,
        position: row.int(9)?,
    })
}

/// Reads the columns of [`SEAL_KEY`].
pub(crate) fn seal_key_row(row: &Row) -> Result<SealKeyRow, Fault> {
    Ok(SealKeyRow {
        tenant: TenantId(row.int(0)?),
        name: row.word(1)?,
        case: row.opt_id(2)?,
        wrapped: row.blob(3)?.to_vec(),
    })
}
