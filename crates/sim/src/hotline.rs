//! A made-up export of a hotline's work orders (12345): the columns that such exports have, and nobody in it.
//!
//! Owns the columns and what stands in them; numbers of callers are masked and made of zeros, words are those of the simulated city.
//! The same seed, pack and moment give the same rows. Refuses real persons and real numbers. Start at [`orders`].

use huying_model::{Instant, UnitId, catalogue::Matter, org::UnitKind};
use huying_pack::Pack;
use jiff::tz::TimeZone;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The headings, in the export's order.
pub const COLUMNS: [&str; 20] = [
    "工单编号",
    "来电时间",
    "受理渠道",
    "诉求人",
    "来电号码",
    "诉求类型",
    "标题",
    "诉求内容",
    "一级分类",
    "二级分类",
    "分类编码",
    "事发地址",
    "所属区域",
    "承办单位",
    "办理时限",
    "首次回复时间",
    "回复内容",
    "工单状态",
    "是否解决",
    "是否满意",
];

const CHANNELS: [&str; 5] = ["电话", "微信小程序", "网站", "手机应用", "政务服务便民热线转办"];
const KINDS: [&str; 4] = ["求助", "投诉", "咨询", "建议"];
const OPENINGS: [&str; 4] = ["市民来电反映", "来电人称", "群众反映", "诉求人表示"];
const WISHES: [&str; 4] = ["希望尽快处理", "请相关部门核实", "要求回复", "已多次出现，请重视"];
/// Callers are told apart by a letter, never by a name.
const CALLERS: [&str; 6] = ["市民甲**", "市民乙**", "市民丙**", "市民丁**", "市民戊**", "匿名"];

fn pick<'a, T>(rng: &mut impl Rng, all: &'a [T]) -> Option<&'a T> {
    if all.is_empty() { None } else { all.get(rng.random_range(0..all.len())) }
}

fn written(at: Instant, zone: &TimeZone) -> String {
    let civil = zone.to_datetime(at.timestamp());
    civil.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// `count` work orders, one every some minutes up to `until`, oldest first; a row for each, in the order of [`COLUMNS`].
pub fn orders(pack: &Pack, zone: &TimeZone, until: Instant, count: usize, seed: u64) -> Vec<[String; 20]> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let matters: Vec<&Matter> = pack.policy.current.matters.values().collect();
    let org = &pack.policy.org;
    let areas: Vec<_> = org.areas.values().filter(|area| area.parent.is_some()).collect();
    let units: Vec<&UnitId> =
        org.units.values().filter(|unit| unit.kind == UnitKind::Department).map(|unit| &unit.id).collect();
    let mut rows = Vec::with_capacity(count);
    for no in 0..count {
        let back = i64::try_from(count - no).unwrap_or(0) * 7 + rng.random_range(0..7);
        let at = until.plus_minutes(-back);
        let (Some(matter), Some(area)) = (pick(&mut rng, &matters), pick(&mut rng, &areas)) else { continue };
        let mut codes = matter.code.as_str().split('/');
        let (board, track) = (codes.next().unwrap_or_default(), codes.next().unwrap_or_default());
        let unit = pick(&mut rng, &units).and_then(|id| org.units.get(*id));
        let (replied, solved) = (rng.random_range(0..10) < 7, rng.random_range(0..10) < 8);
        let word = |list: &[&str], rng: &mut ChaCha8Rng| pick(rng, list).map_or("", |word| *word).to_owned();
        let house = rng.random_range(1..200);
        let address = format!("{}{house}号附近", area.name);
        let text =
            format!("{}{}{}，{}。", word(&OPENINGS, &mut rng), address, matter.name, word(&WISHES, &mut rng));
        let yes = |flag: bool| if flag { "是" } else { "否" }.to_owned();
        rows.push([
            format!("HL{}-{no:06}", zone.to_datetime(at.timestamp()).strftime("%Y%m%d")),
            written(at, zone),
            word(&CHANNELS, &mut rng),
            word(&CALLERS, &mut rng),
            "000****0000".to_owned(),
            word(&KINDS, &mut rng),
            format!("{}问题", matter.name),
            text,
            board.to_owned(),
            track.to_owned(),
            matter.code.to_string(),
            address,
            area.code.to_string(),
            unit.map_or_else(String::new, |unit| unit.name.to_string()),
            written(at.plus_minutes(rng.random_range(1..8) * 24 * 60), zone),
            if replied { written(at.plus_minutes(rng.random_range(30..2_000)), zone) } else { String::new() },
            if replied { "已联系诉求人，正在办理。".to_owned() } else { String::new() },
            if replied { "已办结" } else { "办理中" }.to_owned(),
            if replied { yes(solved) } else { String::new() },
            if replied { yes(solved && rng.random_range(0..10) < 9) } else { String::new() },
        ]);
    }
    rows
}

/// The rows as CSV (RFC 4180) with the headings on top.
pub fn csv(rows: &[[String; 20]]) -> String {
    let quoted = |field: &str| {
        if field.contains(['"', ',', '\n', '\r']) {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            field.to_owned()
        }
    };
    let mut text = COLUMNS.join(",");
    text.push_str("\r\n");
    for row in rows {
        let line: Vec<String> = row.iter().map(|field| quoted(field)).collect();
        text.push_str(&line.join(","));
        text.push_str("\r\n");
    }
    text
}
