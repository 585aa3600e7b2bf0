//! The live stream of the desk: counts, cases that entered or left the open queue, cases that changed.
//!
//! Owns the translation from the journal's stream to what web/src/islands/live.ts shows. The id of the last of
//! those that are told together is the position up to which the page is told, so a cut loses nothing. Start at [`live`].

use std::{collections::BTreeSet, convert::Infallible, time::Duration};

use axum::{
    extract::Query,
    http::HeaderMap,
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures::stream;
use huying_model::{CaseId, todo};
use serde::Deserialize;
use serde_json::json;
use smol_str::SmolStr;
use tokio::sync::watch;

use super::{
    tabs::{Tab, Tally},
    view::{View, Viewer},
};
use crate::{metrics::OpenStream, problem::Problem};

/// Events that are read at once.
const AT_ONCE: usize = 500;
/// Changes that come together are told together, and a busy city does not keep a browser busy.
const GATHER: Duration = Duration::from_millis(700);
/// Other nodes write without a nudge.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// What the address says.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    queue: Option<String>,
    after: Option<String>,
}

/// What happens to the member's queues.
pub async fn live(
    Viewer(view): Viewer,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let open = view.state.stream_of(&view.signed()?.member)?;
    let seen = headers.get("last-event-id").and_then(|value| value.to_str().ok()).or(asked.after.as_deref());
    let places = match seen.and_then(read) {
        Some(places) => places,
        None => view.state.engine.store().streams().await?,
    };
    let tab = asked.queue.as_deref().and_then(Tab::from_code).unwrap_or(Tab::Mine);
    let (news, closing) = (view.state.engine.store().live(), view.state.closing.subscribe());
    let tail = Tail { units: view.units(), view, tab, places, news, closing, told: Vec::new(), _open: open };
    let events = stream::unfold(tail, |mut tail| async move {
        tail.next().await.map(|event| (Ok::<_, Infallible>(event), tail))
    });
    let mut response =
        Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response();
    response.headers_mut().insert("x-accel-buffering", axum::http::HeaderValue::from_static("no"));
    Ok(response)
}

/// Where the journal stands now: what a page shows that reads everything after this, so that its stream tells what follows.
pub async fn position(view: &View) -> Result<String, Problem> {
    Ok(write(&view.state.engine.store().streams().await?))
}

/// `stream:position`, several parted by commas.
fn read(text: &str) -> Option<Vec<(i64, i64)>> {
    let pair = |pair: &str| {
        let (stream, position) = pair.split_once(':')?;
        Some((stream.parse().ok()?, position.parse().ok()?))
    };
    text.split(',').map(pair).collect()
}

fn write(places: &[(i64, i64)]) -> String {
    places.iter().map(|(stream, position)| format!("{stream}:{position}")).collect::<Vec<_>>().join(",")
}

struct Tail {
    view: View,
    units: Vec<SmolStr>,
    tab: Tab,
    places: Vec<(i64, i64)>,
    news: watch::Receiver<u64>,
    closing: watch::Receiver<bool>,
    /// Events that wait to be sent, last first.
    told: Vec<Event>,
    _open: OpenStream,
}

impl Tail {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.told.pop() {
                return Some(event);
            }
            if *self.closing.borrow() {
                return None;
            }
            self.news.mark_unchanged();
            if !self.view.signed().ok()?.is_still(&self.view.state).await {
                return None;
            }
            match self.read().await {
                Ok(cases) if cases.is_empty() => self.wait().await,
                Ok(cases) => self.tell(&cases).await.ok()?,
                Err(_) => return None,
            }
        }
    }

    async fn wait(&mut self) {
        tokio::select! {
            news = self.news.changed() => tokio::time::sleep(if news.is_ok() { GATHER } else { LOOK_AGAIN }).await,
            _ = self.closing.changed() => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }

    /// The cases of this tenant in which something happened.
    async fn read(&mut self) -> Result<BTreeSet<CaseId>, Problem> {
        let (store, tenant) = (self.view.state.engine.store(), self.view.state.tenant());
        let mut cases = BTreeSet::new();
        for (stream, last) in store.streams().await? {
            let at = self.places.iter().position(|(known, _)| *known == stream);
            let from = at.and_then(|at| self.places.get(at)).map_or(0, |(_, position)| *position);
            if from >= last {
                continue;
            }
            let entries = store.events_after(stream, from, AT_ONCE).await?;
            let Some(position) = entries.last().map(|entry| entry.position) else { continue };
            cases.extend(entries.iter().filter(|entry| entry.tenant == tenant).map(|entry| entry.case));
            match at.and_then(|at| self.places.get_mut(at)) {
                Some(place) => place.1 = position,
                None => self.places.push((stream, position)),
            }
        }
        Ok(cases)
    }

    /// Counts first, then each case: whether it stands in the open queue now, and that it changed.
    async fn tell(&mut self, cases: &BTreeSet<CaseId>) -> Result<(), Problem> {
        let ids: Vec<CaseId> = cases.iter().copied().collect();
        let state = self.view.state.clone();
        // Asked anew each time: a seat may have been taken away since the stream began.
        let seen = self.view.signed()?.seen_now(&state)?;
        let found = state.engine.store().cases_seen(state.tenant(), &ids, seen.as_ref()).await?;
        self.seated()?;
        let tally = Tally::of(&self.view).await?;
        let counts: serde_json::Map<_, _> = Tab::ALL
            .into_iter()
            .filter_map(|tab| Some((tab.code().to_owned(), json!(tally.count(tab)?))))
            .collect();
        let mut told = vec![("counts", json!(counts))];
        for view in &found {
            let id = view.case.id.to_string();
            let kind = if self.in_queue(&view.case) { "entered" } else { "left" };
            told.push((kind, json!({"queue": self.tab.code(), "case": id})));
            told.push(("changed", json!({ "case": id })));
        }
        let (place, last) = (write(&self.places), told.len().saturating_sub(1));
        let event = |(no, (kind, data)): (usize, (&str, serde_json::Value))| {
            let event = Event::default().event(kind).data(data.to_string());
            // A cut before the last of them is resumed before all of them: what is told twice changes nothing on the page.
            if no == last { event.id(place.as_str()) } else { event }
        };
        self.told = told.into_iter().enumerate().map(event).rev().collect();
        Ok(())
    }

    /// The queues are those of the seats that are theirs now.
    fn seated(&mut self) -> Result<(), Problem> {
        if let Some(who) = &mut self.view.who {
            who.actor = who.actor_now(&self.view.state)?;
        }
        self.units = self.view.units();
        Ok(())
    }

    fn in_queue(&self, case: &huying_model::Case) -> bool {
        let Some(part) = self.tab.part() else { return case.is_open() };
        part.stages.contains(&case.stage.code())
            && todo::todos(case)
                .iter()
                .any(|line| part.kinds.contains(&line.kind.code()) && self.units.contains(&line.unit.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_reads_back_what_it_writes() {
        let places = vec![(1, 345), (2, 7)];
        assert_eq!(read(&write(&places)), Some(places));
        assert_eq!(read("yesterday"), None);
    }
}
