//! How somebody follows their own case without an account: by its number and a code that was handed to them with it.
//!
//! A number can be guessed: it is made of the day and the moment. The code cannot: it is a keyed sum of the case, so nothing has to
//! be kept for it. It is made to be read out: twelve signs in three groups, none of them 0, O, 1 or I, the last checking the others. Whoever has
//! it sees how far the case is, which unit has it, and the words that were written for whoever reported. Refuses every other word of
//! the case, their own report among them: a code may be seen over a shoulder. Start at [`Engine::follow`].

use huying_model::{Actor, Case, CaseId, Instant, Name, Stage, actor::By, event::Body, words::Sealed};
use huying_store::TenantId;

use crate::{Engine, Error, accounts::secret, engine::Setting, number};

/// Signs that say which case it is: 55 bits. One more tells whether they were read right.
const SIGNS: usize = 11;
/// What codes are written with. What the ear or the eye takes for another sign is not among them.
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// Signs of the codes of before, which had others and none that checks. They hold for good.
const OLD_SIGNS: usize = 12;
/// Entries of a journal that are read at once.
const STEP: usize = 500;
/// So often may somebody add to their own case: each may bring photos.
pub const MOST_ADDED: usize = 20;
/// So often within an hour, from whichever address: a code is passed on more easily than an account.
pub const MOST_AN_HOUR: usize = 6;
const HOUR_MS: i64 = 3_600_000;

/// A case in the hands of whoever reported it.
#[derive(Clone, Debug)]
pub struct Followed {
    /// As it is itself: what may be done with it goes by this.
    pub own: Case,
    /// As far as it is: one that was merged is where its parent is.
    pub shown: Case,
}

/// What words were written for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum About {
    /// Something that only the reporter knows.
    Question,
    /// Why it was not taken up.
    Declined,
    /// What was done, or why it ended.
    Result,
    /// For everybody.
    Published,
}

/// Words for whoever reported.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Saying {
    pub at: Instant,
    pub about: About,
    pub words: String,
}

/// What a case's journal has for whoever reported it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Told {
    /// Oldest first.
    pub sayings: Vec<Saying>,
    /// How often they added to it, and how often within the last hour.
    pub added: usize,
    pub lately: usize,
    /// When it was sent to a unit, taken up there and ended, each the last time.
    pub sent_at: Option<Instant>,
    pub taken_up_at: Option<Instant>,
    pub ended_at: Option<Instant>,
}

/// Letters and digits alone, as they are written here: input methods have wide ones too.
fn plain(typed: &str) -> String {
    let narrow = |sign: char| match sign {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(sign) - 0xfee0).unwrap_or(sign),
        sign => sign,
    };
    typed
        .chars()
        .map(narrow)
        .filter(char::is_ascii_alphanumeric)
        .map(|sign| sign.to_ascii_uppercase())
        .collect()
}

/// A number in the signs that numbers have: wide signs and long dashes become plain ones.
fn plain_number(typed: &str) -> String {
    let narrow = |sign: char| match sign {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(sign) - 0xfee0).unwrap_or(sign),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        sign => sign,
    };
    typed.chars().map(narrow).collect()
}

/// The code of a sum, in groups of four.
fn spoken(sum: &[u8]) -> String {
    let values: Vec<u8> = sum.iter().take(SIGNS).map(|byte| byte & 31).collect();
    let check = number::check(values.iter().copied());
    let mut text = String::with_capacity(SIGNS + 3);
    for (no, value) in values.iter().chain([&check]).enumerate() {
        if no > 0 && no % 4 == 0 {
            text.push('-');
        }
        text.push(char::from(ALPHABET[usize::from(value & 31)]));
    }
    text
}

/// Whether a sign of a number was read or written wrong: its check sign does not fit.
pub fn misread_number(typed: &str) -> bool {
    number::normalise(&plain_number(typed)).is_none()
}

/// Whether a sign of a code was read or written wrong: it has one that codes do not have, or its check sign does not fit.
pub fn misread(typed: &str) -> bool {
    let value =
        |sign: u8| ALPHABET.iter().position(|known| *known == sign).and_then(|at| u8::try_from(at).ok());
    let values: Option<Vec<u8>> = plain(typed).bytes().map(value).collect();
    match values.as_deref().and_then(<[u8]>::split_last) {
        Some((last, before)) if before.len() == SIGNS => number::check(before.iter().copied()) != *last,
        _ => true,
    }
}

impl Engine {
    /// The code of a case, for whoever reported it.
    pub fn track_secret(&self, tenant: TenantId, case: CaseId) -> String {
        spoken(&self.track_sum(tenant, case))
    }

    fn track_sum(&self, tenant: TenantId, case: CaseId) -> [u8; 32] {
        self.store().seals(tenant).mac("track", &case.0.to_be_bytes())
    }

    /// Whether this is the code of the case, as codes are today or as they were.
    fn opens(&self, tenant: TenantId, case: CaseId, given: &str) -> bool {
        let sum = self.track_sum(tenant, case);
        let today = secret::same(plain(&spoken(&sum)).as_bytes(), plain(given).as_bytes());
        let before = secret::heard(&secret::written(&sum[..OLD_SIGNS]));
        let before = secret::same(before.as_bytes(), secret::heard(given).as_bytes());
        today | before
    }

    /// How far the case of a number and its code is.
    ///
    /// # Errors
    /// [`Error::Unseen`] whichever of the two is wrong.
    pub async fn track(&self, tenant: TenantId, number: &str, given: &str) -> Result<Case, Error> {
        Ok(self.follow(tenant, number, given).await?.shown)
    }

    /// The case of a number and its code, as it is itself and as far as it is.
    ///
    /// # Errors
    /// [`Error::Unseen`] whichever of the two is wrong.
    pub async fn follow(&self, tenant: TenantId, number: &str, given: &str) -> Result<Followed, Error> {
        let number = number::normalise(&plain_number(number)).ok_or(Error::Unseen)?;
        let found = self.store().case_by_number(tenant, &number).await?;
        // A sum is made for an unknown number too, so that both take as long.
        let case = found.as_ref().map_or(CaseId(0), |found| found.case.id);
        let fits = self.opens(tenant, case, given);
        let own = found.filter(|_| fits).map(|found| found.case).ok_or(Error::Unseen)?;
        let shown = self.as_its_parent(tenant, own.clone()).await?;
        Ok(Followed { own, shown })
    }

    /// A case that was merged is where its parent is.
    async fn as_its_parent(&self, tenant: TenantId, case: Case) -> Result<Case, Error> {
        let parent = case.parent.as_ref().filter(|_| case.stage == Stage::Merged).map(|parent| parent.case);
        let Some(parent) = parent else { return Ok(case) };
        let Some(parent) = self.store().case(tenant, parent).await?.map(|found| found.case) else {
            return Ok(case);
        };
        let Case { stage, custodian, closed_at, clocks, ending, suspended_until, .. } = parent;
        Ok(Case { stage, custodian, closed_at, clocks, ending, suspended_until, ..case })
    }

    /// What the journal of a case has for whoever reported it. Words that were redacted are not in it.
    pub async fn told(&self, tenant: TenantId, case: &Case) -> Result<Told, Error> {
        let (seals, mut told, mut after) = (self.store().seals(tenant), Told::default(), 0);
        let lately = self.now().plus_ms(-HOUR_MS);
        let mut sayings = Sayings::default();
        loop {
            let page = self.store().journal(tenant, case.id, after, STEP).await?;
            let Some(last) = page.last() else { break };
            after = last.seq;
            for entry in &page {
                let at = entry.event.times.received;
                told.note((&entry.event.by, &entry.event.body), at > lately);
                if let Some(to) = &entry.event.to {
                    told.went(to.stage, at);
                    sayings.went(to.stage);
                }
                let for_reporter = words_for_reporter(&entry.event.body, case);
                let shown = for_reporter.filter(|_| !case.redacted.contains(&entry.seq));
                if let Some((about, words)) =
                    shown.and_then(|(about, words)| Some((about, seals.open(words)?)))
                {
                    sayings.say(Saying { at, about, words });
                }
            }
        }
        told.sayings = sayings.all.into_iter().map(|(_, saying)| saying).collect();
        Ok(told)
    }

    /// What whoever has number and code may do with the case now: add to it, rate it, have it reopened, object.
    pub fn reporter_may(&self, setting: &Setting, own: &Case) -> Vec<Name> {
        let Some(actor) = reporter(own) else { return Vec::new() };
        let rated = |no: u16| own.ratings.iter().any(|(by, _)| *by == no);
        let again = matches!(actor, Actor::Reporter { no } if rated(no));
        let offered = |name: &Name| match name {
            Name::Supplement | Name::Reopen | Name::Object => true,
            Name::Rate => !again,
            _ => false,
        };
        self.allowed(setting, own, &actor).into_iter().filter(offered).collect()
    }
}

/// Whoever follows a case acts as its first reporter who is still there.
pub fn reporter(own: &Case) -> Option<Actor> {
    own.reporters.iter().find(|known| !known.withdrawn).map(|known| Actor::Reporter { no: known.no })
}

/// Words for the reporter while a journal is read: each with how often the case had ended before.
#[derive(Default)]
struct Sayings {
    all: Vec<(usize, Saying)>,
    ends: usize,
}

impl Sayings {
    fn say(&mut self, saying: Saying) {
        // What was published later takes the place of what was published before.
        if saying.about == About::Published {
            self.all.retain(|(_, said)| said.about != About::Published);
        }
        self.all.push((self.ends, saying));
    }

    fn went(&mut self, stage: Stage) {
        match stage {
            Stage::Inspecting | Stage::CallingBack => {}
            // The work goes on: what was said of its end was said to those who judged it, and they did not take it. What was said of an
            // end that was reached stays, since its reporter has read it.
            stage if stage.is_open() => {
                let ends = self.ends;
                self.all.retain(|(before, said)| said.about != About::Result || *before < ends);
            }
            _ => self.ends += 1,
        }
    }
}

impl Told {
    fn note(&mut self, said: (&By, &Body), lately: bool) {
        if matches!(said, (By::Reporter { .. }, Body::Supplemented { .. })) {
            self.added += 1;
            self.lately += usize::from(lately);
        }
    }

    fn went(&mut self, stage: Stage, at: Instant) {
        match stage {
            Stage::Dispatched => self.sent_at = Some(at),
            Stage::Handling => self.taken_up_at = Some(at),
            stage if !stage.is_open() => self.ended_at = Some(at),
            _ => {}
        }
    }
}

/// The words of an entry that were written for whoever reported. What was said of a piece of work counts once the work is through; why it
/// was failed, reworked, returned or reopened is said among those who work on it.
fn words_for_reporter<'b>(body: &'b Body, case: &Case) -> Option<(About, &'b Sealed)> {
    let through = matches!(case.stage, Stage::CallingBack | Stage::Closed);
    match body {
        Body::ReporterAsked { question } => Some((About::Question, question)),
        Body::Declined { reason, .. } if case.stage == Stage::Declined => Some((About::Declined, reason)),
        Body::Finished { reason: Some(reason), .. } if through => Some((About::Result, reason)),
        Body::Concluded { reason, .. } if through => Some((About::Result, reason)),
        Body::Published { words: Some(words), .. } if published(case) => Some((About::Published, words)),
        _ => None,
    }
}

/// Whether words that were published still are.
fn published(case: &Case) -> bool {
    huying_model::public::published(case).is_some_and(|shown| shown.words.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_no_sign_that_is_taken_for_another_and_reads_back_however_it_is_typed() {
        let sum: Vec<u8> = (0u8..32).map(|no| no.wrapping_mul(37).wrapping_add(11)).collect();
        let code = spoken(&sum);
        assert_eq!(code.split('-').map(str::len).collect::<Vec<_>>(), [4, 4, 4], "{code}");
        assert!(!code.contains(['0', 'O', '1', 'I']), "{code}");
        let wide = |sign: char| char::from_u32(u32::from(sign) + 0xfee0).unwrap();
        for typed in [
            code.clone(),
            code.to_lowercase().replace('-', " "),
            code.replace('-', "－"),
            code.chars().filter(|sign| *sign != '-').map(wide).collect(),
        ] {
            assert!(!misread(&typed), "{typed}");
            assert_eq!(plain(&typed), plain(&code));
        }
    }

    #[test]
    fn every_single_wrong_sign_of_a_code_is_caught() {
        let code = plain(&spoken(&[7, 200, 31, 4, 99, 18, 250, 61, 5, 90, 12]));
        assert!(!misread(&code));
        for place in 0..code.len() {
            for sign in ALPHABET.iter().chain(b"01OI") {
                let mut wrong = code.clone().into_bytes();
                if wrong[place] != *sign {
                    wrong[place] = *sign;
                    let wrong = String::from_utf8(wrong).unwrap();
                    assert!(misread(&wrong), "{wrong} for {code}");
                }
            }
        }
        for short in ["", "A", &code[1..]] {
            assert!(misread(short), "{short}");
        }
    }

    #[test]
    fn what_was_said_of_work_that_was_not_taken_is_not_told_and_what_ended_a_case_stays() {
        use Stage::{CallingBack, Closed, Filed, Handling, Inspecting};
        let mut sayings = Sayings::default();
        let said = |sayings: &Sayings| -> Vec<String> {
            sayings.all.iter().map(|(_, saying)| saying.words.clone()).collect()
        };
        let mut round = |about, words: &str, stages: &[Stage]| {
            sayings.say(Saying { at: Instant(0), about, words: words.to_owned() });
            stages.iter().for_each(|stage| sayings.went(*stage));
            said(&sayings)
        };
        assert_eq!(round(About::Question, "question", &[Handling]), ["question"]);
        assert_eq!(round(About::Result, "failed", &[Inspecting, Handling]), ["question"]);
        assert_eq!(round(About::Result, "reworked", &[Inspecting, CallingBack, Filed]), ["question"]);
        let first = round(About::Result, "first", &[Inspecting, CallingBack, Closed]);
        assert_eq!(first, ["question", "first"]);
        assert_eq!(round(About::Published, "old", &[Filed, Handling]), ["question", "first", "old"]);
        assert_eq!(round(About::Result, "again", &[Inspecting, Handling]), ["question", "first", "old"]);
        assert_eq!(round(About::Published, "new", &[]), ["question", "first", "new"]);
    }

    #[test]
    fn the_alphabet_has_32_different_signs() {
        let signs: std::collections::BTreeSet<_> = ALPHABET.iter().collect();
        assert_eq!(signs.len(), 32);
    }
}
