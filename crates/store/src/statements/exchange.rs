//! Statements of the exchange with other platforms: partners and their mappings, what goes out, what came in, and pushed figures.

use super::statements;

statements! {
    PARTNER_PUT = "INSERT INTO partner (tenant, id, name, kind, address, source, own, secrets, active, made_at, failures, next_try)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0)
        ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name, kind = excluded.kind, address = excluded.address,
          source = excluded.source, own = excluded.own";
    /// Each by itself, so that whoever changes another column at the same moment writes nothing old back.
    PARTNER_ACTIVE = "UPDATE partner SET active = $3 WHERE tenant = $1 AND id = $2";
    /// Only where nobody changed them in between: $4 is what was read.
    PARTNER_SECRETS = "UPDATE partner SET secrets = $3 WHERE tenant = $1 AND id = $2 AND secrets = $4";
    PARTNERS = "SELECT id, name, kind, address, source, own, secrets, active, made_at, failures, down_since, next_try, error, last_out, last_in
        FROM partner WHERE tenant = $1 ORDER BY id";
    PARTNER = "SELECT id, name, kind, address, source, own, secrets, active, made_at, failures, down_since, next_try, error, last_out, last_in
        FROM partner WHERE tenant = $1 AND id = $2";
    PARTNER_UP = "UPDATE partner SET failures = 0, down_since = NULL, next_try = 0, error = NULL, last_out = $3 WHERE tenant = $1 AND id = $2";
    PARTNER_DOWN = "UPDATE partner SET failures = failures + 1, down_since = COALESCE(down_since, $3), next_try = $4, error = $5
        WHERE tenant = $1 AND id = $2";
    PARTNER_HEARD = "UPDATE partner SET last_in = $3 WHERE tenant = $1 AND id = $2";
    PARTNER_MAP_ADD = "INSERT INTO partner_map (tenant, partner, version, body, made_by, made_at)
        VALUES ($1, $2, (SELECT COALESCE(MAX(version), 0) + 1 FROM partner_map WHERE tenant = $1 AND partner = $2), $3, $4, $5)
        RETURNING version";
    PARTNER_MAP = "SELECT version, body, made_by, made_at FROM partner_map WHERE tenant = $1 AND partner = $2 ORDER BY version DESC LIMIT 1";
    /// The next of its case, and not at all where its id stands already.
    OUT_ADD = "INSERT INTO exchange_out (tenant, partner, case_id, no, id, kind, seq, stream, position, at, reason, state, attempts, due_at)
        VALUES ($1, $2, $3, (SELECT COALESCE(MAX(no), 0) + 1 FROM exchange_out WHERE tenant = $1 AND partner = $2 AND case_id = $3),
          $4, $5, $6, $7, $8, $9, $10, 'waiting', 0, 0) ON CONFLICT (tenant, partner, id) DO NOTHING";
    /// The newest event of a case that a partner is told.
    OUT_LAST = "SELECT MAX(seq) FROM exchange_out WHERE tenant = $1 AND partner = $2 AND case_id = $3";
    /// The first of each case that is not done, where it may be sent now; those that failed come after those that did not.
    OUT_DUE = "SELECT case_id, no, id, kind, seq, stream, position, at, state, attempts, due_at, done_at, error, reason FROM exchange_out o
        WHERE o.tenant = $1 AND o.partner = $2 AND o.state = 'waiting' AND o.due_at <= $3 AND NOT EXISTS (
          SELECT 1 FROM exchange_out b WHERE b.tenant = o.tenant AND b.partner = o.partner AND b.case_id = o.case_id AND b.no < o.no
          AND b.state IN ('waiting', 'dead'))
        ORDER BY o.due_at, o.at, o.case_id LIMIT $4";
    OUT_DONE = "UPDATE exchange_out SET state = 'done', done_at = $5, error = NULL, attempts = attempts + 1
        WHERE tenant = $1 AND partner = $2 AND case_id = $3 AND no = $4 AND state = 'waiting'";
    OUT_LATER = "UPDATE exchange_out SET due_at = $5, error = $6, attempts = attempts + $7
        WHERE tenant = $1 AND partner = $2 AND case_id = $3 AND no = $4 AND state = 'waiting'";
    OUT_DEAD = "UPDATE exchange_out SET state = 'dead', error = $5, attempts = attempts + 1
        WHERE tenant = $1 AND partner = $2 AND case_id = $3 AND no = $4 AND state = 'waiting'";
    /// A person has decided on what was given up, or on what is tried again and again. What is sent again has all its tries before it.
    OUT_SETTLE = "UPDATE exchange_out SET state = $4, kind = COALESCE($5, kind), reason = COALESCE($6, reason), error = NULL, attempts = 0,
          due_at = 0
        WHERE tenant = $1 AND partner = $2 AND id = $3 AND state IN ('waiting', 'dead')";
    /// What was given up has its turn again.
    OUT_REVIVE = "UPDATE exchange_out SET state = 'waiting', attempts = 0, error = NULL, due_at = 0
        WHERE tenant = $1 AND partner = $2 AND state = 'dead'";
    OUT_AGAIN_SINCE = "UPDATE exchange_out SET state = 'waiting', attempts = 0, due_at = 0
        WHERE tenant = $1 AND partner = $2 AND state = 'done' AND at >= $3";
    OUT_AGAIN_FROM = "UPDATE exchange_out SET state = 'waiting', attempts = 0, due_at = 0
        WHERE tenant = $1 AND partner = $2 AND state = 'done' AND stream = $3 AND position >= $4";
    OUT_AGAIN_OF_CASE = "UPDATE exchange_out SET state = 'waiting', attempts = 0, due_at = 0
        WHERE tenant = $1 AND partner = $2 AND state = 'done' AND case_id = $3 AND no >= $4";
    OUT_LIST = "SELECT case_id, no, id, kind, seq, stream, position, at, state, attempts, due_at, done_at, error, reason FROM exchange_out
        WHERE tenant = $1 AND partner = $2 AND state = $3 AND attempts >= $4 ORDER BY at, case_id, no LIMIT $5";
    OUT_OF_CASE = "SELECT case_id, no, id, kind, seq, stream, position, at, state, attempts, due_at, done_at, error, reason FROM exchange_out
        WHERE tenant = $1 AND partner = $2 AND case_id = $3 ORDER BY no";
    /// What is done is not counted: it is kept for good.
    OUT_COUNTS = "SELECT partner, state, COUNT(*) FROM exchange_out WHERE tenant = $1 AND state <> 'done' GROUP BY partner, state ORDER BY partner, state";
    /// What waits is taken as it came last: it may have been mended, and its addresses are fresher. Where only files are missing, only
    /// they are fetched.
    IN_ADD = "INSERT INTO exchange_in (tenant, partner, source, id, subject, no, kind, sent_at, received_at, state, attempts, due_at, body)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'waiting', 0, $9, $10)
        ON CONFLICT (tenant, partner, source, id) DO UPDATE SET
          state = CASE WHEN exchange_in.state IN ('files', 'lost') THEN 'files' ELSE 'waiting' END,
          received_at = CASE WHEN exchange_in.state IN ('files', 'lost') THEN excluded.received_at ELSE exchange_in.received_at END,
          subject = excluded.subject, no = excluded.no, kind = excluded.kind, sent_at = excluded.sent_at,
          due_at = excluded.due_at, body = excluded.body
        WHERE exchange_in.state IN ('waiting', 'parked', 'files', 'lost')";
    /// What may be applied now: nothing of its subject that comes before is missing, waits or is parked, or a person has said that it
    /// is not waited for.
    IN_DUE = "SELECT partner, source, id, subject, no, kind, sent_at, received_at, state, attempts, due_at, done_at, code, error, case_id, body
        FROM exchange_in i WHERE i.tenant = $1 AND i.partner = $2 AND i.state = 'waiting' AND i.due_at <= $3 AND (i.code = 'forced' OR (
          (i.no IS NULL OR i.no <= 1 + COALESCE((SELECT MAX(b.no) FROM exchange_in b WHERE b.tenant = i.tenant AND b.partner = i.partner
            AND b.subject = i.subject AND b.state IN ('done', 'aside', 'files', 'lost')), 0))
          AND (i.subject = '' OR NOT EXISTS (SELECT 1 FROM exchange_in b WHERE b.tenant = i.tenant AND b.partner = i.partner
            AND b.subject = i.subject AND b.state IN ('waiting', 'parked')
            AND (COALESCE(b.no, 0), b.received_at, b.id) < (COALESCE(i.no, 0), i.received_at, i.id)))))
        ORDER BY i.received_at, COALESCE(i.no, 0), i.id LIMIT $4";
    /// Applied, but for files that are to be fetched now.
    IN_LATE = "SELECT partner, source, id, subject, no, kind, sent_at, received_at, state, attempts, due_at, done_at, code, error, case_id, body
        FROM exchange_in WHERE tenant = $1 AND partner = $2 AND state = 'files' AND due_at <= $3 ORDER BY due_at, id LIMIT $4";
    /// What came meanwhile, while files were fetched for minutes, stands as it came: $10 is when that came which was read. The content goes
    /// only where the files are given up.
    IN_FILES = "UPDATE exchange_in SET state = $5, attempts = attempts + 1, due_at = $6, error = $7, case_id = $8,
          body = CASE WHEN $5 = 'lost' THEN $9 ELSE body END
        WHERE tenant = $1 AND partner = $2 AND source = $3 AND id = $4 AND received_at = $10 AND state IN ('waiting', 'files')";
    IN_DONE = "UPDATE exchange_in SET state = 'done', done_at = $5, code = NULL, error = $6, case_id = $7, body = $8
        WHERE tenant = $1 AND partner = $2 AND source = $3 AND id = $4 AND received_at = $9 AND state IN ('waiting', 'files')";
    IN_LATER = "UPDATE exchange_in SET attempts = attempts + 1, due_at = $5, error = $6
        WHERE tenant = $1 AND partner = $2 AND source = $3 AND id = $4 AND state = 'waiting'";
    IN_PARK = "UPDATE exchange_in SET state = 'parked', attempts = attempts + 1, code = $5, error = $6
        WHERE tenant = $1 AND partner = $2 AND source = $3 AND id = $4 AND state = 'waiting'";
    /// A person has decided: again, or aside. Under whatever source it came, since that may have been corrected.
    /// What is set aside is never read again: nothing is kept of what it said.
    IN_SETTLE = "UPDATE exchange_in SET state = $4, code = $5, error = $6, due_at = 0,
          body = CASE WHEN $4 = 'aside' THEN $7 ELSE body END
        WHERE tenant = $1 AND partner = $2 AND id = $3 AND state IN ('waiting', 'parked')";
    /// What was parked has its turn again, behind what comes before it.
    IN_REVIVE = "UPDATE exchange_in SET state = 'waiting', attempts = 0, code = NULL, error = NULL, due_at = 0
        WHERE tenant = $1 AND partner = $2 AND state = 'parked'";
    IN_LIST = "SELECT partner, source, id, subject, no, kind, sent_at, received_at, state, attempts, due_at, done_at, code, error, case_id, body
        FROM exchange_in WHERE tenant = $1 AND partner = $2 AND state = $3 ORDER BY received_at, COALESCE(no, 0), id LIMIT $4";
    IN_COUNTS = "SELECT partner, state, COUNT(*) FROM exchange_in WHERE tenant = $1 AND state <> 'done' GROUP BY partner, state ORDER BY partner, state";
    /// Also of what was not applied: it names the case by its number.
    IN_OF_CASE_BLANK = "UPDATE exchange_in SET body = $3 WHERE tenant = $1 AND (case_id = $2
          OR subject = (SELECT number FROM case_row WHERE tenant = $1 AND case_id = $2))";
    /// What came before $2 and was never applied, or whose files never came. $3 is nothing, $4 says why.
    IN_FORGET = "UPDATE exchange_in SET state = CASE WHEN state = 'files' THEN 'lost' ELSE 'aside' END, body = $3, code = NULL, error = $4
        WHERE tenant = $1 AND received_at < $2 AND state IN ('waiting', 'parked', 'files', 'aside') AND body <> $3";
    FIGURE_PUT = "INSERT INTO exchange_figure (tenant, partner, period, made_at, received_at, body) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (tenant, partner, period) DO UPDATE SET made_at = excluded.made_at, received_at = excluded.received_at, body = excluded.body
        WHERE exchange_figure.made_at <= excluded.made_at";
    FIGURES = "SELECT period, made_at, received_at, body FROM exchange_figure
        WHERE tenant = $1 AND partner = $2 AND period < $3 ORDER BY period DESC LIMIT $4";
}
