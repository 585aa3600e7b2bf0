//! What messages say, by the template's name in an event's notices.
//!
//! Owns the sentences in both languages. A message names the case by its number and says what happens next; it carries no
//! personal words, because mail and hooks leave the house. Refuses nothing: an unknown name gets the general sentence.

use huying_model::{Case, Instant, Stage, org::Org};
use jiff::tz::TimeZone;

/// The language of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    #[default]
    Zh,
    En,
}

/// What is told, in both languages. `{number}`, `{unit}`, `{stage}`, `{due}` and `{outcome}` are filled in.
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
    pub case: &'a Case,
    pub org: &'a Org,
    pub zone: &'a TimeZone,
    pub language: Language,
}

impl Scene<'_> {
    /// The finished sentence.
    pub fn render(&self, key: &str) -> String {
        let template = find(key);
        let text = match self.language {
            Language::Zh => template.zh,
            Language::En => template.en,
        };
        text.replace("{number}", &self.case.number)
            .replace("{unit}", &self.unit())
            .replace("{stage}", self.stage(self.case.stage))
            .replace("{outcome}", self.outcome())
            .replace("{due}", &self.due())
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
        self.org.units.get(id).map_or_else(|| id.to_string(), |unit| unit.name.to_string())
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
        let civil = self.zone.to_datetime(at.timestamp());
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
    use super::*;

    #[test]
    fn every_template_names_the_case_once_and_only_known_places_are_left_open() {
        let keys: std::collections::BTreeSet<_> = TEMPLATES.iter().map(|template| template.key).collect();
        assert_eq!(keys.len(), TEMPLATES.len(), "a name stands twice");
        for template in TEMPLATES {
            for text in [template.zh, template.en] {
                assert_eq!(text.matches("{number}").count(), 1, "{text}");
                let open = text.matches('{').count();
                let known = ["{number}", "{unit}", "{stage}", "{due}", "{outcome}"];
                assert_eq!(
                    open,
                    known.iter().map(|place| text.matches(place).count()).sum::<usize>(),
                    "{text}"
                );
            }
        }
    }
}
