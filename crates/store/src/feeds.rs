//! Other systems that cases are taken from and given to: what is set, what a case is called there, and what is on its way.
//!
//! A letter's id is made of what it is about, so the same one is never put in twice. Letters out of one case go one behind the other:
//! while one waits, or a person has to look at it, those after it stay. What a person decided about a letter outlives it, since the same
//! request may come again. Start at [`Store::feeds`].

use huying_model::{CaseId, Instant, MemberId};
use smol_str::SmolStr;

use crate::{
    Fault, Page, Store, TenantId,
    read::{limit, one_more, paged},
    statements as sql,
    value::{Row, Value},
    write::Step,
};

/// Another system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedRow {
    pub id: SmolStr,
    /// The authority's text: what is taken and given, and what codes mean.
    pub map: String,
    /// Sealed.
    pub key: Option<Vec<u8>>,
    pub active: bool,
    /// Everything that changed there until then was taken.
    pub since: Option<Instant>,
    pub ran_at: Option<Instant>,
    pub error: Option<String>,
    pub made_by: MemberId,
    pub made_at: Instant,
}

/// Which way a letter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    In,
    Out,
    /// A photo of a request that was taken.
    Photo,
}

impl Direction {
    pub fn code(self) -> &'static str {
        match self {
            Direction::In => "in",
            Direction::Out => "out",
            Direction::Photo => "photo",
        }
    }

    fn of(code: &str) -> Direction {
        match code {
            "in" => Direction::In,
            "photo" => Direction::Photo,
            _ => Direction::Out,
        }
    }
}

/// Something on its way, or something that a person has to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterRow {
    pub id: SmolStr,
    pub direction: Direction,
    pub case: Option<CaseId>,
    /// The entry of the case that it tells; 0 for the report itself.
    pub seq: i64,
    /// Sealed.
    pub body: Option<Vec<u8>>,
    /// `waiting`, `dead`, `dropped` or `done`.
    pub state: SmolStr,
    pub attempts: i64,
    /// When it is tried next; of one that is done or set aside, since when it is.
    pub due_at: Instant,
    pub error: Option<String>,
    pub made_at: Instant,
}

/// What a person decided about a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChoiceRow {
    /// A matter of ours for a letter in, a service of theirs for one out.
    pub chosen: Option<String>,
    /// Why it is set aside.
    pub reason: Option<String>,
    pub by: MemberId,
    pub at: Instant,
}

/// How many letters of one way are in one state, and the newest of their moments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterCount {
    pub direction: Direction,
    pub state: SmolStr,
    pub many: i64,
    pub newest: Instant,
}

fn feed(row: &Row) -> Result<FeedRow, Fault> {
    Ok(FeedRow {
        id: row.word(0)?,
        map: row.text(1)?.to_owned(),
        key: row.opt_blob(2)?.map(<[u8]>::to_vec),
        active: row.flag(3)?,
        since: row.opt_int(4)?.map(Instant),
        ran_at: row.opt_int(5)?.map(Instant),
        error: row.opt_text(6)?.map(str::to_owned),
        made_by: MemberId::new(row.text(7)?),
        made_at: Instant(row.int(8)?),
    })
}

fn letter(row: &Row) -> Result<LetterRow, Fault> {
    Ok(LetterRow {
        id: row.word(0)?,
        direction: Direction::of(row.text(1)?),
        case: row.opt_id(2)?,
        seq: row.int(3)?,
        body: row.opt_blob(4)?.map(<[u8]>::to_vec),
        state: row.word(5)?,
        attempts: row.int(6)?,
        due_at: Instant(row.int(7)?),
        error: row.opt_text(8)?.map(str::to_owned),
        made_at: Instant(row.int(9)?),
    })
}

impl Store {
    /// Adds a feed, or changes its map, key and whether it works. Where it stands stays.
    pub async fn put_feed(&self, tenant: TenantId, it: &FeedRow) -> Result<(), Fault> {
        let params = vec![
            tenant.into(),
            (&it.id).into(),
            it.map.clone().into(),
            it.key.clone().into(),
            it.active.into(),
            (&it.made_by.0).into(),
            it.made_at.0.into(),
        ];
        self.run(sql::FEED_PUT, params).await.map(drop)
    }

    pub async fn feeds(&self, tenant: TenantId) -> Result<Vec<FeedRow>, Fault> {
        self.db.query(sql::FEEDS, vec![tenant.into()]).await?.iter().map(feed).collect()
    }

    /// Whether a feed works at this moment; false where there is none.
    pub async fn feed_active(&self, tenant: TenantId, id: &str) -> Result<bool, Fault> {
        let rows = self.db.query(sql::FEED_ACTIVE, vec![tenant.into(), id.into()]).await?;
        rows.first().map_or(Ok(false), |row| row.flag(0))
    }

    /// A feed rests. Its map and key stay as they stand, also where somebody changes them at this moment.
    pub async fn feed_rest(&self, tenant: TenantId, id: &str) -> Result<(), Fault> {
        self.run(sql::FEED_REST, vec![tenant.into(), id.into()]).await.map(drop)
    }

    /// Takes a feed away with what was on its way; cases stay.
    pub async fn drop_feed(&self, tenant: TenantId, id: &str) -> Result<bool, Fault> {
        let params = || vec![tenant.into(), id.into()];
        let steps: Vec<Step> = vec![
            (sql::FEED_LETTERS_DROP.into(), params()),
            (sql::FEED_CHOICES_DROP.into(), params()),
            (sql::FEED_CASES_DROP.into(), params()),
            (sql::FEED_DROP.into(), params()),
        ];
        let done = self.errand(steps).await?;
        Ok(done.last().is_some_and(|done| done.changed == 1))
    }

    /// A look ended, or something failed. `since` and the moment of the last look stay where they are not said.
    pub async fn feed_ran(
        &self,
        tenant: TenantId,
        id: &str,
        since: Option<Instant>,
        (at, error): (Option<Instant>, Option<&str>),
    ) -> Result<(), Fault> {
        let ms = |at: Option<Instant>| Value::from(at.map(|at| at.0));
        let error = error.map(str::to_owned);
        let params = vec![tenant.into(), id.into(), ms(since), ms(at), error.into()];
        self.run(sql::FEED_RAN, params).await.map(drop)
    }

    /// The next look is due at once.
    pub async fn feed_due(&self, tenant: TenantId, id: &str) -> Result<(), Fault> {
        self.run(sql::FEED_DUE, vec![tenant.into(), id.into()]).await.map(drop)
    }

    /// Notes what a case is called there, and whether it is open there.
    pub async fn bind_case(
        &self,
        tenant: TenantId,
        feed: &str,
        case: CaseId,
        (remote, open): (&str, bool),
        at: Instant,
    ) -> Result<(), Fault> {
        let params = vec![tenant.into(), feed.into(), case.into(), remote.into(), open.into(), at.0.into()];
        self.run(sql::FEED_CASE_PUT, params).await.map(drop)
    }

    /// What a case is called there.
    pub async fn remote_of(
        &self,
        tenant: TenantId,
        feed: &str,
        case: CaseId,
    ) -> Result<Option<String>, Fault> {
        let rows = self.db.query(sql::FEED_CASE, vec![tenant.into(), feed.into(), case.into()]).await?;
        rows.first().map(|row| row.text(0).map(str::to_owned)).transpose()
    }

    /// Names of cases that are open there and came before a moment, the oldest first, after one that was read last.
    pub async fn open_remotes(
        &self,
        tenant: TenantId,
        feed: &str,
        before: Instant,
        after: Option<(Instant, String)>,
        most: usize,
    ) -> Result<Vec<(Instant, String)>, Fault> {
        let (at, name) = after.unwrap_or((Instant(i64::MIN), String::new()));
        let params = vec![
            tenant.into(),
            feed.into(),
            before.0.into(),
            at.0.into(),
            name.into(),
            Value::Int(limit(most) as i64),
        ];
        let rows = self.db.query(sql::FEED_OPEN, params).await?;
        rows.iter().map(|row| Ok((Instant(row.int(0)?), row.text(1)?.to_owned()))).collect()
    }

    /// Puts letters out in; one that is there stays as it is.
    pub async fn add_letters(
        &self,
        tenant: TenantId,
        feed: &str,
        letters: &[LetterRow],
    ) -> Result<(), Fault> {
        self.put_letters(tenant, feed, letters, sql::FEED_LETTER_ADD).await
    }

    /// Puts letters in, over ones of the same id.
    pub async fn put_dead(&self, tenant: TenantId, feed: &str, letters: &[LetterRow]) -> Result<(), Fault> {
        self.put_letters(tenant, feed, letters, sql::FEED_LETTER_PUT).await
    }

    async fn put_letters(
        &self,
        tenant: TenantId,
        feed: &str,
        letters: &[LetterRow],
        text: &'static str,
    ) -> Result<(), Fault> {
        if letters.is_empty() {
            return Ok(());
        }
        let step = |it: &LetterRow| -> Step {
            let params = vec![
                tenant.into(),
                feed.into(),
                (&it.id).into(),
                it.direction.code().into(),
                it.case.map_or(Value::Null, Into::into),
                it.seq.into(),
                it.body.clone().into(),
                (&it.state).into(),
                it.due_at.0.into(),
                it.error.clone().into(),
                it.made_at.0.into(),
            ];
            (text.into(), params)
        };
        self.errand(letters.iter().map(step).collect()).await.map(drop)
    }

    /// Letters out that are due, of each case the first that is not done.
    pub async fn due_letters(
        &self,
        tenant: TenantId,
        feed: &str,
        now: Instant,
        most: usize,
    ) -> Result<Vec<LetterRow>, Fault> {
        let params = vec![tenant.into(), feed.into(), now.0.into(), Value::Int(limit(most) as i64)];
        self.db.query(sql::FEED_LETTERS_DUE, params).await?.iter().map(letter).collect()
    }

    /// Photos that are due.
    pub async fn due_photos(
        &self,
        tenant: TenantId,
        feed: &str,
        now: Instant,
        most: usize,
    ) -> Result<Vec<LetterRow>, Fault> {
        let params = vec![tenant.into(), feed.into(), now.0.into(), Value::Int(limit(most) as i64)];
        self.db.query(sql::FEED_PHOTOS_DUE, params).await?.iter().map(letter).collect()
    }

    /// How many letters there are of each way and state.
    pub async fn letter_counts(&self, tenant: TenantId, feed: &str) -> Result<Vec<LetterCount>, Fault> {
        let rows = self.db.query(sql::FEED_LETTER_COUNTS, vec![tenant.into(), feed.into()]).await?;
        let count = |row: &Row| {
            Ok(LetterCount {
                direction: Direction::of(row.text(0)?),
                state: row.word(1)?,
                many: row.int(2)?,
                newest: Instant(row.int(3)?),
            })
        };
        rows.iter().map(count).collect()
    }

    /// Keeps what a person decided about a letter; what was chosen before stays where nothing else is.
    pub async fn choose_letter(
        &self,
        tenant: TenantId,
        feed: &str,
        letter: &str,
        it: &ChoiceRow,
    ) -> Result<(), Fault> {
        let params = vec![
            tenant.into(),
            feed.into(),
            letter.into(),
            it.chosen.clone().into(),
            it.reason.clone().into(),
            (&it.by.0).into(),
            it.at.0.into(),
        ];
        self.run(sql::FEED_CHOICE_PUT, params).await.map(drop)
    }

    /// What a person decided about a letter, also of one that is done with.
    pub async fn choice(
        &self,
        tenant: TenantId,
        feed: &str,
        letter: &str,
    ) -> Result<Option<ChoiceRow>, Fault> {
        let rows = self.db.query(sql::FEED_CHOICE, vec![tenant.into(), feed.into(), letter.into()]).await?;
        let read = |row: &Row| {
            Ok(ChoiceRow {
                chosen: row.opt_text(0)?.map(str::to_owned),
                reason: row.opt_text(1)?.map(str::to_owned),
                by: MemberId::new(row.text(2)?),
                at: Instant(row.int(3)?),
            })
        };
        rows.first().map(read).transpose()
    }

    /// Drops letters that were done long ago.
    pub async fn purge_letters(&self, tenant: TenantId, before: Instant) -> Result<(), Fault> {
        self.run(sql::FEED_LETTERS_PURGE, vec![tenant.into(), before.0.into()]).await.map(drop)
    }

    /// It is done with. It stays for a while, so that the same one is not put in again.
    pub async fn letter_done(
        &self,
        tenant: TenantId,
        feed: &str,
        id: &str,
        now: Instant,
    ) -> Result<(), Fault> {
        let params = vec![tenant.into(), feed.into(), id.into(), now.0.into()];
        self.run(sql::FEED_LETTER_DONE, params).await.map(drop)
    }

    /// It was tried once more than the letter that was read says: due again, or dead where no moment is said. Saying it twice of one
    /// letter counts one try.
    pub async fn letter_tried(
        &self,
        tenant: TenantId,
        feed: &str,
        letter: &LetterRow,
        (again, error): (Option<Instant>, &str),
    ) -> Result<(), Fault> {
        let state = if again.is_some() { "waiting" } else { "dead" };
        let params = vec![
            tenant.into(),
            feed.into(),
            (&letter.id).into(),
            state.into(),
            again.map_or(0, |at| at.0).into(),
            error.into(),
            (letter.attempts + 1).into(),
        ];
        self.run(sql::FEED_LETTER_TRIED, params).await.map(drop)
    }

    /// A person decides on a dead letter: it is tried again, or set aside, and then nothing is kept of what came. False where there is
    /// none.
    pub async fn settle_letter(
        &self,
        tenant: TenantId,
        feed: &str,
        id: &str,
        again: bool,
        now: Instant,
    ) -> Result<bool, Fault> {
        let state = if again { "waiting" } else { "dropped" };
        let params = vec![tenant.into(), feed.into(), id.into(), state.into(), now.0.into()];
        Ok(self.run(sql::FEED_LETTER_SETTLE, params).await?.changed == 1)
    }

    /// Dead letters are tried again, but for photos. Answers how many.
    pub async fn revive_letters(&self, tenant: TenantId, feed: &str, now: Instant) -> Result<u64, Fault> {
        let params = vec![tenant.into(), feed.into(), now.0.into()];
        Ok(self.run(sql::FEED_LETTERS_REVIVE, params).await?.changed)
    }

    /// One letter.
    pub async fn letter(&self, tenant: TenantId, feed: &str, id: &str) -> Result<Option<LetterRow>, Fault> {
        let rows = self.db.query(sql::FEED_LETTER, vec![tenant.into(), feed.into(), id.into()]).await?;
        rows.first().map(letter).transpose()
    }

    /// Letters in a state, by id.
    pub async fn letters(
        &self,
        tenant: TenantId,
        feed: &str,
        state: &str,
        cursor: Option<&str>,
        most: usize,
    ) -> Result<Page<LetterRow>, Fault> {
        let params =
            vec![tenant.into(), feed.into(), state.into(), cursor.unwrap_or_default().into(), one_more(most)];
        let rows = self.db.query(sql::FEED_LETTERS, params).await?;
        let items = rows.iter().map(letter).collect::<Result<Vec<_>, Fault>>()?;
        Ok(paged(items, most, |it| it.id.to_string()))
    }
}
