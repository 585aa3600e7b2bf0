//! Two posts of one street: the nearer gets the case, or the free one, as the pack says.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use crate::edited::{edited, telling};
use huying_pack::{load, scenario};

const HEAD: (&str, &str, &str) = (
    "units.csv",
    "id,name,name_en,kind,function,area,home",
    "id,name,name_en,kind,function,area,home,lon,lat",
);
const FIRST: (&str, &str, &str) = (
    "units.csv",
    "traffic-police,990101001,dept-police",
    "traffic-police,990101001,dept-police,110.0005,30.0155",
);
const SECOND: (&str, &str, &str) = (
    "units.csv",
    "traffic-west,",
    "traffic-bridge,桥头派驻交巡警岗,Bridge Traffic Post,post,traffic-police,990101001,dept-police,110.0052,30.0149\ntraffic-west,",
);
const STAFF: (&str, &str, &str) = (
    "members.csv",
    "handler-traffic-west,",
    "handler-traffic-bridge,桥头派驻交巡警岗处置人员,Bridge Traffic Post handler,traffic-bridge:handler\nhandler-traffic-west,",
);

fn ordered(order: &'static str) -> [(&'static str, &'static str, &'static str); 5] {
    [HEAD, FIRST, SECOND, STAFF, ("pack.toml", "[shapes]\n", order)]
}

const NEAREST: &str = "[facts]\norder = \"nearest\"\n\n[shapes]\n";
const FREE: &str = "[facts]\norder = \"free_then_nearest\"\n\n[shapes]\n";
const LEAST: &str = "[facts]\norder = \"least_loaded\"\n\n[shapes]\n";

/// Three cars at the same corner; the first is done before the third comes.
fn cars(leads: [&str; 3]) -> String {
    let [first, second, third] = leads;
    format!(
        r#"
title = "three cars at one corner"
begins = "2024-03-05 10:00"

[[step]]
case = "first"
by = "worker-bridge-1"
do = "report"
with = {{ matter = "city/order/parking", place = [110.005, 30.015] }}
[step.expect]
lead = "{first}"

[[step]]
case = "second"
by = "worker-bridge-1"
do = "report"
with = {{ matter = "city/order/parking", place = [110.005, 30.015] }}
[step.expect]
lead = "{second}"

[[step]]
case = "first"
by = "handler-{first}"
do = "receive"

[[step]]
case = "first"
by = "handler-{first}"
do = "finish"
with = {{ outcome = "solved" }}

[[step]]
case = "third"
by = "worker-bridge-1"
do = "report"
with = {{ matter = "city/order/parking", place = [110.005, 30.015] }}
[step.expect]
lead = "{third}"
"#
    )
}

#[test]
fn the_nearer_of_two_free_posts_gets_it_and_the_farther_when_the_nearer_is_busy() {
    let (near, far) = ("traffic-bridge", "traffic-east");
    for (name, order, leads) in [
        ("nearest", NEAREST, [near, near, near]),
        ("free, then nearest", FREE, [near, far, near]),
        ("least loaded", LEAST, [near, far, near]),
        ("no rule: by their ids", "[shapes]\n", [near, near, near]),
    ] {
        let (_folder, pack) = telling(&cars(leads), &ordered(order));
        let report = scenario::test(&pack).unwrap();
        assert_eq!(report.failed(), 0, "{name}: {report}");
    }
    let (_folder, pack) = telling(&cars([near, near, near]), &ordered(FREE));
    assert_eq!(scenario::test(&pack).unwrap().failed(), 1, "the rule makes the difference");
}

#[test]
fn a_position_has_two_numbers_on_the_globe_and_an_order_is_one_of_three() {
    let told = |edits: &[(&str, &str, &str)]| {
        let (_folder, pack) = edited(edits);
        load(&pack).map(|_| Vec::new()).unwrap_or_else(|problems| problems)
    };
    assert_eq!(told(&ordered(FREE)), Vec::new());
    for (old, new, field, part) in [
        ("110.0005,30.0155", "110.0005,", "lat", "stands without 'lat'"),
        ("110.0005,30.0155", ",30.0155", "lon", "stands without 'lon'"),
        ("110.0005,30.0155", "210.0005,30.0155", "lon", "outside -180 to 180"),
        ("110.0005,30.0155", "110°,30.0155", "lon", "no number of degrees"),
    ] {
        let edits: Vec<_> = ordered(FREE).into_iter().chain([("units.csv", old, new)]).collect();
        let told = told(&edits);
        let placed = told.iter().any(|problem| {
            problem.file == "units.csv"
                && problem.field == field
                && problem.line > 0
                && problem.to_string().contains(part)
        });
        assert!(placed, "'{new}': {told:?}");
    }
    for (order, part) in [
        ("[facts]\norder = \"farthest\"\n\n[shapes]\n", "nearest, least_loaded, free_then_nearest"),
        ("[facts]\n\n[shapes]\n", "'facts.order' is missing"),
        ("[facts]\norder = \"nearest\"\nmost = 3\n\n[shapes]\n", "'facts.most' is unknown"),
    ] {
        let told = told(&ordered(order));
        assert!(told.iter().any(|problem| problem.to_string().contains(part)), "{order}: {told:?}");
    }
}
