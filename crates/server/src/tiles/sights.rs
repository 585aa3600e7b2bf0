//! The open cases that somebody may see, as points ready for any tile.
//!
//! Owns what is kept for each sight (two members who may see the same share it), when it is read anew (whenever an event was stored since, in
//! any stream), and when classes change by the passing of time alone. Its mark is a sum over what is in sight and nothing else: an event out of
//! sight changes no mark, so nobody learns of it. Disputes have no point in the store and are in no tile.
//! Refuses to say who sees what: that is [`Sight`]'s. Start at [`Sights::picture`].

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
};

use huying_engine::{Setting, authority::Sight};
use huying_geo::{
    Datum, Point,
    tile::{Address, Cluster, Dot, Geometry, Points, Tile, TileError, Value, mercator::World},
};
use huying_model::Instant;
use huying_store::Placed;
use sha2::{Digest, Sha256};

use super::{ground::moved, shelf::Mark};
use crate::{api::queue::SOON_MINUTES, problem::Problem, session::SignedIn, state::AppState};

/// Open cases of a sight that are drawn, the newest.
const MOST: usize = 50_000;
/// Sights that are kept, and cases in all of them together.
const SIGHTS: usize = 64;
const MOST_KEPT: usize = 250_000;
/// From this zoom on every case is drawn by itself.
pub(crate) const SINGLE_FROM: u8 = 14;
/// Cases that one tile draws by themselves; where there are more, all of them are gathered.
const MOST_SINGLE: usize = 2_000;
/// A tile is parted into 2^4 squares each way.
const PARTING: u8 = 4;

/// How urgent a case is, as chips say it. The number is the class of its point.
pub(crate) const CLASSES: [&str; 4] = ["overdue", "soon", "fine", "paused"];

fn class(due: Option<Instant>, now: Instant) -> u8 {
    match due {
        None => 3,
        Some(due) if due <= now => 0,
        Some(due) if due <= now.plus_minutes(SOON_MINUTES) => 1,
        Some(_) => 2,
    }
}

/// The next moment at which the class of a case changes by itself.
fn turn(due: Option<Instant>, now: Instant) -> Option<Instant> {
    [due?.plus_minutes(-SOON_MINUTES), due?].into_iter().find(|at| *at > now)
}

/// Points of some of the cases, each known by the case's number in the picture.
struct Part {
    points: Points,
    cases: Vec<usize>,
}

/// The cases of a sight at a moment, in one datum.
pub(crate) struct Picture {
    /// The cases, the newest first.
    pub cases: Arc<Vec<Placed>>,
    pub at: Vec<Point>,
    pub class: Vec<u8>,
    pub mark: Mark,
    /// Overdue or due soon, and the others.
    urgent: Part,
    calm: Part,
    datum: Datum,
    from: Instant,
    until: Option<Instant>,
}

impl Picture {
    fn of(cases: &Arc<Vec<Placed>>, datum: Datum, now: Instant) -> Result<Picture, TileError> {
        let at: Vec<Point> =
            cases.iter().map(|case| moved(Point::new(case.lon_e7, case.lat_e7), datum)).collect();
        let class: Vec<u8> = cases.iter().map(|case| class(case.due, now)).collect();
        let mut sum = Sha256::new();
        for ((case, at), class) in cases.iter().zip(&at).zip(&class) {
            sum.update(case.case.0.to_be_bytes());
            sum.update((case.number.len() as u64).to_be_bytes());
            sum.update(case.number.as_bytes());
            sum.update(at.lon_e7.to_be_bytes());
            sum.update(at.lat_e7.to_be_bytes());
            sum.update([*class]);
        }
        let part = |wanted: fn(u8) -> bool| {
            // What lies beyond the map is left off it.
            let on_map = |(no, (at, class)): (usize, (&Point, &u8))| {
                (wanted(*class) && World::of(*at).is_ok()).then_some((no, Dot { at: *at, class: *class }))
            };
            let (cases, dots): (Vec<usize>, Vec<Dot>) =
                at.iter().zip(&class).enumerate().filter_map(on_map).unzip();
            Points::of(&dots, CLASSES.len() as u8).map(|points| Part { points, cases })
        };
        let (urgent, calm) = (part(|class| class < 2)?, part(|class| class >= 2)?);
        let until = cases.iter().filter_map(|case| turn(case.due, now)).min();
        let mark = sum.finalize().into();
        Ok(Picture { cases: Arc::clone(cases), at, class, mark, urgent, calm, datum, from: now, until })
    }

    fn holds(&self, cases: &Arc<Vec<Placed>>, datum: Datum, now: Instant) -> bool {
        let time = self.from <= now && self.until.is_none_or(|until| now < until);
        Arc::ptr_eq(&self.cases, cases) && self.datum == datum && time
    }

    /// Adds cases and clusters to a tile. Urgent ones stand by themselves at every zoom.
    ///
    /// # Errors
    /// As [`Tile::layer`].
    pub fn draw(&self, at: Address, tile: &mut Tile) -> Result<(), TileError> {
        let (mut alone, mut gathered) = (Vec::new(), Vec::new());
        for (part, single) in [(&self.urgent, true), (&self.calm, at.zoom() >= SINGLE_FROM)] {
            part.sort_out(at, single, &mut alone, &mut gathered);
        }
        let layer = tile.layer("clusters")?;
        for cluster in &gathered {
            let count = i64::try_from(cluster.total()).unwrap_or(i64::MAX);
            let of_class = CLASSES.into_iter().zip(&cluster.counts);
            let told = of_class.map(|(name, count)| (name, Value::Whole(i64::from(*count))));
            layer.feature(None, &cluster.geometry, told.chain([("count", Value::Whole(count))]))?;
        }
        let layer = tile.layer("cases")?;
        for (no, spot) in &alone {
            let (Some(case), Some(class)) = (self.cases.get(*no), self.class.get(*no)) else { continue };
            let (id, urgency) = (case.case.to_string(), CLASSES.get(usize::from(*class)));
            let told = [
                ("case", Value::Text(&id)),
                ("number", Value::Text(&case.number)),
                ("urgency", Value::Text(urgency.copied().unwrap_or_default())),
            ];
            layer.feature(None, spot, told)?;
        }
        Ok(())
    }
}

impl Part {
    fn sort_out(
        &self,
        at: Address,
        single: bool,
        alone: &mut Vec<(usize, Geometry)>,
        gathered: &mut Vec<Cluster>,
    ) {
        let case = |no: usize| self.cases.get(no).copied();
        if single && self.points.count(at) <= MOST_SINGLE {
            alone.extend(self.points.singles(at).filter_map(|(no, spot)| Some((case(no)?, spot))));
            return;
        }
        for cluster in self.points.clusters(at, PARTING) {
            match cluster.only.and_then(case) {
                Some(no) => alone.push((no, cluster.geometry)),
                None => gathered.push(cluster),
            }
        }
    }
}

/// What is kept of one sight.
#[derive(Default)]
struct Kept {
    /// When the last look at the store began, counted by [`Sights::turns`].
    begun: u64,
    /// The organisation by which was read.
    setting: Weak<Setting>,
    streams: Vec<(i64, i64)>,
    cases: Option<Arc<Vec<Placed>>>,
    pictures: Vec<Arc<Picture>>,
}

type Shared = Arc<tokio::sync::Mutex<Kept>>;

/// A sight by its name, and how many cases it has.
struct Known {
    name: String,
    shared: Shared,
    cases: usize,
}

/// The sights of everybody, the one that was used last at the end.
#[derive(Default)]
pub(crate) struct Sights {
    kept: Mutex<VecDeque<Known>>,
    turns: AtomicU64,
}

impl Sights {
    /// The open cases that a member may see now.
    pub async fn picture(
        &self,
        state: &AppState,
        who: &SignedIn,
        datum: Datum,
    ) -> Result<Arc<Picture>, Problem> {
        let arrived = self.turn();
        let name = name(&who.sight(state)?);
        let shared = self.shared(&name);
        let mut kept = shared.lock().await;
        let cases = self.cases(state, who, arrived, &mut kept).await?;
        self.weigh(&name, cases.len());
        let now = state.now();
        if let Some(picture) = kept.pictures.iter().find(|it| it.holds(&cases, datum, now)) {
            return Ok(Arc::clone(picture));
        }
        let picture = Arc::new(Picture::of(&cases, datum, now).map_err(|why| Problem::internal(&why))?);
        kept.pictures.retain(|old| Arc::ptr_eq(&old.cases, &cases) && old.datum != datum);
        kept.pictures.push(Arc::clone(&picture));
        Ok(picture)
    }

    fn turn(&self) -> u64 {
        self.turns.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn shared(&self, name: &str) -> Shared {
        let mut all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = all.iter().position(|known| known.name == name);
        let found = at.and_then(|at| all.remove(at));
        let found =
            found.unwrap_or_else(|| Known { name: name.to_owned(), shared: Shared::default(), cases: 0 });
        let shared = Arc::clone(&found.shared);
        all.push_back(found);
        shared
    }

    /// Notes how many cases a sight has, and lets those go that were not used for longest.
    fn weigh(&self, name: &str, cases: usize) {
        let mut all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.iter_mut().find(|known| known.name == name) {
            known.cases = cases;
        }
        let too_much = |all: &VecDeque<Known>| {
            all.len() > SIGHTS || all.iter().map(|known| known.cases).sum::<usize>() > MOST_KEPT
        };
        while all.len() > 1 && too_much(&all) {
            all.pop_front();
        }
    }

    /// What was read last, where nothing has happened since; else it is read again. Requests that wait together share one reading: each takes any that began
    /// after it had arrived.
    async fn cases(
        &self,
        state: &AppState,
        who: &SignedIn,
        arrived: u64,
        kept: &mut Kept,
    ) -> Result<Arc<Vec<Placed>>, Problem> {
        let setting = state.setting()?;
        // A weak pointer keeps the allocation, so another setting never has the same address.
        let same = std::ptr::eq(kept.setting.as_ptr(), Arc::as_ptr(&setting));
        if let Some(cases) = kept.cases.as_ref().filter(|_| same && kept.begun > arrived) {
            return Ok(Arc::clone(cases));
        }
        let begun = self.turn();
        let store = state.engine.store();
        // Before the cases: what is stored in between is read twice rather than never.
        let streams = store.streams().await?;
        if let Some(cases) = kept.cases.as_ref().filter(|_| same && kept.streams == streams) {
            kept.begun = begun;
            return Ok(Arc::clone(cases));
        }
        let seen = who.seen(state)?;
        let cases = Arc::new(store.open_placed(state.tenant(), seen.as_ref(), MOST).await?);
        *kept = Kept {
            begun,
            setting: Arc::downgrade(&setting),
            streams,
            cases: Some(Arc::clone(&cases)),
            pictures: Vec::new(),
        };
        Ok(cases)
    }
}

/// A sight in one text.
fn name(sight: &Sight) -> String {
    if sight.all {
        return "all".to_owned();
    }
    let areas: Vec<&str> = sight.areas.iter().map(|area| area.as_str()).collect();
    let units: Vec<&str> = sight.units.iter().map(|unit| unit.as_str()).collect();
    format!("areas\n{}\nunits\n{}", areas.join("\n"), units.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use huying_model::CaseId;

    fn case(no: u128, due: Option<i64>) -> Placed {
        Placed {
            case: CaseId(no),
            number: format!("T-{no}").into(),
            matter: None,
            area: None,
            lon_e7: 1_100_000_000 + no as i32,
            lat_e7: 300_000_000,
            due: due.map(Instant),
        }
    }

    fn drawn(picture: &Picture, zoom: u8) -> (usize, u64) {
        let at = Address::around(Point::new(1_100_000_000, 300_000_000), zoom).unwrap();
        let (mut alone, mut gathered) = (Vec::new(), Vec::new());
        picture.urgent.sort_out(at, true, &mut alone, &mut gathered);
        picture.calm.sort_out(at, zoom >= SINGLE_FROM, &mut alone, &mut gathered);
        (alone.len(), gathered.iter().map(Cluster::total).sum())
    }

    #[test]
    fn urgent_cases_stand_alone_where_calm_ones_are_gathered_and_nobody_is_lost() {
        let now = Instant(0);
        let soon = SOON_MINUTES * 60_000;
        let due = |no: u128| [Some(-1), Some(soon), Some(soon + 1), None][no as usize % 4];
        let cases = Arc::new((0..400).map(|no| case(no, due(no))).collect::<Vec<_>>());
        let picture = Picture::of(&cases, Datum::Wgs84, now).unwrap();
        assert_eq!(drawn(&picture, 9), (200, 200));
        assert_eq!(drawn(&picture, 14), (400, 0));
        // More urgent ones than a tile can show apart are gathered, too.
        let many = Arc::new((0..3_000).map(|no| case(no, Some(-1))).collect::<Vec<_>>());
        let (alone, gathered) = drawn(&Picture::of(&many, Datum::Wgs84, now).unwrap(), 9);
        assert_eq!((alone, gathered), (0, 3_000));
    }

    #[test]
    fn a_picture_holds_until_a_case_becomes_more_urgent() {
        let cases = Arc::new(vec![case(1, Some(SOON_MINUTES * 60_000 + 500)), case(2, None)]);
        let picture = Picture::of(&cases, Datum::Wgs84, Instant(0)).unwrap();
        assert!(picture.holds(&cases, Datum::Wgs84, Instant(499)));
        assert!(!picture.holds(&cases, Datum::Wgs84, Instant(500)));
        assert!(!picture.holds(&cases, Datum::Gcj02, Instant(0)));
        assert!(!picture.holds(&Arc::new(cases.to_vec()), Datum::Wgs84, Instant(0)));
        let later = Picture::of(&cases, Datum::Wgs84, Instant(500)).unwrap();
        assert_ne!(picture.mark, later.mark);
        assert_eq!(later.mark, Picture::of(&cases, Datum::Wgs84, Instant(501)).unwrap().mark);
    }

    #[test]
    fn sights_that_were_not_used_for_longest_go_first() {
        let sights = Sights::default();
        for no in 0..SIGHTS + 3 {
            sights.shared(&no.to_string());
            sights.weigh(&no.to_string(), 10);
            sights.shared("0");
        }
        let names = |sights: &Sights| -> Vec<String> {
            sights.kept.lock().unwrap().iter().map(|known| known.name.clone()).collect()
        };
        let kept = names(&sights);
        assert_eq!((kept.len(), kept.last().map(String::as_str)), (SIGHTS, Some("0")));
        assert!(!kept.contains(&"1".to_owned()) && kept.contains(&"66".to_owned()), "{kept:?}");
        sights.weigh("0", MOST_KEPT + 1);
        assert_eq!(names(&sights), ["0"], "the one that is used stays, however large");
    }

    #[test]
    fn what_lies_beyond_the_map_is_left_off_and_the_others_stay() {
        let polar = Placed { lat_e7: 899_000_000, ..case(1, None) };
        let cases = Arc::new(vec![polar, case(2, None)]);
        let picture = Picture::of(&cases, Datum::Wgs84, Instant(0)).unwrap();
        assert_eq!(drawn(&picture, 14), (1, 0));
    }
}
