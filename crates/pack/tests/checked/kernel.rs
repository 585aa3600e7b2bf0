//! The compiled table answers as the model does: on the demo pack, and on small random tables with units that come and go.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

use std::{path::PathBuf, sync::Arc, sync::LazyLock};

use huying_model::{
    AreaCode, Instant, LevelName, MatterCode, Policy, Rules, UnitId,
    admission::{Admission, Admissions, Ruling},
    calendar::Limit,
    catalogue::{Limits, Source, Urgency},
    ids::Function,
    org::{CENTRE, Org, Selector, Unit, UnitKind},
    route::{Facts, Period, Route},
};
use huying_pack::{
    Pack,
    kernel::{Ask, Kernel},
    load,
};
use proptest::prelude::*;

fn pack(name: &str) -> Pack {
    load(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../packs").join(name)).unwrap()
}

static STARTER: LazyLock<Pack> = LazyLock::new(|| pack("starter"));

/// 2023-12-01 to 2025-02-01, over both holidays and weekends.
const FIRST: i64 = 1_701_388_800_000;
const SPAN: i64 = 428 * 86_400_000;
const URGENCIES: [Urgency; 3] = [Urgency::Green, Urgency::Yellow, Urgency::Red];

/// One question put to both.
struct Both<'a> {
    policy: &'a Policy,
    kernel: &'a Kernel,
}

impl Both<'_> {
    fn agree(
        &self,
        matter: &MatterCode,
        area: Option<&AreaCode>,
        overlays: &[AreaCode],
        (source, urgency): (Source, Urgency),
        at: Instant,
    ) {
        let (rules, org): (&Rules, &Org) = (&self.policy.current, &self.policy.org);
        let model = rules.route(org, matter, area, overlays, source, urgency, at, &Facts::default());
        let no = self.kernel.matter(matter).unwrap();
        let ask = Ask { matter: no, area: self.kernel.area(area), overlays, source, urgency, at };
        let way = self.kernel.way(&ask);
        let asked = format!("{matter} in {area:?} {overlays:?} from {source:?} {urgency:?} at {at}");
        assert_eq!(model.is_some(), way.is_some(), "{asked}");
        if let (Some(model), Some(way)) = (&model, &way) {
            assert_eq!(model.because.rule, way.row.id, "{asked}");
            assert_eq!(&model.lead, way.lead, "{asked}");
            assert_eq!(model.assists, way.assists().cloned().collect::<Vec<_>>(), "{asked}");
            assert_eq!(model.limits, way.row.limits, "{asked}");
            assert_eq!(model.closing_level, way.row.closing_level, "{asked}");
        }
        let calendar = rules.calendar_of(Some(matter)).unwrap();
        for condition in &rules.matters[matter].conditions {
            let dues = self.kernel.due(&ask, condition.no, way.as_ref(), at, at).unwrap();
            let row = model.as_ref().and_then(|model| model.limits);
            let timer = rules.timers[&huying_model::clock::TimerKind::Receive].limit;
            let receive = row.and_then(|row| row.receive).or(condition.limits.receive).unwrap_or(timer);
            let handle = row.map_or(condition.limits.handle, |row| row.handle);
            assert_eq!(dues.receive, calendar.due(at, receive), "{asked}");
            assert_eq!(dues.handle, calendar.due(at, rules.shortened(handle, urgency)), "{asked}");
            assert_eq!(
                dues.promise,
                calendar.due(at, rules.shortened(condition.limits.promise, urgency)),
                "{asked}"
            );
        }
    }
}

#[test]
fn the_demo_pack_answers_alike_for_every_matter_at_random_cells_and_moments() {
    let pack = pack("jiangbei");
    let kernel = Kernel::compile(&pack.policy);
    let both = Both { policy: &pack.policy, kernel: &kernel };
    let areas: Vec<&AreaCode> = pack.policy.org.areas.keys().collect();
    let unknown = AreaCode::new("999");
    let mut state = 1u64;
    let mut pick = |of: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % of
    };
    for matter in pack.policy.current.matters.keys() {
        for round in 0..30 {
            let area = match round {
                0 => None,
                1 => Some(&unknown),
                _ => Some(areas[pick(areas.len())]),
            };
            let who = (Source::ALL[pick(12)], URGENCIES[pick(3)]);
            both.agree(matter, area, &[], who, Instant(FIRST + pick(SPAN as usize / 1000) as i64 * 1000));
        }
    }
}

fn function() -> impl Strategy<Value = Function> {
    prop::sample::select(vec!["order", "works", "team", CENTRE]).prop_map(Function::new)
}

fn level() -> impl Strategy<Value = LevelName> {
    prop::sample::select(vec!["district", "street", "community", "grid"]).prop_map(LevelName::new)
}

fn area() -> impl Strategy<Value = AreaCode> {
    let areas: Vec<AreaCode> = STARTER.policy.org.areas.keys().cloned().collect();
    prop::sample::select(areas)
}

fn moment() -> impl Strategy<Value = Instant> {
    (0..SPAN).prop_map(|ms| Instant(FIRST + ms))
}

fn selector() -> impl Strategy<Value = Selector> {
    prop_oneof![
        3 => (function(), level()).prop_map(|(function, level)| Selector::At { function, level }),
        2 => function().prop_map(|function| Selector::Nearest { function }),
        1 => function().prop_map(|function| Selector::Parent { function }),
        1 => (0..12_usize).prop_map(|no| Selector::Named(UnitId::new(format!("u{no}")))),
    ]
}

fn unit() -> impl Strategy<Value = (Function, AreaCode, Option<Instant>, Option<Instant>)> {
    (function(), area(), prop::option::weighted(0.3, moment()), prop::option::weighted(0.3, moment()))
}

fn limits() -> impl Strategy<Value = Limits> {
    (1..900_u32, 1..20_u32, prop::option::of(1..90_u32)).prop_map(|(handle, promise, receive)| Limits {
        handle: Limit::working(handle),
        promise: Limit::calendar_days(promise),
        receive: receive.map(Limit::emergency),
        arrive: None,
    })
}

fn pattern() -> impl Strategy<Value = String> {
    let codes: Vec<String> = STARTER.policy.current.matters.keys().map(ToString::to_string).collect();
    prop_oneof![
        2 => Just("*".to_owned()),
        2 => prop::sample::select(vec!["city/*", "*/order/*", "city/order/*", "*er"]).prop_map(str::to_owned),
        3 => prop::sample::select(codes),
    ]
}

fn row() -> impl Strategy<Value = Route> {
    let place = (
        prop::option::weighted(0.2, prop::sample::select(vec![AreaCode::new("o1"), AreaCode::new("o2")])),
        prop::option::weighted(0.3, area()),
        prop::option::weighted(0.2, level()),
    );
    let when = (
        prop::option::weighted(0.3, prop::sample::select(Source::ALL.to_vec())),
        prop::option::weighted(0.2, prop::sample::select(URGENCIES.to_vec())),
        prop::option::weighted(
            0.3,
            prop::sample::select(vec![Period::Working, Period::Night, Period::Holiday]),
        ),
    );
    let who = (selector(), prop::collection::vec(selector(), 0..3), prop::option::weighted(0.3, limits()));
    (pattern(), place, when, who).prop_map(
        |(matter, (overlay, area, level), (source, urgency, period), (lead, assists, limits))| Route {
            id: "".into(),
            matter: matter.into(),
            overlay,
            area,
            level,
            source,
            urgency,
            period,
            lead,
            assists,
            limits,
            closing_level: None,
        },
    )
}

fn admission() -> impl Strategy<Value = Admission> {
    let rulings = vec![Ruling::Admitted, Ruling::Refused, Ruling::Vetoed];
    let times = (prop::option::weighted(0.6, moment()), prop::option::weighted(0.3, moment()));
    (pattern(), prop::sample::select(rulings), times).prop_map(|(matter, ruling, (from, until))| Admission {
        matter: matter.into(),
        applicant: UnitId::new("root"),
        office: UnitId::new("root"),
        ruling,
        rule: "a rule".into(),
        from,
        until,
    })
}

fn admissions() -> impl Strategy<Value = Admissions> {
    (any::<bool>(), prop::collection::vec(admission(), 0..8)).prop_map(|(required, rows)| Admissions {
        required,
        office: None,
        rows,
    })
}

type Asked = (usize, Option<AreaCode>, bool, Source, Urgency, Instant);

fn asked() -> impl Strategy<Value = Asked> {
    (
        0..STARTER.policy.current.matters.len(),
        prop::option::weighted(0.95, prop_oneof![9 => area(), 1 => Just(AreaCode::new("999"))]),
        any::<bool>(),
        prop::sample::select(Source::ALL.to_vec()),
        prop::sample::select(URGENCIES.to_vec()),
        moment(),
    )
}

fn policy(
    rows: Vec<Route>,
    units: Vec<(Function, AreaCode, Option<Instant>, Option<Instant>)>,
    admissions: Admissions,
) -> Policy {
    let starter = &STARTER.policy;
    let root = Unit {
        id: UnitId::new("root"),
        name: "root".into(),
        kind: UnitKind::Centre,
        function: Function::new(CENTRE),
        area: starter.org.root().clone(),
        home: None,
        from: None,
        until: None,
    };
    let made = units.into_iter().enumerate().map(|(no, (function, area, from, until))| Unit {
        id: UnitId::new(format!("u{no}")),
        name: "unit".into(),
        kind: if function.as_str() == "team" { UnitKind::GridTeam } else { UnitKind::Department },
        function,
        area,
        home: None,
        from,
        until,
    });
    let units = std::iter::once(root).chain(made).collect();
    let org = Org::new(
        starter.org.levels.clone(),
        starter.org.areas.values().cloned().collect(),
        units,
        Vec::new(),
    );
    let rows = rows.into_iter().enumerate().map(|(no, row)| Route { id: format!("r{no}").into(), ..row });
    let admissions = Arc::new(admissions);
    let rules = Arc::new(Rules { routes: rows.collect(), admissions, ..(*starter.current).clone() });
    Policy { org: Arc::new(org.unwrap()), current: rules, ..starter.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_random_table_over_units_and_admissions_that_come_and_go_answers_alike(
        rows in prop::collection::vec(row(), 1..14),
        units in prop::collection::vec(unit(), 1..12),
        admissions in admissions(),
        questions in prop::collection::vec(asked(), 40),
    ) {
        let policy = policy(rows, units, admissions);
        let kernel = Kernel::compile(&policy);
        let both = Both { policy: &policy, kernel: &kernel };
        let matters: Vec<&MatterCode> = policy.current.matters.keys().collect();
        for (matter, area, overlaid, source, urgency, at) in questions {
            let overlays = if overlaid { vec![AreaCode::new("o1")] } else { Vec::new() };
            both.agree(matters[matter], area.as_ref(), &overlays, (source, urgency), at);
        }
    }
}
