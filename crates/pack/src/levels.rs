//! The catalogue as each level of the authority has it: a district and its streets may sort the same matters into
//! boards and tracks of their own (板块跑道事项对接).
//!
//! Owns the view of one level's catalogue; the matters themselves are one list. Start at [`Pack::catalogues`].

use huying_model::{LevelName, MatterCode};

use crate::catalogue::Track;
use crate::load::{Board, Pack};

/// Boards, tracks and matters of one level.
#[derive(Clone, Debug)]
pub struct LevelCatalogue<'p> {
    /// None where the pack has one catalogue for all levels.
    pub level: Option<&'p LevelName>,
    pub boards: Vec<&'p Board>,
    /// Every matter with the track in which this level sorts it, in the order of their codes.
    pub matters: Vec<(&'p MatterCode, &'p Track)>,
}

impl LevelCatalogue<'_> {
    /// How many tracks the boards have.
    pub fn tracks(&self) -> usize {
        self.boards.iter().map(|board| board.tracks.len()).sum()
    }
}

impl Pack {
    /// A track by its code `board/track`.
    pub fn track(&self, code: &str) -> Option<&Track> {
        self.boards.iter().flat_map(|board| &board.tracks).find(|track| track.code == code)
    }

    /// The tracks in which a matter stands: its own first, then those of other levels' catalogues.
    pub fn tracks_of<'p>(&'p self, matter: &'p MatterCode) -> impl Iterator<Item = &'p Track> + 'p {
        let own = matter.as_str().rsplit_once('/').map(|(track, _)| track);
        let also = self.also.get(matter).into_iter().flatten().map(|code| code.as_str());
        own.into_iter().chain(also).filter_map(|code| self.track(code))
    }

    /// One catalogue a level, from the root down; a single one without a level where the pack does not tell levels apart.
    pub fn catalogues(&self) -> Vec<LevelCatalogue<'_>> {
        let named = |level: &LevelName| self.boards.iter().any(|board| board.level.as_ref() == Some(level));
        let levels: Vec<_> =
            self.levels.iter().map(|level| &level.code).filter(|level| named(level)).collect();
        if levels.is_empty() {
            return vec![self.catalogue(None)];
        }
        levels.into_iter().map(|level| self.catalogue(Some(level))).collect()
    }

    /// The catalogue of one level, or the only one.
    pub fn catalogue<'p>(&'p self, level: Option<&'p LevelName>) -> LevelCatalogue<'p> {
        let here = |track: &&Track| track.level.as_ref() == level;
        let boards = self.boards.iter().filter(|board| board.level.as_ref() == level).collect();
        let codes = self.policy.current.matters.keys();
        let matters =
            codes.filter_map(|code| self.tracks_of(code).find(here).map(|track| (code, track))).collect();
        LevelCatalogue { level, boards, matters }
    }
}
