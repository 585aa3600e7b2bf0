//! Files between platforms: told by the SHA-256 of their bytes, fetched at an address that holds for some days.
//!
//! A photo goes out as the copy without its metadata. The address names partner, case, file and an end, under a sum that only this
//! store can make. What is fetched counts only where its bytes have the told sum, and only from where the partner itself is. Start at
//! [`Exchange::file_list`] and [`Engine::exchanged_file`].

use huying_model::{CaseId, Instant, case::Evidence, words::Sealed};
use huying_store::{FileRow, TenantId};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Exchange;
use crate::{
    Engine, Error,
    files::{FileError, vault::FileKey},
};

/// How long an address holds: longer than the other side tries ([`super::apply`]), and over a weekend.
const HOLDS_MS: i64 = 8 * 24 * 3_600_000;
/// Files of one message.
pub const MOST: usize = 50;

/// A file as a message tells it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FileTold {
    pub sha256: String,
    #[serde(default)]
    pub kind: Option<huying_model::catalogue::EvidenceKind>,
    #[serde(default)]
    pub url: Option<String>,
}

/// SHA-256 in hexadecimal digits.
pub fn sum(bytes: &[u8]) -> String {
    crate::files::vault::name_of(bytes)
}

impl Exchange {
    /// The files of a case as they are told to a partner. One that was redacted or forgotten, or that the store has lost, is left out.
    pub async fn file_list(
        &self,
        tenant: TenantId,
        partner: &str,
        case: CaseId,
        evidence: &[Evidence],
    ) -> Result<Vec<Value>, Error> {
        let Some(base) = &self.settings.url else { return Ok(Vec::new()) };
        let mut told = Vec::new();
        // As the case stands now: the message may be about an earlier entry.
        let found = self.engine.store().cases(tenant, &[case]).await?;
        let hidden = |one: &Evidence| found.first().is_some_and(|found| found.case.hides_file(&one.file));
        for one in evidence.iter().filter(|one| !hidden(one)).take(MOST) {
            let Some(row) = self.engine.store().file(tenant, case, &one.file).await? else { continue };
            let (hash, media) = going_out(&row);
            let bytes = match self.engine.opened(tenant, &row, &hash).await {
                Ok(bytes) => bytes,
                Err(Error::File(FileError::Forgotten)) => continue,
                // The store of files may answer again; what is gone or damaged there must not stop the case.
                Err(Error::File(why)) if !matches!(why, FileError::Storage { .. }) => {
                    tracing::error!(%case, file = %hash, %why, "a file cannot be told to a partner");
                    continue;
                }
                Err(error) => return Err(error),
            };
            let until = self.engine.now().plus_ms(HOLDS_MS);
            let token = self.engine.file_token(tenant, partner, case, &hash, until);
            told.push(json!({
                "sha256": sum(&bytes),
                "media": media,
                "bytes": bytes.len(),
                "kind": one.kind,
                "url": format!("{}/api/v1/exchange/{partner}/files/{token}", base.trim_end_matches('/')),
                "until": until.to_string(),
            }));
        }
        Ok(told)
    }
}

/// The copy that leaves the house: of a photo the one without metadata.
fn going_out(row: &FileRow) -> (smol_str::SmolStr, smol_str::SmolStr) {
    match &row.shown {
        Some(shown) => (shown.clone(), smol_str::SmolStr::new_static("image/jpeg")),
        None => (row.hash.clone(), row.media.clone()),
    }
}

impl Engine {
    /// The bytes of a stored copy, opened with the file's own key.
    pub(crate) async fn opened(&self, tenant: TenantId, row: &FileRow, hash: &str) -> Result<Vec<u8>, Error> {
        let key = self.file_key(tenant, row).await?.ok_or(FileError::Forgotten)?;
        Ok(self.files().read(hash, key).await?)
    }

    /// The key of a file's copies; None where it was destroyed.
    pub(crate) async fn file_key(&self, tenant: TenantId, row: &FileRow) -> Result<Option<FileKey>, Error> {
        let meta: Value = serde_json::from_str(&row.meta).unwrap_or_default();
        let Ok(sealed) = serde_json::from_value::<Sealed>(meta["key"].clone()) else { return Ok(None) };
        self.store().load_keys(tenant, std::slice::from_ref(&sealed.key)).await?;
        let text = self.store().seals(tenant).open(&sealed);
        Ok(text.and_then(|text| FileKey::from_text(&text).ok()))
    }

    fn file_token(
        &self,
        tenant: TenantId,
        partner: &str,
        case: CaseId,
        hash: &str,
        until: Instant,
    ) -> String {
        let plain = format!("{case}-{hash}-{}", until.0);
        let mac =
            self.store().seals(tenant).mac("exchange file", format!("{partner}\u{0}{plain}").as_bytes());
        let mac: String = mac.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!("{plain}-{mac}")
    }

    /// The file of an address that was given to a partner, with its media type. None where the address was not given, or has ended.
    pub async fn exchanged_file(
        &self,
        tenant: TenantId,
        partner: &str,
        token: &str,
    ) -> Result<Option<(Vec<u8>, smol_str::SmolStr)>, Error> {
        let mut parts = token.splitn(4, '-');
        let (Some(case), Some(hash), Some(until), Some(_)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Ok(None);
        };
        let (Ok(case), Ok(until)) = (case.parse::<CaseId>(), until.parse::<i64>()) else { return Ok(None) };
        let ours = self.file_token(tenant, partner, case, hash, Instant(until));
        if !crate::accounts::secret::same(ours.as_bytes(), token.as_bytes()) || until <= self.now().0 {
            return Ok(None);
        }
        let Some(row) = self.store().file(tenant, case, hash).await? else { return Ok(None) };
        let found = self.store().cases(tenant, &[case]).await?;
        let (name, media) = going_out(&row);
        if name != hash || found.first().is_none_or(|found| found.case.hides_file(&row.hash)) {
            return Ok(None);
        }
        match self.opened(tenant, &row, &name).await {
            Ok(bytes) => Ok(Some((bytes, media))),
            Err(Error::File(FileError::Forgotten | FileError::NoSuchFile)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Names a part of a message for the idempotency key of its command.
pub(super) fn part_key(partner: &str, source: &str, id: &str, part: &str) -> String {
    let sum = Sha256::digest(format!("{partner}\u{0}{source}\u{0}{id}\u{0}{part}").as_bytes());
    sum.iter().map(|byte| format!("{byte:02x}")).collect()
}
