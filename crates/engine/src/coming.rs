//! What is decided for later, seen from an act of today: whether it would then give seats to which nobody has agreed.
//!
//! Changes and versions are decided in one order and hold in another. A change for next month that writes somebody's seats as they are gives
//! nothing; once they are taken away before it, it gives them back. So every act is looked at together with all that begins after it, and
//! what a step of the future would give that its second person has not read counts as given by the act. Refuses to compare organisations:
//! that is [`crate::reach`]'s. Start at [`Engine::given_later`].

use std::{collections::BTreeSet, sync::Arc};

use huying_model::{
    Instant,
    book::{Book, Proposal},
    told::Line,
};
use huying_store::TenantId;

use crate::{
    Engine, Error, Problem,
    change::Entry,
    policy::apart,
    reach::{Given, given},
};

impl Engine {
    /// The seats that changes and versions would give after a moment, or let reach further, and to which nobody has agreed for that instant.
    /// Both logs have the act that is looked at in them already.
    ///
    /// # Errors
    /// [`Error::Invalid`] where a change that is decided for later could not be made any more.
    pub(crate) async fn given_later(
        &self,
        tenant: TenantId,
        book: &Book,
        changes: &[Entry],
        after: Instant,
    ) -> Result<Vec<Given>, Error> {
        let begun = book.activations().into_iter().map(|(from, _)| from);
        let later: BTreeSet<Instant> =
            begun.chain(changes.iter().map(|entry| entry.at)).filter(|at| *at > after).collect();
        let mut all = Vec::new();
        if later.is_empty() {
            return Ok(all);
        }
        let zone = self.setting(tenant)?.zone.clone();
        let mut before = Arc::new(self.organised(tenant, book, changes, after).await?);
        for at in later {
            let when = zone.to_datetime(at.timestamp()).strftime("%Y-%m-%d %H:%M").to_string();
            let then = self.organised(tenant, book, changes, at).await;
            let then = Arc::new(then.map_err(|error| impossible(error, &when))?);
            let (one, other) = (before, Arc::clone(&then));
            let gives = apart(move || given(&one, &other, at)).await?;
            let new = gives.into_iter().filter(|one| !agreed(book, changes, at, &one.mark));
            all.extend(
                new.map(|Given { line, mark }| Given { line: told(&line, &when), mark: marked(at, &mark) }),
            );
            before = then;
        }
        Ok(all)
    }
}

/// What the act itself does not say: that it comes of something else, and when.
fn told(line: &Line, when: &str) -> Line {
    Line::of(
        format!("{}（{when} 起，依此前的决定）", line.zh),
        format!("{} (from {when} on, by what was decided before)", line.en),
    )
}

/// A mark for an instant that is not the act's own: whoever agrees to it has not agreed to the same at another time.
fn marked(at: Instant, mark: &str) -> String {
    format!("{} {mark}", at.0)
}

/// Whether a second person has agreed that this is given then: with the change or the version that begins then, or with one that came in
/// before it. What was decided before marks were kept has none, so that it is agreed to once more with the next act before it.
fn agreed(book: &Book, changes: &[Entry], at: Instant, mark: &str) -> bool {
    let then = marked(at, mark);
    let among = |begins: Instant, marks: &[String]| {
        marks.iter().any(|known| *known == then || begins == at && known == mark)
    };
    let version =
        |proposal: &Proposal| proposal.holds_from().is_some_and(|begins| among(begins, &proposal.marks));
    changes.iter().any(|entry| among(entry.at, &entry.agreed)) || book.proposals.iter().any(version)
}

fn impossible(error: Error, when: &str) -> Error {
    let Error::Invalid(problems) = error else { return error };
    let first = problems.first().map(|problem| problem.mend.as_str()).unwrap_or_default();
    let mend = format!(
        "What is decided for {when} could not be made after this: write that otherwise first. {first}"
    );
    Problem::at("at", "change", mend).into()
}
