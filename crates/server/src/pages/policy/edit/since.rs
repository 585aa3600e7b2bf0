//! What others did since a table was drawn in a form: another version came into force, or another draft was laid down.
//!
//! Owns bringing the edits to the tables in force, and the page that shows a row as it was, as it is and as it was written here where both
//! touched it. Nothing is decided for anybody, and nothing that was written is dropped. Start at [`brought`]; [`page`] asks.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use huying_model::{MemberId, PolicyVersion};
use huying_pack::{
    Files,
    rewrite::{Place, Written, places},
    settings,
};
use maud::{Markup, html};

use super::{Around, Edits, FORM, HERE, edited, field};
use crate::{
    pages::{
        form::Form,
        frame::{self, Here, Keeps, Page},
        policy::{
            tables::{Table, Tables},
            version,
        },
        rows::{
            self, Row,
            since::{self, Clash},
        },
        tabs::Tally,
        view::View,
    },
    problem::Problem,
};

/// The edits of a form, in the tables in force.
pub struct Brought {
    pub edits: Edits,
    /// What has to be chosen first, by table.
    pub clashes: Vec<(String, Vec<Clash>)>,
    /// As they came.
    sent: Edits,
    /// The version on whose tables the form was drawn, where another is in force.
    pub from: Option<PolicyVersion>,
    /// The files of the version in force.
    pub now: Files,
    /// Names what has to be chosen.
    mark: String,
}

/// A draft that somebody laid down.
pub struct Draft {
    version: PolicyVersion,
    author: Option<MemberId>,
}

/// The edits that went along and those of the rows that were shown, brought to the version in force.
///
/// # Errors
/// A form that this page did not draw; the store's failures.
pub async fn brought(
    view: &View,
    form: &Form,
    (tables, here): (&Tables, &Table),
) -> Result<Brought, Problem> {
    let (engine, tenant) = (&view.state.engine, view.state.tenant());
    let current = &view.setting.policy.current.version;
    let now = tables.files.clone();
    let from = form.said("base").map(PolicyVersion::new).filter(|base| base != current);
    let before = match &from {
        Some(base) => engine.policy_files(tenant, base).await?,
        None => now.clone(),
    };
    let read = |files: &Files, file: &str| Written::read(files.text(file).unwrap_or_default());
    let mut sent = Edits::new();
    for table in &tables.all {
        let file = table.file.as_str();
        let columns = read(&before, file).head.len();
        let mut edits = rows::carried(form, &field(file), columns)?;
        if table == here {
            edits = rows::joined(edits, &rows::sent(form, columns));
        }
        if !edits.is_empty() {
            sent.insert(file.to_owned(), edits);
        }
    }
    let (mut edits, mut clashes) = (Edits::new(), Vec::new());
    for (file, rows) in &sent {
        let (kept, asked) = moved(rows.clone(), &read(&before, file), &read(&now, file));
        edits.insert(file.clone(), kept);
        if !asked.is_empty() {
            clashes.push((file.clone(), asked));
        }
    }
    let all: Vec<Clash> = clashes.iter().flat_map(|(_, asked)| asked.clone()).collect();
    let mark = since::mark(&all);
    if form.said("since") == Some(mark.as_str()) {
        choose(form, &mut edits, &mut clashes);
    }
    edits.retain(|_, rows| !rows.is_empty());
    Ok(Brought { edits, clashes, sent, from, now, mark })
}

/// Takes up what was chosen, once all of it was.
fn choose(form: &Form, edits: &mut Edits, clashes: &mut Vec<(String, Vec<Clash>)>) {
    let (mut first, mut taken) = (0, Vec::new());
    for (file, asked) in clashes.iter() {
        let Some(rows) = since::chosen(form, asked, first) else { return };
        first += asked.len();
        taken.push((file.clone(), rows));
    }
    for (file, rows) in taken {
        let all = edits.entry(file).or_default();
        all.extend(rows);
        all.sort_by_key(|row| (row.is_new(), row.at));
    }
    clashes.clear();
}

/// Edits of an older text in a newer one. Columns are followed by their names.
fn moved(edits: Vec<Row>, old: &Written, new: &Written) -> (Vec<Row>, Vec<Clash>) {
    let alike = new.head.is_empty() || old.head == new.head;
    let under = |row: &[String]| -> Vec<String> {
        let cell = |name: &String| {
            let at = old.head.iter().position(|other| other == name);
            at.and_then(|at| row.get(at)).cloned().unwrap_or_default()
        };
        if alike { row.to_vec() } else { new.head.iter().map(cell).collect() }
    };
    let before: Vec<Vec<String>> = old.rows.iter().map(|row| under(row)).collect();
    let found = places(&before, &new.rows);
    let place = |row: &Row| {
        let there = row.at.filter(|at| before.get(*at) == Some(&row.seen));
        let at = there.or_else(|| since::only(&before, &row.seen));
        at.and_then(|at| found.get(at).copied()).unwrap_or(Place::Gone)
    };
    let edits = edits.into_iter().map(|row| {
        let seen = if row.is_new() { Vec::new() } else { under(&row.seen) };
        Row { seen, cells: under(&row.cells), ..row }
    });
    since::settled(edits.collect(), place, &new.rows)
}

/// Drafts that were laid down since the form was drawn and write one of the edited tables otherwise than the version in force.
///
/// # Errors
/// The store's failures.
pub async fn drafts(view: &View, form: &Form, brought: &Brought) -> Result<Vec<Draft>, Problem> {
    let (engine, tenant) = (&view.state.engine, view.state.tenant());
    let Some(known) = form.said("drafts").and_then(|count| count.parse::<usize>().ok()) else {
        return Ok(Vec::new());
    };
    let book = engine.policy_book(tenant).await?;
    let current = &view.setting.policy.current.version;
    let mut drafts = Vec::new();
    for version in book.versions.iter().skip(known).filter(|known| &known.version != current) {
        let files = engine.policy_files(tenant, &version.version).await?;
        if brought.edits.keys().any(|file| files.text(file) != brought.now.text(file)) {
            drafts.push(Draft { version: version.version.clone(), author: version.author.clone() });
        }
    }
    Ok(drafts)
}

/// The draft that this very form has led to before: pressed twice, it is kept once. Its own author's, for the same reason, with these edits
/// and no others.
///
/// # Errors
/// The store's failures.
pub async fn kept(view: &View, around: &Around, now: &Files) -> Result<Option<PolicyVersion>, Problem> {
    let (engine, tenant, form) = (&view.state.engine, view.state.tenant(), &around.form);
    let known = form.said("drafts").and_then(|count| count.parse::<usize>().ok());
    let (Some(known), Some(reason)) = (known, form.said("reason")) else { return Ok(None) };
    let me = &view.signed()?.member;
    let book = engine.policy_book(tenant).await?;
    let later = book.versions.iter().skip(known);
    for version in later.filter(|version| version.author.as_ref() == Some(me) && version.reason == reason) {
        let files = engine.policy_files(tenant, &version.version).await?;
        let mut meant = now.clone();
        for (file, edits) in &around.edits {
            meant.insert(file.clone(), edited(now, file, edits));
        }
        // Only its name is its own.
        meant.insert(settings::FILE, files.text(settings::FILE).unwrap_or_default());
        if meant == files {
            return Ok(Some(version.version.clone()));
        }
    }
    Ok(None)
}

/// What others did since, over the table.
pub fn told(view: &View, around: &Around) -> Markup {
    let current = &view.setting.policy.current.version;
    html! {
        @if around.unkept {
            div.error-summary role="alert" tabindex="-1" aria-labelledby="unkept" {
                h2 id="unkept" { (view.lang.pick("草案尚未保存", "The draft was not kept yet")) }
                p { (view.lang.pick("您打开本页之后别人有了改动，见下。您写的都在；核对后请再按一次“存为草案”。", "Somebody else changed something since you opened this page, see below. What you wrote is all here: look at it and press “Keep it as a draft” again.")) }
            }
        }
        @if let Some(from) = &around.from {
            p.notice { (view.lang.pick(
                format!("您打开本页时现行版本是 {from}，现在是 {current}。您的改动已移到现行版本的表上，别人的改动没有被撤销。"),
                format!("{from} was in force when you opened this page, and now {current} is. Your edits stand in its tables, and nothing of what others changed is undone."),
            )) }
        }
        @for draft in &around.drafts {
            p.notice {
                @if let Some(author) = &draft.author { (view.member(author)) (view.lang.pick("存了草案 ", " laid down the draft ")) } @else { (view.lang.pick("新的草案 ", "New draft: ")) }
                a href=(version::at(&draft.version)) { (draft.version) }
                (view.lang.pick("，也改动了同一张表。您的草案以现行版本为底，不含其改动；两者先后生效，后生效的会撤销先生效的。", ", which writes the same table otherwise. Your draft stands on the version in force and has nothing of it: where both come into force, the later one undoes the other."))
            }
        }
    }
}

/// Every row that both touched, with what may become of it; what was written goes along.
///
/// # Errors
/// The store's failures.
pub async fn page(
    view: &View,
    form: &Form,
    (tables, here): (&Tables, &Table),
    brought: &Brought,
) -> Result<Response, Problem> {
    let current = &view.setting.policy.current.version;
    let from = brought.from.as_ref().unwrap_or(current);
    let said = |name: &str| form.said(name).unwrap_or_default();
    let name = view.lang.pick("别人先改了同样的行", "Somebody else changed the same rows");
    let title = view.lang.pick(format!("出错：{name}"), format!("Error: {name}"));
    let starts = brought.clashes.iter().scan(0, |first, (_, asked)| {
        let start = *first;
        *first += asked.len();
        Some(start)
    });
    let main = html! {
        main.page.page-wide.stack id="main" {
            p { a href="/policy" { (view.lang.pick("机制", "Policy")) } }
            h1 { (name) }
            div.error-summary role="alert" tabindex="-1" aria-labelledby="both" {
                h2 id="both" { (view.lang.pick("尚未保存任何内容", "Nothing was kept yet")) }
                p { (view.lang.pick(
                    format!("您打开时现行版本是 {from}，现在是 {current}。下列各行您和别人都改了，请逐行选择；其余改动已照搬，您写的都在。"),
                    format!("{from} was in force when you opened the table, and now {current} is. You and somebody else both changed these rows: choose for each. Your other edits go along, and nothing you wrote is lost."),
                )) }
            }
            form.stack id=(FORM) method="post" action=(HERE) enctype="multipart/form-data" data-keeps="edited" {
                @for (field, value) in [("table", here.file.as_str()), ("skip", said("skip")), ("q", said("q")), ("base", from.as_str()), ("drafts", said("drafts")), ("since", brought.mark.as_str()), ("reason", said("reason")), ("matter", said("matter")), ("area", said("area"))] {
                    input type="hidden" name=(field) value=(value);
                }
                @for (file, edits) in &brought.sent { (rows::along(&field(file), edits)) }
                @for ((file, asked), first) in brought.clashes.iter().zip(starts) {
                    @let written = Written::read(brought.now.text(file).unwrap_or_default());
                    @let columns: Vec<&str> = written.head.iter().map(String::as_str).collect();
                    (since::ask(view, tables.name(file, view.lang), &columns, asked, (form, first)))
                }
                div.row { button.button.button-primary name="act" value="settle" { (view.lang.pick("按所选继续编辑", "Go on with what is chosen")) } }
            }
        }
    };
    let stays = Keeps { form: FORM.to_owned(), name: "act", value: "ask".to_owned(), enters: true };
    let page = Page { keeps: Some(stays), ..Page::new(&title) };
    let answer = frame::console(view, &page, Some(Here::Policy), &Tally::of(view).await?, &main);
    Ok((StatusCode::CONFLICT, answer).into_response())
}
