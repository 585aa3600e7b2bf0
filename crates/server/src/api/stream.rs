//! The live stream: what happens to the cases that a member may read, as server-sent events.
//!
//! Owns the position that each client has reached: the `id` of an event names it, and `Last-Event-ID` (or `after`) goes on
//! behind it, however long the cut was, because the journal is kept for ever. Refuses to carry words: an event says what
//! happened where, and the client reads the case. Start at [`stream`].

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    convert::Infallible,
    fmt::Write as _,
    time::Duration,
};

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures::stream;
use huying_model::Case;
use huying_store::StreamEntry;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use tokio::sync::watch;
use utoipa::{IntoParams, ToSchema};

use super::shape::Moment;
use crate::{
    metrics::OpenStream,
    problem::{Both, Problem},
    sent::Asked,
    session::SignedIn,
    state::AppState,
};

/// Events that are read at once.
const AT_ONCE: usize = 200;
/// Other nodes write without a nudge; their events are looked for this often.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Where to begin and what to tell.
#[derive(Deserialize, IntoParams, Default)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct StreamQuery {
    /// Like Last-Event-ID, for clients that cannot send it: the `id` of the last event that was seen; `0` for all.
    after: Option<String>,
    /// Only cases in which this unit is custodian or lead.
    unit: Option<String>,
}

/// What an event tells.
#[derive(Serialize, ToSchema)]
pub struct Told {
    /// The case's id.
    id: String,
    #[schema(value_type = String)]
    number: SmolStr,
    /// The entry in the case's journal.
    seq: u32,
    /// What happened, such as `dispatched`; also the event's name.
    #[schema(value_type = String)]
    kind: SmolStr,
    at: Moment,
    /// Stage, custodian and the rest as they are now, which may be later than the event.
    stage: &'static str,
    #[schema(value_type = String)]
    custodian: SmolStr,
    #[schema(value_type = Option<String>)]
    lead: Option<SmolStr>,
    #[schema(value_type = Option<String>)]
    area: Option<SmolStr>,
    #[schema(value_type = Option<String>)]
    matter: Option<SmolStr>,
}

/// What happens to the cases that the member may read, as server-sent events.
///
/// Each event has an `id`; after a cut, send the last one as Last-Event-ID and nothing is missed. Events carry no words. A member holds up to 16 at one
/// time (a setting of the deployment); beyond them the answer is 429 with Retry-After.
#[utoipa::path(get, path = "/stream", tag = "live",
    params(StreamQuery, ("Last-Event-ID" = Option<String>, Header, description = "The `id` of the last event that was seen")),
    responses((status = 200, description = "Events; the data of each is a Told", content_type = "text/event-stream", body = Told)))]
pub async fn stream(
    State(state): State<AppState>,
    who: SignedIn,
    Asked(asked): Asked<StreamQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let open = state.stream_of(&who.member)?;
    let seen = headers.get("last-event-id").and_then(|value| value.to_str().ok()).or(asked.after.as_deref());
    let places = match seen {
        Some(seen) => read_places(seen)?,
        None => state.engine.store().streams().await?.into_iter().collect(),
    };
    let tail = Tail {
        who,
        unit: asked.unit.map(SmolStr::new),
        places,
        ready: VecDeque::new(),
        live: state.engine.store().live(),
        closing: state.closing.subscribe(),
        _open: open,
        state,
    };
    let events = stream::unfold(tail, |mut tail| async move {
        tail.next().await.map(|event| (Ok::<_, Infallible>(event), tail))
    });
    let mut response =
        Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response();
    // A proxy that holds events back would defeat the stream.
    response
        .headers_mut()
        .insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

/// `stream:position`, several parted by commas; a bare 0 is the beginning.
fn read_places(text: &str) -> Result<BTreeMap<i64, i64>, Problem> {
    if text.trim() == "0" {
        return Ok(BTreeMap::new());
    }
    let pair = |pair: &str| {
        let (stream, position) = pair.split_once(':')?;
        Some((stream.trim().parse().ok()?, position.trim().parse().ok()?))
    };
    text.split(',').map(pair).collect::<Option<_>>().ok_or_else(|| {
        let mend = Both::of(
            "请原样发送上一个事件的 id；发送 0 则从头开始。",
            "Send the id of an event as it came, or 0 for all.",
        );
        Problem::field(
            "Last-Event-ID",
            "position",
            Both::of("位置无法使用。", "This is no id of an event."),
            mend,
        )
    })
}

fn write_places(places: &BTreeMap<i64, i64>) -> String {
    places.iter().fold(String::new(), |mut text, (stream, position)| {
        let comma = if text.is_empty() { "" } else { "," };
        // Writing to a string cannot fail.
        let _ = write!(text, "{comma}{stream}:{position}");
        text
    })
}

/// One client's reading of the journal.
struct Tail {
    state: AppState,
    /// Whose stream it is: it ends with their session.
    who: SignedIn,
    unit: Option<SmolStr>,
    /// How far each node's stream was read.
    places: BTreeMap<i64, i64>,
    ready: VecDeque<Event>,
    live: watch::Receiver<u64>,
    closing: watch::Receiver<bool>,
    _open: OpenStream,
}

impl Tail {
    /// The next event; None when the server ends.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if *self.closing.borrow() {
                return None;
            }
            // News that come while we read wake us again.
            self.live.mark_unchanged();
            if !self.who.is_still(&self.state).await {
                return None;
            }
            match self.read().await {
                Ok(true) => {}
                Ok(false) => self.wait().await,
                Err(problem) => {
                    tracing::warn!(code = problem.code, "a live stream ended early");
                    return None;
                }
            }
        }
    }

    async fn wait(&mut self) {
        tokio::select! {
            news = self.live.changed() => {
                if news.is_err() {
                    // The store was closed: nothing comes any more.
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
            }
            _ = self.closing.changed() => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }

    /// Reads on in every stream; whether anything came.
    async fn read(&mut self) -> Result<bool, Problem> {
        let mut came = false;
        for (stream, last) in self.state.engine.store().streams().await? {
            let place = self.places.get(&stream).copied().unwrap_or(0);
            if place >= last {
                continue;
            }
            let entries = self.state.engine.store().events_after(stream, place, AT_ONCE).await?;
            came |= !entries.is_empty();
            self.tell(entries).await?;
        }
        Ok(came)
    }

    async fn tell(&mut self, entries: Vec<StreamEntry>) -> Result<(), Problem> {
        let tenant = self.state.tenant();
        let ids: BTreeSet<_> =
            entries.iter().filter(|entry| entry.tenant == tenant).map(|entry| entry.case).collect();
        let ids: Vec<_> = ids.into_iter().collect();
        // Asked anew each time: a seat may have been taken away since the stream began.
        let seen = self.who.seen_now(&self.state)?;
        let views = self.state.engine.store().cases_seen(tenant, &ids, seen.as_ref()).await?;
        let cases: BTreeMap<_, _> = views.into_iter().map(|view| (view.case.id, view.case)).collect();
        for entry in entries {
            self.places.insert(entry.stream, entry.position);
            let Some(case) = cases.get(&entry.case).filter(|_| entry.tenant == tenant) else { continue };
            if self.of_unit(case) {
                self.ready.push_back(event(&entry, case, &write_places(&self.places)));
            }
        }
        Ok(())
    }

    fn of_unit(&self, case: &Case) -> bool {
        let Some(unit) = &self.unit else { return true };
        &case.custodian.0 == unit || case.lead_unit().is_some_and(|lead| &lead.0 == unit)
    }
}

fn event(entry: &StreamEntry, case: &Case, place: &str) -> Event {
    let told = Told {
        id: case.id.to_string(),
        number: case.number.clone(),
        seq: entry.seq,
        kind: entry.kind.clone(),
        at: Moment(entry.event.times.received),
        stage: case.stage.code(),
        custodian: case.custodian.0.clone(),
        lead: case.lead_unit().map(|lead| lead.0.clone()),
        area: case.place.area.as_ref().map(|area| area.0.clone()),
        matter: case.matter.as_ref().map(|matter| matter.0.clone()),
    };
    let data = serde_json::to_string(&told).unwrap_or_default();
    Event::default().id(place).event(entry.kind.as_str()).data(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_reads_back_what_it_writes_and_nonsense_is_told() {
        let places = BTreeMap::from([(1, 345), (2, 7)]);
        assert_eq!(write_places(&places), "1:345,2:7");
        assert_eq!(read_places("1:345,2:7").unwrap(), places);
        assert!(read_places("0").unwrap().is_empty());
        assert_eq!(read_places("yesterday").unwrap_err().errors[0].field, "Last-Event-ID");
    }
}
