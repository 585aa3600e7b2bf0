//! New reports: who says what, where, and about which matter.

use huying_model::{
    Actor, CaseId, Instant, MatterCode,
    actor::Role,
    case::Place,
    catalogue::{Source, Urgency},
    command::Report,
};
use rand::{Rng, RngExt};
use smol_str::SmolStr;

use crate::{World, pen::Pen, says};

/// The last 32 bits of every id that the city made, so that its going on never touches a case that a person reported.
const MARK: u128 = 0x51c0_17ed;

/// A case id in the order of time, drawn from the seed (the layout of UUID version 7).
pub fn id(at: Instant, rng: &mut impl Rng) -> CaseId {
    let ms = u128::from(u64::try_from(at.0).unwrap_or(0)) & 0xffff_ffff_ffff;
    let drawn: u128 = u128::from(rng.random::<u64>());
    let (a, b) = (drawn & 0xfff, (drawn >> 12) & 0x3fff_ffff);
    CaseId((ms << 80) | (0x7 << 76) | (a << 64) | (0b10 << 62) | (b << 32) | MARK)
}

/// Whether the city made the case.
pub fn is_simulated(case: CaseId) -> bool {
    case.0 & 0xffff_ffff == MARK
}

/// What a report is about, before anybody has said it.
#[derive(Clone, Debug)]
pub struct Topic {
    pub matter: MatterCode,
    pub condition: u16,
    pub place: Place,
}

impl World {
    /// Something that goes wrong somewhere.
    pub fn topic(&self, rng: &mut impl Rng) -> Option<Topic> {
        let code = self.matter(rng)?.clone();
        let matter = self.policy.current.matters.get(&code)?;
        let condition = matter.conditions.get(rng.random_range(0..matter.conditions.len()))?.no;
        Some(Topic { matter: code, condition, place: self.ground.somewhere(&self.places, rng) })
    }

    /// A report of it as a command, and who gives it.
    pub fn report(
        &self,
        id: CaseId,
        topic: &Topic,
        at: Instant,
        pen: &mut dyn Pen,
        rng: &mut impl Rng,
    ) -> Option<(Actor, Report)> {
        let matter = self.policy.current.matters.get(&topic.matter)?;
        let condition = matter.condition(topic.condition)?;
        let source = self.source(rng);
        let area = topic.place.area.as_ref();
        let org = &self.policy.org;
        let (title, text) = says::report(org, matter, condition, area, source, self.habits.signs, rng);
        let address = says::address(org, area, rng);
        let person =
            matches!(source, Source::Resident | Source::Hotline | Source::WalkIn | Source::Enterprise);
        let reachable = person && rng.random_range(0..100) < 85;
        let informant = |pen: &mut dyn Pen| {
            // Numbers of this form are given to nobody.
            let contact = format!("演示-{:06}", id.0 >> 32 & 0xf_ffff);
            pen.informant(id.0, "演示来电人", &contact)
        };
        let reporters = match (person, reachable) {
            (true, true) => vec![informant(pen)],
            (true, false) => vec![Default::default()],
            _ => Vec::new(),
        };
        let urgency = match rng.random_range(0..100) {
            0..3 => Urgency::Red,
            3..12 => Urgency::Yellow,
            _ => Urgency::Green,
        };
        // A hotline's caller often cannot say what the catalogue calls it.
        let vague = self.whim(60, rng);
        let report = Report {
            number: self.numbers.next(at),
            source,
            kind: matter.kind,
            place: topic.place.clone(),
            matter: (!vague).then(|| topic.matter.clone()),
            condition: (!vague).then_some(topic.condition),
            urgency,
            hazard: matter.hazard,
            title: Some(pen.words(id, &title)),
            text: Some(pen.words(id, &text)),
            address: Some(pen.words(id, &address)),
            answers: None,
            reporters,
            evidence: Vec::new(),
            foreign: Some(SmolStr::new_static("sim")),
            promised: None,
            component: None,
        };
        Some((self.teller(source, area, at, rng), report))
    }

    fn teller(
        &self,
        source: Source,
        area: Option<&huying_model::AreaCode>,
        at: Instant,
        rng: &mut impl Rng,
    ) -> Actor {
        let centre = || self.policy.org.centre_at(area, &self.policy.current.dispatch_level, at);
        let intake = [Role::Operator, Role::Acceptor, Role::Dispatcher];
        let found = match source {
            Source::Resident | Source::Enterprise => return Actor::Reporter { no: 0 },
            Source::Sensor | Source::Video | Source::UpperPlatform => return Actor::System,
            Source::GridWorker | Source::Patrol => {
                self.team(area, at).and_then(|team| self.someone(team, &[Role::GridWorker], rng))
            }
            Source::Hotline => self.someone(&self.policy.org.root_centre(), &intake, rng),
            _ => self.someone(&centre(), &intake, rng),
        };
        found.unwrap_or(Actor::Reporter { no: 0 })
    }
}
