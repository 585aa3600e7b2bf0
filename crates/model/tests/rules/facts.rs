//! Which of several units the table takes: by distance, by load, by both.

use crate::town;

use std::collections::BTreeMap;

use huying_model::{
    AreaCode, Case, CaseId, Instant, MatterCode, Policy, UnitId,
    case::Place,
    facts::Order,
    org::{Org, Selector, Unit, UnitKind},
    route::{Facts, Routing},
};
use town::{MORNING, org, rules, unit};

/// The town with three traffic posts in one street: one at the place, one a kilometre away, one nobody knows where.
fn policy(order: Option<Order>) -> Policy {
    let town = org();
    let mut units: Vec<Unit> = town.units.values().cloned().collect();
    let known = town.units[&unit("traffic-1")].clone();
    for id in ["traffic-2", "traffic-3"] {
        units.push(Unit { id: unit(id), ..known.clone() });
    }
    let areas = town.areas.values().cloned().collect();
    let org = Org::new(town.levels.clone(), areas, units, town.members.values().cloned().collect()).unwrap();
    let positions = BTreeMap::from([
        (unit("traffic-1"), (1_100_100_000, 300_000_000)),
        (unit("traffic-2"), (1_100_000_000, 300_000_000)),
    ]);
    let mut rules = rules();
    rules.order = order;
    Policy::new(org.standing(positions), rules).unwrap()
}

fn case(point: Option<(i32, i32)>) -> Case {
    let place = Place {
        lon_e7: point.map(|(lon, _)| lon),
        lat_e7: point.map(|(_, lat)| lat),
        area: Some(AreaCode::new("G1")),
        ..Place::default()
    };
    Case { place, matter: Some(MatterCode::new("city/parking")), ..Case::blank(CaseId(1)) }
}

fn answer(policy: &Policy, case: &Case, open: &[(&str, u32)]) -> Routing {
    let rules = &policy.current;
    let rivals = rules.rivals(&policy.org, case, MORNING);
    let count = |id: &UnitId| open.iter().find(|(name, _)| *name == id.as_str()).map_or(0, |(_, n)| *n);
    let facts = rules
        .order
        .map_or_else(Facts::default, |order| order.facts(&policy.org, &case.place, &rivals, count));
    let (matter, area) = (case.matter.as_ref().unwrap(), case.place.area.as_ref());
    rules.route(&policy.org, matter, area, &[], case.source, case.urgency, MORNING, &facts).unwrap()
}

#[test]
fn the_unit_is_chosen_by_the_order_that_the_rules_name() {
    use Order::{FreeThenNearest, LeastLoaded, Nearest};
    let (here, nowhere) = (Some((1_100_000_000, 300_000_000)), None);
    type Open = &'static [(&'static str, u32)];
    type Row = (Option<Order>, Option<(i32, i32)>, Open, &'static str);
    let table: [Row; 12] = [
        (None, here, &[("traffic-1", 9)], "traffic-1"),
        (Some(Nearest), here, &[], "traffic-2"),
        (Some(Nearest), here, &[("traffic-2", 9)], "traffic-2"),
        (Some(Nearest), Some((1_100_090_000, 300_000_000)), &[], "traffic-1"),
        (Some(Nearest), nowhere, &[("traffic-1", 9)], "traffic-1"),
        (Some(LeastLoaded), here, &[("traffic-1", 1), ("traffic-2", 2)], "traffic-3"),
        (Some(LeastLoaded), here, &[("traffic-1", 1), ("traffic-2", 2), ("traffic-3", 2)], "traffic-1"),
        (Some(LeastLoaded), here, &[("traffic-1", 2), ("traffic-2", 2), ("traffic-3", 2)], "traffic-2"),
        (Some(FreeThenNearest), here, &[], "traffic-2"),
        (Some(FreeThenNearest), here, &[("traffic-2", 1)], "traffic-1"),
        (Some(FreeThenNearest), here, &[("traffic-2", 1), ("traffic-1", 1)], "traffic-3"),
        (Some(FreeThenNearest), here, &[("traffic-2", 5), ("traffic-1", 1), ("traffic-3", 1)], "traffic-2"),
    ];
    for (order, point, open, lead) in table {
        let policy = policy(order);
        let routing = answer(&policy, &case(point), open);
        assert_eq!(
            routing.lead,
            unit(lead),
            "{order:?} from {point:?} with {open:?}: {:?}",
            routing.because.facts
        );
        assert_eq!(routing.because.facts.by, order);
    }
}

#[test]
fn the_answer_keeps_what_it_went_by() {
    let policy = policy(Some(Order::FreeThenNearest));
    let routing = answer(&policy, &case(Some((1_100_000_000, 300_000_000))), &[("traffic-2", 1)]);
    let facts = &routing.because.facts;
    let known: Vec<_> =
        facts.known.iter().map(|known| (known.unit.as_str(), known.metres, known.open)).collect();
    // A hundredth of a degree of longitude at 30° north is 963 metres.
    assert_eq!(known, [("traffic-1", Some(963), 0), ("traffic-3", None, 0), ("traffic-2", Some(0), 1)]);
    let order: Vec<_> = facts.order.iter().map(|(unit, rank)| (unit.as_str(), *rank)).collect();
    assert_eq!(order, [("traffic-1", 0), ("traffic-3", 1), ("traffic-2", 2)]);
    let written = serde_json::to_string(&routing.because).unwrap();
    let read: huying_model::route::Because = serde_json::from_str(&written).unwrap();
    assert_eq!(read, routing.because);
    let old: Facts = serde_json::from_str(r#"{"order":[["traffic-1",40]]}"#).unwrap();
    assert_eq!((old.order.len(), old.by), (1, None), "as an older program wrote it");
}

#[test]
fn nothing_is_looked_up_where_there_is_nothing_to_choose() {
    let order = Some(Order::Nearest);
    let rivals = |policy: &Policy, case: &Case| policy.current.rivals(&policy.org, case, MORNING);
    let chooses = policy(order);
    assert_eq!(rivals(&chooses, &case(None)).len(), 3);
    let elsewhere = Case { matter: Some("home/staircase".into()), ..case(None) };
    assert_eq!(rivals(&chooses, &elsewhere), Vec::<UnitId>::new(), "one department serves the district");
    assert_eq!(rivals(&policy(None), &case(None)), Vec::<UnitId>::new());
    assert_eq!(rivals(&chooses, &Case { matter: None, ..case(None) }), Vec::<UnitId>::new());
    // The plain town has no two posts of one function: the rule is dropped, and nobody asks.
    let mut plain = rules();
    plain.order = order;
    assert_eq!(Policy::new(org(), plain).unwrap().current.order, None);
}

#[test]
fn a_unit_that_is_not_in_force_is_no_rival() {
    let town = policy(Some(Order::Nearest));
    let mut units: Vec<Unit> = town.org.units.values().cloned().collect();
    for unit in units.iter_mut().filter(|unit| unit.kind == UnitKind::Post && unit.id.as_str() == "traffic-2")
    {
        unit.until = Some(Instant(1));
    }
    let areas = town.org.areas.values().cloned().collect();
    let members = town.org.members.values().cloned().collect();
    let org = Org::new(town.org.levels.clone(), areas, units, members).unwrap();
    let found =
        org.select(&Selector::parse("traffic-police@street").unwrap(), Some(&"G1".into()), None, MORNING);
    assert_eq!(found, [unit("traffic-1"), unit("traffic-3")]);
    let policy = Policy::new(org.standing(town.org.positions.clone()), (*town.current).clone()).unwrap();
    let routing = answer(&policy, &case(Some((1_100_000_000, 300_000_000))), &[]);
    assert_eq!(routing.lead, unit("traffic-1"), "the nearest one was closed");
}
