use crate::{Case,Command,Event,Refusal,Policy,Actor,ids::CaseId};
pub struct Cx<'a> { pub policy: &'a Policy, pub actor: &'a Actor, pub times: crate::event::Times, pub related: &'a dyn Fn(CaseId)->Option<Case> }
pub struct Decision { pub events: Vec<Event>, pub also: Vec<(CaseId, Command)> }
pub fn decide(_cx: &Cx, _case: &Case, _command: &Command) -> Result<Decision, Refusal> { Err(Refusal::NothingDue) }
