//! Photos of requests that were taken: fetched, looked at, and laid into the case as if somebody had sent them here.
//!
//! Owns where a photo may come from, how large it may be, how often it is tried, and what becomes of one that does not come: a letter of
//! its own, never a request that is lost. Each photo is fetched from an address in the same guard as webhooks, told by its content, and
//! kept sealed with a copy without metadata ([`crate::files`]). Refuses redirects, and addresses that neither the server's own nor
//! the map's are. Start at [`Feeds::photos`].

use std::time::Duration;

use futures::{StreamExt, stream};
use huying_model::{Actor, CaseId, MemberId, Name, Seat, actor::Role};
use huying_store::{
    Key, TenantId, case_key,
    feeds::{Direction, LetterRow},
};
use serde_json::json;
use sha2::{Digest, Sha256};
use smol_str::{SmolStr, format_smolstr};

use super::{Feed, Feeds, call::CallError, map::Pull, pull::Look, sealed_as};
use crate::{
    Error,
    files::{FileKind, MAX_BYTES, TakenFile},
    handle::{Claimed, SayIn, Upload},
};

/// How long one photo may take as a whole.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
/// Photos that are fetched in one round, all at the same time: a slow server holds the others up no longer than one photo does.
const DUE: usize = 6;
/// Minutes until the next try, after each failed one: about a day in all.
const PAUSES: [i64; 6] = [1, 5, 15, 60, 240, 720];
/// Files that a case may have and still be given photos.
const MOST: usize = 30;
/// Photos in a row that did not come; then no other is waited for in the same look.
const ENOUGH: u32 = 3;
/// In whose name photos are laid into a case: as everything that was taken.
const BY: &str = "import-desk";

/// Why a photo did not come.
#[derive(Debug)]
enum Failure {
    /// It may come later.
    Later(String),
    Never(String),
}

use Failure::{Later, Never};

impl Failure {
    fn why(self) -> String {
        match self {
            Later(why) | Never(why) => why,
        }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Failure {
        let may_pass = match &error {
            // A picture is often there some time after the request that names it.
            CallError::Answered { status, .. } => !(300..400).contains(status) && *status != 410,
            other => other.may_pass(),
        };
        if may_pass { Later(error.to_string()) } else { Never(error.to_string()) }
    }
}

fn digest(url: &str) -> [u8; 32] {
    Sha256::digest(url.as_bytes()).into()
}

fn letter_id(case: CaseId, url: &str) -> SmolStr {
    let sum: String = digest(url).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format_smolstr!("photo:{case}:{sum}")
}

impl Feeds {
    /// Fetches the photos that are due.
    pub(super) async fn photos(&self, tenant: TenantId, feed: &Feed) -> Result<(), Error> {
        let Some(pull) = feed.map.pull.as_ref().filter(|pull| pull.photos) else { return Ok(()) };
        let due = self.engine.store().due_photos(tenant, &feed.row.id, self.engine.now(), DUE).await?;
        let tries = due.into_iter().map(|letter| self.photo(tenant, feed, pull, letter));
        let mut tries = stream::iter(tries).buffer_unordered(DUE);
        while let Some(tried) = tries.next().await {
            tried?;
        }
        Ok(())
    }

    /// Notes photos of a request that is open: they are fetched after it was told.
    pub(super) async fn note_photos(
        &self,
        look: &Look<'_>,
        case: CaseId,
        urls: &[String],
    ) -> Result<(), Error> {
        let waits = |url: &String| self.photo_letter(look, case, url, ("waiting", None));
        let letters = urls.iter().map(waits).collect::<Result<Vec<_>, _>>()?;
        Ok(self.engine.store().add_letters(look.tenant, &look.feed.row.id, &letters).await?)
    }

    /// Photos of a request that comes closed. A closed case takes none, so they are fetched before it is told: laid into the case where
    /// it is open here, or handed back to come with its report.
    pub(super) async fn closing_photos(
        &self,
        look: &mut Look<'_>,
        case: CaseId,
        urls: &[String],
    ) -> Result<Vec<TakenFile>, Error> {
        let (tenant, feed, pull, store) = (look.tenant, look.feed, look.pull, self.engine.store());
        let mut taken = Vec::new();
        match store.case(tenant, case).await? {
            Some(view) if !view.case.is_open() => {}
            Some(_) => {
                self.note_photos(look, case, urls).await?;
                for url in urls {
                    let letter = store.letter(tenant, &feed.row.id, &letter_id(case, url)).await?;
                    if let Some(letter) = letter.filter(|letter| letter.state == "waiting") {
                        self.photo(tenant, feed, pull, letter).await?;
                    }
                }
            }
            None => {
                for url in urls {
                    let came = if look.photos_lost < ENOUGH {
                        self.taken(feed, pull, url).await
                    } else {
                        Err(Never("not tried: the photos before it did not come".to_owned()))
                    };
                    let state = match came {
                        Ok(file) => {
                            look.photos_lost = 0;
                            taken.push(file);
                            ("done", None)
                        }
                        Err(failure) => {
                            look.photos_lost += 1;
                            // The case is closed by the time anybody reads this: it is noted, and asks for nothing.
                            ("dropped", Some(failure.why()))
                        }
                    };
                    let letter = self.photo_letter(look, case, url, state)?;
                    store.add_letters(tenant, &feed.row.id, &[letter]).await?;
                }
            }
        }
        Ok(taken)
    }

    fn photo_letter(
        &self,
        look: &Look<'_>,
        case: CaseId,
        url: &str,
        (state, error): (&'static str, Option<String>),
    ) -> Result<LetterRow, Error> {
        let now = self.engine.now();
        let seals = self.engine.store().seals(look.tenant);
        // An address may open what it names.
        let sealed = || seals.seal_secret(&sealed_as(&look.feed.row.id), url.as_bytes());
        let body = if state == "waiting" { Some(sealed()?) } else { None };
        Ok(LetterRow {
            id: letter_id(case, url),
            direction: Direction::Photo,
            case: Some(case),
            seq: 0,
            body,
            state: SmolStr::new_static(state),
            attempts: 0,
            due_at: now,
            error,
            made_at: now,
        })
    }

    /// One try.
    async fn photo(
        &self,
        tenant: TenantId,
        feed: &Feed,
        pull: &Pull,
        letter: LetterRow,
    ) -> Result<(), Error> {
        let (store, id) = (self.engine.store(), &feed.row.id);
        let tried = match (letter.case, self.engine.letter_body(tenant, id, &letter)) {
            (Some(case), Some(url)) => self.lay(tenant, feed, pull, (case, &url)).await?,
            _ => Err(Never("its address is not kept any more".to_owned())),
        };
        match tried {
            Ok(()) => store.letter_done(tenant, id, &letter.id, self.engine.now()).await?,
            Err(Never(why)) => store.letter_tried(tenant, id, &letter, (None, &why)).await?,
            Err(Later(why)) => {
                let pause = usize::try_from(letter.attempts).ok().and_then(|tries| PAUSES.get(tries));
                let again = pause.map(|minutes| self.engine.now().plus_minutes(*minutes));
                store.letter_tried(tenant, id, &letter, (again, &why)).await?;
            }
        }
        Ok(())
    }

    /// Lays a photo into its case. One that lies there already, under whatever address it came, is not laid in again.
    async fn lay(
        &self,
        tenant: TenantId,
        feed: &Feed,
        pull: &Pull,
        (case, url): (CaseId, &str),
    ) -> Result<Result<(), Failure>, Error> {
        let store = self.engine.store();
        let never = |why: &str| Ok(Err(Never(why.to_owned())));
        let Some(view) = store.case(tenant, case).await? else {
            return never("the case is not there any more");
        };
        if !view.case.is_open() {
            return never("the case was closed before its photo came");
        }
        if view.case.evidence.len() >= MOST {
            return never("the case has as many files as it may be given");
        }
        if matches!(store.key_of(tenant, &case_key(case)).await?, Some((_, false))) {
            return never("the case was forgotten, and nothing comes to it again");
        }
        let bytes = match self.picture(feed, pull, url).await {
            Ok(bytes) => bytes,
            Err(failure) => return Ok(Err(failure)),
        };
        if self.lies_there(tenant, case, &bytes).await? {
            return Ok(Ok(()));
        }
        let seats = vec![Seat { unit: view.case.custodian.clone(), role: Role::Acceptor }];
        let sum = digest(url);
        let key = format_smolstr!("feed-{}", letter_id(case, url));
        let input = SayIn {
            tenant,
            actor: Actor::Member { id: MemberId::new(BY), seats },
            case,
            name: Name::Attach,
            body: json!({ "words": null }),
            uploads: vec![Upload { bytes, kind: None }],
            claimed: Claimed::default(),
            key: Some(Key { member: SmolStr::new_static(BY), key, body_hash: sum }),
            if_match: None,
        };
        match self.engine.say(input).await {
            Ok(_) => Ok(Ok(())),
            Err(Error::Refused(refusal)) => never(&refusal.to_string()),
            Err(Error::File(file)) if file.is_senders() => never(&file.to_string()),
            Err(Error::File(file)) => Ok(Err(Later(file.to_string()))),
            Err(error) => Err(error),
        }
    }

    /// Fetches a photo and looks at what came.
    async fn picture(&self, feed: &Feed, pull: &Pull, url: &str) -> Result<Vec<u8>, Failure> {
        if !feed.map.allows_photo(pull, url) {
            let why = "the photo does not lie where the other system is: name its place under photos_from";
            return Err(Never(why.to_owned()));
        }
        let bytes = self.caller.fetch(url, MAX_BYTES, self.patience).await?;
        match FileKind::of(&bytes) {
            Ok(kind) if kind.is_photo() => Ok(bytes),
            Ok(kind) => Err(Never(format!("{} came, and only photos are taken", kind.media_type()))),
            Err(error) => Err(Never(format!("what came is no photo: {error}"))),
        }
    }

    /// The same, kept for a report that is still to come.
    async fn taken(&self, feed: &Feed, pull: &Pull, url: &str) -> Result<TakenFile, Failure> {
        let bytes = self.picture(feed, pull, url).await?;
        self.engine.files().take(bytes).await.map_err(|error| Never(error.to_string()))
    }

    async fn lies_there(&self, tenant: TenantId, case: CaseId, bytes: &[u8]) -> Result<bool, Error> {
        for row in self.engine.store().files(tenant, case).await? {
            if row.bytes != i64::try_from(bytes.len()).unwrap_or(i64::MAX) {
                continue;
            }
            match self.engine.opened(tenant, &row, &row.hash).await {
                Ok(there) if there == bytes => return Ok(true),
                // A file that cannot be opened is not this one.
                Ok(_) | Err(Error::File(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// Forgets photos whose report did not come to be.
    pub(super) async fn discard_photos(&self, photos: &[TakenFile]) {
        for photo in photos {
            if let Err(error) = self.engine.files().discard(photo).await {
                tracing::warn!(%error, "a photo without a case was left in the file store");
            }
        }
    }
}
