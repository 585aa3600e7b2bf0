//! One-time codes on a page: the picture for the app, the first code, and the recovery codes.

use axum::response::Response;
use huying_engine::accounts::Enrolment;
use maud::{Markup, html};
use qrcode::{Color, EcLevel, QrCode};

use super::{old_password, once, trouble};
use crate::{
    pages::{
        form::Form,
        frame::{self, Page},
        view::View,
    },
    problem::Problem,
};

/// What the page of the account says of them. `left`: recovery codes, where codes are switched on.
pub fn part(view: &View, left: Option<i64>, demanded: bool) -> Markup {
    let form = |act: &str, words: &str| {
        html! {
            details.command {
                summary.button { (words) }
                form.stack method="post" action="/account" {
                    input type="hidden" name="act" value=(act);
                    (old_password(view, "password").draw(act))
                    button.button.button-primary { (words) }
                }
            }
        }
    };
    html! {
        section.card aria-labelledby="codes-name" {
            h2 id="codes-name" { (view.lang.pick("动态验证码", "One-time codes")) }
            @if let Some(left) = left {
                p { (view.lang.pick(format!("已启用，剩余恢复码 {left} 个。"), format!("They are switched on; {left} recovery codes are left."))) }
                div.button-row {
                    (form("recovery", view.lang.pick("更换恢复码", "New recovery codes")))
                    @if !demanded { (form("codes-off", view.lang.pick("停用", "Switch off"))) }
                }
            } @else {
                p.quiet { (view.lang.pick("登录时除密码外还要输入手机验证器中的6位数字。", "Signing in then asks for the six digits of an app on your phone besides the password.")) }
                form method="post" action="/account" {
                    input type="hidden" name="act" value="codes-begin";
                    button.button { (view.lang.pick("启用", "Switch on")) }
                }
            }
        }
    }
}

/// The picture, and the field for the first code.
pub fn begun(view: &View, begun: &Enrolment, problem: Option<&Problem>) -> Result<Response, Problem> {
    let title = view.lang.pick("启用动态验证码", "Switch one-time codes on");
    let picture = picture(&begun.uri).map_err(|why| Problem::internal(&why))?;
    let main = html! {
        main.page.stack id="main" {
            h1 { (title) }
            (trouble(view, problem))
            p { (view.lang.pick("用手机验证器扫描二维码，再输入它显示的6位数字。", "Scan this with an app for one-time codes, and enter the six digits that it shows.")) }
            figure {
                (picture)
                figcaption { (view.lang.pick("无法扫描时手工输入：", "If you cannot scan it, enter: ")) span.code { (begun.secret) } }
            }
            form.stack method="post" action="/account" {
                input type="hidden" name="act" value="codes-on";
                input type="hidden" name="ticket" value=(begun.ticket);
                div.field {
                    label for="codes-code" { (view.lang.pick("6位数字", "Six digits")) }
                    input.input id="codes-code" name="code" inputmode="numeric" autocomplete="one-time-code" required;
                }
                (old_password(view, "password").draw("codes"))
                button.button.button-primary { (view.lang.pick("启用", "Switch on")) }
            }
            p { a href="/account" { (view.lang.pick("返回", "Back")) } }
        }
    };
    Ok(frame::plain(view, &Page::new(title), &main))
}

/// The same picture once more, with what went wrong.
pub fn again(view: &View, form: &Form, problem: Problem) -> Result<Response, Problem> {
    let member = &view.signed()?.session()?.member;
    let ticket = form.said("ticket").unwrap_or_default();
    // What was begun too long ago cannot be drawn again.
    let enrolment = view.state.accounts()?.begun_codes(member, ticket)?;
    let page = begun(view, &enrolment, Some(&problem))?;
    super::again(problem, |_| page)
}

/// The recovery codes, once.
pub fn recovery(view: &View, codes: &[String]) -> Response {
    let title = view.lang.pick("恢复码", "Recovery codes");
    once(
        view,
        title,
        &html! {
            p { (view.lang.pick("手机丢失时，每个恢复码可代替一次动态验证码。只显示这一次，请打印或抄写后妥善保存。", "When your phone is lost, each of these stands in for one code. They are shown this once: print them or write them down.")) }
            ul.plain { @for code in codes { li { span.code { (code) } } } }
        },
    )
}

/// A QR code as one path of an SVG, dark on light with the quiet zone of four modules that the standard asks for.
fn picture(text: &str) -> Result<Markup, qrcode::types::QrError> {
    const QUIET: usize = 4;
    let code = QrCode::with_error_correction_level(text, EcLevel::M)?;
    let (width, colors) = (code.width(), code.to_colors());
    let mut path = String::new();
    for (no, color) in colors.into_iter().enumerate() {
        if color == Color::Dark {
            path.push_str(&format!("M{} {}h1v1h-1z", no % width + QUIET, no / width + QUIET));
        }
    }
    let side = width + 2 * QUIET;
    Ok(html! {
        svg viewBox=(format!("0 0 {side} {side}")) width="240" height="240" role="img" aria-label="QR" shape-rendering="crispEdges" {
            rect width=(side) height=(side) fill="#fff" {}
            path d=(path) fill="#000" {}
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_has_the_three_corners_of_every_qr_code() {
        let drawn = picture("otpauth://totp/Huying:a?secret=GEZDGNBVGY3TQOJQ").unwrap().into_string();
        let side: usize =
            drawn.split("viewBox=\"0 0 ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        for (x, y) in [(4, 4), (side - 5, 4), (4, side - 5)] {
            assert!(drawn.contains(&format!("M{x} {y}h1")), "{x} {y}");
        }
        assert!(!drawn.contains("M3 ") && !drawn.contains("style="));
    }
}
