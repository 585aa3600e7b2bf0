//! The table of fields: what each role sees in each unit, and that companies see nobody.

use huying_model::{CaseId, MemberId, actor::Seat, case::Assignment, case::Part};

use super::*;

fn org() -> std::sync::Arc<Org> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/starter");
    huying_pack::load(path).unwrap().policy.org
}

fn actor(seats: &[(&str, Role)]) -> Actor {
    let seat = |(unit, role): &(&str, Role)| Seat { unit: UnitId::new(*unit), role: *role };
    Actor::Member { id: MemberId::new("somebody"), seats: seats.iter().map(seat).collect() }
}

/// The street's centre has it; a post leads.
fn case() -> Case {
    let lead = Assignment {
        unit: UnitId::new("order-east"),
        lead: true,
        part: Part::Received,
        external: Some(UnitId::new("gas-company")),
        officer: None,
        co_officers: Vec::new(),
        arrived: false,
        exempt: false,
    };
    Case {
        custodian: UnitId::new("order-east"),
        centre: UnitId::new("centre-east"),
        assignments: vec![lead],
        ..Case::blank(CaseId(1))
    }
}

#[test]
fn who_works_on_a_case_sees_what_the_table_gives_their_role() {
    let (org, case) = (org(), case());
    for (role, row) in ROWS {
        for (field, wanted) in Field::ALL.into_iter().zip(row) {
            let wanted = if field == Field::Words { Access::Shown } else { wanted };
            assert_eq!(
                access(&org, &case, &actor(&[("centre-east", role)]), field),
                wanted,
                "{role:?} {field:?}"
            );
        }
    }
}

#[test]
fn who_only_may_read_the_case_sees_nobody_in_it() {
    let (org, mut case) = (org(), case());
    let station = actor(&[("station-bridge", Role::Acceptor)]);
    for field in [Field::Name, Field::Contact, Field::Original] {
        assert_eq!(access(&org, &case, &station, field), Access::Hidden, "{field:?}");
    }
    assert_eq!(access(&org, &case, &station, Field::Words), Access::Shown);
    case.assignments[0].part = Part::Done;
    case.custodian = UnitId::new("inspection");
    let done = actor(&[("order-east", Role::Handler)]);
    assert_eq!(access(&org, &case, &done, Field::Contact), Access::Hidden, "its part has ended");
    let auditor = actor(&[("centre", Role::Auditor)]);
    assert_eq!(access(&org, &case, &auditor, Field::Contact), Access::OnRequest);
}

#[test]
fn an_auditor_is_shown_persons_where_that_seat_audits_and_not_where_another_seat_of_theirs_reads() {
    let (org, mut case) = (org(), case());
    let contact = |case: &Case, seats: &[(&str, Role)]| access(&org, case, &actor(seats), Field::Contact);
    case.place.area = Some(AreaCode::new("990101002001001"));
    let west = [("centre-west", Role::Auditor)];
    assert_eq!(contact(&case, &west), Access::OnRequest);
    // By one seat they read what lies in the west, by the other they audit a station of the east.
    let beside = [("centre-west", Role::Supervisor), ("station-bridge", Role::Auditor)];
    assert_eq!(contact(&case, &beside), Access::Hidden);
    assert_eq!(
        contact(&case, &[("order-west", Role::Auditor)]),
        Access::OnRequest,
        "a post's ground is its street"
    );
    case.place.area = None;
    assert_eq!(contact(&case, &west), Access::Hidden, "nobody knows that it lies in the west");
    assert_eq!(contact(&case, &[("centre", Role::Auditor)]), Access::OnRequest);
}

#[test]
fn parties_of_a_dispute_are_for_those_who_work_on_it() {
    let (org, case) = (org(), Case { kind: MatterKind::Dispute, ..case() });
    let words = |seats: &[(&str, Role)]| access(&org, &case, &actor(seats), Field::Words);
    assert_eq!(words(&[("order-east", Role::Handler)]), Access::Shown);
    assert_eq!(words(&[("centre-east", Role::Dispatcher)]), Access::Shown);
    assert_eq!(words(&[("station-bridge", Role::Handler)]), Access::Hidden);
    assert_eq!(
        words(&[("centre", Role::Leader)]),
        Access::Hidden,
        "the district has nothing to do with it yet"
    );
    assert_eq!(words(&[("centre", Role::Auditor)]), Access::OnRequest, "who checks says for what");
    assert_eq!(words(&[("order-east", Role::Handler), ("centre", Role::Auditor)]), Access::Shown);
}

#[test]
fn a_company_is_shown_no_reporter_by_any_seat() {
    let (org, case) = (org(), case());
    for role in Role::ALL {
        for field in [Field::Name, Field::Contact, Field::Original] {
            let alone = actor(&[("gas-company", role)]);
            assert_eq!(access(&org, &case, &alone, field), Access::Hidden, "{role:?} {field:?}");
            let beside = actor(&[("centre-east", Role::Acceptor), ("gas-company", role)]);
            assert_eq!(access(&org, &case, &beside, field), Access::Hidden, "{role:?} {field:?} beside");
        }
    }
    let stranger = actor(&[("no-such-unit", Role::Acceptor)]);
    assert_eq!(access(&org, &case, &stranger, Field::Name), Access::Hidden, "an unknown unit is nobody");
}

#[test]
fn the_page_prints_this_table() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/privacy.md");
    let page = std::fs::read_to_string(page).unwrap();
    let word = |access: Access| match access {
        Access::Shown => "shown",
        Access::OnRequest => "on request",
        Access::Hidden => "—",
    };
    for (role, row) in ROWS {
        let cells: Vec<_> = row.into_iter().map(word).collect();
        let line = format!("| {} {} | {} |", role.zh(), role.en(), cells.join(" | "));
        assert!(page.contains(&line), "docs/privacy.md lacks the row {line}");
    }
}
