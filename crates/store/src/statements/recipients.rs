//! Statements of the register of service recipients.

use super::statements;

statements! {
    RECIPIENT = "SELECT id, version, unit, area, kinds, purposes, given_by, how, consent_at, consent_until, registered_at, withdrawn_at, sealed
        FROM recipient WHERE tenant = $1 AND id = $2";
    RECIPIENT_ADD = "INSERT INTO recipient (tenant, id, version, unit, area, kinds, purposes, given_by, how, consent_at, consent_until,
          registered_at, withdrawn_at, sealed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    /// What was registered under an idempotency key, among those of commands. It led to no case: number and stage are empty.
    RECIPIENT_ONCE = "INSERT INTO idem (tenant, key, member, day, body_hash, case_id, number, version, stage, position)
        VALUES ($1, $2, $3, $4, $5, $6, '', 1, '', 0)";
    /// Only over the version before.
    RECIPIENT_SET = "UPDATE recipient SET version = $3, unit = $4, area = $5, kinds = $6, purposes = $7, given_by = $8, how = $9,
          consent_at = $10, consent_until = $11, registered_at = $12, withdrawn_at = $13, sealed = $14
        WHERE tenant = $1 AND id = $2 AND version + 1 = $3";
    RECIPIENT_DROP = "DELETE FROM recipient WHERE tenant = $1 AND id = $2";
    /// The next entry of their log, of a record that stands at version $7. Where it does not there is no number, and nothing at all of
    /// the transaction is written.
    RECIPIENT_NOTE = "INSERT INTO installed (tenant, kind, version, hash, effective_at, installed_at, body) VALUES ($1, $2,
          CASE WHEN EXISTS (SELECT 1 FROM recipient r WHERE r.tenant = $1 AND r.id = $6 AND r.version = $7)
            THEN (SELECT substr(CAST(100000001 + COALESCE(CAST(MAX(i.version) AS bigint), 0) AS text), 2) FROM installed i
              WHERE i.tenant = $1 AND i.kind = $2) END,
          $3, $4, $4, $5)";
    /// Whose consent ended, or was withdrawn, by $2.
    RECIPIENTS_OVER = "SELECT id, version, unit, area, kinds, purposes, given_by, how, consent_at, consent_until, registered_at, withdrawn_at, sealed
        FROM recipient WHERE tenant = $1 AND (consent_until <= $2 OR withdrawn_at <= $2) ORDER BY id LIMIT $3";
    /// Whose consent holds at $2.
    RECIPIENTS_COUNTED = "SELECT area, kinds, COUNT(*) FROM recipient
        WHERE tenant = $1 AND consent_until > $2 AND withdrawn_at IS NULL GROUP BY area, kinds ORDER BY area, kinds";
}
