//! What the gallery shows: a sample of each component, in words that could stand on a page.
//!
//! Places are 甲, 乙, 丙 and people are named by role: nothing here is of a real city. Start at [`of`].

use huying_model::Instant;
use maud::{Markup, html};

use crate::pages::{
    components::{
        Component,
        board::{self, Rank, Tile},
        entry::{self, Field, Sought},
        flow::{self, Clock, Entry, Item, Outgoing, Step},
        frames::{self, Choice, Named, Sheet},
        rows::{self, CaseLine},
        told::{self, Tone},
    },
    parts::{chip, icon, shape, time},
    view::View,
};

const NUMBER: &str = "HY-20261123-0417";

/// The sample of a component.
pub fn of(view: &View, component: Component) -> Markup {
    match component {
        Component::AppBar => app_bar(view),
        Component::Chip => chips(view),
        Component::Buttons => buttons(view),
        Component::CaseRow => case_rows(view),
        Component::Card => card(view),
        Component::Command => command(view),
        Component::Table => table(view),
        Component::Tabs => tabs(view),
        Component::Facts => facts(view),
        Component::Clocks => clocks(view),
        Component::Timeline => timeline(view),
        Component::StatusLine => status_line(view),
        Component::StatTiles => tiles(view),
        Component::Spark => spark(view),
        Component::RankList => ranks(view),
        Component::Series => series(view),
        Component::SearchBar => search(view),
        Component::Field => fields(view),
        Component::ErrorSummary => errors(view),
        Component::PhotoPicker => pickers(view),
        Component::Empty => empty(view),
        Component::Notice => notices(view),
        Component::Stamp => stamps(view),
        Component::Waiting => told::waiting(view.lang.pick("正在载入…", "Loading…")),
        Component::Toast => toast(view),
        Component::Outbox => outbox(view),
        Component::Sheet => html! {
            p { a.button href="/gallery?paper=1" { (icon("print")) (view.lang.pick("打开打印页", "Open the sheet")) } }
        },
    }
}

/// Type, inks and the ground of maps, which belong to no component alone.
pub fn tokens(view: &View) -> Markup {
    html! {
        section.stack id="tokens" aria-labelledby="tokens-name" {
            h2 id="tokens-name" { (view.lang.pick("字与色", "Type and colour")) }
            p { (view.lang.pick("一呼即应，件件有回音。", "Every call is answered, and every answer is told. ")) "0123456789" }
            p.quiet { (view.lang.pick("次要文字", "Second ink")) }
            p { small { (view.lang.pick("小字", "Small")) } " · " b { (view.lang.pick("强调", "Strong")) } " · " span.code { (NUMBER) } " · " kbd { "J" } }
            figure.cell-map {
                figcaption.map-legend {
                    span { (view.lang.pick("在办件：少", "Open cases: few")) }
                    @for class in 0..=6 { span { svg.key viewBox="0 0 12 12" aria-hidden="true" { path.cell data-q=(class) d="M0 0h12v12H0z" {} } (class) } }
                    span { (view.lang.pick("多", "many")) }
                }
            }
        }
    }
}

fn app_bar(view: &View) -> Markup {
    html! {
        p { (view.lang.pick("见本页上方：当前队列排开，其余收在菜单里；手机上合为一个菜单。按 Tab 首先到“跳到主要内容”。", "Above this page: the queues of one's role stand open, the rest is in menus; on a phone all of it is one menu. The first Tab reaches the skip link.")) }
    }
}

fn soon(view: &View, minutes: i64) -> Instant {
    view.now.plus_minutes(minutes)
}

fn chips(view: &View) -> Markup {
    html! {
        p.row { @for minutes in [-12, 9, 80, 31 * 60, 3 * 1_440] { (chip(view, Some(soon(view, minutes)), false)) } (chip(view, None, true)) (chip(view, None, false)) }
        p.row {
            @for name in ["overdue", "soon", "fine", "paused"] { (shape(name)) }
            span.tag { (view.lang.pick("黄", "yellow")) } span.tag.tag-strong { (view.lang.pick("待派遣", "to dispatch")) }
        }
    }
}

fn buttons(view: &View) -> Markup {
    html! {
        div.row {
            button.button.button-primary type="button" { (view.lang.pick("派遣", "Dispatch")) " " kbd { "Enter" } }
            button.button type="button" { (view.lang.pick("退回", "Return")) }
            button.button type="button" { (icon("print")) (view.lang.pick("打印", "Print")) }
            button.button.button-quiet type="button" { (view.lang.pick("取消", "Cancel")) }
            button.button type="button" disabled { (view.lang.pick("不可用", "Not now")) }
        }
    }
}

/// A row: title, text, place, source and unit, in both languages.
type Words = [(&'static str, &'static str); 5];

fn line(view: &View, no: i64, due: Option<i64>, hazard: bool, words: &Words) -> CaseLine {
    let [title, text, place, source, unit] = words.map(|(zh, en)| view.lang.pick(zh, en).to_owned());
    let chip = chip(view, due.map(|minutes| soon(view, minutes)), due.is_none());
    let (id, to) = (format!("sample-{no}"), "/gallery#case-row".to_owned());
    CaseLine {
        id,
        to,
        chip,
        hazard,
        title,
        text,
        place,
        source,
        unit: html! { (unit) },
        chosen: no == 1,
        pick: None,
    }
}

fn case_rows(view: &View) -> Markup {
    let unit = ("综合执法岗", "Enforcement");
    let waste = [
        ("暴露生活垃圾", "Household waste"),
        ("垃圾堆放两天，异味重", "Left for two days, it smells"),
        ("丙片 · 第六格", "C · cell 6"),
        ("居民", "Resident"),
        unit,
    ];
    let road = [
        ("路面塌陷", "The road has sunk in"),
        ("约 60 厘米，已摆警示锥", "About 60 cm, cones are set"),
        ("乙片 · 第二格", "B · cell 2"),
        ("热线", "Hotline"),
        ("市政岗", "Roads"),
    ];
    let shed = [
        ("违章搭建", "Built without leave"),
        ("等待规划部门认定", "Waits for the planners"),
        ("丁片 · 第六格", "D · cell 6"),
        ("督办", "Supervision"),
        unit,
    ];
    html! {
        ol.queue-list {
            (rows::case_row(view, &line(view, 0, Some(-12), false, &waste)))
            (rows::case_row(view, &line(view, 1, Some(9), true, &road)))
            (rows::case_row(view, &line(view, 2, Some(125), false, &waste)))
            (rows::case_row(view, &line(view, 3, None, false, &shed)))
        }
    }
}

fn card(view: &View) -> Markup {
    let words = view.lang.pick(
        "综合执法岗 30 分钟内到现场。没解决，案件会重新打开。",
        "Enforcement arrives within 30 minutes. If it is not solved, the case opens again.",
    );
    frames::card("sample-card", view.lang.pick("接下来", "What happens next"), &html! { p { (words) } })
}

fn command(view: &View) -> Markup {
    let about = Field::new("sample-reason", view.lang.pick("理由", "Reason"));
    let act = view.lang.pick("退回", "Return");
    let form = html! {
        form method="get" action="/gallery" { (entry::line(&about, "")) button.button.button-primary { (act) } }
    };
    frames::command(act, true, &form)
}

fn table(view: &View) -> Markup {
    let rows = [("丙片 第六格", "C, cell 6", 16, 1), ("己片 第八格", "F, cell 8", 11, 0)];
    frames::table(
        Named::As(view.lang.pick("各网格在办", "Open cases by cell")),
        &html! {
            table.table {
                thead { tr {
                    th scope="col" { (view.lang.pick("网格", "Cell")) }
                    th.number scope="col" { (view.lang.pick("在办", "Open")) }
                    th.number scope="col" { (view.lang.pick("超期", "Overdue")) }
                } }
                tbody { @for (zh, en, open, over) in rows { tr { th scope="row" { (view.lang.pick(zh, en)) } td.number { (open) } td.number { (over) } } } }
            }
        },
    )
}

fn tabs(view: &View) -> Markup {
    let names = view.lang.pick(["全部", "待发", "已收妥"], ["All", "Waiting", "Taken over"]);
    let choice = |(no, words): (usize, &'static str)| Choice {
        words,
        to: "/gallery#tab-strip".to_owned(),
        chosen: no == 0,
    };
    let views: Vec<Choice> = names.into_iter().enumerate().map(choice).collect();
    frames::tab_strip(view.lang.pick("投递记录", "The log"), &views)
}

fn facts(view: &View) -> Markup {
    let unit = view.lang.pick("综合执法岗", "Enforcement");
    flow::facts(&[
        (view.lang.pick("案号", "Case number"), html! { span.code { (NUMBER) } }),
        (view.lang.pick("主办单位", "Lead unit"), html! { (unit) }),
    ])
}

fn clocks(view: &View) -> Markup {
    let clock = |minutes: i64, name: &str| Clock {
        chip: chip(view, Some(soon(view, minutes)), false),
        name: name.to_owned(),
        note: html! { (time(view, soon(view, minutes))) },
    };
    flow::clocks(&[
        clock(-12, view.lang.pick("派遣", "Dispatch")),
        clock(216, view.lang.pick("办结（对外承诺）", "Finish (promised to everybody)")),
    ])
}

fn timeline(view: &View) -> Markup {
    let entry = |person, alarm, minutes: i64, words: &str, who: &str| Entry {
        person,
        alarm,
        time: html! { time datetime=(soon(view, minutes)) { (view.clock_time(soon(view, minutes))) } },
        words: html! { p { (words) } small { (who) } },
    };
    let system = view.lang.pick("系统", "The system");
    flow::timeline(&[
        entry(
            true,
            false,
            -24,
            view.lang.pick("居民上报，附照片 2 张", "A resident reported it, with 2 photos"),
            view.lang.pick("反映人", "Reporter"),
        ),
        entry(false, false, -24, view.lang.pick("定位到丙片第六格", "Placed in C, cell 6"), system),
        entry(
            false,
            true,
            -12,
            view.lang.pick(
                "派遣时限已过，已提醒值班领导",
                "The time to dispatch has ended; the leader on duty was told",
            ),
            system,
        ),
    ])
}

fn status_line(view: &View) -> Markup {
    let step = |words: &'static str, note: Option<&str>| Step { words, note: note.map(str::to_owned) };
    flow::status_line(
        2,
        &[
            step(view.lang.pick("已收到", "Received"), Some("08:21")),
            step(view.lang.pick("已派遣", "Dispatched"), Some(view.lang.pick("综合执法岗", "Enforcement"))),
            step(
                view.lang.pick("处理中", "Being done"),
                Some(view.lang.pick("承诺 12:21 前", "promised by 12:21")),
            ),
            step(view.lang.pick("已办结", "Done"), None),
        ],
    )
}

fn tiles(view: &View) -> Markup {
    board::stat_tiles(&[
        Tile::new(view.lang.pick("在办", "Open"), 66),
        Tile::new(view.lang.pick("超期", "Overdue"), 2),
        Tile::new(view.lang.pick("按期办结率", "Done on time"), "94.2%")
            .noting(view.lang.pick("七日平均 93.1%", "93.1% over seven days")),
    ])
}

fn spark(view: &View) -> Markup {
    let days = [31, 28, 40, 36, 52, 47, 66];
    let words = view.lang.pick("七日在办：由 31 升至 66", "Open over seven days: from 31 to 66");
    html! { p.row { (board::spark(words, &days)) span { (words) } } }
}

fn ranks(view: &View) -> Markup {
    let rank =
        |name: &'static str, value: u32| Rank { name: html! { (name) }, value, words: value.to_string() };
    board::rank_list(&[
        rank(view.lang.pick("丙片", "District C"), 42),
        rank(view.lang.pick("己片", "District F"), 27),
        rank(view.lang.pick("甲片", "District A"), 9),
    ])
}

fn series(view: &View) -> Markup {
    board::series(&view.lang.pick(
        ["居民", "网格员", "热线", "视频", "其他"],
        ["Residents", "Grid workers", "Hotline", "Cameras", "Others"],
    ))
}

fn pickers(view: &View) -> Markup {
    let paper = view.lang.pick("书面材料", "A document");
    html! {
        (entry::photo_picker(view, "sample-photo", view.lang.pick("处置后照片", "Photos after the work")))
        (entry::file_picker(view, ("sample-document", "photo-document"), paper, "application/pdf"))
    }
}

fn search(view: &View) -> Markup {
    let label = view.lang.pick("按编号或名称查找", "Find by id or name");
    entry::search_bar(view, ("get", "/gallery"), &[Sought { name: "q", label, value: "" }], &[])
}

fn fields(view: &View) -> Markup {
    let place = Field {
        optional: Some(view.lang.pick("（可不填）", "(optional)")),
        hint: Some(view.lang.pick("小区、楼栋、路口都可以。", "An estate, a house, a crossing.")),
        ..Field::new("sample-place", view.lang.pick("在哪里", "Where"))
    };
    let kind = Field::new("sample-kind", view.lang.pick("事项", "Matter"));
    let choices = view.lang.pick(["由受理员确定", "暴露生活垃圾"], ["Decided later", "Household waste"]);
    html! {
        (entry::line(&place, ""))
        (entry::field(&kind, &html! { select id=(kind.id) name=(kind.id) { @for words in choices { option { (words) } } } }))
        fieldset.field {
            legend { (view.lang.pick("解决了吗", "Is it solved?")) }
            div.choices {
                @for (no, words) in view.lang.pick(["已解决", "没解决"], ["Solved", "Not solved"]).into_iter().enumerate() {
                    label.choice { input type="radio" name="sample-solved" value=(no) checked[no == 0]; span { (words) } }
                }
            }
        }
    }
}

fn errors(view: &View) -> Markup {
    let wrong = view.lang.pick("写一句发生了什么", "Write one sentence about what happened");
    let about = Field {
        error: Some(wrong),
        ..Field::new("sample-text", view.lang.pick("发生了什么", "What happened"))
    };
    let lines = [("sample-text".to_owned(), wrong.to_owned())];
    html! {
        (entry::error_summary(view.lang.pick("还不能办理", "This cannot be done yet"), &lines))
        (entry::line(&about, ""))
    }
}

fn empty(view: &View) -> Markup {
    let report = view.lang.pick("报案", "Report");
    html! {
        (told::empty("done", view.lang.pick("今天没有待派遣案件", "Nothing is left to dispatch today"), view.lang.pick("上一件 09:12 派出。新案件到了会在这里提醒。", "The last one went at 09:12. New cases are announced here."), Some(("/cases/new", report))))
        (told::empty("search", view.lang.pick("没有找到", "Nothing was found"), view.lang.pick("换个词，或清除筛选。", "Try another word, or clear the filters."), Some(("/gallery#empty", view.lang.pick("清除筛选", "Clear the filters")))))
    }
}

fn notices(view: &View) -> Markup {
    let said = |tone: Tone, words: &'static str| told::notice(tone, &html! { (words) });
    html! {
        (said(Tone::Word, view.lang.pick("等待市政岗办理。", "It waits for Roads.")))
        (said(Tone::Stale, view.lang.pick("此案刚有变化，请看最新。", "This case has just changed: look again.")))
        (said(Tone::Offline, view.lang.pick("离线 · 3 条待发送，已存在本机。", "Offline · 3 to be sent are kept on this phone.")))
        (said(Tone::Error, view.lang.pick("没有办成，您写的内容还在。请再试一次。", "It was not done, and what you wrote is still here. Try again.")))
    }
}

fn stamps(view: &View) -> Markup {
    html! { p.row { (told::stamp(view, soon(view, -1))) } div.row { (told::stamp(view, soon(view, -12))) } }
}

fn toast(view: &View) -> Markup {
    let undo = html! { form.undo action="/gallery" { button { (view.lang.pick("撤销", "Undo")) " " kbd.needs-js { "U" } } } };
    told::toast(view.lang.pick("已派遣给综合执法岗", "Dispatched to Enforcement"), Some(&undo))
}

fn outbox(view: &View) -> Markup {
    let note = |state: Outgoing| match state {
        Outgoing::Kept => view.lang.pick("有网时自动发送", "Sent when there is a network"),
        Outgoing::Sending => "60%",
        Outgoing::Sent => NUMBER,
        Outgoing::NeedsYou => view.lang.pick("此案已由他人办结，请查看", "Somebody else has closed it: look"),
    };
    let what = view.lang.pick("井盖缺失 · 照片 2 张", "A manhole cover is missing · 2 photos");
    let items = Outgoing::ALL.map(|state| Item { what, state, note: html! { (note(state)) } });
    flow::outbox(view, &items)
}

/// The sheet of paper.
pub fn paper(view: &View) -> Markup {
    let facts = [
        (view.lang.pick("主办单位", "Lead unit"), view.lang.pick("综合执法岗", "Enforcement")),
        (
            view.lang.pick("情况", "What happened"),
            view.lang.pick("单元门口垃圾堆放两天", "Waste at the door for two days"),
        ),
    ];
    let body = html! {
        table.sheet-form { tbody { @for (name, what) in facts { tr { th scope="row" { (name) } td { (what) } } } } }
        p { (chip(view, Some(soon(view, 80)), false)) }
    };
    frames::sheet(
        view,
        &Sheet {
            title: view.lang.pick("派工单", "Work order"),
            left: html! { (view.lang.pick("案号", "Case number")) " " b.code { (NUMBER) } },
            right: html! { (view.full(view.now)) },
            body,
            signs: vec![
                view.lang.pick("派遣人", "Dispatcher").to_owned(),
                view.lang.pick("处置人", "Handler").to_owned(),
            ],
        },
    )
}
