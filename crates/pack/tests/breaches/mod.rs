//! For every rule of the lint a pack that breaks it, with words that its finding has to show.
#![allow(dead_code, reason = "each test file takes what it needs")]

mod own_tables;

pub use own_tables::OWN_TABLES;

use crate::edited::Edit;

/// Rule, whether it is an error, the edits of the starter pack, and parts of what is shown: place, example, rows.
pub type Breach = (&'static str, bool, &'static [Edit], &'static [&'static str]);

pub const TABLE: &[Breach] = &[
    ("unreadable", true, &[("pack.toml", "returns = 2", "returns = 3")], &["pack.toml:", "bound of 2"]),
    (
        "no-route",
        true,
        &[("routes.csv", "R-10,people/work/*,,,,centre@street,,,,\n", "")],
        &[
            "matters.csv:11:1",
            "6 cells",
            "重点任务 (people/work/key-task) in 桥头第一网格 (990101001001001), 2024-01-01 00:00 (holiday), from grid_worker, green",
            "no row names the matter",
        ],
    ),
    (
        "no-route",
        true,
        &[("routes.csv", "R-03,city/order/*,,,,", "R-03,city/order/*,hotline,,,")],
        &["占道经营 (city/order/vendor)", "from grid_worker", "R-03 is for another source", "| R-03"],
    ),
    (
        "no-route",
        true,
        &[
            ("pack.toml", "", "\n[admission]\nrequired = true\n"),
            ("routes.csv", "people/work/*,,,,centre@street", "people/work/*,,,,grid-team@nearest"),
        ],
        &["people/work/key-task", "R-10 asks grid workers, for whom it is not admitted", "| R-10"],
    ),
    (
        "unadmitted",
        true,
        &[
            ("pack.toml", "", "\n[admission]\nrequired = true\n"),
            ("routes.csv", "", "R-30,city/order/vendor,,,,grid-team@grid,,,,\n"),
        ],
        &["routes.csv:12:1", "R-30", "city/order/vendor at", "no row of admissions.csv fits"],
    ),
    (
        "office-undecided",
        true,
        &[("pack.toml", "", "\n[admission]\nrequired = true\noffice = \"dept-works\"\n")],
        &["units.csv:", "dept-works decides on admissions, and nobody there may"],
    ),
    (
        "unranked-lead",
        false,
        &[("pack.toml", "[urgency.red]\n", "[urgency.red]\nrank = 3\n")],
        &[
            "routes.csv:2:1",
            "R-01 has nobody of rank 3, which red asks for, in 6 cells",
            "red goes to dept-works",
            "| R-01",
        ],
    ),
    (
        "weights",
        true,
        &[("indicators.csv", "low,5,20,unit", "low,5,20.5,unit")],
        &["indicators.csv:", "add up to 100.50", "rework_rate 20.50"],
    ),
    (
        "no-handler",
        true,
        &[("members.csv", "dept-works:handler", "dept-order:handler")],
        &["city/facility/manhole", "row R-01: works@district is dept-works", "| R-01"],
    ),
    (
        "cannot-serve",
        true,
        &[("routes.csv", "centre@street", "=order-east")],
        &["in 2 cells", "in 河湾第一网格 (990101002001001)", "row R-10: =order-east is order-east"],
    ),
    (
        "tie",
        true,
        &[("routes.csv", "R-10,", "R-11,city/order/*,,,,works@district,,,,\nR-10,")],
        &["routes.csv:11:1", "R-03 and R-11", "占道经营 (city/order/vendor) in 桥头第一网格", "| R-03, R-11"],
    ),
    (
        "shadowed",
        true,
        &[("routes.csv", "R-10,", "R-11,city/*,,,,works@district,,,,\nR-10,")],
        &["routes.csv:11:1", "city/* goes to R-01 or R-02 or R-03 or R-04", "| R-11, R-01"],
    ),
    (
        "absent-unit",
        false,
        &[(
            "units.csv",
            "West Street Traffic Post,post,traffic-police",
            "West Street Traffic Post,post,traffic",
        )],
        &[
            "routes.csv:5:1",
            "'traffic-police@street' of the row R-04",
            "河湾第一网格 (990101002001001), from 2024-01-01 00:00",
            "| R-04",
        ],
    ),
    (
        "absent-unit",
        false,
        &[("pack.toml", "[\"grid-team@nearest\"]", "[\"verification@street\"]")],
        &["pack.toml (who.verifiers)", "verification@street", "6 cells", "桥头第一网格"],
    ),
    (
        "unreached-unit",
        false,
        &[
            ("units.csv", "", "dept-heat,供热科,Heating,department,heating,990101,\n"),
            ("members.csv", "", "handler-heat,供热科处置人员,Heating handler,dept-heat:handler\n"),
        ],
        &["units.csv:27:1", "dept-heat", "供热科"],
    ),
];

pub const PEOPLE: &[Breach] = &[
    (
        "unstaffed-centre",
        true,
        &[("members.csv", "centre-west:leader", "centre-east:leader")],
        &["units.csv:4:1", "role leader", "西街道治理中心"],
    ),
    (
        "unstaffed-station",
        true,
        &[("members.csv", "station-market:acceptor ", "")],
        &["units.csv:19:1", "a report from 市场社区 (990101001002)"],
    ),
    (
        "unfilled-role",
        true,
        &[("members.csv", "centre:auditor", "centre:supervisor")],
        &["members.csv", "auditor"],
    ),
    (
        "empty-unit",
        false,
        &[("members.csv", "grid-market-1:grid_worker", "grid-market-2:grid_worker")],
        &["units.csv:23:1", "grid-market-1", "市场第一网格力量"],
    ),
    (
        "ended-seat",
        false,
        &[
            ("units.csv", "function,area,home\n", "function,area,home,until\n"),
            ("units.csv", "", "post-old,旧岗,Old post,post,order,990101001,,2023-12-31\n"),
            ("members.csv", "inspection:inspector", "inspection:inspector post-old:handler"),
        ],
        &["members.csv:17:1", "post-old", "核查员甲"],
    ),
    (
        "stuck-stage",
        true,
        &[("members.csv", "grid-bridge-1:grid_worker", "grid-bridge-1:supervisor")],
        &["units.csv:21:1", "verifying", "1 cells", "grid worker, handler", "桥头第一网格 (990101001001001)"],
    ),
    (
        "stuck-stage",
        true,
        &[("members.csv", "callback:caller_back", "callback:auditor")],
        &["units.csv:11:1", "calling_back", "6 cells", "回访坐席 (callback)"],
    ),
    (
        "stuck-stage",
        true,
        &[("pack.toml", "works@district", "callback@district")],
        &["handling (difficult)", "6 cells", "回访坐席 (callback)"],
    ),
    (
        "auditor-inspects",
        false,
        &[
            ("routes.csv", "people/work/*,,,,centre@street", "people/work/*,,,,centre@district"),
            ("pack.toml", "inspection@district", "centre@district"),
        ],
        &["routes.csv:11:1", "R-10", "6 cells", "people/work/*", "centre@district"],
    ),
    (
        "call-ladder",
        false,
        &[("pack.toml", "\"station@community\", \"centre@street\"", "\"station@street\", \"centre@street\"")],
        &["pack.toml (who.call_ladder)", "'station@street' finds nobody in 6 cells", "桥头第一网格"],
    ),
    (
        "call-ladder",
        false,
        &[("pack.toml", "\"station@community\", \"centre@street\"", "\"callback@district\"")],
        &["'callback@district' finds a unit in which nobody may answer"],
    ),
    (
        "call-ladder",
        false,
        &[("pack.toml", "\"centre@street\", \"centre@district\"", "\"centre@district\", \"centre@street\"")],
        &["'centre@street' serves smaller ground", "after centre@district"],
    ),
    (
        "call-ladder",
        false,
        &[("pack.toml", "[\"station@community\", \"centre@street\", \"centre@district\"]", "[]")],
        &["the ladder is empty"],
    ),
    (
        "call-ladder",
        true,
        NO_LEADERS,
        &["ends at no leader", "6 cells", "an unanswered call in 桥头第一网格"],
    ),
    ("unbounded-wait", true, NO_LEADERS, &["units.csv:2:1", "wait for ever", "a case in 桥头第一网格"]),
    (
        "endless-round",
        true,
        &[("pack.toml", "moves = 6", "moves = 60")],
        &["pack.toml (allowances.moves)", "60 times", "bound of 24"],
    ),
    (
        "endless-round",
        true,
        &[("pack.toml", "calls = 12", "calls = 49")],
        &["allowances.calls", "bound of 48"],
    ),
    ("endless-round", true, &[("pack.toml", "requests = 6", "requests = 25")], &["allowances.requests"]),
    ("endless-round", true, &[("pack.toml", "merges = 2", "merges = 9")], &["allowances.merges"]),
    ("endless-round", true, &[("pack.toml", "attempts = 3", "attempts = 13")], &["allowances.attempts"]),
    (
        "endless-round",
        true,
        &[("pack.toml", "follow_ups = 6", "follow_ups = 25")],
        &["allowances.follow_ups"],
    ),
    (
        "outcome-level",
        true,
        &[(
            "pack.toml",
            "[outcomes.solved]\nlevel = \"community\"",
            "[outcomes.solved]\nlevel = \"district\"",
        )],
        &["pack.toml (outcomes.solved)", "centre-east", "level = \"street\""],
    ),
    (
        "outcome-level",
        true,
        &[("pack.toml", "[outcomes.explained]\nlevel = \"street\"\n", "")],
        &["outcomes.explained", "last word", "起步区治理中心 (centre)"],
    ),
    (
        "outcome-level",
        true,
        &[(
            "pack.toml",
            "[outcomes.not_found]\nlevel = \"street\"",
            "[outcomes.not_found]\nlevel = \"district\"",
        )],
        &["outcomes.not_found", "verified false"],
    ),
    (
        "impossible-evidence",
        true,
        &[
            ("members.csv", "dept-works:handler", "dept-works:dispatcher"),
            ("pack.toml", "[\"grid-team@nearest\"]", "[]"),
            ("pack.toml", "inspection@district", "callback@district"),
        ],
        &[
            "routes.csv:2:1",
            "evidence after",
            "city/facility/manhole in 桥头第一网格",
            "done by dept-works",
            "| R-01",
        ],
    ),
    (
        "idle-evidence",
        false,
        &[("pack.toml", "[outcomes.solved]\n", "[outcomes.solved]\nevidence = [\"after\"]\n")],
        &["outcomes.solved.evidence", "after"],
    ),
];

const NO_LEADERS: &[Edit] = &[
    ("members.csv", "centre:leader", "centre:supervisor"),
    ("members.csv", "centre-east:leader", "centre-east:supervisor"),
    ("members.csv", "centre-west:leader", "centre-west:supervisor"),
];

const ONE_OVERLAY: Edit =
    ("pack.toml", "synthetic = true", "synthetic = true\noverlays = \"overlays.geojson\"");

pub const REST: &[Breach] = &[
    (
        "unknown-holidays",
        false,
        &[("pack.toml", "holidays = \"cn.csv\"\n", "")],
        &["pack.toml (calendars.cn)", "provisional", "积存垃圾 (city/facility/litter)"],
    ),
    (
        "hopeless-limit",
        true,
        &[("conditions.csv", "2h,4h,10m", "5m,10m,10m")],
        &[
            "matters.csv:5:1",
            "from every start",
            "机动车违停 (city/order/parking), red, filed and dispatched",
        ],
    ),
    (
        "hopeless-limit",
        false,
        &[("conditions.csv", "2h,4h,10m", "2h,4h,10wm")],
        &[
            "matters.csv:5:1",
            "10 working minutes for receipt alone",
            "from some starts",
            "red, filed and dispatched 20",
        ],
    ),
    (
        "hopeless-limit",
        true,
        &[
            ("routes.csv", "promise,note", "promise,note,receive"),
            (
                "routes.csv",
                "traffic-police@street,,,,直派派驻岗",
                "traffic-police@street,,1h,4h,直派派驻岗,5h",
            ),
        ],
        &["routes.csv:5:1", "by the row R-04", "| R-04"],
    ),
    (
        "late-handling",
        true,
        &[("conditions.csv", "2h,4h,10m", "3wd,1d,10m")],
        &["matters.csv:5:1", "promises 1 calendar day and gives 3 working days", "机动车违停"],
    ),
    (
        "late-handling",
        true,
        &[("routes.csv", "traffic-police@street,,,,", "traffic-police@street,,6h,6h,")],
        &["routes.csv:5:1", "gives 6 emergency hours for handling", "| R-04"],
    ),
    (
        "idle-limit",
        false,
        &[("routes.csv", "traffic-police@street,,,,", "traffic-police@street,,2h,8h,")],
        &["routes.csv:5:1", "8 emergency hours", "never counts", "promised until", "| R-04"],
    ),
    (
        "no-shape",
        true,
        &[("cells.geojson", "990101001001001", "990101001001")],
        &["areas.csv:8:1", "1 of the smallest areas", "桥头第一网格"],
    ),
    (
        "overlap",
        true,
        &[(
            "cells.geojson",
            "[[110.0,30.01],[110.01,30.01],[110.01,30.02]",
            "[[110.0,30.01],[110.01,30.01],[110.012,30.02]",
        )],
        &[
            "990101001001001 and 990101001002001 both hold 107",
            "m²",
            "110.010",
            "桥头第一网格",
            "市场第一网格",
        ],
    ),
    (
        "overlap",
        false,
        &[(
            "cells.geojson",
            "[[110.0,30.01],[110.01,30.01],[110.01,30.02]",
            "[[110.0,30.01],[110.01,30.01],[110.010001,30.02]",
        )],
        &["both hold 54 m²"],
    ),
    (
        "gap",
        true,
        &[(
            "cells.geojson",
            "[[110.01,30.01],[110.02,30.01],[110.02,30.02],[110.01,30.02]",
            "[[110.01,30.01],[110.012,30.012],[110.02,30.01],[110.02,30.02],[110.01,30.02]",
        )],
        &["m² between", "lies in no cell", "990101001002001", "990101001002002"],
    ),
    (
        "idle-overlay",
        false,
        &[("overlays.csv", "", "code,name,name_en\nmarket,市场重点网格,Market\n")],
        &["overlays.csv:2:1", "has no shape", "市场重点网格"],
    ),
    (
        "idle-overlay",
        false,
        &[
            ONE_OVERLAY,
            ("overlays.csv", "", "code,name,name_en\nmarket,市场重点网格,Market\n"),
            (
                "overlays.geojson",
                "",
                r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"market"},"geometry":{"type":"Polygon","coordinates":[[[110.03,30.0],[110.04,30.0],[110.04,30.01],[110.03,30.0]]]}}]}"#,
            ),
        ],
        &["touches no cell"],
    ),
    (
        "empty-track",
        false,
        &[("tracks.csv", "", "people,民生服务,Service,school,教育,School,district\n")],
        &["tracks.csv", "people/school", "教育"],
    ),
    (
        "no-english",
        false,
        &[("areas.csv", "东街道,East Street", "东街道,")],
        &["areas.csv:3:1", "1 areas have no English name", "东街道"],
    ),
    (
        "no-english",
        false,
        &[("matters.csv", "井盖破损缺失,Broken manhole cover", "井盖破损缺失,")],
        &["matters.csv:2:1", "1 matters", "井盖破损缺失"],
    ),
];

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Breach> {
    TABLE.iter().chain(PEOPLE).chain(REST).chain(OWN_TABLES)
}
