//! The log of sign-ins on pages: the last lines of one's own account with what to do where it was not oneself, and for whoever audits those of
//! everybody.
//!
//! Owns the words of the log. Refuses sums: no page says how long or how often somebody was there. Start at [`part`], then [`page`].

use axum::response::Response;
use huying_engine::accounts::{Way, What};
use huying_model::{Instant, MemberId};
use huying_store::accounts::{SignInRow, SignInsOf};
use maud::{Markup, html};
use serde::Deserialize;

use super::own;
use crate::{
    api::{persons::place, sign_ins},
    pages::{
        address,
        components::frames::{self, Named},
        frame::{self, Page},
        parts::time,
        sought::{self, Sought},
        tabs::Tally,
        view::{View, Viewer},
    },
    problem::Problem,
    sent,
};

/// Lines of a page.
const SHOWN: usize = 100;

/// The last lines of one's own account.
pub fn part(view: &View, rows: &[SignInRow]) -> Markup {
    let pick = |zh: &'static str, en: &'static str| view.lang.pick(zh, en);
    html! {
        section.card aria-labelledby="sign-ins-name" {
            h2 id="sign-ins-name" { (pick("登录记录", "Sign-ins")) }
            p {
                (pick("都是您本人吗？如果不是，请先", "Was this you? If not, first "))
                a href="#password-name" { (pick("修改密码", "change your password")) }
                (pick("，再结束其他所有登录。", ", then end all other sessions."))
            }
            form.stack method="post" action="/account" {
                input type="hidden" name="act" value="end-devices";
                (own::ways(view, true))
                button.button { (pick("不是我：结束其他所有登录", "It was not me: end all other sessions")) }
            }
            @if rows.is_empty() { p.quiet { (pick("没有记录。", "There is none.")) } }
            @else { (table(view, rows, false)) }
            p.quiet { (pick("显示最近50条。只记录所在网段，不记录完整地址，也不记录停留时长。", "The last 50. The network is kept, not the address, and nothing says how long anybody stayed.")) }
        }
    }
}

/// What the address says.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    sought: Option<String>,
    what: String,
    cursor: String,
}

/// The log of everybody.
pub async fn page(Viewer(view): Viewer, sent::Asked(asked): sent::Asked<Asked>) -> Result<Response, Problem> {
    let accounts = sign_ins::watched(&view.state, view.signed()?)?;
    let sought = Sought::open(&view, "/sign-ins", asked.sought.as_deref())?;
    let member = sought.said("member");
    let before = match asked.cursor.as_str() {
        "" => (Instant(i64::MAX), 0),
        cursor => place(cursor)?,
    };
    let of = SignInsOf {
        member: member.map(MemberId::new),
        what: sign_ins::wanted(&asked.what)?,
        from: Instant(0),
        before,
    };
    let rows = accounts.sign_ins(&of, SHOWN).await?;
    let older = rows.last().filter(|_| rows.len() == SHOWN).map(|row| format!("{}~{}", row.at.0, row.no));
    let title = view.lang.pick("登录记录", "Sign-ins");
    let main = html! {
        main.page.page-wide.stack id="main" {
            h1 { (title) }
            p.quiet { (view.lang.pick("用于查明谁以何种方式进入账号；不得用于考勤或计算在线时长。不存在的人员编号只计次数，不保存输入的内容。", "It says by which way accounts were come in by. It is no record of attendance or of time spent. Of names that nobody has only the number is kept, never what was typed.")) }
            (filters(&view, member.unwrap_or_default(), &asked.what))
            (sought::told(&view, sought.is_lost))
            @if rows.is_empty() { p.quiet { (view.lang.pick("没有记录。", "There is none.")) } }
            @else { (table(&view, &rows, true)) }
            @if let Some(cursor) = older {
                @let query = [("what", asked.what.as_str()), ("cursor", cursor.as_str())];
                @let query: Vec<_> = sought.sealed().map(|sealed| (sought::NAME, sealed)).into_iter().chain(query).collect();
                p { a.button href=(address("/sign-ins", &query)) { (view.lang.pick("更早的记录", "Older ones")) } }
            }
        }
    };
    Ok(frame::console(&view, &Page::new(title), None, &Tally::of(&view).await?, &main))
}

fn filters(view: &View, member: &str, chosen: &str) -> Markup {
    let of_member = view.lang.pick("人员编号", "Id of a member");
    html! {
        form.filter-bar method="post" action="/sought" role="search" {
            input type="hidden" name="to" value="/sign-ins";
            input type="search" name="member" value=(member) aria-label=(of_member) placeholder=(of_member);
            select name="what" aria-label=(view.lang.pick("行为", "What")) {
                option value="" { (view.lang.pick("全部行为", "Everything")) }
                @for what in What::ALL {
                    option value=(what.code()) selected[what.code() == chosen] { (what_words(view, what.code())) }
                }
            }
            button.button { (view.lang.pick("查找", "Find")) }
        }
    }
}

fn table(view: &View, rows: &[SignInRow], everybody: bool) -> Markup {
    let pick = |zh: &'static str, en: &'static str| view.lang.pick(zh, en);
    html! {
        (frames::table(Named::As(pick("登录记录列表", "List of sign-ins")), &html! {
            table.table.table-wide {
                thead {
                    tr {
                        th scope="col" { (pick("时间", "When")) }
                        @if everybody { th scope="col" { (pick("人员", "Member")) } }
                        th scope="col" { (pick("行为", "What")) }
                        th scope="col" { (pick("方式", "By which way")) }
                        th scope="col" { (pick("设备", "Device")) }
                        th scope="col" { (pick("网段", "Network")) }
                    }
                }
                tbody { @for row in rows { (line(view, row, everybody)) } }
            }
        }))
    }
}

fn line(view: &View, row: &SignInRow, everybody: bool) -> Markup {
    let dash = |text: &str| if text.is_empty() { "—".to_owned() } else { text.to_owned() };
    html! {
        tr {
            td { (time(view, row.at)) @if row.last_at != row.at { " – " (time(view, row.last_at)) } }
            @if everybody { td { (whose(view, row)) } }
            td {
                span.tag { (what_words(view, &row.what)) }
                @if row.times > 1 { " " (view.lang.pick(format!("{} 次", row.times), format!("{} times", row.times))) }
                @if let Some(by) = &row.asked_by { " · " (view.lang.pick("办理人 ", "by ")) span.word { (view.member(by)) } }
            }
            td { (way_words(view, &row.way)) }
            td { (dash(&row.device)) }
            td { span.code { (dash(&row.network)) } }
        }
    }
}

fn whose(view: &View, row: &SignInRow) -> Markup {
    html! {
        @match &row.member {
            Some(member) => { span.word { (view.member(member)) } " " span.code { (member) } }
            None => span.quiet { (view.lang.pick("不存在的编号", "names that nobody has")) },
        }
    }
}

/// What happened, in words; a word that this version does not know is shown as it is.
fn what_words<'a>(view: &View, code: &'a str) -> &'a str {
    let Some(what) = What::from_code(code) else { return code };
    let (zh, en) = match what {
        What::SignedIn => ("登录", "signed in"),
        What::Half => ("密码正确，待第二步验证", "password right, second factor missing"),
        What::Failed => ("登录失败", "failed"),
        What::HeldOff => ("失败过多，暂缓", "held off after too many failures"),
        What::SignedOut => ("退出", "signed out"),
        What::LinkMade => ("发出设置密码链接", "a link for a password was made"),
        What::LinkTaken => ("通过链接设置密码", "a password was set by a link"),
        What::PasswordChanged => ("修改密码", "the password was changed"),
        What::CodesOn => ("启用动态验证码", "one-time codes switched on"),
        What::CodesOff => ("停用动态验证码", "one-time codes switched off"),
        What::PasskeyAdded => ("添加通行密钥", "a passkey was added"),
        What::KeyMade => ("建立程序密钥", "a key for a program was made"),
        What::Closed => ("账号停用", "the account was closed"),
        What::Opened => ("账号恢复", "the account was opened again"),
    };
    view.lang.pick(zh, en)
}

fn way_words<'a>(view: &View, code: &'a str) -> &'a str {
    let Some(way) = Way::from_code(code) else { return code };
    let (zh, en) = match way {
        Way::Password => ("密码", "password"),
        Way::Code => ("动态验证码", "one-time code"),
        Way::RecoveryCode => ("恢复码", "recovery code"),
        Way::Passkey => ("通行密钥", "passkey"),
        Way::OpenId => ("统一身份认证", "another service"),
        Way::Key => ("程序密钥", "key of a program"),
        Way::Invitation => ("邀请", "invitation"),
        Way::Reset => ("重设", "reset"),
        Way::Once => ("一次性密码", "one-time password"),
        Way::This => ("本设备", "this device"),
        Way::Device => ("所选设备", "one device"),
        Way::Everywhere => ("所有其他设备", "every other device"),
        Way::Administrator => ("管理员", "an administrator"),
    };
    view.lang.pick(zh, en)
}
