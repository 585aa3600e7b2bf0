//! Forgetting: data keys are destroyed, and with them everything in the clear that was derived from what they sealed.
//!
//! The journal and its hashes stay as they are: they cover ciphertext. What goes is listed in docs/privacy.md. A store that only
//! deletes leaves old bytes on free pages; [`Store::scour`] rewrites it. Start with [`Store::erase`].

use std::collections::BTreeSet;

use huying_model::{Case, CaseId, Instant, case::Bond};
use smol_str::SmolStr;

use crate::{
    Fault, FileRow, Store, TenantId,
    committer::{entry::said, lanes::Act},
    dialect::Dialect,
    journal, project,
    rebuild::derive::event_row,
    seal::{case_key, is_of_case},
    statements as sql,
    value::Value,
    write::{Batch, EventRow, SaidRow, Step},
};

/// Entries that are read at once.
const STEP: i64 = 500;

/// What is to be forgotten of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erase {
    pub case: CaseId,
    /// Data keys to destroy.
    pub keys: BTreeSet<SmolStr>,
    /// Every word of the case with its files, whoever said it: keys of persons in its journal go too.
    pub whole: bool,
}

/// What was forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Keys that were destroyed; one that was destroyed before does not count.
    pub keys: u64,
    /// Search documents that were made anew or dropped.
    pub documents: u64,
    /// Files as they were: their sealed objects may be removed.
    pub files: Vec<FileRow>,
}

/// The entries whose search terms change: place, and what stays of them.
struct Touched {
    docs: Vec<i64>,
    again: Vec<SaidRow>,
}

impl Store {
    /// Destroys data keys for ever, and everything in the clear that was derived from what they sealed: title and address, search
    /// terms, messages to reporters that were not sent or have left a trace, answers to repeated requests, and of files
    /// what they claimed. Doing it again changes nothing.
    pub async fn erase(&self, tenant: TenantId, it: &Erase) -> Result<Erased, Fault> {
        let rows = self.rows_of(tenant, it.case).await?;
        let mut keys = it.keys.clone();
        if it.whole {
            // Persons named in the journal of the case that it was split from are that case's: it may be open.
            let named =
                rows.iter().flat_map(|row| journal::key_names(&row.body).map(move |name| (row.case, name)));
            let own = named.filter(|(case, name)| {
                is_of_case(name, it.case) || (*case == it.case && name.starts_with('p'))
            });
            keys.extend(own.map(|(_, name)| name));
            keys.insert(case_key(it.case));
        }
        let hides = keys.contains(&case_key(it.case));
        let files = if it.whole { self.files(tenant, it.case).await? } else { Vec::new() };
        let touched = self.touched(tenant, it.case, rows, &keys).await?;
        let mut steps = destroying(tenant, &keys);
        let destroyed = steps.len();
        steps.push((sql::DELIVERIES_OF_CASE_DROP.into(), vec![tenant.into(), it.case.into()]));
        let nothing: Vec<u8> = Vec::new();
        steps.push((
            sql::exchange::IN_OF_CASE_BLANK.into(),
            vec![tenant.into(), it.case.into(), nothing.into()],
        ));
        steps.push((sql::IDEM_OF_CASE_DROP.into(), vec![tenant.into(), it.case.into()]));
        if hides {
            steps.push((sql::HIDE_CASE.into(), vec![tenant.into(), it.case.into()]));
        }
        if it.whole {
            steps.push((sql::FILES_OF_CASE_BLANK.into(), vec![tenant.into(), it.case.into()]));
            steps.push((sql::FEED_PHOTOS_OF_CASE_DROP.into(), vec![tenant.into(), it.case.into()]));
        }
        for doc in &touched.docs {
            steps.extend(self.dropping(tenant, *doc));
        }
        self.forget_keys(tenant, &keys);
        let done = self.act(Act::Touching(steps)).await;
        // A reader may have brought one back in between.
        self.forget_keys(tenant, &keys);
        let done = done?;
        if !touched.again.is_empty() {
            self.act(Act::Rows(Box::new(Batch { said: touched.again, ..Batch::default() }))).await?;
        }
        Ok(Erased {
            keys: done.iter().take(destroyed).map(|done| done.changed).sum(),
            documents: touched.docs.len() as u64,
            files,
        })
    }

    /// Destroys one data key for ever: what it sealed cannot be read again. Where it is a case's key, title, address and search
    /// terms go too.
    pub async fn destroy_key(&self, tenant: TenantId, name: &SmolStr) -> Result<(), Fault> {
        let rows = self.db.query(sql::SEAL_KEY_CASE, vec![tenant.into(), name.into()]).await?;
        let row = rows.first().ok_or_else(|| Fault::NotFound(format!("the data key {name}")))?;
        let keys = BTreeSet::from([name.clone()]);
        let Some(case) = row.opt_id(0)? else {
            self.forget_keys(tenant, &keys);
            self.act(Act::Touching(destroying(tenant, &keys))).await?;
            self.forget_keys(tenant, &keys);
            return Ok(());
        };
        self.erase(tenant, &Erase { case, keys, whole: false }).await.map(drop)
    }

    /// The case that a data key belongs to, and whether the key still opens something. None where there is no such key.
    pub async fn key_of(
        &self,
        tenant: TenantId,
        name: &SmolStr,
    ) -> Result<Option<(Option<CaseId>, bool)>, Fault> {
        let rows = self.db.query(sql::SEAL_KEY_CASE, vec![tenant.into(), name.into()]).await?;
        rows.first().map(|row| Ok((row.opt_id(0)?, !row.blob(1)?.is_empty()))).transpose()
    }

    /// The keys under which callbacks and ratings of a case were sealed, destroyed ones too: one was made anew each time that the case
    /// was reopened after the last had been destroyed.
    pub async fn talk_keys(&self, tenant: TenantId, case: CaseId) -> Result<BTreeSet<SmolStr>, Fault> {
        let rows = self.rows(tenant, case).await?;
        let named = rows.iter().flat_map(|row| journal::key_names(&row.body));
        Ok(named.filter(|name| name.starts_with('t') && is_of_case(name, case)).collect())
    }

    /// Whether something that was shown of a case is forgotten: a key under which its words were sealed opens nothing any more.
    pub async fn forgot(&self, tenant: TenantId, case: CaseId) -> Result<bool, Fault> {
        let rows = self.rows_of(tenant, case).await?;
        let names: BTreeSet<SmolStr> = rows.iter().flat_map(|row| journal::key_names(&row.body)).collect();
        let list = serde_json::to_string(&names).map_err(|why| Fault::broken("asking for keys", why))?;
        let mut stand = 0;
        for row in self.db.query(sql::KEYS_OF_CASE, vec![tenant.into(), list.into()]).await? {
            stand += usize::from(!row.blob(3)?.is_empty());
        }
        Ok(stand < names.len())
    }

    /// Rewrites the tables from which something was erased, so that no free page and no dead row holds it. It takes as long as
    /// copying them, and commands wait.
    pub async fn scour(&self, now: Instant) -> Result<(), Fault> {
        self.act(Act::Scour).await?;
        self.run(sql::ERASURES_SCOURED, vec![now.0.into()]).await.map(drop)
    }

    /// Cases that ended after `past` and not after `until`, in that order, at most `most`.
    pub async fn cases_ended(
        &self,
        tenant: TenantId,
        past: (Instant, CaseId),
        until: Instant,
        most: usize,
    ) -> Result<Vec<(CaseId, Instant)>, Fault> {
        let most = crate::read::limit(most) as i64;
        let params = vec![tenant.into(), past.0.0.into(), past.1.into(), until.0.into(), most.into()];
        let rows = self.db.query(sql::CASES_ENDED, params).await?;
        rows.iter().map(|row| Ok((row.id(0)?, Instant(row.int(1)?)))).collect()
    }

    /// Sets what the engine keeps of a file.
    pub async fn set_file_meta(
        &self,
        tenant: TenantId,
        case: CaseId,
        hash: &SmolStr,
        meta: String,
    ) -> Result<(), Fault> {
        let params = vec![tenant.into(), case.into(), hash.into(), meta.into()];
        self.run(sql::FILE_META_SET, params).await.map(drop)
    }

    /// Forgets what partners and other systems told before an instant and nobody applied or settled: messages are set aside, letters
    /// dropped, and both lose their content. Returns how many.
    pub async fn forget_stopped(&self, tenant: TenantId, before: Instant, why: &str) -> Result<u64, Fault> {
        let steps: Vec<Step> = vec![
            (
                sql::exchange::IN_FORGET.into(),
                vec![tenant.into(), before.0.into(), Value::Blob(Vec::new()), why.into()],
            ),
            (sql::FEED_LETTERS_FORGET.into(), vec![tenant.into(), before.0.into(), why.into()]),
        ];
        Ok(self.errand(steps).await?.iter().map(|done| done.changed).sum())
    }

    fn forget_keys(&self, tenant: TenantId, keys: &BTreeSet<SmolStr>) {
        keys.iter().for_each(|name| self.vault.forget(tenant, name));
    }

    /// The case's entries, and those of the case that it was split from, where its words stand too.
    async fn rows_of(&self, tenant: TenantId, case: CaseId) -> Result<Vec<EventRow>, Fault> {
        let mut rows = self.rows(tenant, case).await?;
        let found = self.cases(tenant, &[case]).await?;
        let parent = found.first().and_then(|view| view.case.parent.as_ref());
        if let Some(parent) = parent.filter(|parent| parent.bond == Bond::Split) {
            rows.extend(self.rows(tenant, parent.case).await?);
        }
        Ok(rows)
    }

    async fn rows(&self, tenant: TenantId, case: CaseId) -> Result<Vec<EventRow>, Fault> {
        let mut rows: Vec<EventRow> = Vec::new();
        loop {
            let after = rows.last().map_or(0, |row| row.seq);
            let params = vec![tenant.into(), case.into(), after.into(), STEP.into()];
            let page = self.db.query(sql::EVENTS_OF_CASE, params).await?;
            let last = (page.len() as i64) < STEP;
            rows.extend(page.iter().map(event_row).collect::<Result<Vec<_>, _>>()?);
            if last {
                return Ok(rows);
            }
        }
    }

    /// Which search documents change when these keys go. Words under other keys of the same entry stay to be found.
    async fn touched(
        &self,
        tenant: TenantId,
        case: CaseId,
        rows: Vec<EventRow>,
        keys: &BTreeSet<SmolStr>,
    ) -> Result<Touched, Fault> {
        let mut touched = Touched { docs: Vec::new(), again: Vec::new() };
        let names: BTreeSet<SmolStr> = rows.iter().flat_map(|row| journal::key_names(&row.body)).collect();
        self.load_keys(tenant, &names.into_iter().collect::<Vec<_>>()).await?;
        let redacted: BTreeSet<(CaseId, i64)> = rows.iter().filter_map(redacts).collect();
        let mut told = Case::blank(case);
        for row in rows {
            let event = journal::read(&row.body)?;
            huying_model::apply(&mut told, &event);
            if project::hushed(&told) {
                touched.again.clear();
            }
            if !project::spoken(&event).iter().any(|words| keys.contains(&words.key)) {
                continue;
            }
            touched.docs.push(crate::write::doc(row.stream, row.position));
            let stays = |words: &huying_model::words::Sealed| {
                (!keys.contains(&words.key)).then(|| self.vault.open_text(tenant, words)).flatten()
            };
            if !redacted.contains(&(row.case, row.seq)) {
                touched.again.extend(said(&row, &told, &event, stays));
            }
        }
        tracing::debug!(%case, documents = touched.docs.len(), "search documents lose words");
        Ok(touched)
    }

    fn dropping(&self, tenant: TenantId, doc: i64) -> Vec<Step> {
        let params = || vec![tenant.into(), doc.into()];
        let mut steps: Vec<Step> = Vec::new();
        if self.db.dialect() == Dialect::Sqlite {
            const TERMS: &str =
                "DELETE FROM said_terms WHERE rowid IN (SELECT doc FROM said WHERE tenant = $1 AND doc = $2)";
            steps.push((TERMS.into(), params()));
        }
        steps.push((sql::SAID_DROP.into(), params()));
        steps
    }
}

/// The entry whose words a later one redacts.
fn redacts(row: &EventRow) -> Option<(CaseId, i64)> {
    match journal::read(&row.body).ok()?.body {
        huying_model::event::Body::Redacted { event, .. } => Some((row.case, i64::from(event))),
        _ => None,
    }
}

pub(super) fn destroying(tenant: TenantId, keys: &BTreeSet<SmolStr>) -> Vec<Step> {
    let destroy = |name: &SmolStr| -> Step {
        (sql::SEAL_KEY_DESTROY.into(), vec![tenant.into(), name.into(), Value::Blob(Vec::new())])
    };
    keys.iter().map(destroy).collect()
}

#[cfg(test)]
mod tests {
    use crate::schema;

    #[test]
    fn the_register_came_with_a_step_of_its_own() {
        assert!(schema::has(schema::PERSON, schema::VERSION) && !schema::has(schema::PERSON, 4));
    }
}
