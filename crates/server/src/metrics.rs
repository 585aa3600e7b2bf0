//! What the process counts, in the text form that Prometheus reads.
//!
//! Labels are routes, methods and statuses: never ids, names or texts of a request.

use std::{fmt, sync::atomic::AtomicU64, time::Duration};

use huying_model::MemberId;
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

use crate::open311::places::Place;

/// Seconds: from half a millisecond to ten seconds.
const BUCKETS: [f64; 14] =
    [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];

/// An answered request.
#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Commanded {
    command: &'static str,
    /// `done`, `replayed`, or the code of the problem.
    outcome: &'static str,
}

/// The counters of one process.
pub struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Histogram,
    commands: Family<Commanded, Counter>,
    streams: Gauge,
}

impl Metrics {
    pub(crate) fn new() -> Metrics {
        let mut registry = Registry::with_prefix("huying");
        let requests = Family::default();
        registry.register("http_requests", "Answered HTTP requests", requests.clone());
        let seconds = Histogram::new(BUCKETS);
        registry.register_with_unit(
            "http_request_duration",
            "Time to the answer's head",
            Unit::Seconds,
            seconds.clone(),
        );
        let commands = Family::default();
        registry.register("commands", "Commands on cases by outcome", commands.clone());
        let streams: Gauge = Gauge::default();
        registry.register("live_streams", "Open live streams", streams.clone());
        Metrics { registry, requests, seconds, commands, streams }
    }

    pub(crate) fn answered(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        self.requests.get_or_create(&Answered { method, route: route.to_owned(), status }).inc();
        self.seconds.observe(took.as_secs_f64());
    }

    pub(crate) fn commanded(&self, command: &'static str, outcome: &'static str) {
        self.commands.get_or_create(&Commanded { command, outcome }).inc();
    }

    /// Counts a live stream while the answer is held, which has a place among its member's where those are bounded.
    pub(crate) fn stream(&self, place: Option<Place<MemberId>>) -> OpenStream {
        self.streams.inc();
        OpenStream { counted: self.streams.clone(), _place: place }
    }

    /// Everything, as OpenMetrics text, followed by `more` figures of the store.
    pub(crate) fn text(&self, more: &[(&str, &str, u64)]) -> Result<String, fmt::Error> {
        let mut registry = Registry::with_prefix("huying");
        for (name, help, value) in more {
            let gauge = Gauge::<u64, AtomicU64>::default();
            gauge.set(*value);
            registry.register(*name, *help, gauge);
        }
        let (mut text, mut rest) = (String::new(), String::new());
        encode(&mut rest, &registry)?;
        encode(&mut text, &self.registry)?;
        // One document ends once.
        let end = "# EOF\n";
        Ok(format!("{}{rest}", text.strip_suffix(end).unwrap_or(&text)))
    }
}

/// Lives as long as its stream.
pub(crate) struct OpenStream {
    counted: Gauge,
    _place: Option<Place<MemberId>>,
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.counted.dec();
    }
}
