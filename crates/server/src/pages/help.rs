//! What residents want to know before they ask, and how accessible these pages are.
//!
//! Plain words that need no figure of the authority's. Start at [`page`], then [`accessibility`].

use axum::response::Response;
use maud::{Markup, html};

use super::{
    front::{self, Here},
    view::{Anybody, View},
};

/// Questions and answers.
pub async fn page(Anybody(view): Anybody) -> Response {
    let title = view.lang.pick("帮助", "Help");
    let privacy = &view.state.settings.privacy;
    let say = |zh: &'static str, en: &'static str| view.lang.pick(zh, en);
    let main = html! {
        main.page.stack id="main" {
            h1 { (title) }
            (front::danger(&view))
            (part("report", say("怎么反映", "How to report"), &html! {
                p { (say("打开“我要反映”，写一句发生了什么，写上地点，能拍照就拍一张，点“提交”。不用注册，也不用选类别。", "Open Report, write in a sentence what happened and where, take a photo if you can, and send it. No account, and no category to choose.")) }
                p { (say("家里老人或邻居不方便，您可以替他们反映：在表格下面展开“替别人反映”。", "You may report for somebody else: open that part below the form.")) }
            }))
            (part("after", say("提交以后会怎样", "What happens then"), &html! {
                ol.steps {
                    li { (say("已收到：马上得到编号和查询码，由受理人员查看。", "Received: you get a number and a code at once, and somebody looks at it.")) }
                    li { (say("已派遣：交给负责的单位，并承诺办结时间。", "Sent to a unit: one unit answers for it, and a time is promised.")) }
                    li { (say("处理中：单位在办；办完有人核查，必要时打电话给您。", "Being worked on: when it is done somebody else looks at it, and may call you.")) }
                    li { (say("已办结：您可以评价；没解决可以要求重新办理。", "Finished: you can rate it; if it is not solved you can have it opened again.")) }
                }
            }))
            (part("code", say("编号和查询码", "Number and code"), &html! {
                p { (say("两个都要有才能查。编号可以告诉别人，查询码请自己保管。查询码三组、每组四个字符，没有数字 0、1 和字母 O、I；念错一个字，页面会告诉您。", "You need both. The number may be told; keep the code to yourself. It has three groups of four signs, without 0, 1, O or I, and the page tells you when one of them is wrong.")) }
                p { (say("找不到了？请拨打您反映时的电话，或到受理的中心，工作人员可以按姓名和电话帮您找到案件。", "Lost them? Call or visit the centre: its staff can find the case by your name and telephone.")) }
            }))
            (part("same", say("别人已经反映过了", "Somebody has reported it already"), &html! {
                p { (say("可以在“公开案件”里看到附近正在办的事，点“+1 我也遇到了”。您会有自己的编号，结果也会告诉您。不看、不点也可以照常反映。", "Public cases shows what is in hand nearby; give it a +1. You get a number of your own and are told how it ends. You may always report without looking.")) }
            }))
            (part("privacy", say("您的个人信息", "Your data"), &html! {
                p { (view.lang.pick(&privacy.notice_zh, &privacy.notice_en)) }
                p { (say("称呼和电话可以不留。留下的加密保存；谁看过，您在查进度的页面上可以看到。公开页面上没有您的原话、姓名、电话和具体位置。", "You need not leave a name or telephone. They are kept sealed, and the page for following shows who looked. Nothing of your words, name, telephone or exact place is on the public pages.")) }
            }))
        }
    };
    front::page(&view, (title, Here::Help), &[], "", &main)
}

fn part(id: &str, title: &str, inside: &Markup) -> Markup {
    html! { section.card id=(id) aria-labelledby={ (id) "-name" } { h2 id={ (id) "-name" } { (title) } (inside) } }
}

/// How accessible residents' pages are, and what to do where they are not.
pub async fn accessibility(Anybody(view): Anybody) -> Response {
    let title = view.lang.pick("无障碍声明", "Accessibility");
    let main = statement(&view, title);
    front::page(&view, (title, Here::Help), &[], "", &main)
}

fn statement(view: &View, title: &str) -> Markup {
    let say = |zh: &'static str, en: &'static str| view.lang.pick(zh, en);
    html! {
        main.page.stack id="main" {
            h1 { (title) }
            p { (say("我们希望每个人都能用这些页面反映问题、查到进度。目标是 WCAG 2.2 的 AA 级和 GB/T 37668 的二级。", "Everybody should be able to report and to follow with these pages. We aim at WCAG 2.2 AA and at level 2 of GB/T 37668.")) }
            (part("does", say("已经做到的", "What holds"), &html! {
                ul.steps {
                    li { (say("不用脚本、不用账号、不用地图也能办完每一件事；没有图片验证码。", "Every task can be done without a script, an account or a map, and no pictures have to be read.")) }
                    li { (say("只用键盘、用读屏软件、放大到 400% 都能使用；按钮和输入框够大。", "It works by keyboard, by screen reader and at 400 %; what is pressed is large enough.")) }
                    li { (say("状态用文字和形状表示，不只靠颜色。有深色显示。", "States are words and shapes and never a colour alone. There is a dark theme.")) }
                    li { (say("填错时，页面上方列出哪里要改，点一下就到那里。", "Where something is wrong, a list on top leads to each place.")) }
                    li { (say("中文和英文两种语言。", "Chinese and English.")) }
                }
            }))
            (part("lacks", say("还没做到的", "What does not hold yet"), &html! {
                ul.steps {
                    li { (say("照片没有文字说明：请在文字里写清楚情况。", "Photos have no description: please say in words what they show.")) }
                    li { (say("没有语音填写和大字以外的专门版本。", "There is no filling in by voice, and no version apart for those who need one.")) }
                    li { (say("很旧的浏览器里没有版式，但仍能使用。", "Very old browsers show no layout, and still work.")) }
                }
            }))
            (part("ask", say("用不了怎么办", "Where it does not work"), &html! {
                p { (say("请打 12345 或到就近的治理中心，由工作人员替您登记；您同样会得到编号和查询码。", "Call 12345 or go to a governance centre: its staff report for you, and you get a number and a code as well.")) }
            }))
        }
    }
}
