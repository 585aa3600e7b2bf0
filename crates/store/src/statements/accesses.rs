//! Statements of the log of accesses.

use super::statements;

statements! {
    ACCESS_ADD = "INSERT INTO access_log (tenant, at, no, member, unit, case_id, what, field, reporter, purpose)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (tenant, at, no) DO NOTHING";
    /// From $2 on and before the place ($3, $4), newest first.
    ACCESSES = "SELECT at, no, member, unit, case_id, what, field, reporter, purpose FROM access_log
        WHERE tenant = $1 AND at >= $2 AND (at, no) < ($3, $4) ORDER BY at DESC, no DESC LIMIT $5";
    ACCESSES_OF_CASE = "SELECT at, no, member, unit, case_id, what, field, reporter, purpose FROM access_log
        WHERE tenant = $1 AND at >= $2 AND (at, no) < ($3, $4) AND case_id = $6 ORDER BY at DESC, no DESC LIMIT $5";
    ACCESSES_OF_MEMBER = "SELECT at, no, member, unit, case_id, what, field, reporter, purpose FROM access_log
        WHERE tenant = $1 AND at >= $2 AND (at, no) < ($3, $4) AND member = $6 ORDER BY at DESC, no DESC LIMIT $5";
    /// What of a case's reporters was shown to somebody on request. Each is an act of its own, so there are few; that the case was opened stands in
    /// the same log, as often as somebody likes.
    ACCESSES_SHOWN = "SELECT at, no, member, unit, case_id, what, field, reporter, purpose FROM access_log
        WHERE tenant = $1 AND case_id = $2 AND what IN ('revealed', 'exported', 'given') ORDER BY at DESC, no DESC";
    ACCESS_PURGE = "DELETE FROM access_log WHERE tenant = $1 AND at < $2";
}
