//! After the organisation changed: every open case is brought back to units that are there and serve its place.
//!
//! Areas, units and calendars are always those of today, so a pack with another organisation can leave an open case with a
//! custodian that is gone. The sweep looks at every open case and gives System's own commands: `Resettle` where its area is
//! gone, `Rehome` for each unit that no longer serves, `Veto` for each grid team whose matter is not admitted any more,
//! `Retime` where a provisional instant has become another. Refuses to
//! decide what these do; that is the model's. Done twice, the second does nothing; begun again after a crash, it
//! ends what was left. Start at [`Engine::rehome_all`].

use std::collections::BTreeSet;

use huying_geo::Point;
use huying_model::{
    Actor, AreaCode, Case, CaseId, Command, Instant, UnitId, admission, decide::successor, event::Times,
    org::Org,
};
use huying_store::{Filter, Lane, Order, TenantId};

use crate::{Engine, Error, engine::Setting, handle::HandleIn};

/// Open cases that are looked at at once.
const READ: usize = 500;

/// What a sweep did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Swept {
    /// Open cases that were looked at.
    pub looked: usize,
    /// Commands that were given.
    pub given: usize,
    /// Cases for which a command was refused; each is logged. A person has to look at them.
    pub left: usize,
}

impl Engine {
    /// Brings every open case of a tenant in line with the organisation of today.
    ///
    /// # Errors
    /// A failure of the store ends the sweep; what was done stays done.
    pub async fn rehome_all(&self, tenant: TenantId) -> Result<Swept, Error> {
        let open = Filter { open_only: true, ..Filter::default() };
        let mut swept = Swept::default();
        let mut cursor: Option<String> = None;
        loop {
            let page = self.store().list(tenant, &open, Order::OldestFirst, cursor.as_deref(), READ).await?;
            let ids: Vec<CaseId> = page.items.iter().map(|line| line.case).collect();
            for view in self.store().cases(tenant, &ids).await? {
                swept.looked += 1;
                self.bring_in_line(tenant, view.case, &mut swept).await?;
            }
            cursor = page.next;
            if cursor.is_none() {
                return Ok(swept);
            }
        }
    }

    async fn bring_in_line(&self, tenant: TenantId, mut case: Case, swept: &mut Swept) -> Result<(), Error> {
        let setting = self.setting(tenant)?;
        // Each command changes what the next one has to look at; a case has few units, so this ends soon.
        let mut tried = BTreeSet::new();
        loop {
            let now = self.now();
            let next =
                needed(&setting, &case, now).into_iter().find(|next| tried.insert(format!("{next:?}")));
            let Some(command) = next else { return Ok(()) };
            let name = command.name();
            let input = HandleIn {
                lane: Lane::Bulk,
                auto: false,
                ..HandleIn::new(tenant, Actor::System, case.id, command, Times::at(now))
            };
            match self.handle(input).await {
                Ok(_) => swept.given += 1,
                Err(Error::Refused(refusal)) => {
                    swept.left += 1;
                    tracing::error!(case = %case.id, command = name.code(), code = refusal.code(),
                        "an open case could not be brought in line with the organisation");
                }
                Err(error) => return Err(error),
            }
            match self.store().case(tenant, case.id).await? {
                Some(view) if view.case.is_open() => case = view.case,
                _ => return Ok(()),
            }
        }
    }
}

/// The commands that bring a case in line, the place first: who serves it depends on it.
pub fn needed(setting: &Setting, case: &Case, now: Instant) -> Vec<Command> {
    let org = &setting.policy.org;
    if case.place.area.as_ref().is_some_and(|area| !there(org, area, now)) {
        return vec![Command::Resettle { area: settled(setting, case, now) }];
    }
    let place = case.place.area.as_ref();
    let strangers = held(case).into_iter().filter(|unit| !org.serves(unit, place, now));
    let mut commands: Vec<Command> = strangers
        .map(|from| Command::Rehome { from: from.clone(), to: successor(&setting.policy, case, from, now) })
        .filter(|command| !matches!(command, Command::Rehome { from, to } if from == to))
        .collect();
    commands.extend(admission::needed(&setting.policy, case, now));
    if retimed(setting, case) {
        commands.push(Command::Retime);
    }
    commands
}

/// Units that something in an open case waits for.
fn held(case: &Case) -> BTreeSet<&UnitId> {
    let mut units = BTreeSet::from([&case.custodian, &case.centre]);
    units.extend(case.assignments.iter().filter(|part| part.part.open()).map(|part| &part.unit));
    units.extend(case.open_calls().map(|call| &call.callee));
    units.extend(case.requests.iter().map(|request| &request.approver));
    units.extend(case.attention.iter().map(|item| &item.unit));
    units.extend(case.difficult.iter().map(|procedure| &procedure.fallback));
    units
}

fn there(org: &Org, area: &AreaCode, now: Instant) -> bool {
    org.areas.get(area).is_some_and(|area| area.until.is_none_or(|until| now < until))
}

/// The smallest area of today around the case's point. Where it has no point, the smallest one still there around the area that
/// ended; unknown where that is the whole ground, which the root centre takes.
fn settled(setting: &Setting, case: &Case, now: Instant) -> Option<AreaCode> {
    let org = &setting.policy.org;
    if let (Some(lon_e7), Some(lat_e7)) = (case.place.lon_e7, case.place.lat_e7) {
        let found = setting.places.locate(Point::new(lon_e7, lat_e7));
        let mut areas = found.areas().map(|(_, code)| AreaCode(code.clone()));
        return areas.find(|code| there(org, code, now));
    }
    let around = org.ancestors(case.place.area.as_ref()?).find(|area| there(org, &area.code, now))?;
    (&around.code != org.root()).then(|| around.code.clone())
}

/// Some provisional instant is another by the calendar of today.
fn retimed(setting: &Setting, case: &Case) -> bool {
    let rules = setting.policy.rules(case.policy.as_ref(), case.matter.as_ref());
    let calendar = rules.calendar_of(case.matter.as_ref());
    let Some(calendar) = calendar else { return false };
    case.clocks.iter().filter(|clock| clock.runs() && clock.provisional).any(|clock| {
        let due = clock.due_by(calendar);
        due.is_some_and(|due| due.at != clock.due || due.provisional != clock.provisional)
    })
}
