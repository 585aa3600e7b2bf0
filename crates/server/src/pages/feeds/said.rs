//! What went wrong with a feed, and what a letter was to tell, in the reader's words. An English sentence of the engine stands behind the
//! Chinese one, because it holds the particulars. Start at [`error`].

use maud::{Markup, html};

use crate::pages::view::View;

/// How a sentence of the engine begins, and what it says in Chinese.
const ERRORS: [(&str, &str); 28] = [
    ("the other system was not reached", "未能连接对方平台。"),
    ("the other system did not answer in time", "对方平台没有按时应答，或应答中断。"),
    ("the other system answered", "对方平台拒绝或出错。"),
    ("the other system has given no id", "对方平台尚未给出编号。"),
    ("the other system does not have it", "对方平台已没有这条诉求。"),
    ("the other system's answer was not heard", "已上报，尚未收到对方应答。"),
    ("the list goes on", "对方列表页数过多，请调大对照表中的 page_size。"),
    ("the answer is longer", "对方应答过大。"),
    ("the answer", "对方应答无法识别。"),
    ("service_code", "对照表中没有这项服务。"),
    ("place", "没有坐标，或位置不在本辖区。"),
    ("the request has no service_request_id to", "这条诉求没有编号，无法再次查询。"),
    ("the request", "诉求缺少必要内容，或内容无法识别。"),
    ("the report does not fit", "上报与对方服务要求的属性不符。"),
    ("the map names no service", "对照表中没有该事项对应的服务。"),
    ("the case was closed before", "照片到达前案件已结束。"),
    ("the case was forgotten", "案件内容已被遗忘，不再接收照片。"),
    ("the case has as many files", "案件附件已达上限。"),
    ("the case is not there", "案件已不存在。"),
    ("the photo does not lie", "照片不在对方平台的地址上。"),
    ("what came is no photo", "取到的内容不是照片。"),
    ("not asked", "对方服务过多，未逐一查询。"),
    ("nobody settled it", "逾期无人处理，内容已删除。"),
    ("not tried", "此前照片接连取不到，未再尝试。"),
    ("the address lies in a private network", "地址位于内网，不予访问。"),
    ("webhooks go over https", "只访问 https 地址。"),
    ("number", "案号与其他案件重复，请重试。"),
    ("the store", "本平台数据库出错或繁忙，稍后自动重试。"),
];

/// What went wrong.
pub(super) fn error(view: &View, told: &str) -> Markup {
    let known = ERRORS.iter().find(|(begin, _)| told.starts_with(begin)).map(|(_, zh)| *zh);
    let zh = view.lang.pick(known, None);
    html! {
        @match zh {
            Some(zh) => { (zh) " " span.quiet lang="en" { (told) } }
            None => { (told) }
        }
    }
}

/// What an update tells, by the kind of its entry.
pub(super) fn update(view: &View, kind: &str) -> &'static str {
    let (zh, en) = match kind {
        "dispatched" => ("已派遣", "dispatched"),
        "finished" => ("已办结，待核查", "reported as done"),
        "reopened" | "unmerged" => ("重新办理", "opened again"),
        "declined" => ("不予受理", "declined"),
        "withdrawn" => ("反映人撤回", "withdrawn by the reporter"),
        "merged" => ("并入同一问题的案件", "goes on with another case"),
        "published" => ("公开的照片", "photos that everybody may see"),
        _ => ("已结束", "closed"),
    };
    view.lang.pick(zh, en)
}
