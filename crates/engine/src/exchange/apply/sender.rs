//! On the side that handed a case over: what the partner's people do becomes the work of the external unit, by an actor that is the
//! partner. The promise stays here.

use huying_model::{
    Actor, Case, Name, UnitId,
    case::{Assignment, Part},
    catalogue::Outcome,
};
use serde_json::json;

use super::{Exchange, Fate, Message, parked};
use crate::{Error, exchange::tell::Saying};

impl Exchange {
    /// A message on a case that was handed over to the partner.
    pub(super) async fn as_sender(&self, message: &Message<'_>, case: &Case) -> Result<Fate, Error> {
        let bound = |part: &&Assignment| {
            part.part.open() && part.external.as_ref().is_some_and(|unit| message.desk.mapping.binds(unit))
        };
        let part = case.assignments.iter().find(bound).filter(|_| case.is_open());
        let Some(part) = part else {
            // It was taken back or ended while the partner's word was on its way: kept as a note, and the work stands as it is.
            let words =
                format!("{}：{}：{}", message.desk.partner.row.name, message.saying.zh(), message.words());
            return self.note(message, case, &words, "crossed").await;
        };
        let unit = part.unit.clone();
        let actor = message.worker(&unit);
        match message.saying {
            Saying::Received => self.receive(message, case, part, &actor).await?,
            Saying::Progressed => {
                let body = json!({ "unit": unit, "words": message.words() });
                self.give(message, actor, case.id, (Name::Progress, "progress"), body).await?;
            }
            Saying::File => {
                let missing = self.bring_files(message, case.id, (&actor, Name::Attach)).await?;
                return Ok(message.applied(case.id, missing));
            }
            Saying::Returned => self.give_back(message, case, (part.lead, &unit), &actor).await?,
            Saying::Finished => return self.finish(message, case, part, &actor).await,
            Saying::Noted | Saying::Reopened => {
                let words = format!("{}：{}", message.desk.partner.row.name, message.words());
                return self.note(message, case, &words, "note").await;
            }
            _ => return Ok(parked("unexpected", "Only the side that handed the case over says this.")),
        }
        Ok(Fate::Done { case: Some(case.id), note: None })
    }

    async fn receive(
        &self,
        message: &Message<'_>,
        case: &Case,
        part: &Assignment,
        actor: &Actor,
    ) -> Result<(), Error> {
        if part.part != Part::Sent {
            return Ok(());
        }
        let body = json!({ "unit": part.unit });
        self.give(message, actor.clone(), case.id, (Name::Receive, "receive"), body).await
    }

    async fn give_back(
        &self,
        message: &Message<'_>,
        case: &Case,
        (lead, unit): (bool, &UnitId),
        actor: &Actor,
    ) -> Result<(), Error> {
        let (name, body) = if lead {
            (Name::Return, json!({ "reason": message.words() }))
        } else {
            (Name::EndAssist, json!({ "unit": unit, "done": false, "reason": message.words() }))
        };
        self.give(message, actor.clone(), case.id, (name, "return"), body).await
    }

    /// The evidence comes before the end that needs it.
    async fn finish(
        &self,
        message: &Message<'_>,
        case: &Case,
        part: &Assignment,
        actor: &Actor,
    ) -> Result<Fate, Error> {
        self.receive(message, case, part, actor).await?;
        let missing = self.bring_files(message, case.id, (actor, Name::Attach)).await?;
        if missing.is_some() && message.holds_for_files() {
            return Ok(message.applied(case.id, missing));
        }
        let outcome = message.data.get("outcome").cloned();
        let outcome: Outcome =
            outcome.and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default();
        let (name, body) = if part.lead {
            (Name::Finish, json!({ "outcome": outcome, "reason": message.words() }))
        } else {
            (Name::EndAssist, json!({ "unit": part.unit, "done": true, "reason": message.words() }))
        };
        self.give(message, actor.clone(), case.id, (name, "finish"), body).await?;
        Ok(message.applied(case.id, missing))
    }
}
