//! The register of service recipients (服务对象): how each stands, and the log of what was done with whom.
//!
//! Owns the rows and that record, log and key change in one transaction: an act that is not in the log did not happen. Personal fields come
//! sealed ([`crate::Seals`]) and are never looked at here. Refuses to say who may do what: that is the engine's. Start at
//! [`Store::add_recipient`], then [`Store::set_recipient`] and [`Store::erase_recipient`].

use huying_model::{AreaCode, Instant, RecipientId, UnitId};
use serde::Serialize;
use sha2::{Digest, Sha256};
use smol_str::{SmolStr, format_smolstr};

use super::{access, erase::destroying, register};
use crate::{
    Fault, Key, NewKey, Page, Store, TenantId,
    log::RECIPIENTS as LOG,
    person::{AccessRow, ErasureRow},
    read::{bad_cursor, limit, made::Made, one_more, paged},
    statements::{self as sql, recipients as own},
    value::{Row, Value},
    write::{Done, Step},
};

/// A service recipient as they are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecipientRow {
    pub id: RecipientId,
    /// From 1; each change is of the one before.
    pub version: i64,
    /// Whose grid workers and handlers help them.
    pub unit: UnitId,
    /// Their cell.
    pub area: AreaCode,
    /// Codes of groups of the policy.
    pub groups: Vec<SmolStr>,
    pub consent: Consent,
    pub registered_at: Instant,
    pub withdrawn_at: Option<Instant>,
    /// The personal fields, sealed under [`RecipientRow::key`]; JSON of the engine's own.
    pub sealed: String,
}

/// Who agreed to what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Consent {
    /// `self` or `guardian`.
    pub given_by: SmolStr,
    pub how: SmolStr,
    pub purposes: Vec<SmolStr>,
    pub at: Instant,
    pub until: Instant,
}

impl RecipientRow {
    /// The name of their data key: nobody else's, and it tells nothing of who it is.
    pub fn key(&self) -> SmolStr {
        recipient_key(self.id)
    }
    /// A sum over everything that is kept, with the personal fields as ciphertext: what the log holds of a record.
    pub fn sum(&self) -> String {
        let bytes = serde_json::to_vec(self).unwrap_or_default();
        Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The name of a recipient's data key.
pub fn recipient_key(id: RecipientId) -> SmolStr {
    format_smolstr!("r{id}")
}

/// An entry of the log of recipients; nothing of the person.
#[derive(Clone, Debug)]
pub struct Noted {
    pub at: Instant,
    /// JSON.
    pub body: String,
}

/// Which recipients.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecipientFilter {
    /// Units with the cells in which each may be seen: a record has to be of one of them. None at all sees nobody.
    pub own: Vec<(SmolStr, Vec<SmolStr>)>,
    pub group: Option<SmolStr>,
}

fn codes(row: &Row, at: usize) -> Result<Vec<SmolStr>, Fault> {
    serde_json::from_str(row.text(at)?).map_err(|why| Fault::broken("reading a recipient", why))
}

fn recipient(row: &Row) -> Result<RecipientRow, Fault> {
    Ok(RecipientRow {
        id: RecipientId(row.id(0)?),
        version: row.int(1)?,
        unit: UnitId(row.word(2)?),
        area: AreaCode(row.word(3)?),
        groups: codes(row, 4)?,
        consent: Consent {
            purposes: codes(row, 5)?,
            given_by: row.word(6)?,
            how: row.word(7)?,
            at: Instant(row.int(8)?),
            until: Instant(row.int(9)?),
        },
        registered_at: Instant(row.int(10)?),
        withdrawn_at: row.opt_int(11)?.map(Instant),
        sealed: row.text(12)?.to_owned(),
    })
}

fn list(codes: &[SmolStr]) -> Value {
    Value::Text(serde_json::to_string(codes).unwrap_or_default())
}

/// The parameters of [`own::RECIPIENT_ADD`] and [`own::RECIPIENT_SET`].
fn given(tenant: TenantId, it: &RecipientRow) -> Vec<Value> {
    vec![
        tenant.into(),
        it.id.0.into(),
        it.version.into(),
        (&it.unit.0).into(),
        (&it.area.0).into(),
        list(&it.groups),
        list(&it.consent.purposes),
        (&it.consent.given_by).into(),
        (&it.consent.how).into(),
        it.consent.at.0.into(),
        it.consent.until.0.into(),
        it.registered_at.0.into(),
        it.withdrawn_at.map(|at| at.0).into(),
        it.sealed.as_str().into(),
    ]
}

/// The entry of the log about a record that stands at a version.
fn note(tenant: TenantId, it: &RecipientRow, stands: i64, noted: &Noted) -> Step {
    let sum: [u8; 32] = Sha256::digest(noted.body.as_bytes()).into();
    let params = vec![
        tenant.into(),
        LOG.into(),
        sum.into(),
        noted.at.0.into(),
        noted.body.as_str().into(),
        it.id.0.into(),
        stands.into(),
    ];
    (own::RECIPIENT_NOTE.into(), params)
}

fn make(tenant: TenantId, filter: &RecipientFilter, after: Option<RecipientId>, most: usize) -> Made {
    const COLUMNS: &str = "id, version, unit, area, kinds, purposes, given_by, how, consent_at, consent_until, registered_at, withdrawn_at, sealed";
    let mut made = Made::of(tenant, format!("SELECT {COLUMNS} FROM recipient WHERE tenant = $1"));
    let mut any = String::from("1 = 0");
    for (unit, areas) in &filter.own {
        let (unit, areas) = (made.param(unit), made.param(list(areas)));
        any.push_str(&format!(" OR (unit = ${unit} AND area IN @list(${areas}))"));
    }
    made.sql.push_str(&format!(" AND ({any})"));
    if let Some(group) = &filter.group {
        // Signs of a pattern mean themselves.
        let code = group.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        made.and("kinds LIKE # ESCAPE '\\'", format!("%\"{code}\"%"));
    }
    if let Some(after) = after {
        made.and("id < #", after.0);
    }
    let most = made.param(one_more(most));
    made.sql.push_str(&format!(" ORDER BY id DESC LIMIT ${most}"));
    made
}

/// Every statement that is made here, for the test that prepares all of them.
pub(crate) fn shapes() -> Vec<String> {
    let own = vec![("u".into(), vec!["5".into()]), ("v".into(), Vec::new())];
    let full = RecipientFilter { own, group: Some("g".into()) };
    let after = Some(RecipientId(huying_model::CaseId(1)));
    vec![
        make(TenantId(1), &full, after, 10).sql,
        make(TenantId(1), &RecipientFilter::default(), None, 10).sql,
    ]
}

impl Store {
    /// One transaction, tried once more where it fails: another node may have taken the number of the entry, and then nothing was written.
    /// Each is bound to the version that was read, so it is not done twice.
    async fn act_on_recipient(&self, steps: Vec<Step>) -> Result<Vec<Done>, Fault> {
        match self.errand(steps.clone()).await {
            Err(Fault::Broken(_)) => self.errand(steps).await,
            done => done,
        }
    }

    /// The recipient that was registered under an idempotency key.
    ///
    /// # Errors
    /// [`Fault::KeyReused`] where the key was used with another body, or by a command.
    pub async fn recipient_of_key(&self, tenant: TenantId, key: &Key) -> Result<Option<RecipientId>, Fault> {
        let params = vec![tenant.into(), (&key.member).into(), (&key.key).into()];
        let rows = self.db.query(sql::USED_KEY, params).await?;
        let Some(used) = rows.first().map(sql::key_row).transpose()? else { return Ok(None) };
        match used.body_hash == self.body_sum(tenant, key) {
            true => Ok(Some(RecipientId(used.case))),
            false => Err(Fault::KeyReused),
        }
    }

    /// The body tells who it is, so that its own sum could be tried out: what is kept of it needs the tenant's secret.
    fn body_sum(&self, tenant: TenantId, key: &Key) -> [u8; 32] {
        self.seals(tenant).mac("recipient", &key.body_hash)
    }

    /// Puts a new recipient down with the key that their fields are sealed under, or nothing of them. Under an idempotency key it happens
    /// once.
    pub async fn add_recipient(
        &self,
        tenant: TenantId,
        it: &RecipientRow,
        key: &NewKey,
        noted: &Noted,
        once: Option<&Key>,
    ) -> Result<(), Fault> {
        let wrapped = key.row(tenant).wrapped;
        let mut steps: Vec<Step> = vec![
            (sql::LOG_KEY_PUT.into(), vec![tenant.into(), (&key.name).into(), wrapped.into()]),
            (own::RECIPIENT_ADD.into(), given(tenant, it)),
            note(tenant, it, it.version, noted),
        ];
        if let Some(once) = once {
            let params = vec![
                tenant.into(),
                (&once.key).into(),
                (&once.member).into(),
                noted.at.0.div_euclid(86_400_000).into(),
                self.body_sum(tenant, once).into(),
                it.id.0.into(),
            ];
            steps.push((own::RECIPIENT_ONCE.into(), params));
        }
        let done = self.act_on_recipient(steps).await;
        self.vault.settle(tenant, key, done.is_ok());
        done.map(drop)
    }

    /// Puts a record in the place of the version before it. It fails, whole, where that is not how the record stands.
    pub async fn set_recipient(
        &self,
        tenant: TenantId,
        it: &RecipientRow,
        noted: &Noted,
    ) -> Result<(), Fault> {
        // Noted of the version that was read, before it goes: of the new one another act may have made one that looks the same.
        let steps =
            vec![note(tenant, it, it.version - 1, noted), (own::RECIPIENT_SET.into(), given(tenant, it))];
        self.act_on_recipient(steps).await.map(drop)
    }

    /// Writes down that something of a recipient is shown, in the log of accesses and in theirs.
    pub async fn note_recipient(
        &self,
        tenant: TenantId,
        it: &RecipientRow,
        looked: &AccessRow,
        noted: &Noted,
    ) -> Result<(), Fault> {
        let steps = vec![note(tenant, it, it.version, noted), access::step(tenant, looked)];
        self.act_on_recipient(steps).await.map(drop)
    }

    /// Destroys a recipient's key and drops their row; the register of erasures holds that it was done. What is left in free pages goes
    /// with [`Store::scour`].
    pub async fn erase_recipient(
        &self,
        tenant: TenantId,
        it: &RecipientRow,
        erasure: &ErasureRow,
        noted: &Noted,
    ) -> Result<(), Fault> {
        let keys = [it.key()].into();
        let mut steps = vec![note(tenant, it, it.version, noted)];
        steps.extend(destroying(tenant, &keys));
        steps.push((own::RECIPIENT_DROP.into(), vec![tenant.into(), it.id.0.into()]));
        steps.extend(register::done_at_once(tenant, erasure));
        self.vault.forget(tenant, &it.key());
        let done = self.act_on_recipient(steps).await;
        // A reader may have brought it back in between.
        self.vault.forget(tenant, &it.key());
        done.map(drop)
    }

    pub async fn recipient(&self, tenant: TenantId, id: RecipientId) -> Result<Option<RecipientRow>, Fault> {
        let rows = self.db.query(own::RECIPIENT, vec![tenant.into(), id.0.into()]).await?;
        rows.first().map(recipient).transpose()
    }

    /// Recipients of a filter, the newest first, a page of at most `most`.
    pub async fn recipients(
        &self,
        tenant: TenantId,
        filter: &RecipientFilter,
        cursor: Option<&str>,
        most: usize,
    ) -> Result<Page<RecipientRow>, Fault> {
        let after =
            cursor.map(|text| text.parse::<RecipientId>().map_err(|_why| bad_cursor())).transpose()?;
        let made = make(tenant, filter, after, most);
        let rows = self.db.query(&made.sql, made.params).await?;
        let items = rows.iter().map(recipient).collect::<Result<Vec<_>, Fault>>()?;
        Ok(paged(items, most, |row| row.id.to_string()))
    }

    /// Those whose consent ended, or was withdrawn, by a moment.
    pub async fn recipients_over(
        &self,
        tenant: TenantId,
        by: Instant,
        most: usize,
    ) -> Result<Vec<RecipientRow>, Fault> {
        let params = vec![tenant.into(), by.0.into(), (limit(most) as i64).into()];
        self.db.query(own::RECIPIENTS_OVER, params).await?.iter().map(recipient).collect()
    }

    /// How many there are whose consent holds, by cell and groups.
    pub async fn count_recipients(
        &self,
        tenant: TenantId,
        now: Instant,
    ) -> Result<Vec<(AreaCode, Vec<SmolStr>, i64)>, Fault> {
        let rows = self.db.query(own::RECIPIENTS_COUNTED, vec![tenant.into(), now.0.into()]).await?;
        rows.iter().map(|row| Ok((AreaCode(row.word(0)?), codes(row, 1)?, row.int(2)?))).collect()
    }
}
