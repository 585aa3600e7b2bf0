//! One's own account: password, codes, devices and keys on one page, and the acts of its forms.

use axum::response::{IntoResponse, Redirect, Response};
use huying_engine::accounts::{Gate, device_id};
use huying_model::MemberId;
use huying_store::accounts::SessionRow;
use maud::{Markup, html};

use super::{
    Door, again, codes, entrance::password, keys, new_password, old_password, passkeys, sign_ins, trouble,
};
use crate::{
    pages::{
        form::{Form, Words},
        frame::{self, Page},
        tabs::Tally,
        view::View,
    },
    problem::Problem,
    session::visit::Visit,
};

pub async fn page(Door { view, gate }: Door) -> Result<Response, Problem> {
    draw(&view, gate, None).await
}

async fn draw(view: &View, gate: Gate, problem: Option<&Problem>) -> Result<Response, Problem> {
    let title = view.lang.pick("账号", "Account");
    let accounts = view.state.accounts()?;
    let session = view.signed()?.session()?;
    let member = &session.member;
    let open = gate == Gate::Open;
    let left = accounts.recovery_left(member).await?;
    let devices = accounts.devices(member).await?;
    let own_passkeys = accounts.passkeys(member).await?;
    let own_keys = accounts.keys(member).await?;
    let tends = crate::api::accounts::tended(&view.state, view.signed()?).is_ok();
    let watches = crate::api::sign_ins::watched(&view.state, view.signed()?).is_ok();
    let log = accounts.own_sign_ins(member).await?;
    let main = html! {
        main.page.stack id="main" {
            h1 { (title) }
            p { b { (view.member(member)) } " " span.code { (member) } }
            (first(view, gate))
            (trouble(view, problem))
            @if open && tends { p { a.button href="/accounts" { (view.lang.pick("管理他人账号", "Accounts of others")) } } }
            @if open && watches { p { a.button href="/sign-ins" { (view.lang.pick("全部登录记录", "Everybody's sign-ins")) } } }
            (password_part(view))
            @if gate != Gate::Password { (codes::part(view, left, accounts.demands_second(member)?)) }
            @if gate != Gate::Password { (passkeys::part(view, &own_passkeys)) }
            @if open {
                (devices_part(view, &devices, &session.hash))
                (keys::part(view, &own_keys))
                (sign_ins::part(view, &log))
            } @else {
                form method="post" action="/sign-out" { button.button { (view.lang.pick("退出", "Sign out")) } }
            }
        }
    };
    let page = Page { script: "account.js", ..Page::new(title) };
    Ok(match open {
        true => frame::console(view, &page, None, &Tally::of(view).await?, &main),
        false => frame::plain(view, &page, &main),
    })
}

/// What has to be done before anything else.
fn first(view: &View, gate: Gate) -> Markup {
    let words = match gate {
        Gate::Password => view.lang.pick(
            "当前密码由他人发放，请先设置您自己的密码。",
            "Your password was given out by somebody else: set your own first.",
        ),
        Gate::Enrol => view.lang.pick(
            "您的岗位要求使用动态验证码，请先启用；也可以添加通行密钥，并用它登录。",
            "One-time codes are demanded of you: switch them on first, or add a passkey and sign in with it.",
        ),
        Gate::Open | Gate::Second => return html! {},
    };
    html! { p.notice role="status" { (words) } }
}

fn password_part(view: &View) -> Markup {
    let title = view.lang.pick("修改密码", "Change your password");
    html! {
        section.card aria-labelledby="password-name" {
            h2 id="password-name" { (title) }
            p.quiet { (view.lang.pick("修改后，其他设备将全部退出。", "Every other device is signed out by it.")) }
            form.stack method="post" action="/account" {
                input type="hidden" name="act" value="password";
                (old_password(view, "old_password").draw("password"))
                (new_password(view, "password"))
                (ways(view, true))
                button.button.button-primary { (title) }
            }
        }
    }
}

/// Whether keys and passkeys go too: somebody who knew the password may have made some.
pub fn ways(view: &View, meant: bool) -> Markup {
    let words =
        view.lang.pick("同时收回全部程序密钥和通行密钥", "Take all keys of programs and passkeys back too");
    html! { label.choice { input type="checkbox" name="keys" value="yes" checked[meant]; " " span { (words) } } }
}

fn devices_part(view: &View, devices: &[SessionRow], this: &[u8; 32]) -> Markup {
    html! {
        section.card aria-labelledby="devices-name" {
            h2 id="devices-name" { (view.lang.pick("已登录的设备", "Signed-in devices")) }
            ul.plain.stack {
                @for device in devices {
                    li.row {
                        span {
                            b { (device.device) } " · "
                            (view.lang.pick("登录于 ", "since ")) (view.moment(device.began_at)) " · "
                            (view.lang.pick("最近使用 ", "last seen ")) (view.moment(device.seen_at))
                        }
                        @if &device.hash == this { span.tag { (view.lang.pick("本机", "this one")) } } @else {
                            form method="post" action="/account" {
                                input type="hidden" name="act" value="end-device";
                                input type="hidden" name="id" value=(device_id(device));
                                button.button { (view.lang.pick("退出该设备", "Sign it out")) }
                            }
                        }
                    }
                }
            }
            @if devices.len() > 1 {
                form method="post" action="/account" {
                    input type="hidden" name="act" value="end-devices";
                    (ways(view, false))
                    button.button { (view.lang.pick("退出所有其他设备", "Sign every other device out")) }
                }
            }
        }
    }
}

/// One act of one's own; done it leads back to the page, or shows what is shown once.
pub async fn act(Door { view, gate }: Door, visit: Visit, Words(form): Words) -> Result<Response, Problem> {
    match done(&view, gate, &visit, &form).await {
        Ok(answer) => Ok(answer),
        Err(problem) if problem.status.is_server_error() => Err(problem),
        Err(problem) if form.said("act") == Some("codes-on") => codes::again(&view, &form, problem),
        Err(problem) => {
            let page = draw(&view, gate, Some(&problem)).await?;
            again(problem, |_| page)
        }
    }
}

async fn done(view: &View, gate: Gate, visit: &Visit, form: &Form) -> Result<Response, Problem> {
    let accounts = visit.at(view.state.accounts()?);
    let session = view.signed()?.session()?;
    let member: &MemberId = &session.member;
    let back = || Redirect::to("/account").into_response();
    let act = form.said("act").unwrap_or_default();
    if !may(gate, act) {
        return Err(Problem::of(if gate == Gate::Enrol { "codes_first" } else { "password_first" }));
    }
    let device = || visit.device.clone();
    let given = password(form, "password");
    Ok(match act {
        "password" => {
            let (old, new) = (password(form, "old_password"), password(form, "new_password"));
            let token =
                accounts.change_password(session, (old, new), form.said("keys").is_some(), device()).await?;
            (visit.keep(&token)?, back()).into_response()
        }
        "codes-begin" => codes::begun(view, &accounts.begin_codes(member).await?, None)?,
        "codes-on" => {
            let said = |name| form.said(name).unwrap_or_default();
            let proof = (said("ticket"), said("code"), given);
            let (token, recovery) = accounts.switch_codes_on(session, proof, device()).await?;
            (visit.keep(&token)?, codes::recovery(view, &recovery)).into_response()
        }
        "codes-off" => {
            let token = accounts.switch_codes_off(session, given, device()).await?;
            (visit.keep(&token)?, back()).into_response()
        }
        "recovery" => codes::recovery(view, &accounts.renew_recovery(member, given).await?),
        "end-device" => {
            accounts.end_device(member, form.said("id").unwrap_or_default()).await?;
            back()
        }
        "end-devices" => {
            accounts.end_everywhere(member, Some(session.hash), form.said("keys").is_some()).await?;
            back()
        }
        "key" => keys::made(view, &accounts, session, form, given).await?,
        "drop-passkey" => {
            accounts.drop_passkey(member, form.said("id").unwrap_or_default()).await?;
            back()
        }
        "drop-key" => {
            accounts.drop_key(member, form.said("id").unwrap_or_default()).await?;
            back()
        }
        _ => return Err(Problem::not_found()),
    })
}

/// What may be done while something has to be done first.
fn may(gate: Gate, act: &str) -> bool {
    match gate {
        Gate::Open => true,
        Gate::Password => act == "password",
        Gate::Enrol => matches!(act, "password" | "codes-begin" | "codes-on"),
        Gate::Second => false,
    }
}
