//! The bar over every page of the staff's: queues first, everything else in menus, on a phone all of it in one.
//!
//! Owns which links there are and for whom ([`own`] and [`groups`]); a new page is one line there. Refuses to hide work: the queues of a member's
//! roles stand open. Start at [`draw`].

use huying_model::actor::Role;
use maud::{Markup, html};

use super::{
    frame::{self, Here, Keeps},
    parts::demo_mark,
    posts::Post,
    tabs::{Tab, Tally},
    texts::T,
    view::View,
};

/// Queues that stand beside each other on a desk of 1440 pixels, in Chinese and in English.
const OPEN_TABS: (usize, usize) = (6, 5);

/// A page that the bar leads to.
struct Link {
    to: &'static str,
    words: &'static str,
    here: Option<Here>,
}

/// Pages under one word.
struct Group {
    words: &'static str,
    links: Vec<Link>,
}

/// Pages of a member's own roles, which stand open beside the queues.
fn own(view: &View) -> Vec<Link> {
    let mut own = Vec::new();
    if view.has_role(&[Role::GridWorker]) {
        own.push(Link { to: "/field", words: view.lang.pick("外勤", "Field"), here: None });
    }
    for post in Post::of(view) {
        own.push(Link { to: post.address(), words: post.name(view.lang), here: Some(Here::Post(post)) });
    }
    if view.has_role(&[Role::Leader, Role::Supervisor, Role::Auditor]) {
        own.push(Link {
            to: "/cockpit",
            words: view.lang.pick("驾驶舱", "Cockpit"),
            here: Some(Here::Cockpit),
        });
    }
    if view.has_role(&[Role::Dispatcher]) {
        own.push(Link { to: "/handover", words: view.say(T::HandOver), here: Some(Here::HandOver) });
    }
    own
}

/// The pages that are no queue, for those who may open them.
fn groups(view: &View) -> Vec<Group> {
    let link = |to, words, here| Link { to, words, here };
    let pick = |zh: &'static str, en: &'static str| view.lang.pick(zh, en);
    let mut groups = vec![
        Group {
            words: pick("概况", "Overview"),
            links: vec![
                link("/map", view.say(T::Map), Some(Here::Map)),
                link("/handover", view.say(T::HandOver), Some(Here::HandOver)),
                link("/analysis", pick("分析", "Analysis"), None),
                link("/day", pick("日报", "Report of the day"), Some(Here::Day)),
            ],
        },
        Group {
            words: pick("规则", "Rules"),
            links: vec![
                link("/policy", pick("机制", "Policy"), Some(Here::Policy)),
                link("/admission", pick("准入", "Admission"), Some(Here::Admission)),
                link("/explain", pick("派单推演", "Who would answer"), None),
            ],
        },
    ];
    let kept = [Role::GridWorker, Role::Handler, Role::Supervisor, Role::Leader, Role::Auditor];
    // Where the policy names no group there is no register.
    if view.has_role(&kept)
        && view.setting.pack.groups().next().is_some()
        && let Some(overview) = groups.first_mut()
    {
        overview.links.push(link("/recipients", pick("服务对象", "Recipients"), None));
    }
    let mut tended = Vec::new();
    if view.has_role(&[Role::Administrator]) {
        tended.push(link("/organisation", pick("组织", "Organisation"), Some(Here::Organisation)));
        if view.state.accounts().is_ok() {
            tended.push(link("/accounts", pick("人员账号", "Accounts"), None));
        }
        tended.push(link("/import", pick("导入导出", "Import, export"), None));
        tended.push(link("/imports", pick("导入案件", "Import cases"), None));
        tended.push(link("/partners", pick("对接", "Partners"), None));
        tended.push(link("/feeds", "Open311", None));
        tended.push(link("/subscriptions", pick("推送", "Webhooks"), None));
        if view.state.settings.demo {
            tended.push(link("/gallery", pick("组件一览", "Components"), None));
        }
    }
    if super::audit::offered(view) {
        tended.push(link("/audit", pick("核验", "Audit"), Some(Here::Audit)));
        tended.push(link("/access", pick("查阅记录", "Who looked"), None));
    }
    // Whoever audits where three administrators are apart reads this, and nobody else.
    if view.who.as_ref().is_some_and(|who| crate::api::sign_ins::watched(&view.state, who).is_ok()) {
        tended.push(link("/sign-ins", pick("登录记录", "Sign-ins"), None));
    }
    if !tended.is_empty() {
        groups.push(Group { words: pick("管理", "Administration"), links: tended });
    }
    groups
}

/// What the bar is drawn from.
#[derive(Clone, Copy)]
struct Bar<'a> {
    view: &'a View,
    tally: &'a Tally,
    current: Option<Here>,
    keeps: Option<&'a Keeps>,
}

/// The bar; its choices send the form that `keeps` names.
pub fn draw(view: &View, current: Option<Here>, tally: &Tally, keeps: Option<&Keeps>) -> Markup {
    let unit = view.seats().first().map(|seat| view.unit(&seat.unit));
    let member = view.who.as_ref().map(|who| view.member(&who.member));
    let bar = Bar { view, tally, current, keeps };
    let tabs = Tab::shown(view, tally, current);
    let groups = groups(view);
    html! {
        header.app-bar {
            (frame::enters(keeps))
            (frame::brand(view))
            (bar.on_a_phone(&tabs, &groups, unit.as_deref()))
            @if let Some(unit) = unit { span.app-bar-unit { (unit) } }
            (bar.on_a_desk(&tabs, &groups))
            div.app-bar-end {
                (demo_mark(view))
                @if let Some(member) = member { span.member.wide-only { (member) } }
                div.wide-only { (menu(view.lang.pick("外观", "Display"), false, &looks(view, keeps))) }
                (super::account::corner(view))
                (frame::switch(view, keeps))
                button.needs-js.wide-only type="button" data-opens="keys" aria-label=(view.say(T::Keys)) { kbd { "?" } }
            }
        }
    }
}

impl Bar<'_> {
    fn on_a_desk(self, tabs: &[Tab], groups: &[Group]) -> Markup {
        let own = own(self.view);
        // The pages of the roles have the same room as queues; one of them stands where there was none.
        let room = self.view.lang.pick(OPEN_TABS.0, OPEN_TABS.1) + 1;
        let most = room.saturating_sub(own.len()).max(2);
        let (open, rest) = parted(tabs, most, |tab| self.rank(tab));
        let more = self.view.lang.pick("其他队列", "Other queues");
        html! {
            nav.app-bar-nav aria-label=(self.view.say(T::Queues)) {
                @for tab in open { (self.tab(tab)) }
                @for link in &own { (self.link(link)) }
                @if !rest.is_empty() {
                    (menu(more, false, &html! { ul.plain { @for tab in rest { li { (self.tab(tab)) } } } }))
                }
                @for group in groups { (menu(group.words, self.holds(group), &self.links(group))) }
            }
        }
    }

    fn on_a_phone(self, tabs: &[Tab], groups: &[Group], unit: Option<&str>) -> Markup {
        let words = self.view.lang.pick("菜单", "Menu");
        html! {
            details.menu.app-bar-menu data-menu {
                summary { (words) }
                nav.menu-panel aria-label=(words) {
                    p { (self.view.say(T::Queues)) }
                    ul.plain {
                        @for tab in tabs { li { (self.tab(*tab)) } }
                        @for link in own(self.view) { li { (self.link(&link)) } }
                    }
                    @for group in groups { p { (group.words) } (self.links(group)) }
                    p { (self.view.lang.pick("外观", "Display")) }
                    (looks(self.view, self.keeps))
                    @if let Some(unit) = unit { p { (unit) } }
                }
            }
        }
    }

    /// The chosen queue goes before those of the roles, and these before others that have work.
    fn rank(self, tab: Tab) -> u8 {
        if self.current == Some(Here::Queue(tab)) {
            0
        } else if self.view.has_role(tab.roles()) {
            1
        } else {
            2
        }
    }

    fn tab(self, tab: Tab) -> Markup {
        let count = self.tally.count(tab);
        html! {
            a href={ "/desk?queue=" (tab.code()) } aria-current=[self.page(Some(Here::Queue(tab)))] {
                (tab.name(self.view.lang))
                @if let Some(count) = count {
                    " " b.count data-count-of=(tab.code()) data-count=(count) { (count) }
                }
            }
        }
    }

    fn links(self, group: &Group) -> Markup {
        html! {
            ul.plain { @for link in &group.links { li { (self.link(link)) } } }
        }
    }

    fn link(self, link: &Link) -> Markup {
        html! { a href=(link.to) aria-current=[self.page(link.here)] { (link.words) } }
    }

    fn page(self, here: Option<Here>) -> Option<&'static str> {
        (here.is_some() && here == self.current).then_some("page")
    }

    fn holds(self, group: &Group) -> bool {
        group.links.iter().any(|link| self.page(link.here).is_some())
    }
}

/// How pages are to look, for this visitor on this very page.
fn looks(view: &View, keeps: Option<&Keeps>) -> Markup {
    let theme = view.look.theme.unwrap_or("system");
    let density = view.look.density.unwrap_or("usual");
    let link = |word: &str, words: &str| {
        let chosen = word == theme || word == density;
        let to = super::with_query(&view.here, "look", word);
        html! {
            li {
                @match keeps {
                    Some(keeps) => { (frame::sends(keeps, &to, None, chosen, words)) }
                    None => { a href=(to) aria-current=[chosen.then_some("true")] { (words) } }
                }
            }
        }
    };
    html! {
        ul.plain {
            (link("system", view.lang.pick("随系统明暗", "As the system")))
            (link("light", view.lang.pick("浅色", "Light")))
            (link("dark", view.lang.pick("深色", "Dark")))
            (link("usual", view.lang.pick("默认疏密", "Usual density")))
            (link("compact", view.lang.pick("紧凑", "Compact")))
            (link("touch", view.lang.pick("宽松", "Roomy")))
        }
    }
}

/// A disclosure of the bar. With a script it shuts when somebody goes on elsewhere; without one it is opened and shut by hand.
fn menu(words: &str, current: bool, inside: &Markup) -> Markup {
    html! {
        details.menu data-menu name="bar" {
            summary data-current[current] { (words) }
            div.menu-panel { (inside) }
        }
    }
}

/// The queues that stand open and the rest, both in their order: as many as there is room for, the lowest ranks first.
fn parted(tabs: &[Tab], most: usize, rank: impl Fn(Tab) -> u8) -> (Vec<Tab>, Vec<Tab>) {
    let mut open = tabs.to_vec();
    open.sort_by_key(|tab| rank(*tab));
    open.truncate(most);
    tabs.iter().copied().partition(|tab| open.contains(tab))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_queues_as_have_room_stand_open_the_chosen_one_and_those_of_the_roles_first() {
        let all = Tab::ALL;
        let (open, rest) = parted(&all, 6, |_| 2);
        assert_eq!((open.as_slice(), rest.as_slice()), (&all[..6], &all[6..]));
        let rank = |tab: Tab| match tab {
            Tab::Trace => 0,
            Tab::Mine | Tab::Callback | Tab::Area => 1,
            _ => 2,
        };
        let (open, rest) = parted(&all, 5, rank);
        assert_eq!(open, [Tab::Mine, Tab::Accept, Tab::Callback, Tab::Trace, Tab::Area]);
        assert_eq!(rest.len(), 7);
        let (open, rest) = parted(&all[..3], 6, |_| 2);
        assert_eq!((open.as_slice(), rest.len()), (&all[..3], 0));
    }
}
