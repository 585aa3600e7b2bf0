//! How a case begins: from what somebody told to a Reported case in its cell, with the likely duplicates beside it.
//!
//! Owns the draft of a report, the case's id and number, and the search for duplicates. Refuses nobody for an unknown
//! place or matter: that is what acceptors are for. Duplicates are shown, never merged by themselves.
//! Start at [`Engine::report`].

use huying_geo::Point;
use huying_model::{
    Actor, CaseId, Command, ComponentCode, Instant, MatterCode, Name,
    catalogue::{MatterKind, Source, Urgency},
};
use huying_store::{Bounds, Key, Lane, Near, Nearby, Receipt, Seen, TenantId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use smol_str::SmolStr;

use crate::{
    Engine, Error, Problem,
    authority::Sight,
    engine::Setting,
    handle::{Claimed, Filed, HandleIn, Upload},
    place::PlaceDraft,
    sealing::{Sealing, new_id},
    words,
};

/// Reports within this distance and time, of the same matter, are likely the same problem.
pub const NEAR_METRES: f64 = 50.0;
pub const NEAR_MS: i64 = 24 * 3_600_000;
/// Duplicates that are shown, and cases that are looked at for them.
const SHOWN: usize = 10;
const READ: usize = 200;

/// A report in plain words.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReportDraft {
    /// Made by a field device, so that a report sent twice is one case; made here where it is absent.
    pub id: Option<CaseId>,
    pub source: Source,
    /// The matter's where it is not said.
    pub kind: Option<MatterKind>,
    /// Where nothing is told, a photo's own position stands in.
    pub place: PlaceDraft,
    pub matter: Option<MatterCode>,
    /// The filing condition; the only one of the matter where it has one.
    pub condition: Option<u16>,
    pub urgency: Urgency,
    pub hazard: bool,
    pub title: Option<String>,
    pub text: Option<String>,
    pub address: Option<String>,
    /// What was answered to the questions of the matter, a line for each.
    pub answers: Option<String>,
    pub reporters: Vec<InformantDraft>,
    /// The number of the system it comes from.
    pub foreign: Option<SmolStr>,
    /// The component of the city that it is about, by its code: its place and matter stand in where they are not told.
    pub component: Option<ComponentCode>,
    /// The case's own number where another authority gave it one, and what that authority has promised. Never read from outside:
    /// only an exchange between platforms sets them.
    #[serde(skip)]
    pub number: Option<SmolStr>,
    #[serde(skip)]
    pub promised: Option<Instant>,
    /// The reporter is answered by the authority that handed the case over, and not called back here.
    #[serde(skip)]
    pub answered_elsewhere: bool,
}

/// Somebody who reports; who leaves no contact cannot be called back.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InformantDraft {
    pub name: Option<String>,
    pub contact: Option<String>,
}

/// A report on its way in.
pub struct ReportIn {
    pub tenant: TenantId,
    pub actor: Actor,
    pub draft: ReportDraft,
    pub uploads: Vec<Upload>,
    pub claimed: Claimed,
    pub key: Option<Key>,
    pub lane: Lane,
}

/// A case that has begun.
#[derive(Clone, Debug)]
pub struct Reported {
    pub receipt: Receipt,
    /// Nearest first.
    pub duplicates: Vec<Duplicate>,
}

/// A case that may be the same problem.
#[derive(Clone, Debug)]
pub struct Duplicate {
    pub case: Nearby,
    pub metres: f64,
}

impl Engine {
    /// Takes a report: finds the cell, seals the words, keeps the photos, begins the case; System files and
    /// dispatches it in the same transaction where the rules say so.
    pub async fn report(&self, mut input: ReportIn) -> Result<Reported, Error> {
        let setting = self.setting(input.tenant)?;
        self.about(input.tenant, &mut input.draft).await?;
        let times = self.times(input.claimed);
        let case = input.draft.id.unwrap_or_else(|| new_id(times.received));
        check(&setting, &input.draft, input.uploads.is_empty()).map_err(Error::Invalid)?;
        // Whoever reports is not told of cases that they could not read.
        let seen = Sight::of(&setting.policy.org, &input.actor).scope(&setting.policy.org);
        let mut sealing = match input.draft.id {
            // A device may send the same id again: then the words are sealed under the key that exists.
            Some(_) => Sealing::of_case(self, &setting, input.tenant, case, times).await?,
            None => Sealing::of_new(self.store(), &setting, input.tenant, case, times),
        };
        let mut body = plain(&setting, &input.draft, times.received);
        let files = self.take_all(Name::Report, &mut body, input.uploads, &mut sealing).await?;
        if input.draft.place == PlaceDraft::default()
            && let Some(point) = files.iter().find_map(|file| file.taken.facts.point)
        {
            body["report"]["place"] = json!({"lon": point.lon(), "lat": point.lat()});
        }
        let made = words::command(Name::Report, case, body, &mut sealing);
        let spot = made.as_ref().ok().and_then(spot);
        let (seal_keys, pending) = sealing.finish();
        let outcome = match made {
            Ok(command) => {
                let input = HandleIn {
                    key: input.key,
                    lane: input.lane,
                    seal_keys,
                    files: files.iter().map(|file: &Filed| file.row.clone()).collect(),
                    ..HandleIn::new(input.tenant, input.actor, case, command, times)
                };
                self.handle(input).await
            }
            Err(problems) => Err(Error::Invalid(problems.into_iter().map(outer).collect())),
        };
        pending.settle(outcome.as_ref().is_ok_and(|receipt| !receipt.replayed));
        self.tidy(&files, &outcome).await;
        let receipt = outcome?;
        let duplicates = match spot {
            // The first answer again: its case is another than the one that was made here.
            _ if receipt.replayed => self.duplicates_of(input.tenant, receipt.case, seen.as_ref()).await?,
            Some((matter, point)) => {
                let spot = (&matter, point, times.received);
                self.others_near(input.tenant, receipt.case, spot, seen.as_ref()).await?
            }
            None => Vec::new(),
        };
        Ok(Reported { receipt, duplicates })
    }

    /// Cases that may be the same problem as this one, of those that may be `seen`.
    pub async fn duplicates_of(
        &self,
        tenant: TenantId,
        case: CaseId,
        seen: Option<&Seen>,
    ) -> Result<Vec<Duplicate>, Error> {
        let Some(found) = self.store().case(tenant, case).await? else { return Ok(Vec::new()) };
        let case = &found.case;
        // Distances from others would tell the point of a dispute.
        if case.kind == MatterKind::Dispute {
            return Ok(Vec::new());
        }
        let (Some(matter), Some(lon_e7), Some(lat_e7)) = (&case.matter, case.place.lon_e7, case.place.lat_e7)
        else {
            return Ok(Vec::new());
        };
        let point = Point::new(lon_e7, lat_e7);
        self.others_near(tenant, case.id, (matter, point, case.received_at), seen).await
    }

    async fn others_near(
        &self,
        tenant: TenantId,
        case: CaseId,
        spot: (&MatterCode, Point, Instant),
        seen: Option<&Seen>,
    ) -> Result<Vec<Duplicate>, Error> {
        let mut near = self.near(tenant, spot, seen).await?;
        near.retain(|other| other.case.case != case);
        near.truncate(SHOWN);
        Ok(near)
    }

    /// Cases of a matter around a point, received within a day before or after, of those that may be `seen`: also for a form
    /// that is still being filled in.
    pub async fn near(
        &self,
        tenant: TenantId,
        (matter, point, at): (&MatterCode, Point, Instant),
        seen: Option<&Seen>,
    ) -> Result<Vec<Duplicate>, Error> {
        let near = Near {
            matter: matter.0.clone(),
            bounds: boxed(point, NEAR_METRES),
            received_from: at.plus_ms(-NEAR_MS),
            received_to: at.plus_ms(NEAR_MS),
        };
        let found = self.store().nearby(tenant, &near, seen, READ).await?;
        let mut near: Vec<_> = found
            .into_iter()
            .map(|case| Duplicate { metres: point.metres_to(Point::new(case.lon_e7, case.lat_e7)), case })
            .filter(|found| found.metres <= NEAR_METRES)
            .collect();
        near.sort_by(|a, b| a.metres.total_cmp(&b.metres));
        Ok(near)
    }
}

/// What a report is looked up by: its matter and its point, where it has both.
fn spot(command: &Command) -> Option<(MatterCode, Point)> {
    let Command::Report { report } = command else { return None };
    if report.kind == MatterKind::Dispute {
        return None;
    }
    Some((report.matter.clone()?, Point::new(report.place.lon_e7?, report.place.lat_e7?)))
}

/// The box around a point, a little wider than so many metres.
pub(crate) fn boxed(point: Point, metres: f64) -> Bounds {
    const METRES_PER_DEGREE: f64 = 111_000.0;
    let lat = metres / METRES_PER_DEGREE;
    let lon = lat / point.lat().to_radians().cos().max(0.01);
    #[expect(clippy::cast_possible_truncation, reason = "a box of some metres is far inside the range")]
    let (dx, dy) = ((lon * 1e7).ceil() as i32 + 1, (lat * 1e7).ceil() as i32 + 1);
    Bounds {
        west_e7: point.lon_e7.saturating_sub(dx),
        south_e7: point.lat_e7.saturating_sub(dy),
        east_e7: point.lon_e7.saturating_add(dx),
        north_e7: point.lat_e7.saturating_add(dy),
    }
}

fn check(setting: &Setting, draft: &ReportDraft, no_files: bool) -> Result<(), Vec<Problem>> {
    let mut problems = Vec::new();
    let said = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
    if !said(&draft.text) && !said(&draft.title) && draft.matter.is_none() && no_files {
        problems.push(Problem::at(
            "text",
            "missing",
            "Say what it is about: write a text, choose a matter or add a photo.",
        ));
    }
    if let Some(code) = &draft.matter {
        match setting.policy.current.matters.get(code) {
            None => problems.push(Problem::at(
                "matter",
                "unknown_matter",
                "There is no such matter: choose one from the catalogue.",
            )),
            Some(matter) if draft.condition.is_some_and(|no| matter.condition(no).is_none()) => problems
                .push(Problem::at(
                    "condition",
                    "unknown_condition",
                    "The matter has no such filing condition: choose one of its own.",
                )),
            Some(_) => {}
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// The report as the command's plain form.
fn plain(setting: &Setting, draft: &ReportDraft, received: Instant) -> Value {
    let matter = draft.matter.as_ref().and_then(|code| setting.policy.current.matters.get(code));
    let only = matter.and_then(|matter| matter.conditions.first().filter(|_| matter.conditions.len() == 1));
    let number = match (&draft.number, &draft.foreign) {
        (Some(number), _) => number.clone(),
        (None, Some(foreign)) => setting.numbers.foreign(received, foreign),
        (None, None) => setting.numbers.next(received),
    };
    let reporters: Vec<_> = draft
        .reporters
        .iter()
        .map(|person| {
            let reachable = !draft.answered_elsewhere
                && person.contact.as_ref().is_some_and(|contact| !contact.trim().is_empty());
            json!({"reachable": reachable, "name": person.name, "contact": person.contact})
        })
        .collect();
    json!({"report": {
        "number": number,
        "source": draft.source,
        "kind": draft.kind.or(matter.map(|matter| matter.kind)).unwrap_or_default(),
        "place": draft.place,
        "matter": draft.matter,
        "condition": draft.condition.or(only.map(|condition| condition.no)),
        "urgency": draft.urgency,
        "hazard": draft.hazard || matter.is_some_and(|matter| matter.hazard),
        "title": draft.title,
        "text": draft.text,
        "address": draft.address,
        "answers": draft.answers,
        "reporters": reporters,
        "foreign": draft.foreign,
        "promised": draft.promised,
        "component": draft.component,
    }})
}

/// A problem's path as the sender of a draft knows it.
fn outer(mut problem: Problem) -> Problem {
    if let Some(inner) = problem.field.strip_prefix("report.") {
        problem.field = inner.to_owned();
    }
    problem
}
