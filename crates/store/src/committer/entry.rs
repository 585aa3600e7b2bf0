//! One entry of the journal in the making: its row, its search terms, and the answer that a used key leads to.

use huying_model::{Case, Event, words::Sealed};

use super::Committer;
use crate::{
    Fault, Receipt, TenantId, journal, project,
    seal::NewKey,
    tokens::Terms,
    write::{EventRow, KeyRow, Ref, SaidRow, doc},
};

/// Words under a key that is stored with them must open with it. Where somebody else made a key of the same name meanwhile
/// they may not; then the command is sent again.
pub(super) fn sealed_by_its_own(
    tenant: TenantId,
    event: &Event,
    new: &[NewKey],
    of: &Committer,
) -> Result<(), Fault> {
    let own = |words: &&Sealed| new.iter().any(|key| key.name == words.key);
    let opens = |words: &Sealed| of.vault.open_text(tenant, words).is_some();
    if project::spoken(event).into_iter().filter(own).all(opens) {
        Ok(())
    } else {
        Err(Fault::Busy { retry_after_ms: 100 })
    }
}

pub(crate) fn receipt_again(row: &KeyRow) -> Result<Receipt, Fault> {
    let stage = huying_model::Stage::from_code(&row.stage);
    Ok(Receipt {
        case: row.case,
        number: row.number.clone(),
        version: row.version,
        stage: stage.ok_or_else(|| {
            Fault::Broken(format!("the key {} has the unknown stage {}", row.key, row.stage))
        })?,
        replayed: true,
        position: row.position.unsigned_abs(),
    })
}

pub(super) fn event_row(
    at: Ref,
    case: &Case,
    event: &Event,
    (stream, position): (i64, i64),
    prev: [u8; 32],
) -> Result<EventRow, Fault> {
    let body = journal::body(event)?;
    let mut row = EventRow {
        tenant: at.0,
        case: at.1,
        seq: i64::from(case.version),
        stream,
        position,
        policy: case.policy.as_ref().map(|policy| policy.0.clone()).unwrap_or_default(),
        occurred_at: event.times.occurred.map(|at| at.0),
        received_at: event.times.received.0,
        recorded_at: event.times.recorded.0,
        kind: journal::kind(&body),
        body,
        prev,
        hash: journal::GENESIS,
    };
    row.hash = journal::hash(&row);
    Ok(row)
}

/// The search document of an entry that was just applied to `case`, where it has words that may be found.
pub(crate) fn said(
    row: &EventRow,
    case: &Case,
    event: &Event,
    open: impl Fn(&Sealed) -> Option<String>,
) -> Option<SaidRow> {
    if project::hushed(case) {
        return None;
    }
    let mut terms = Terms::default();
    for words in project::spoken(event) {
        if let Some(text) = open(words) {
            terms.add(&text);
        }
    }
    (!terms.is_empty()).then(|| SaidRow {
        tenant: row.tenant,
        doc: doc(row.stream, row.position),
        case: row.case,
        seq: row.seq,
        terms: terms.joined(),
    })
}
