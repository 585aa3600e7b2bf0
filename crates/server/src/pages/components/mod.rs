//! The components of the pages: each a function from what it shows to markup, and one place where all of them are seen.
//!
//! Owns the markup that more than one page uses; the style sheet (web/src/css) owns how it looks. Refuses to read anything: what a
//! component shows is handed to it. Every function here that draws has to stand in the gallery, which a test demands.
//! Start at [`Component`], then look at /gallery in the demonstration.

pub mod board;
pub mod entry;
pub mod flow;
pub mod frames;
pub mod rows;
pub mod told;

use crate::language::Lang;

/// A component by its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Component {
    AppBar,
    Chip,
    Buttons,
    CaseRow,
    Card,
    Command,
    Table,
    Tabs,
    Facts,
    Clocks,
    Timeline,
    StatusLine,
    StatTiles,
    Spark,
    RankList,
    Series,
    SearchBar,
    Field,
    ErrorSummary,
    PhotoPicker,
    Empty,
    Notice,
    Stamp,
    Waiting,
    Toast,
    Outbox,
    Sheet,
}

impl Component {
    pub const ALL: [Component; 27] = [
        Component::AppBar,
        Component::Chip,
        Component::Buttons,
        Component::CaseRow,
        Component::Card,
        Component::Command,
        Component::Table,
        Component::Tabs,
        Component::Facts,
        Component::Clocks,
        Component::Timeline,
        Component::StatusLine,
        Component::StatTiles,
        Component::Spark,
        Component::RankList,
        Component::Series,
        Component::SearchBar,
        Component::Field,
        Component::ErrorSummary,
        Component::PhotoPicker,
        Component::Empty,
        Component::Notice,
        Component::Stamp,
        Component::Waiting,
        Component::Toast,
        Component::Outbox,
        Component::Sheet,
    ];

    /// The name in the style sheet, in web/README.md and in the gallery's addresses.
    pub fn code(self) -> &'static str {
        match self {
            Component::AppBar => "app-bar",
            Component::Chip => "chip",
            Component::Buttons => "button",
            Component::CaseRow => "case-row",
            Component::Card => "card",
            Component::Command => "command",
            Component::Table => "table",
            Component::Tabs => "tab-strip",
            Component::Facts => "facts",
            Component::Clocks => "clocks",
            Component::Timeline => "timeline",
            Component::StatusLine => "status-line",
            Component::StatTiles => "stat-tile",
            Component::Spark => "spark",
            Component::RankList => "rank-list",
            Component::Series => "series",
            Component::SearchBar => "filter-bar",
            Component::Field => "field",
            Component::ErrorSummary => "error-summary",
            Component::PhotoPicker => "photo-picker",
            Component::Empty => "empty",
            Component::Notice => "notice",
            Component::Stamp => "stamp",
            Component::Waiting => "waiting",
            Component::Toast => "toast",
            Component::Outbox => "outbox",
            Component::Sheet => "sheet",
        }
    }

    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Component::AppBar => lang.pick("顶栏", "App bar"),
            Component::Chip => lang.pick("紧急程度", "Urgency chip"),
            Component::Buttons => lang.pick("按钮", "Buttons"),
            Component::CaseRow => lang.pick("案件行", "Case row"),
            Component::Card => lang.pick("卡片", "Card"),
            Component::Command => lang.pick("展开办理", "Command"),
            Component::Table => lang.pick("表格", "Table"),
            Component::Tabs => lang.pick("页签", "Tabs"),
            Component::Facts => lang.pick("要素", "Facts"),
            Component::Clocks => lang.pick("时限", "Clocks"),
            Component::Timeline => lang.pick("流转记录", "Timeline"),
            Component::StatusLine => lang.pick("四步进度", "Status line"),
            Component::StatTiles => lang.pick("数字块", "Stat tiles"),
            Component::Spark => lang.pick("趋势线", "Spark"),
            Component::RankList => lang.pick("排行", "Rank list"),
            Component::Series => lang.pick("图表分类", "Kinds in a chart"),
            Component::SearchBar => lang.pick("查找栏", "Search bar"),
            Component::Field => lang.pick("填写项", "Field"),
            Component::ErrorSummary => lang.pick("错误汇总", "Error summary"),
            Component::PhotoPicker => lang.pick("照片选择", "Photo picker"),
            Component::Empty => lang.pick("空状态", "Empty"),
            Component::Notice => lang.pick("提示", "Notice"),
            Component::Stamp => lang.pick("数据时间", "Stamp of freshness"),
            Component::Waiting => lang.pick("正在载入", "Waiting"),
            Component::Toast => lang.pick("办理回执与撤销", "Toast with undo"),
            Component::Outbox => lang.pick("待发送", "Outbox"),
            Component::Sheet => lang.pick("打印页", "Sheet"),
        }
    }
}
