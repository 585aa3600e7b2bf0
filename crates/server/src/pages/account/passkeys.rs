//! Passkeys on pages: one's own on the account, and the button of the entrance. Both need the script; without it neither is shown.

use huying_engine::accounts::passkey_id;
use huying_store::accounts::PasskeyRow;
use maud::{Markup, html};

use super::old_password;
use crate::pages::view::View;

/// One's own passkeys.
pub fn part(view: &View, passkeys: &[PasskeyRow]) -> Markup {
    let add = view.lang.pick("添加通行密钥", "Add a passkey");
    html! {
        section.card aria-labelledby="passkeys-name" {
            h2 id="passkeys-name" { (view.lang.pick("通行密钥", "Passkeys")) }
            p.quiet { (view.lang.pick("用指纹、面容或设备密码登录，不需要输入密码和验证码。", "Sign in with a finger, your face or the device's PIN, without a password and a code.")) }
            ul.plain.stack {
                @for passkey in passkeys {
                    li.row {
                        span {
                            b { (passkey.name) } " · " (view.lang.pick("添加于 ", "since ")) (view.moment(passkey.made_at)) " · "
                            @if let Some(used) = passkey.used_at { (view.lang.pick("最近使用 ", "last used ")) (view.moment(used)) }
                            @else { (view.lang.pick("未使用", "not used yet")) }
                        }
                        form method="post" action="/account" {
                            input type="hidden" name="act" value="drop-passkey";
                            input type="hidden" name="id" value=(passkey_id(passkey));
                            button.button { (view.lang.pick("删除", "Take away")) }
                        }
                    }
                }
            }
            details.command.needs-js {
                summary.button { (add) }
                form.stack data-passkey="add" {
                    div.field {
                        label for="passkey-label" { (view.lang.pick("名称（如“办公手机”）", "Name (such as 'office telephone')")) }
                        input.input id="passkey-label" name="name" maxlength="100" autocomplete="off" required;
                    }
                    (old_password(view, "password").draw("passkey"))
                    (told(view))
                    button.button.button-primary { (add) }
                }
            }
        }
    }
}

/// The button of the entrance.
pub fn entrance(view: &View, next: Option<&str>) -> Markup {
    html! {
        form.stack.needs-js data-passkey="use" data-next=[next] {
            (told(view))
            button.button { (view.lang.pick("用通行密钥登录", "Sign in with a passkey")) }
        }
    }
}

fn told(view: &View) -> Markup {
    html! {
        p.quiet role="status" data-said="passkey"
            data-working=(view.lang.pick("请按设备提示操作…", "Follow your device…"))
            data-failed=(view.lang.pick("没有成功，请重试。", "That did not work: try again.")) {}
    }
}
