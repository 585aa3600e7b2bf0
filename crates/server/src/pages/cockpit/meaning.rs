//! What each figure means, on the page that shows it.
//!
//! A figure whose meaning differs from department to department is worth nothing: there is one text for each, beside the sums that it
//! tells of ([`huying_store::Sum`]). Start at [`meanings`].

use huying_engine::insight::{LEAST_RANKED, few::LEAST};
use maud::{Markup, html};

use crate::{api::queue::SOON_MINUTES, pages::view::View};

/// Name and meaning of every figure, in the reader's language.
fn all(view: &View) -> Vec<(&'static str, String)> {
    let hours = SOON_MINUTES / 60;
    view.lang.pick(
        vec![
            ("在办", "此刻没有结案、不予受理、并案或撤销的案件。".to_owned()),
            ("超期", "在办案件中，办结时限（立案前为受理时限）已过的。暂停期间不计。".to_owned()),
            ("临期", format!("在办案件中，上述时限在 {hours} 小时内到期的。")),
            ("正常", "在办案件中，时限在此之后到期的。".to_owned()),
            ("暂停", "在办案件中，此刻没有时限在走的。".to_owned()),
            ("收到", "在这段日子里收到的案件，按收到之日算，无论现在到了哪一步。".to_owned()),
            ("办结", "这段日子里收到、现在处于“已结案”的案件。".to_owned()),
            (
                "按期率",
                "这段日子里收到的案件中：按办结时限结案的，除以已结案的和已立案、超期而未结案的之和。在办未超期的两边都不算；重开的案件按现在的状态算。比例只舍不入。"
                    .to_owned(),
            ),
            ("排名", format!("按按期率排。见分晓的承诺不足 {LEAST_RANKED} 件的不排名次。只排单位和区域，从不排个人。")),
            ("人群", format!("只有合计。少于 {LEAST} 件的不显示；能由总数推算出来的也不显示。")),
        ],
        vec![
            ("Open", "Cases that are not closed, declined, merged or withdrawn now.".to_owned()),
            ("Overdue", "Open cases whose promise (before filing: the intake's limit) has ended. Not while it is paused.".to_owned()),
            ("Due soon", format!("Open cases for which it ends within {hours} hours.")),
            ("In time", "Open cases for which it ends later than that.".to_owned()),
            ("Paused", "Open cases for which no such clock runs now.".to_owned()),
            ("Received", "Cases received in these days, by their day of receipt, whatever has become of them.".to_owned()),
            ("Closed", "Cases received in these days that stand at the stage Closed now.".to_owned()),
            (
                "Kept",
                "Of the cases received in these days: those closed by the promised instant, over those closed and those filed, overdue and still open. \
                 What is open and in time counts on neither side; a reopened case counts as it stands now. Shares are cut, not rounded."
                    .to_owned(),
            ),
            ("Ranking", format!("By the share kept. With fewer than {LEAST_RANKED} decided promises there is no place. Units and areas are ranked, never persons.")),
            ("Groups", format!("Sums only. Fewer than {LEAST} are not shown, nor what the total would give away.")),
        ],
    )
}

/// The list, folded together.
pub fn meanings(view: &View) -> Markup {
    html! {
        details id="meaning" {
            summary { (view.lang.pick("指标口径", "What the figures mean")) }
            dl.facts { @for (name, meaning) in all(view) { dt { (name) } dd { (meaning) } } }
        }
    }
}
