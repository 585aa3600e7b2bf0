//! What is decided for later, seen from an act of today: whether it would then give seats to which nobody has agreed.
//!
//! Changes and versions are decided in one order and hold in another. A change for next month that writes somebody's seats as they are gives
//! nothing; once they are taken away before it, it gives them back. So every act is looked at together with all that begins after it, and
//! what a step of the future would give that its second person has not read counts as given by the act. Refuses to compare organisations:
//! that is [`crate::reach`]'s. Start at [`Engine::given_later`].

use std::{collections::BTreeSet, sync::Arc};

use huying_model::{
    Instant, PolicyVersion,
    book::{Book, Proposal},
    told::Line,
};
use huying_pack::Pack;
use huying_store::TenantId;

use crate::{
    Engine, Error, Problem,
    change::{Entry, held, reorganised_apart},
    policy::apart,
    reach::{Given, given},
};

/// The book of policies, and the changes beside it.
pub(crate) type Logs<'a> = (&'a Book, &'a [Entry]);

/// The organisation as it stands at a moment.
pub(crate) struct Standing {
    pub(crate) pack: Arc<Pack>,
    /// The version that it was made of, with all that had begun by `at`; None where that is not known.
    version: Option<PolicyVersion>,
    at: Instant,
}

impl Engine {
    /// The seats that changes and versions would give after a moment, or let reach further, and to which nobody has agreed for that instant.
    /// `logs` have the act that is looked at in them already, and `was` has not.
    ///
    /// # Errors
    /// [`Error::Invalid`] where a change that is decided for later could be made and could not be any more, or cannot be made of a version that
    /// the act itself puts there. What could not be made of the same version anyway is not held against the act: else nothing at all would be
    /// decided until it begins.
    pub(crate) async fn given_later(
        &self,
        tenant: TenantId,
        logs: Logs<'_>,
        was: Logs<'_>,
        after: Instant,
    ) -> Result<Vec<Given>, Error> {
        let later = begins(logs, after);
        let mut all = Vec::new();
        if later.is_empty() {
            return Ok(all);
        }
        let zone = self.setting(tenant)?.zone.clone();
        let mut before = self.could_stand(tenant, logs, after).await?;
        // What could not be made of a version once cannot be made of it later: the same changes come first.
        let mut lost = BTreeSet::new();
        for at in later {
            let versions = (logs.0.in_force(at).cloned(), was.0.in_force(at).cloned());
            if lost.contains(&versions) {
                continue;
            }
            let when = zone.to_datetime(at.timestamp()).strftime("%Y-%m-%d %H:%M").to_string();
            let then = match self.step(tenant, logs, &before, at).await {
                Err(error @ Error::Invalid(_)) => {
                    if versions.0 != versions.1
                        || possible(self.organised(tenant, was.0, was.1, at).await)?.is_some()
                    {
                        return Err(impossible(error, &when));
                    }
                    tracing::warn!(tenant = tenant.0, %when, %error, "what is decided for later cannot be made");
                    lost.insert(versions);
                    continue;
                }
                made => made?,
            };
            let (one, other) = (Arc::clone(&before.pack), Arc::clone(&then.pack));
            let gives = apart(move || given(&one, &other, at)).await?;
            let new = gives.into_iter().filter(|one| !agreed(logs, at, &one.mark));
            all.extend(
                new.map(|Given { line, mark }| Given { line: told(&line, &when), mark: marked(at, &mark) }),
            );
            before = then;
        }
        Ok(all)
    }

    /// The organisation that is gone by at a moment. Where that moment's cannot be made, what could be made last holds on, as
    /// [`crate::renew`] does it.
    pub(crate) async fn could_stand(
        &self,
        tenant: TenantId,
        logs: Logs<'_>,
        at: Instant,
    ) -> Result<Standing, Error> {
        let now = self.now();
        let mut stands = Standing { pack: Arc::clone(&self.setting(tenant)?.pack), version: None, at: now };
        if let Some(then) = possible(self.step(tenant, logs, &stands, at).await)? {
            return Ok(then);
        }
        let way: Vec<Instant> =
            std::iter::once(now).chain(begins(logs, now)).filter(|next| *next < at).collect();
        let mut lost = BTreeSet::new();
        for next in way {
            let version = logs.0.in_force(next).cloned();
            if lost.contains(&version) {
                continue;
            }
            match possible(self.step(tenant, logs, &stands, next).await)? {
                Some(then) => stands = then,
                None => drop(lost.insert(version)),
            }
        }
        Ok(stands)
    }

    /// The organisation of a moment, carried on from an earlier one of the same version: to read all that was decided anew for each of many
    /// instants takes long.
    async fn step(
        &self,
        tenant: TenantId,
        (book, changes): Logs<'_>,
        from: &Standing,
        at: Instant,
    ) -> Result<Standing, Error> {
        let setting = self.setting(tenant)?;
        let version = book.in_force(at).unwrap_or(&setting.base.version);
        let pack = if from.version.as_ref() == Some(version) {
            let new = held(changes, book.laid_down(version).max(from.at), at);
            reorganised_apart(Arc::clone(&from.pack), new).await?
        } else {
            self.organised(tenant, book, changes, at).await?
        };
        Ok(Standing { pack: Arc::new(pack), version: Some(version.clone()), at })
    }
}

/// The instants after a moment at which a version or a change begins.
fn begins(logs: Logs<'_>, after: Instant) -> BTreeSet<Instant> {
    instants(logs).into_iter().filter(|at| *at > after).collect()
}

/// The instants at which a version or a change begins.
pub(crate) fn instants((book, changes): Logs<'_>) -> BTreeSet<Instant> {
    let versions = book.activations().into_iter().map(|(from, _)| from);
    versions.chain(changes.iter().map(|entry| entry.at)).collect()
}

/// None for what cannot be made; the store's failures stay failures.
fn possible<T>(made: Result<T, Error>) -> Result<Option<T>, Error> {
    match made {
        Ok(made) => Ok(Some(made)),
        Err(Error::Invalid(_)) => Ok(None),
        Err(error) => Err(error),
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
fn agreed((book, changes): Logs<'_>, at: Instant, mark: &str) -> bool {
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
