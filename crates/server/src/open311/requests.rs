//! Cases as service requests: the list with its filters, and one of them.
//!
//! Owns the arguments and the fields. Everything shown comes from the public view; the point is that of the cell. Without a page size a
//! list has the first thousand, as the specification says; a far page is found by walking over small rows of the store, and within a
//! page each piece goes on where the last ended. Start at [`list`].

use axum::response::Response;
use huying_engine::{
    Engine,
    public::{CHUNK, View, Window, photo_address},
};
use huying_geo::Point;
use huying_model::Instant;
use huying_store::{PublicFilter, PublicFrom, TenantId};
use jiff::tz::TimeZone;
use smol_str::SmolStr;

use super::{
    Call,
    answer::Node,
    asked::{Asked, shown},
    errors::{Refused, no_such, said},
    services,
    stream::{Piece, Pieces, listed},
};
use crate::{language::Lang, problem::Problem};

const DAY_MS: i64 = 86_400_000;
/// Days that one list may span.
const SPAN_DAYS: i64 = 90;
/// Requests of a page where nothing is said, and at most.
const USUAL: usize = 1_000;
const LONGEST: usize = 1_000_000;
/// Metres around a point.
const WIDEST: f64 = 100_000.0;

/// A moment as it is written: with the offset of the authority's zone.
pub(super) fn written(at: Instant, zone: &TimeZone) -> String {
    at.timestamp().to_zoned_datetime(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// How the fields of a request are written.
#[derive(Clone)]
pub(super) struct Writer {
    pub base: String,
    pub lang: Lang,
    pub zone: TimeZone,
    pub extended: bool,
    /// From where distances are measured.
    pub around: Option<Point>,
}

impl Writer {
    pub fn of(call: &Call, asked: &Asked) -> Result<Writer, Refused> {
        let zone = call.state.setting()?.zone.clone();
        let extended = asked.said("extensions").is_some_and(|said| !said.eq_ignore_ascii_case("false"));
        Ok(Writer { base: call.base.clone(), lang: call.lang, zone, extended, around: None })
    }

    pub fn at(&self, at: Instant) -> Node {
        Node::Text(written(at, &self.zone))
    }

    fn maybe_at(&self, at: Option<Instant>) -> Node {
        at.map_or(Node::Absent, |at| self.at(at))
    }

    pub fn photos<'a>(&self, number: &str, files: impl Iterator<Item = &'a SmolStr>) -> Vec<Node> {
        files.map(|file| Node::Text(photo_address(&self.base, number, file))).collect()
    }

    pub fn status(&self, view: &View) -> String {
        let (zh, en) = view.status.sentence();
        match &view.parent {
            Some(parent) => self.lang.pick(format!("{zh}（{parent}）"), format!("{en} ({parent})")),
            None => self.lang.pick(zh, en),
        }
    }

    fn request(&self, view: &View, service: &str) -> Node {
        let point = view.cell.as_ref().and_then(|cell| cell.point);
        let degrees = |of: fn(Point) -> f64| point.map_or(Node::Empty, |point| Node::Number(of(point)));
        let photos = self.photos(&view.number, view.photos());
        let name = |names: &huying_pack::Names| self.lang.pick(&names.zh, &names.en).to_string();
        let mut fields = vec![
            ("service_request_id", Node::text(view.number.clone())),
            ("status", Node::text(if view.status.open() { "open" } else { "closed" })),
            ("status_notes", Node::Text(self.status(view))),
            ("service_name", Node::text(service)),
            ("service_code", Node::Text(services::code_of(&view.matter))),
            ("description", Node::maybe(view.words.clone())),
            ("agency_responsible", Node::Text(name(&view.agency))),
            ("service_notice", Node::Empty),
            ("requested_datetime", self.at(view.received_at)),
            // Of a closed request it is when it was closed, or when something was published of it since: what lists are narrowed by.
            ("updated_datetime", self.at(view.updated_at)),
            ("expected_datetime", self.maybe_at(view.due)),
            ("address", Node::maybe(view.cell.as_ref().map(|cell| name(&cell.name)))),
            ("address_id", Node::maybe(view.cell.as_ref().map(|cell| cell.code.as_str()))),
            ("zipcode", Node::Empty),
            ("lat", degrees(Point::lat)),
            ("long", degrees(Point::lon)),
            ("media_url", photos.first().cloned().unwrap_or(Node::Empty)),
        ];
        if let (Some(around), Some(point)) = (self.around, point) {
            fields.push(("distance", Node::Number(around.metres_to(point).round())));
        }
        if self.extended {
            fields.extend(self.more(view, photos));
        }
        Node::Record(fields)
    }

    /// What goes beyond the specification, for those who ask.
    fn more(&self, view: &View, photos: Vec<Node>) -> Vec<(&'static str, Node)> {
        let note = |kind: &str, zh: &str, en: &str, at: Instant| {
            Node::Record(vec![
                ("datetime", self.at(at)),
                ("summary", Node::text(self.lang.pick(zh, en))),
                ("description", Node::Empty),
                ("type", Node::text(kind)),
            ])
        };
        let mut notes = vec![note("submitted", "已收到", "Received", view.received_at)];
        notes.extend(view.filed_at.map(|at| note("opened", "已受理", "Accepted", at)));
        let (zh, en) = view.status.sentence();
        match view.closed_at {
            Some(at) => notes.push(note("closed", &zh, &en, at)),
            None if view.updated_at > view.filed_at.unwrap_or(view.received_at) => {
                notes.push(note("activity", &zh, &en, view.updated_at));
            }
            None => {}
        }
        let extended = Node::Record(vec![
            ("detailed_status", Node::text(view.status.extended())),
            ("closed_datetime", self.maybe_at(view.closed_at)),
            // The point stands for the cell, or for the area of the centre, and is not where it happened.
            ("location_precision", Node::text(if view.placed { "cell" } else { "area" })),
        ]);
        vec![
            ("media_urls", Node::List("media_url", photos)),
            ("duplicate", Node::Bool(view.parent.is_some())),
            ("parent_service_request_id", Node::maybe(view.parent.clone())),
            ("extended_attributes", extended),
            // What a reporter answered is theirs: it is never shown.
            ("attributes", Node::List("attribute", Vec::new())),
            ("notes", Node::List("note", notes)),
        ]
    }
}

/// One request, as an array of one.
pub(super) async fn one(call: &Call, asked: &Asked, number: &str) -> Result<Response, Refused> {
    let writer = Writer::of(call, asked)?;
    let view = call.state.engine.public_case(call.state.tenant(), number).await?;
    let view = view.ok_or_else(|| no_such("service_request_id"))?;
    let names = Names::of(call)?;
    let item = writer.request(&view, names.of_view(&view));
    services::answer(call, "service_requests", &Node::List("request", vec![item]))
}

/// Names of the services in the asked language.
pub(super) struct Names(std::collections::HashMap<huying_model::MatterCode, String>);

impl Names {
    pub fn of(call: &Call) -> Result<Names, Refused> {
        let setting = call.state.setting()?;
        let named = setting.services();
        let name = |(matter, _): (&huying_model::catalogue::Matter, _)| {
            (matter.code.clone(), services::name(matter, call.lang).to_owned())
        };
        Ok(Names(named.map(name).collect()))
    }
    fn of_view(&self, view: &View) -> &str {
        self.0.get(&view.matter).map_or("", String::as_str)
    }
}

/// Requests by a filter.
pub(super) async fn list(call: &Call, asked: &Asked) -> Result<Response, Refused> {
    let mut writer = Writer::of(call, asked)?;
    let names = Names::of(call)?;
    let numbers = asked.list("service_request_id")?;
    if !numbers.is_empty() {
        return named(call, &writer, &names, &numbers).await;
    }
    let (filter, around) = filter(call, asked)?;
    writer.around = around;
    let (skip, most) = page(asked, USUAL)?;
    let pieces = Requests {
        engine: call.state.engine.clone(),
        tenant: call.state.tenant(),
        filter,
        from: PublicFrom::Skip(skip),
        left: most,
        writer,
        names,
    };
    listed(call, ("service_requests", "request"), most, pieces).await
}

/// Those that are named, in the order in which they were named; whatever else was said does not count.
async fn named(call: &Call, writer: &Writer, names: &Names, numbers: &[&str]) -> Result<Response, Refused> {
    let views = call.state.engine.public_numbered(call.state.tenant(), numbers).await?;
    let items = views.iter().map(|view| writer.request(view, names.of_view(view))).collect();
    services::answer(call, "service_requests", &Node::List("request", items))
}

/// How many are left out, and how many follow; `usual` where no size is said.
pub(super) fn page(asked: &Asked, usual: usize) -> Result<(u64, usize), Refused> {
    let size = asked.number::<usize>("page_size")?.unwrap_or(usual);
    if !(1..=LONGEST).contains(&size) {
        return Err(Refused::mistake(
            said(format!("请在1至{LONGEST}之间"), format!("ask for 1 to {LONGEST}")).about("page_size"),
        ));
    }
    let page = asked.number::<u64>("page")?.unwrap_or(1);
    if page == 0 {
        return Err(Refused::mistake(said("页码从1开始", "pages count from 1").about("page")));
    }
    Ok(((page - 1).saturating_mul(size as u64), size))
}

/// The span of an argument pair; the 90 days of the specification where `bounded`.
pub(super) fn span(
    asked: &Asked,
    (from, until): (&str, &str),
    zone: &TimeZone,
    bounded: Option<Instant>,
) -> Result<Option<(Instant, Instant)>, Refused> {
    let (start, end) = (asked.moment(from, zone, false)?, asked.moment(until, zone, true)?);
    let days = SPAN_DAYS * DAY_MS;
    let span = match (start, end, bounded) {
        (None, None, None) => return Ok(None),
        (None, None, Some(now)) => (now.plus_ms(-days), Instant::MAX),
        (Some(start), None, None) => (start, Instant::MAX),
        (None, Some(end), None) => (Instant::MIN, end),
        (Some(start), None, Some(_)) => (start, start.plus_ms(days)),
        (None, Some(end), Some(_)) => (end.plus_ms(-days), end),
        (Some(start), Some(end), _) => (start, end),
    };
    if span.0 > span.1 {
        return Err(Refused::mistake(said(
            format!("{from} 晚于 {until}"),
            format!("{from} lies after {until}"),
        )));
    }
    let given = start.is_some() && end.is_some();
    // Less than a day more, for an end that is told by its day.
    if bounded.is_some() && given && span.1.minus(span.0) >= days + DAY_MS {
        return Err(Refused::mistake(said(
            format!("{from} 与 {until} 最多相隔{SPAN_DAYS}天"),
            format!("{from} and {until} may lie {SPAN_DAYS} days apart at most"),
        )));
    }
    Ok(Some(span))
}

fn filter(call: &Call, asked: &Asked) -> Result<(PublicFilter, Option<Point>), Refused> {
    let setting = call.state.setting()?;
    let zone = &setting.zone;
    let updated = span(asked, ("updated_after", "updated_before"), zone, None)?;
    // Whoever asks what changed since asks of requests of any age.
    let bounded = (updated.is_none() || asked.said("start_date").is_some()).then(|| call.state.now());
    let received = span(asked, ("start_date", "end_date"), zone, bounded)?;
    let open =
        match asked.list("status")?.iter().map(|status| status.to_ascii_lowercase()).collect::<Vec<_>>() {
            known if known.is_empty() => None,
            known => match known.iter().find(|status| !matches!(status.as_str(), "open" | "closed")) {
                Some(wrong) => {
                    return Err(Refused::mistake(
                        said(
                            format!("“{}”既不是 open 也不是 closed", shown(wrong)),
                            format!("'{}' is neither open nor closed", shown(wrong)),
                        )
                        .about("status"),
                    ));
                }
                None => (known.len() == 1).then(|| known.iter().any(|status| status == "open")),
            },
        };
    let matters = matters(asked, setting.public_matters(), &setting)?;
    let (wanted, around) = ground(asked)?;
    let areas = wanted.map(|wanted| setting.ground().areas(wanted));
    let filter = PublicFilter { matters, open, received, updated, areas, ..PublicFilter::default() };
    Ok((filter, around))
}

fn matters(
    asked: &Asked,
    public: Vec<SmolStr>,
    setting: &huying_engine::Setting,
) -> Result<Vec<SmolStr>, Refused> {
    let codes = asked.list("service_code")?;
    if codes.is_empty() {
        return Ok(public);
    }
    let wanted: Vec<SmolStr> = codes.iter().map(|code| services::matter_of(code).0).collect();
    let known = |code: &SmolStr| setting.services().any(|(matter, _)| matter.code.0 == *code);
    if !wanted.iter().all(known) {
        return Err(no_such("service_code"));
    }
    Ok(wanted.into_iter().filter(|code| public.contains(code)).collect())
}

/// Which points of cells are wanted.
type Wanted = Box<dyn Fn(Point) -> bool + Send>;

fn ground(asked: &Asked) -> Result<(Option<Wanted>, Option<Point>), Refused> {
    let window = match asked.said("bbox") {
        None => None,
        Some(text) => {
            let sides: Vec<f64> = text.split(',').filter_map(|side| side.trim().parse().ok()).collect();
            let on_earth = |lon: f64, lat: f64| Point::from_degrees(lon, lat).is_ok();
            match sides[..] {
                [west, south, east, north]
                    if text.split(',').count() == 4
                        && south <= north
                        && on_earth(west, south)
                        && on_earth(east, north) =>
                {
                    Some(Window { west, south, east, north })
                }
                _ => {
                    return Err(Refused::mistake(
                        said("请写成 西,南,东,北（度）", "write west,south,east,north in degrees")
                            .about("bbox"),
                    ));
                }
            }
        }
    };
    let circle = match (asked.measure("lat")?, asked.measure("long")?, asked.measure("radius")?) {
        (None, None, None) => None,
        (Some(lat), Some(lon), Some(radius)) if radius > 0.0 && radius <= WIDEST => {
            let point = Point::from_degrees(lon, lat).map_err(|why| {
                Refused::mistake(said("不是地球上的点", why.to_string()).about("lat, long"))
            })?;
            Some((point, radius))
        }
        (Some(_), Some(_), Some(_)) => {
            return Err(Refused::mistake(
                said(format!("最大{WIDEST}米"), format!("up to {WIDEST} metres")).about("radius"),
            ));
        }
        _ => {
            return Err(Refused::mistake(said(
                "lat、long 和 radius 须同时给出：度和米",
                "lat, long and radius are given together: degrees and metres",
            )));
        }
    };
    let around = circle.map(|(point, _)| point);
    let wanted: Option<Wanted> = match (window, circle) {
        (None, None) => None,
        (window, circle) => Some(Box::new(move |point| {
            window.is_none_or(|window| window.holds(point))
                && circle.is_none_or(|(middle, radius)| middle.metres_to(point) <= radius)
        })),
    };
    Ok((wanted, around))
}

struct Requests {
    engine: Engine,
    tenant: TenantId,
    filter: PublicFilter,
    from: PublicFrom,
    left: usize,
    writer: Writer,
    names: Names,
}

impl Pieces for Requests {
    async fn next(&mut self) -> Result<Piece, Problem> {
        let wanted = self.left.min(CHUNK);
        let views = self.engine.public_cases(self.tenant, &self.filter, self.from, wanted).await?;
        self.left = self.left.saturating_sub(wanted);
        let items =
            views.items.iter().map(|view| self.writer.request(view, self.names.of_view(view))).collect();
        let more = match views.next {
            Some(from) if self.left > 0 => {
                self.from = from;
                true
            }
            _ => false,
        };
        Ok(Piece { items, more })
    }
}
