//! Figures beside a simple count: the journal is folded case by case, and every sum of the store, every list behind a figure and every
//! table of the analysis has to say the same, for each member about what they see.

use std::{collections::BTreeMap, io::Cursor};

use huying_engine::{
    authority::{self as rule, Sight},
    insight,
};
use huying_model::{Case, Instant, MemberId, Stage, apply::apply, clock::Timer};
use huying_pack::sheet::Rows;
use huying_store::{Among, Heap, Sum};

use super::{Ids, World};

/// A case as its journal leaves it, with the last promise that it had.
type Folded = (Case, Option<Instant>);

/// What one case is, told without SQL.
fn one((case, promise): &Folded, now: Instant, soon: Instant) -> Sum {
    let mut sum = Sum { cases: 1, ..Sum::default() };
    if case.stage.is_open() {
        let clock = case.clock(&Timer::Promise).or_else(|| case.clock(&Timer::Intake));
        let due = clock.filter(|clock| clock.runs()).map(|clock| clock.due);
        let over = due.is_some_and(|due| due <= now);
        sum.open = 1;
        sum.paused = i64::from(due.is_none());
        sum.overdue = i64::from(over);
        sum.broken = i64::from(over && case.filed_at.is_some());
        sum.soon = i64::from(due.is_some_and(|due| due > now && due <= soon));
    }
    if case.stage == Stage::Closed {
        let ended = case.closed_at.zip(*promise);
        sum.closed = 1;
        sum.kept = i64::from(ended.is_some_and(|(at, due)| at <= due));
        sum.late = i64::from(ended.is_some_and(|(at, due)| at > due));
    }
    sum
}

impl World {
    async fn folded(&self) -> BTreeMap<String, Folded> {
        let store = self.desk.state.engine.store();
        let mut cases: BTreeMap<String, Folded> = BTreeMap::new();
        for entry in store.events_after(store.stream(), 0, 1000).await.unwrap() {
            let (case, promise) = cases.entry(entry.case.to_string()).or_default();
            apply(case, &entry.event);
            if let Some(clock) = case.clock(&Timer::Promise) {
                *promise = Some(clock.due);
            }
        }
        cases
    }

    /// Every figure of a member. How many cases were open, overdue or closed.
    pub async fn figures(&self, member: &str, should: &Ids) -> usize {
        let state = &self.desk.state;
        let (store, tenant, now) = (state.engine.store(), state.tenant(), state.now());
        let soon = now.plus_minutes(240);
        let setting = state.setting().unwrap();
        let org = &setting.policy.org;
        let actor = rule::actor(org, &MemberId::new(member), now).unwrap();
        let seen = Sight::of(org, &actor).scope(org);
        let folded = self.folded().await;
        let own: Vec<&Folded> =
            folded.iter().filter(|(id, _)| should.contains(*id)).map(|(_, it)| it).collect();
        let simple = |fits: &dyn Fn(&Case) -> bool| {
            let mut all = Sum::default();
            own.iter().filter(|it| fits(&it.0)).for_each(|it| all += one(it, now, soon));
            all
        };
        let among = |received| Among { received, areas: Vec::new(), now, soon, seen: seen.clone() };
        let open = store.heaps(tenant, &among(None)).await.unwrap();
        assert_eq!(insight::total(&open), simple(&|case| case.stage.is_open()), "{member}: open cases");
        let ever = Some((Instant(0), Instant(i64::MAX)));
        let all = store.heaps(tenant, &among(ever)).await.unwrap();
        assert_eq!(insight::total(&all), simple(&|_| true), "{member}: all cases");
        for (stage, sum) in insight::by(&all, |heap| Some(heap.stage.clone())) {
            assert_eq!(sum, simple(&|case| case.stage.code() == stage), "{member}: the stage {stage}");
        }
        let area = |case: &Case| case.place.area.as_ref().map(|area| area.0.clone());
        for (code, sum) in insight::by(&all, |heap: &Heap| Some(heap.area.clone())) {
            assert_eq!(sum, simple(&|case| area(case) == code), "{member}: the area {code:?}");
        }
        let mut days = Sum::default();
        store.days(tenant, &among(ever)).await.unwrap().into_iter().for_each(|(_, sum)| days += sum);
        assert_eq!(days, insight::total(&all), "{member}: the days");
        self.lists_of_figures(member, &insight::total(&open)).await;
        self.tables(member, should.len()).await;
        let total = insight::total(&all);
        usize::try_from(total.open + total.overdue + total.closed).unwrap()
    }

    /// The list behind each count has as many cases as the count says.
    async fn lists_of_figures(&self, member: &str, open: &Sum) {
        let counts = [
            ("overdue", open.overdue),
            ("soon", open.soon),
            ("fine", insight::fine(open)),
            ("paused", open.paused),
            ("", open.open),
        ];
        for (name, count) in counts {
            let page = self.ask(member, &format!("/cockpit/cases?area=990101&state={name}")).await;
            assert_eq!(page.status, 200, "{}", page.text());
            let lines = page.text().matches("<td class=\"code\">").count();
            assert_eq!(lines as i64, count.min(60), "{member}: the list of {name}");
        }
    }

    /// The rows of the tables add up to what is seen, and no page names a case beyond it.
    async fn tables(&self, member: &str, cases: usize) {
        for by in ["source", "problem", "area", "season", "state"] {
            let path = format!("/analysis/file?by={by}&area=990101&from=2026-01-01&to=2026-12-31");
            let file = self.ask(member, &path).await;
            assert_eq!(file.status, 200, "{}", file.text());
            let rows = Rows::open(Cursor::new(file.body)).unwrap().skip(1);
            let sum: usize = rows.map(|row| row.unwrap().cells[1].parse::<usize>().unwrap()).sum();
            assert_eq!(sum, cases, "{member}: the table by {by}");
        }
    }

    /// The screens name no case that is out of sight.
    pub async fn screens(&self, member: &str, should: &Ids) {
        for path in ["/cockpit", "/cockpit?area=990101", "/cockpit?wall=1", "/cockpit/cases", "/analysis"] {
            let answer = self.ask(member, path).await;
            assert_eq!(answer.status, 200, "{member} {path}: {}", answer.text());
            let text = answer.text();
            for (_, facts) in self.cases.iter().filter(|(id, _)| !should.contains(*id)) {
                assert!(!text.contains(&facts.number), "{member} {path} names {}", facts.number);
            }
        }
    }
}
