//! What people say: short texts made of the pack's own words, the place, and a handful of phrases.

use huying_model::{
    catalogue::{Condition, Matter, Source},
    ids::AreaCode,
    org::Org,
};
use rand::{Rng, RngExt};

fn pick<'a>(from: &[&'a str], rng: &mut impl Rng) -> &'a str {
    from.get(rng.random_range(0..from.len().max(1))).copied().unwrap_or_default()
}

/// The two smallest areas around a place, the larger first.
pub fn place(org: &Org, area: Option<&AreaCode>) -> String {
    let Some(area) = area else { return "位置不详处".into() };
    let names: Vec<&str> = org.ancestors(area).take(3).map(|area| area.name.as_str()).collect();
    names.into_iter().skip(1).rev().collect()
}

/// An address that belongs to nobody.
pub fn address(org: &Org, area: Option<&AreaCode>, rng: &mut impl Rng) -> String {
    format!("{}{}号附近", place(org, area), rng.random_range(1..200))
}

/// A report's title and text, the text at least `signs` long.
pub fn report(
    org: &Org,
    matter: &Matter,
    condition: &Condition,
    area: Option<&AreaCode>,
    source: Source,
    signs: usize,
    rng: &mut impl Rng,
) -> (String, String) {
    let place = place(org, area);
    let title = format!("{place}{}", matter.name);
    let began =
        pick(&["今早发现", "昨晚开始", "已有三天", "上周就有", "刚刚看到", "下雨以后", "近半个月"], rng);
    let felt = pick(
        &[
            "影响出行",
            "老人经过容易摔倒",
            "附近居民多次反映",
            "车辆需要绕行",
            "夜里看不清",
            "气味较大",
            "存在安全隐患",
        ],
        rng,
    );
    let wish = pick(&["请尽快处理。", "希望有人来看一下。", "请核实。", "盼回复。", "请相关单位到场。"], rng);
    let mut text =
        format!("{}：{place}，{began}{}，{}，{felt}，{wish}", source.zh(), matter.name, condition.opens_when);
    let mut round = 0;
    while text.chars().count() < signs {
        round += 1;
        let more = pick(
            &[
                "现场情况如照片所示，范围大约三米。",
                "周边住户较多，早晚高峰更明显。",
                "之前处理过一次，过后又出现。",
                "商户也有同样的反映。",
            ],
            rng,
        );
        text.push_str(&format!("补充{round}：{began}{}，{more}", matter.name));
    }
    (title, text)
}

/// A sentence for a reason, a comment or a finding.
pub fn sentence(of: &[&'static str], rng: &mut impl Rng) -> &'static str {
    of.get(rng.random_range(0..of.len().max(1))).copied().unwrap_or("已处理")
}

pub const DECLINED: &[&str] =
    &["不属于本区受理范围，已告知相应渠道", "信息不足且无法联系，现场未发现", "属司法途径事项，已解释说明"];
pub const RETURNED: &[&str] =
    &["经查不属于本单位职责，请改派", "位置在相邻辖区，退回重新派遣", "产权单位另有归属，附说明"];
pub const FAILED: &[&str] =
    &["现场仍有残留，未达到结案标准", "照片与现场不符，请重新处置", "只处理了一半，另一侧未动"];
pub const UNSOLVED: &[&str] = &["来电人表示问题仍在", "来电人称只是临时处理，又出现了"];
pub const PROGRESS: &[&str] = &[
    "已到现场查看，正在协调材料",
    "已联系产权单位，约定明日施工",
    "已设置警示围挡，等待配件",
    "已约谈当事人，安排复查",
];
pub const EXTENSION: &[&str] =
    &["配件需订货，申请延期", "连日降雨无法施工，申请延期", "需多方协调，申请延长办理时间"];
pub const SUSPENSION: &[&str] = &["等待管线改造统一施工，申请挂起", "当事人外出，约定返回后继续，申请挂起"];
pub const CALLS: &[&str] = &["需要执法力量到场配合", "需要专业设备支援", "请社区协助联系住户"];
pub const ANSWERS: &[&str] = &["已派人到场配合", "设备已调拨，一小时内到", "已联系住户并陪同入户"];
pub const DONE: &[&str] =
    &["已处置完毕，恢复原状", "已清理并复查", "已更换，使用正常", "双方达成一致，已签字"];
pub const EXPLAINED: &[&str] =
    &["经核实属正常施工，已向居民解释并公示工期", "现行规定不支持该诉求，已书面答复并说明理由"];
pub const COMMENTS: &[&str] =
    &["请问处理到哪一步了？", "谢谢，师傅今天来过了。", "补充一下，旁边还有一处。", "情况比昨天更明显了。"];
pub const DIFFICULT: &[&str] = &["涉及多个产权单位，单个部门无法解决", "历史遗留问题，需会商确定责任"];
pub const SUPERVISED: &[&str] = &["请加快办理，当天反馈进展", "群众关注度高，请领导阅处"];
pub const ASKED: &[&str] = &["请补充具体楼栋或门牌号", "请说明大约从什么时候开始"];
