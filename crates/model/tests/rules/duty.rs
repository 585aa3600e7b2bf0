//! Which steps a case needs, and who answers for a unit: tables of questions with their answers.

use crate::town;

use std::sync::Arc;

use huying_model::{
    Instant, MatterCode, MemberId, UnitId,
    actor::Role,
    calendar::{Calendar, CalendarSpec, DayKind, DayRow},
    catalogue::{Source, Urgency},
    org::OrgError,
    roster::{Days, Duty, Roster},
    steps::{StepName, StepRule},
};
use jiff::civil::{Date, Weekday, date};

fn row(
    step: StepName,
    matter: &str,
    source: Option<Source>,
    urgency: Option<Urgency>,
    needed: bool,
) -> StepRule {
    StepRule { step, matter: matter.into(), source, urgency, needed }
}

#[test]
fn the_most_specific_row_says_whether_a_step_is_needed_and_the_matter_where_none_fits() {
    use StepName::{CallBack, Inspect};
    let mut rules = town::rules();
    rules.steps = vec![
        row(Inspect, "city/*", None, None, false),
        row(Inspect, "city/*", Some(Source::Hotline), None, true),
        row(Inspect, "city/*", None, Some(Urgency::Red), false),
        row(Inspect, "city/parking", None, None, false),
        row(CallBack, "*", None, Some(Urgency::Red), true),
        row(CallBack, "city/litter", Some(Source::GridWorker), None, true),
    ];
    let (green, red) = (Urgency::Green, Urgency::Red);
    for (step, matter, source, urgency, needed) in [
        // The matter's own word: everything in town is inspected; litter and tasks are not called back.
        (Inspect, "work/workshop", Source::Resident, green, true),
        (CallBack, "city/litter", Source::Resident, green, false),
        // A row for the track, then a narrower one by source, which comes before urgency.
        (Inspect, "city/litter", Source::Resident, green, false),
        (Inspect, "city/litter", Source::Hotline, green, true),
        (Inspect, "city/litter", Source::Hotline, red, true),
        // The whole matter beats any pattern, however narrow that is in other columns.
        (Inspect, "city/parking", Source::Hotline, red, false),
        (CallBack, "task/key-work", Source::Resident, green, false),
        (CallBack, "task/key-work", Source::Resident, red, true),
        (CallBack, "city/litter", Source::GridWorker, green, true),
        // A row for one step says nothing of the other.
        (CallBack, "city/parking", Source::Resident, green, true),
    ] {
        let code = MatterCode::new(matter);
        assert_eq!(
            rules.needs(step, Some(&code), source, urgency),
            needed,
            "{step:?} of {matter} from {source:?} at {urgency:?}"
        );
    }
    for matter in [None, Some(&MatterCode::new("no/such"))] {
        assert!(rules.needs(Inspect, matter, Source::Resident, green));
        assert!(!rules.needs(CallBack, matter, Source::Resident, green));
    }
}

/// Monday 2024-04-29 and Saturday 05-11 are worked; the holiday of May is from Wednesday 05-01 to Sunday 05-05.
fn calendar() -> Arc<Calendar> {
    let spec: CalendarSpec = serde_json::from_value(serde_json::json!({
        "zone": "Asia/Shanghai", "hours": ["08:00-12:00", "14:00-18:00"], "weekend": ["sat", "sun"],
    }))
    .unwrap();
    let day = |date, kind| DayRow { date, kind, occasion: "".into() };
    let mut days: Vec<DayRow> = (1..=5).map(|no| day(date(2024, 5, no), DayKind::Holiday)).collect();
    days.push(day(date(2024, 5, 11), DayKind::Workday));
    Arc::new(Calendar::new(&spec, &days).unwrap())
}

fn moment(day: Date, hour: i8, minute: i8) -> Instant {
    let zone = calendar().zone().clone();
    Instant::from(zone.to_timestamp(day.at(hour, minute, 0, 0)).unwrap())
}

fn members(roles: &[Role]) -> Vec<MemberId> {
    roles.iter().map(|role| town::member_id("law-1", *role)).collect()
}

fn duty(days: Days, from: u16, until: u16, roles: &[Role]) -> Duty {
    Duty { unit: "law-1".into(), days, from, until, members: members(roles) }
}

#[test]
fn a_roster_covers_the_days_and_hours_that_it_names_also_over_midnight() {
    let weekend = Days::between(Weekday::Saturday, Weekday::Sunday);
    let rows = [
        ("workday", duty(Days::WORKDAY, 480, 1080, &[Role::Handler])),
        ("holiday", duty(Days::HOLIDAY, 0, 1440, &[Role::Handler])),
        ("night", duty(Days::WORKDAY, 1320, 360, &[Role::Handler])),
        ("weekend", duty(weekend, 0, 1440, &[Role::Handler])),
        ("round", duty(Days::between(Weekday::Friday, Weekday::Monday), 600, 601, &[Role::Handler])),
    ];
    let (monday, holiday, make_up) = (date(2024, 4, 29), date(2024, 5, 1), date(2024, 5, 11));
    for (day, hour, minute, covered) in [
        (monday, 8, 0, &["workday"][..]),
        (monday, 17, 59, &["workday"]),
        (monday, 18, 0, &[]),
        (monday, 10, 0, &["workday", "round"]),
        (monday, 22, 0, &["night"]),
        (date(2024, 4, 30), 5, 59, &["night"]),
        (date(2024, 4, 30), 6, 0, &[]),
        // The night before belongs to a working day, the day itself is a holiday.
        (holiday, 5, 0, &["holiday", "night"]),
        (holiday, 23, 0, &["holiday"]),
        // Thursday of the holiday began no night on Wednesday.
        (date(2024, 5, 2), 5, 0, &["holiday"]),
        // A Saturday that is worked.
        (make_up, 9, 0, &["workday", "weekend"]),
        (make_up, 10, 0, &["workday", "weekend", "round"]),
        (date(2024, 5, 12), 3, 0, &["holiday", "night", "weekend"]),
    ] {
        let minute_of_day = u16::try_from(hour).unwrap() * 60 + u16::try_from(minute).unwrap();
        let found: Vec<&str> = rows
            .iter()
            .filter(|(_, duty)| duty.covers(day, minute_of_day, &calendar()))
            .map(|(name, _)| *name)
            .collect();
        assert_eq!(found, covered, "{day} {hour}:{minute}");
    }
}

#[test]
fn a_deputy_on_duty_has_the_seats_of_the_first_in_the_unit_of_the_row_and_only_then() {
    let rows = vec![
        duty(Days::WORKDAY, 480, 1080, &[Role::Handler, Role::Inspector, Role::Operator]),
        duty(Days::DAILY, 1080, 480, &[Role::Leader, Role::Operator]),
    ];
    let org = town::org().with_roster(Roster::new(calendar(), rows)).unwrap();
    let unit = UnitId::new("law-1");
    let roles = |role: Role, hour: i8| {
        let seats = org.seats(&town::member_id("law-1", role), moment(date(2024, 4, 29), hour, 0));
        assert!(seats.iter().all(|seat| seat.unit == unit));
        seats.iter().map(|seat| seat.role).collect::<Vec<_>>()
    };
    let by_day = members(&[Role::Handler, Role::Inspector, Role::Operator]);
    assert_eq!(org.on_duty(&unit, moment(date(2024, 4, 29), 10, 0)), by_day.iter().collect::<Vec<_>>());
    assert_eq!(roles(Role::Handler, 10), [Role::Handler]);
    assert_eq!(roles(Role::Operator, 10), [Role::Operator, Role::Handler]);
    assert_eq!(roles(Role::Operator, 20), [Role::Operator, Role::Leader]);
    assert_eq!(roles(Role::Inspector, 20), [Role::Inspector]);
    assert_eq!(roles(Role::Acceptor, 10), [Role::Acceptor]);
    // A unit without a roster names nobody, and a roster with a hole neither.
    assert_eq!(org.on_duty(&"fire-1".into(), moment(date(2024, 4, 29), 10, 0)), Vec::<&MemberId>::new());
    assert_eq!(org.on_duty(&unit, moment(date(2024, 5, 1), 10, 0)), Vec::<&MemberId>::new());
}

#[test]
fn a_roster_that_names_strangers_is_refused() {
    let with = |members: Vec<MemberId>| {
        let row = Duty { unit: "law-1".into(), days: Days::DAILY, from: 0, until: 1440, members };
        town::org().with_roster(Roster::new(calendar(), vec![row])).map(|_| ())
    };
    let own = town::member_id("law-1", Role::Handler);
    let other = town::member_id("fire-1", Role::Handler);
    assert_eq!(with(vec![own.clone(), other.clone()]), Ok(()));
    let (unit, nobody) = (UnitId::new("law-1"), MemberId::new("nobody"));
    assert_eq!(with(vec![own, nobody.clone()]), Err(OrgError::NoDuty { unit: unit.clone(), member: nobody }));
    // Where somebody left, the rows that still fit are kept.
    let row = |members: Vec<MemberId>| Duty {
        unit: "law-1".into(),
        days: Days::DAILY,
        from: 0,
        until: 1440,
        members,
    };
    let (first, deputy) = (town::member_id("law-1", Role::Leader), town::member_id("law-1", Role::Handler));
    let rows = vec![row(vec![first.clone(), deputy.clone()]), row(vec![deputy.clone(), first.clone()])];
    let mut org = town::org();
    org.members.remove(&first);
    let kept = Roster::new(calendar(), rows).kept_by(&org);
    assert_eq!(
        kept.of(&unit).map(|duty| duty.members.clone()).collect::<Vec<_>>(),
        [vec![deputy.clone()], vec![deputy]]
    );
    assert_eq!(with(vec![other.clone()]), Err(OrgError::NoSeatOnDuty { unit, member: other }));
}
