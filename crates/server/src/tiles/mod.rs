//! Vector tiles of the map: which layers there are, what each member gets of them, and what is kept of all that in memory.
//!
//! Owns [`Layer`] and the sum over everything that a tile was made of: it is the tile's ETag and its place on the shelf. Areas and overlays are the
//! same for whoever is signed in ([`ground`]); cases are those in sight ([`sights`]), so the same tile of two members differs; what everybody may see is
//! areas with counts. The bytes are [`huying_geo::tile`]'s. Refuses HTTP, which is [`crate::api::tiles`]'s. Start at [`Tiles::tile`].

mod everybody;
mod ground;
mod register;
mod shelf;
mod sights;

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use axum::body::Bytes;
use huying_engine::Setting;
use huying_geo::{
    Datum,
    tile::{Address, Tile, TileError},
};
use huying_pack::Pack;
use sha2::{Digest, Sha256};

pub(crate) use ground::{Ground, moved};
pub(crate) use shelf::Mark;
pub(crate) use sights::Picture;

use crate::{problem::Problem, session::SignedIn, state::AppState};
use everybody::Everybody;
use register::Register;
use shelf::Shelf;
use sights::Sights;

/// What a tile may show.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Layer {
    Areas,
    Overlays,
    Cases,
    Components,
}

impl Layer {
    /// The layers that a name stands for, in the order in which they are drawn.
    pub fn named(name: &str) -> Option<&'static [Layer]> {
        let layers: &'static [Layer] = match name {
            "areas" => &[Layer::Areas],
            "overlays" => &[Layer::Overlays],
            "cases" => &[Layer::Cases],
            "components" => &[Layer::Components],
            "ground" => &[Layer::Areas, Layer::Overlays],
            "all" => &[Layer::Areas, Layer::Overlays, Layer::Components, Layer::Cases],
            _ => return None,
        };
        Some(layers)
    }
}

/// A tile, and the mark of everything that it was made of.
pub(crate) struct Made {
    pub mark: Mark,
    /// None where whoever asks has it already.
    pub bytes: Option<Bytes>,
}

/// The grounds of a pack by datum.
type Grounds = (Weak<Pack>, HashMap<Datum, Arc<Ground>>);

/// What the process keeps for tiles.
#[derive(Default)]
pub(crate) struct Tiles {
    grounds: tokio::sync::Mutex<Grounds>,
    sights: Sights,
    everybody: Everybody,
    shelf: Shelf,
}

fn broken(why: &TileError) -> Problem {
    Problem::internal(why)
}

/// The mark of a tile: its name, its place, and the marks of what it is made of.
fn mark(name: &str, at: Address, parts: &[Mark]) -> Mark {
    let mut sum = Sha256::new();
    sum.update(name.as_bytes());
    sum.update([0, at.zoom()]);
    sum.update(at.x().to_be_bytes());
    sum.update(at.y().to_be_bytes());
    parts.iter().for_each(|part| sum.update(part));
    sum.finalize().into()
}

impl Tiles {
    /// The layers of a name for a member. `known` says whether whoever asks has the tile of a mark already.
    pub async fn tile(
        &self,
        (state, who): (&AppState, &SignedIn),
        (name, layers): (&str, &[Layer]),
        (at, datum): (Address, Datum),
        known: impl Fn(&Mark) -> bool + Send,
    ) -> Result<Made, Problem> {
        let wants = |layer| layers.contains(&layer);
        let mut parts: Vec<Mark> = Vec::new();
        let mut ground = None;
        if wants(Layer::Areas) || wants(Layer::Overlays) {
            let made = self.ground(&state.setting()?, datum).await?;
            parts.push(made.mark);
            ground = Some(made);
        }
        let mut picture = None;
        if wants(Layer::Cases) {
            let made = self.sights.picture(state, who, datum).await?;
            parts.push(made.mark);
            picture = Some(made);
        }
        let mut register = None;
        if wants(Layer::Components) {
            let made = Register::of(state, at, datum).await?;
            parts.push(made.mark);
            register = Some(made);
        }
        self.made(mark(name, at, &parts), known, |tile| {
            for layer in layers {
                match layer {
                    Layer::Areas => {
                        ground.as_ref().map_or(Ok(()), |ground| ground.draw_areas(at, None, tile))?
                    }
                    Layer::Overlays => {
                        ground.as_ref().map_or(Ok(()), |ground| ground.draw_overlays(at, tile))?
                    }
                    Layer::Cases => picture.as_ref().map_or(Ok(()), |picture| picture.draw(at, tile))?,
                    Layer::Components => {
                        register.as_ref().map_or(Ok(()), |register| register.draw(at, tile))?
                    }
                }
            }
            Ok(())
        })
    }

    /// What everybody may see: areas, each with how many open cases there are in it and below of which everybody may know.
    pub async fn public(
        &self,
        state: &AppState,
        (at, datum): (Address, Datum),
        known: impl Fn(&Mark) -> bool + Send,
    ) -> Result<Made, Problem> {
        let ground = self.ground(&state.setting()?, datum).await?;
        let counted = self.everybody.counts(state).await?;
        self.made(mark("public", at, &[ground.mark, counted.mark]), known, |tile| {
            ground.draw_areas(at, Some(&counted.counts), tile)
        })
    }

    /// The cases in sight, for a list beside the map.
    pub async fn picture(
        &self,
        state: &AppState,
        who: &SignedIn,
        datum: Datum,
    ) -> Result<Arc<Picture>, Problem> {
        self.sights.picture(state, who, datum).await
    }

    fn made(
        &self,
        mark: Mark,
        known: impl Fn(&Mark) -> bool,
        draw: impl FnOnce(&mut Tile) -> Result<(), TileError>,
    ) -> Result<Made, Problem> {
        if known(&mark) {
            return Ok(Made { mark, bytes: None });
        }
        if let Some(bytes) = self.shelf.get(&mark) {
            return Ok(Made { mark, bytes: Some(bytes) });
        }
        let mut tile = Tile::new();
        draw(&mut tile).map_err(|why| broken(&why))?;
        let bytes = Bytes::from(tile.into_bytes());
        self.shelf.put(mark, bytes.clone());
        Ok(Made { mark, bytes: Some(bytes) })
    }

    /// The ground of today's pack; whoever comes while it is made waits for it.
    async fn ground(&self, setting: &Arc<Setting>, datum: Datum) -> Result<Arc<Ground>, Problem> {
        // The national datum is the inner one.
        let datum = if datum == Datum::Cgcs2000 { Datum::Wgs84 } else { datum };
        let mut kept = self.grounds.lock().await;
        let (of, grounds) = &mut *kept;
        // A weak pointer keeps the allocation, so another pack never has the same address.
        if !std::ptr::eq(of.as_ptr(), Arc::as_ptr(&setting.pack)) {
            (*of, *grounds) = (Arc::downgrade(&setting.pack), HashMap::new());
        }
        if let Some(found) = grounds.get(&datum) {
            return Ok(Arc::clone(found));
        }
        let (pack, policy) = (Arc::clone(&setting.pack), Arc::clone(&setting.policy));
        let made = tokio::task::spawn_blocking(move || Ground::of(&pack, &policy.org, datum)).await;
        let made = Arc::new(made.map_err(|why| Problem::internal(&why))?);
        grounds.insert(datum, Arc::clone(&made));
        Ok(made)
    }
}
