//! The columns of each table's statement. All statements of a batch are under way at once on the one connection; the
//! server takes them in the order in which they were sent.

use futures::future::{BoxFuture, FutureExt, try_join_all};
use tokio_postgres::Transaction;

use super::{Prepared, blobs, ids, ints, opt_ints, opt_texts, put, texts};
use crate::write::{Batch, CaseRow};

type Error = tokio_postgres::Error;
/// A statement on its way, and how many rows it has to write for the batch to hold; None where any number will do.
type Sent<'a> = BoxFuture<'a, Result<(u64, Option<u64>), Error>>;

/// False when a version had moved on or the stream was lost.
pub(super) async fn write(tx: &Transaction<'_>, to: &Prepared, batch: &Batch) -> Result<bool, Error> {
    let mut sent: Vec<Sent<'_>> = Vec::new();
    if batch.position != batch.position_was {
        let fence = async move {
            let done = tx.execute(&to.fence, &[&batch.stream, &batch.position_was, &batch.position]).await?;
            Ok((done, Some(1)))
        };
        sent.push(fence.boxed());
    }
    cases(tx, to, batch, &mut sent);
    journal(tx, to, batch, &mut sent);
    queues(tx, to, batch, &mut sent);
    rest(tx, to, batch, &mut sent);
    let done = try_join_all(sent).await?;
    Ok(done.into_iter().all(|(is, should)| should.is_none_or(|should| is == should)))
}

fn any<'a>(it: impl Future<Output = Result<u64, Error>> + Send + 'a) -> Sent<'a> {
    it.map(|done| Ok((done?, None))).boxed()
}

fn exactly<'a>(count: usize, it: impl Future<Output = Result<u64, Error>> + Send + 'a) -> Sent<'a> {
    it.map(move |done| Ok((done?, Some(count as u64)))).boxed()
}

/// The first eleven columns of both updates.
fn changing(rows: &[&CaseRow]) -> Vec<super::Column> {
    vec![
        ints(rows, |row| row.tenant.0),
        ids(rows, |row| row.case),
        ints(rows, |row| i64::from(row.was)),
        ints(rows, |row| i64::from(row.version)),
        texts(rows, |row| row.stage),
        texts(rows, |row| &row.custodian),
        opt_texts(rows, |row| row.lead.as_deref()),
        ints(rows, |row| i64::from(row.suspended)),
        opt_ints(rows, |row| row.next_step),
        blobs(rows, |row| row.head.to_vec()),
        texts(rows, |row| &row.state),
    ]
}

fn cases<'a>(tx: &'a Transaction<'_>, to: &'a Prepared, batch: &'a Batch, sent: &mut Vec<Sent<'a>>) {
    let new: Vec<&CaseRow> = batch.cases.iter().filter(|row| row.was == 0).collect();
    let moved: Vec<&CaseRow> = batch.cases.iter().filter(|row| row.was > 0 && row.changed.moved()).collect();
    let same: Vec<&CaseRow> = batch.cases.iter().filter(|row| row.was > 0 && !row.changed.moved()).collect();
    if !new.is_empty() {
        sent.push(exactly(new.len(), put(tx, &to.case_new, inserted(&new))));
    }
    if !moved.is_empty() {
        let mut columns = changing(&moved);
        columns.extend([
            texts(&moved, |row| &row.number),
            ints(&moved, |row| i64::from(row.open)),
            texts(&moved, |row| &row.centre),
            opt_texts(&moved, |row| row.area.as_deref()),
            opt_texts(&moved, |row| row.matter.as_deref()),
            texts(&moved, |row| row.source),
            texts(&moved, |row| row.urgency),
            ints(&moved, |row| i64::from(row.hazard)),
            ints(&moved, |row| row.received_at),
            opt_ints(&moved, |row| row.filed_at),
            opt_ints(&moved, |row| row.closed_at),
            opt_ints(&moved, |row| row.due),
            opt_ints(&moved, |row| row.lon_e7),
            opt_ints(&moved, |row| row.lat_e7),
            opt_texts(&moved, |row| row.title.as_deref()),
            opt_texts(&moved, |row| row.address.as_deref()),
        ]);
        sent.push(exactly(moved.len(), put(tx, &to.case_moved, columns)));
    }
    if !same.is_empty() {
        sent.push(exactly(same.len(), put(tx, &to.case_same, changing(&same))));
    }
}

fn inserted(rows: &[&CaseRow]) -> Vec<super::Column> {
    vec![
        ints(rows, |row| row.tenant.0),
        ids(rows, |row| row.case),
        ints(rows, |row| i64::from(row.version)),
        texts(rows, |row| &row.number),
        texts(rows, |row| row.stage),
        ints(rows, |row| i64::from(row.open)),
        texts(rows, |row| &row.custodian),
        texts(rows, |row| &row.centre),
        opt_texts(rows, |row| row.lead.as_deref()),
        opt_texts(rows, |row| row.area.as_deref()),
        opt_texts(rows, |row| row.matter.as_deref()),
        texts(rows, |row| row.source),
        texts(rows, |row| row.urgency),
        ints(rows, |row| i64::from(row.hazard)),
        ints(rows, |row| i64::from(row.suspended)),
        ints(rows, |row| row.received_at),
        opt_ints(rows, |row| row.filed_at),
        opt_ints(rows, |row| row.closed_at),
        opt_ints(rows, |row| row.due),
        opt_ints(rows, |row| row.next_step),
        opt_ints(rows, |row| row.lon_e7),
        opt_ints(rows, |row| row.lat_e7),
        opt_texts(rows, |row| row.title.as_deref()),
        opt_texts(rows, |row| row.address.as_deref()),
        blobs(rows, |row| row.head.to_vec()),
        texts(rows, |row| &row.state),
        opt_texts(rows, |row| row.component.as_deref()),
    ]
}

fn journal<'a>(tx: &'a Transaction<'_>, to: &'a Prepared, batch: &'a Batch, sent: &mut Vec<Sent<'a>>) {
    let events = &batch.events;
    if !events.is_empty() {
        let columns = vec![
            ints(events, |row| row.tenant.0),
            ids(events, |row| row.case),
            ints(events, |row| row.seq),
            ints(events, |row| row.stream),
            ints(events, |row| row.position),
            texts(events, |row| &row.policy),
            opt_ints(events, |row| row.occurred_at),
            ints(events, |row| row.received_at),
            ints(events, |row| row.recorded_at),
            texts(events, |row| &row.kind),
            texts(events, |row| &row.body),
            blobs(events, |row| row.prev.to_vec()),
            blobs(events, |row| row.hash.to_vec()),
        ];
        sent.push(any(put(tx, &to.event, columns)));
    }
    let said = &batch.said;
    if !said.is_empty() {
        let columns = vec![
            ints(said, |row| row.tenant.0),
            ints(said, |row| row.doc),
            ids(said, |row| row.case),
            ints(said, |row| row.seq),
            texts(said, |row| &row.terms),
        ];
        sent.push(any(put(tx, &to.said, columns)));
    }
    let unsaid = &batch.unsaid;
    if !unsaid.is_empty() {
        let columns =
            vec![ints(unsaid, |row| row.0.0.0), ids(unsaid, |row| row.0.1), ints(unsaid, |row| row.1)];
        sent.push(any(put(tx, &to.unsaid, columns)));
    }
}

fn queues<'a>(tx: &'a Transaction<'_>, to: &'a Prepared, batch: &'a Batch, sent: &mut Vec<Sent<'a>>) {
    let line = |rows: &[crate::write::TodoRow]| {
        vec![
            ints(rows, |row| row.tenant.0),
            texts(rows, |row| &row.unit),
            ints(rows, |row| row.due),
            ids(rows, |row| row.case),
            texts(rows, |row| row.kind),
            ints(rows, |row| row.no),
        ]
    };
    if !batch.todos_gone.is_empty() {
        sent.push(any(put(tx, &to.todo_gone, line(&batch.todos_gone))));
    }
    if !batch.todos_new.is_empty() {
        let mut columns = line(&batch.todos_new);
        columns.push(ints(&batch.todos_new, |row| i64::from(row.paused)));
        sent.push(any(put(tx, &to.todo_new, columns)));
    }
    let parts = &batch.parts;
    if !parts.is_empty() {
        let columns =
            vec![ints(parts, |row| row.tenant.0), texts(parts, |row| &row.unit), ids(parts, |row| row.case)];
        sent.push(any(put(tx, &to.part, columns)));
    }
    let public = &batch.public;
    if !public.is_empty() {
        let columns = vec![
            ints(public, |row| row.tenant.0),
            ints(public, |row| row.received_at),
            ids(public, |row| row.case),
            ints(public, |row| row.updated_at),
            texts(public, |row| row.status),
            opt_texts(public, |row| row.matter.as_deref()),
            opt_texts(public, |row| row.area.as_deref()),
        ];
        sent.push(any(put(tx, &to.public, columns)));
    }
    let counts = &batch.rollup;
    if !counts.is_empty() {
        let columns = vec![
            ints(counts, |row| row.0.tenant.0),
            ints(counts, |row| row.0.day),
            texts(counts, |row| &row.0.area),
            texts(counts, |row| &row.0.matter),
            texts(counts, |row| row.0.source),
            texts(counts, |row| row.0.stage),
            ints(counts, |row| row.1.n),
            ints(counts, |row| row.1.late),
            ints(counts, |row| row.1.spent_ms),
        ];
        sent.push(any(put(tx, &to.rollup, columns)));
    }
}

fn rest<'a>(tx: &'a Transaction<'_>, to: &'a Prepared, batch: &'a Batch, sent: &mut Vec<Sent<'a>>) {
    let keys = &batch.keys;
    if !keys.is_empty() {
        let columns = vec![
            ints(keys, |row| row.tenant.0),
            texts(keys, |row| &row.key),
            texts(keys, |row| &row.member),
            ints(keys, |row| row.day),
            blobs(keys, |row| row.body_hash.to_vec()),
            ids(keys, |row| row.case),
            texts(keys, |row| &row.number),
            ints(keys, |row| i64::from(row.version)),
            texts(keys, |row| &row.stage),
            ints(keys, |row| row.position),
        ];
        sent.push(any(put(tx, &to.idem, columns)));
    }
    let seals = &batch.seal_keys;
    if !seals.is_empty() {
        let cases: Vec<Option<Vec<u8>>> =
            seals.iter().map(|row| row.case.map(|id| id.0.to_be_bytes().to_vec())).collect();
        let columns = vec![
            ints(seals, |row| row.tenant.0),
            texts(seals, |row| &row.name),
            Box::new(cases),
            blobs(seals, |row| row.wrapped.clone()),
        ];
        sent.push(any(put(tx, &to.seal_key, columns)));
    }
    let files = &batch.files;
    if !files.is_empty() {
        let columns = vec![
            ints(files, |row| row.0.0),
            ids(files, |row| row.1.case),
            texts(files, |row| &row.1.hash),
            texts(files, |row| &row.1.media),
            ints(files, |row| row.1.bytes),
            opt_texts(files, |row| row.1.shown.as_deref()),
            opt_texts(files, |row| row.1.thumb.as_deref()),
            opt_texts(files, |row| row.1.key.as_deref()),
            ints(files, |row| row.1.added_at),
            texts(files, |row| &row.1.meta),
        ];
        sent.push(any(put(tx, &to.file, columns)));
    }
}
