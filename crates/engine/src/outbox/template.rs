//! What messages say, by the template's name in an event's notices.
//!
//! Owns the sentences in both languages; a pack may put its own in their place. A message names the
//! case by its number and says what happens next; it carries no personal words, because mail and hooks leave the house.
//! Refuses nothing: an unknown name gets the general sentence.

use huying_model::{Case, Instant, MemberId, Stage, UnitId, notice::fill};
use huying_pack::Names;
use smol_str::SmolStr;

use crate::engine::Setting;

/// The language of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    #[default]
    Zh,
    En,
}

/// What is told, in both languages. The fields of [`huying_model::notice::FIELDS`] are filled in.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    pub key: &'static str,
    pub zh: &'static str,
    pub en: &'static str,
}

macro_rules! templates {
    ($($key:literal $zh:literal $en:literal;)*) => {
        /// Every template.
        pub const TEMPLATES: &[Template] = &[ $( Template { key: $key, zh: $zh, en: $en }, )* ];
    };
}

templates! {
    // To reporters.
    "reported" "您反映的事项已登记，编号{number}，现由{unit}受理。" "Your report is registered as {number} and is with {unit}.";
    "verifying" "您反映的事项（{number}）正在由{unit}现场核实。" "{unit} is looking at what you reported ({number}) on the spot.";
    "filed" "您反映的事项（{number}）已立案，将在{due}前办结，现由{unit}派遣。" "Your case {number} is filed and will be closed by {due}; {unit} is dispatching it.";
    "dispatched" "您反映的事项（{number}）已派至{unit}，将在{due}前办结。" "Your case {number} was sent to {unit} and will be closed by {due}.";
    "handling" "您反映的事项（{number}）正由{unit}处置，将在{due}前办结。" "{unit} is working on your case {number}; it will be closed by {due}.";
    "inspecting" "您反映的事项（{number}）已处置，正由{unit}核查。" "The work on your case {number} is done and {unit} is checking it.";
    "calling_back" "您反映的事项（{number}）已处置，{unit}将对您回访。" "The work on your case {number} is done; {unit} will call you back.";
    "closed" "您反映的事项（{number}）已结案：{outcome}。如未解决，可在期限内要求重新办理。" "Your case {number} is closed: {outcome}. If it is not solved, you can have it reopened.";
    "declined" "您反映的事项（{number}）不予受理，理由见案件页面。如有异议可以提出。" "Your report {number} was not taken up; the case's page gives the reason. You may object.";
    "merged" "您反映的事项（{number}）与另一案件合并办理，您仍可用原编号查询。" "Your case {number} is handled together with another; you can still follow it under its number.";
    "withdrawn" "您反映的事项（{number}）已撤销。" "Your report {number} is withdrawn.";
    "suspended" "您反映的事项（{number}）暂时挂起，到期自动恢复办理。" "Your case {number} is suspended for now and goes on by itself when that ends.";
    "question" "关于您反映的事项（{number}），请补充说明：问题见案件页面。" "We have a question about your case {number}: please see its page.";
    // To staff.
    "yours" "{number} 现由贵单位负责（{stage}），时限 {due}。" "{number} is now with your unit ({stage}), due {due}.";
    "assist" "{number}：请贵单位协办。" "{number}: your unit is asked to assist.";
    "assist_ended" "{number}：协办已结束。" "{number}: the assistance has ended.";
    "vetoed" "{number}：该事项准入已被否决，贵单位的任务到此结束。" "{number}: grid workers are no longer asked for this matter; your unit's task has ended.";
    "called" "{number}：有单位呼叫贵单位支援，请应答。" "{number}: a unit calls yours for help; please answer.";
    "answered" "{number}：您的呼叫已得到应答。" "{number}: your call was answered.";
    "call_ended" "{number}：呼叫已结束。" "{number}: the call has ended.";
    "request" "{number}：有申请待贵单位审批。" "{number}: a request waits for your decision.";
    "granted" "{number}：申请已批准。" "{number}: the request was granted.";
    "refused" "{number}：申请未获批准。" "{number}: the request was refused.";
    "request_ended" "{number}：申请已结束。" "{number}: the request has ended.";
    "resumed" "{number} 已恢复办理，时限 {due}。" "{number} goes on, due {due}.";
    "convened" "{number}：召开会商，请参加。" "{number}: a meeting is called; please attend.";
    "officer" "{number}：您被指定为主办人。" "{number}: you were appointed officer.";
    "officer_rank" "{number} 的颜色已调整，现主办人层级不够，请另行指定主办人。" "{number} has another colour, which asks for a lead officer of a higher rank: please appoint one.";
    "comment" "{number} 有新留言。" "{number} has a new comment.";
    "supplement" "{number}：反映人已补充。" "{number}: the reporter has added to it.";
    "ask_ended" "{number}：反映人未补充，请继续办理。" "{number}: the reporter did not answer; go on.";
    "supervised" "{number} 已被督办。" "{number} is under supervision.";
    "parts_done" "{number}：各子案均已结束，请办结。" "{number}: every part has ended; please finish it.";
    "warned" "{number} 即将到期：{due}。" "{number} is due soon: {due}.";
    "overdue" "{number} 已超时（{due}）。" "{number} is overdue ({due}).";
    "attention" "{number} 需领导阅处。" "{number} needs a leader's attention.";
    "attention_overdue" "{number}：领导阅处已超时。" "{number}: the leader's attention is overdue.";
    "nominee" "{number}：无人可核查，请指定核查人。" "{number}: nobody is left to inspect; please name somebody.";
    "nominated" "{number}：您被指定为核查人。" "{number}: you were named to inspect it.";
    "follow_up" "{number}：结案后请跟踪。" "{number}: please follow up after closing.";
}

const GENERAL: Template =
    Template { key: "", zh: "{number} 有新进展（{stage}）。", en: "{number} has news ({stage})." };

/// The template of a name; the general sentence for a name that a newer version of the rules brought.
pub fn find(key: &str) -> Template {
    TEMPLATES.iter().find(|template| template.key == key).copied().unwrap_or(GENERAL)
}

/// What a sentence is filled with.
pub struct Scene<'a> {
    setting: &'a Setting,
    case: &'a Case,
    language: Language,
}

impl<'a> Scene<'a> {
    pub fn new(setting: &'a Setting, case: &'a Case, language: Language) -> Scene<'a> {
        Scene { setting, case, language }
    }

    /// The finished sentence of a notice.
    pub fn render(&self, key: &str) -> String {
        self.filled(self.message(key))
    }

    /// The finished reply that the pack offers to whoever ends this case; None where its matter has none.
    pub fn reply(&self) -> Option<String> {
        let open = self.setting.pack.reply(self.case.matter.as_ref()?)?;
        Some(self.filled(self.pick(open)))
    }

    /// Every reply of the pack, finished for this case, by its id; that of its matter goes first.
    pub fn replies(&self) -> Vec<(SmolStr, String)> {
        let pack = &self.setting.pack;
        let own = self.case.matter.as_ref().and_then(|matter| pack.replies.get(matter));
        let mut all: Vec<_> = pack.templates.replies.iter().collect();
        all.sort_by_key(|(id, _)| own != Some(*id));
        all.into_iter().map(|(id, open)| (id.clone(), self.filled(self.pick(open)))).collect()
    }

    /// Who answers for a unit at a moment, in a line of its own; None where no roster says.
    pub fn on_duty(&self, unit: &UnitId, at: Instant) -> Option<String> {
        let org = &self.setting.policy.org;
        let name = |id: &MemberId| {
            let zh = org.members.get(id).map(|member| &member.name);
            self.name(id.as_str(), zh)
        };
        let mut members = org.on_duty(unit, at).into_iter().map(name);
        let (first, deputies) = (members.next()?, members.collect::<Vec<_>>());
        Some(match (self.language, deputies.is_empty()) {
            (Language::Zh, true) => format!("值班：{first}"),
            (Language::Zh, false) => format!("值班：{first}（代班：{}）", deputies.join("、")),
            (Language::En, true) => format!("On duty: {first}"),
            (Language::En, false) => format!("On duty: {first} (deputies: {})", deputies.join(", ")),
        })
    }

    /// The open sentence of a message: the authority's, or the platform's where the pack or this language has none.
    fn message(&self, key: &str) -> &str {
        let (usual, own) = (find(key), self.setting.pack.templates.messages.get(key));
        own.map(|own| self.pick(own)).filter(|text| !text.is_empty()).unwrap_or(match self.language {
            Language::Zh => usual.zh,
            Language::En => usual.en,
        })
    }
    fn pick<'n>(&self, names: &'n Names) -> &'n str {
        match self.language {
            Language::Zh => &names.zh,
            Language::En => &names.en,
        }
    }
    /// The name of an area, unit or member: `zh`, but for English readers the English one where the pack has it.
    fn name(&self, code: &str, zh: Option<&SmolStr>) -> String {
        let english = self.setting.pack.english(code).filter(|_| self.language == Language::En);
        english.or(zh).map_or_else(|| code.to_owned(), ToString::to_string)
    }
    fn filled(&self, open: &str) -> String {
        fill(open, |field| match field {
            "number" => self.case.number.to_string(),
            "unit" => self.unit(),
            "stage" => self.stage(self.case.stage).to_owned(),
            "outcome" => self.outcome().to_owned(),
            "due" => self.due(),
            "matter" => self.matter(),
            _ => self.place(),
        })
    }

    /// The line above the sentence, for mail.
    pub fn subject(&self) -> String {
        match self.language {
            Language::Zh => format!("【呼应】{} {}", self.case.number, self.stage(self.case.stage)),
            Language::En => format!("[Huying] {} {}", self.case.number, self.stage(self.case.stage)),
        }
    }

    fn unit(&self) -> String {
        let id = &self.case.custodian;
        let zh = self.setting.policy.org.units.get(id).map(|unit| &unit.name);
        self.name(id.as_str(), zh)
    }
    fn matter(&self) -> String {
        let code = self.case.matter.as_ref();
        let rules = self.setting.policy.rules(self.case.policy.as_ref(), code);
        let found = code.and_then(|code| rules.matters.get(code));
        match (found, self.language) {
            (Some(matter), Language::Zh) => matter.name.to_string(),
            (Some(matter), Language::En) => matter.name_en.to_string(),
            (None, Language::Zh) => "事项待定".to_owned(),
            (None, Language::En) => "a matter still open".to_owned(),
        }
    }
    /// The area's name, never the address: that is a personal word.
    fn place(&self) -> String {
        match (&self.case.place.area, self.language) {
            (Some(area), _) => {
                let zh = self.setting.policy.org.areas.get(area).map(|area| &area.name);
                self.name(area.as_str(), zh)
            }
            (None, Language::Zh) => "地点待定".to_owned(),
            (None, Language::En) => "a place still open".to_owned(),
        }
    }
    fn stage(&self, stage: Stage) -> &'static str {
        match self.language {
            Language::Zh => stage.zh(),
            Language::En => stage.en(),
        }
    }
    fn outcome(&self) -> &'static str {
        let outcome = self.case.ending.as_ref().map(|ending| ending.outcome).unwrap_or_default();
        match self.language {
            Language::Zh => outcome.zh(),
            Language::En => outcome.en(),
        }
    }
    fn due(&self) -> String {
        use huying_model::clock::Timer;
        let clock = self.case.clock(&Timer::Promise).or_else(|| self.case.clock(&Timer::Intake));
        clock.map_or_else(|| "—".to_owned(), |clock| self.moment(clock.due))
    }
    fn moment(&self, at: Instant) -> String {
        let civil = self.setting.zone.to_datetime(at.timestamp());
        format!(
            "{:04}-{:02}-{:02} {:02}:{:02}",
            civil.year(),
            civil.month(),
            civil.day(),
            civil.hour(),
            civil.minute()
        )
    }
}

#[cfg(test)]
mod tests {
    use huying_model::notice::{NOTICES, fields};

    use super::*;

    #[test]
    fn every_template_names_the_case_once_and_only_known_places_are_left_open() {
        let keys: std::collections::BTreeSet<_> = TEMPLATES.iter().map(|template| template.key).collect();
        assert_eq!(keys.len(), TEMPLATES.len(), "a name stands twice");
        // Every notice that the model may send has a sentence, and none has one that nobody sends.
        assert_eq!(keys, NOTICES.into_iter().collect());
        for template in TEMPLATES {
            for text in [template.zh, template.en] {
                let fields = fields(text).unwrap();
                assert_eq!(fields.iter().filter(|field| **field == "number").count(), 1, "{text}");
            }
        }
    }
}
