//! Components of the city in a tile, read from the register as they are asked for.
//!
//! A city has hundreds of thousands, and nobody tells them apart from afar: they are drawn from the zoom on at which a tile is half a kilometre
//! wide. Its mark is a sum over what was read. Start at [`Register::of`].

use huying_geo::{
    Datum, Point,
    tile::{Address, Tile, TileError, Value},
};
use huying_store::components::{ComponentFilter, ComponentRow};
use sha2::{Digest, Sha256};

use super::{ground::moved, shelf::Mark};
use crate::{problem::Problem, state::AppState};

/// The first zoom at which components are drawn.
const FROM: u8 = 16;
/// Components of a page that is read, and pages of a tile.
const PAGE: usize = 1_000;
const MOST_PAGES: usize = 5;
/// How far beyond the tile is read, in 1e-7 degrees: a shifted datum is not the same in all of its corners.
const BEYOND: i32 = 5_000;

/// The components around a tile.
pub(crate) struct Register {
    rows: Vec<(Point, ComponentRow)>,
    pub mark: Mark,
}

/// The window of a tile in the inner system.
fn window(at: Address, datum: Datum) -> Option<huying_store::Bounds> {
    let it = at.bounds();
    let corner = |lon: f64, lat: f64| datum.to_inside(lon, lat).ok();
    let (low, high) = (corner(it.west, it.south)?, corner(it.east, it.north)?);
    Some(huying_store::Bounds {
        west_e7: low.lon_e7.saturating_sub(BEYOND),
        south_e7: low.lat_e7.saturating_sub(BEYOND),
        east_e7: high.lon_e7.saturating_add(BEYOND),
        north_e7: high.lat_e7.saturating_add(BEYOND),
    })
}

impl Register {
    /// What stands there now; nothing from afar.
    pub async fn of(state: &AppState, at: Address, datum: Datum) -> Result<Register, Problem> {
        let bounds = (at.zoom() >= FROM).then(|| window(at, datum)).flatten();
        let (mut rows, mut sum) = (Vec::new(), Sha256::new());
        let Some(bounds) = bounds else { return Ok(Register { rows, mark: sum.finalize().into() }) };
        let filter = ComponentFilter { bounds: Some(bounds), ..ComponentFilter::default() };
        let mut cursor: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let store = state.engine.store();
            let page = store.components(state.tenant(), &filter, cursor.as_deref(), PAGE).await?;
            rows.extend(page.items.into_iter().filter_map(|row| {
                let point = Point::new(row.component.lon_e7?, row.component.lat_e7?);
                Some((moved(point, datum), row))
            }));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        for (point, row) in &rows {
            sum.update(row.component.code.as_str().as_bytes());
            sum.update(row.no.to_be_bytes());
            sum.update(point.lon_e7.to_be_bytes());
            sum.update(point.lat_e7.to_be_bytes());
        }
        Ok(Register { rows, mark: sum.finalize().into() })
    }

    /// Adds the components that are in the tile.
    ///
    /// # Errors
    /// As [`Tile::layer`].
    pub fn draw(&self, at: Address, tile: &mut Tile) -> Result<(), TileError> {
        let layer = tile.layer("components")?;
        for (point, row) in &self.rows {
            let Some(spot) = at.point(*point).ok().flatten() else { continue };
            let it = &row.component;
            let told = [
                ("code", Value::Text(it.code.as_str())),
                ("name", Value::Text(&it.name)),
                ("kind", Value::Text(it.code.kind())),
                ("state", Value::Text(it.state.code())),
            ];
            layer.feature(None, &spot, told)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_of_a_tile_holds_every_corner_of_it_in_a_shifted_datum_too() {
        let place = Point::from_degrees(116.404, 39.915).unwrap();
        for datum in [Datum::Wgs84, Datum::Gcj02, Datum::Bd09] {
            let at = Address::around(moved(place, datum), FROM).unwrap();
            let window = window(at, datum).unwrap();
            let it = at.bounds();
            for (lon, lat) in
                [(it.west, it.south), (it.west, it.north), (it.east, it.south), (it.east, it.north)]
            {
                let corner = datum.to_inside(lon, lat).unwrap();
                assert!((window.west_e7..=window.east_e7).contains(&corner.lon_e7), "{datum:?}");
                assert!((window.south_e7..=window.north_e7).contains(&corner.lat_e7), "{datum:?}");
            }
        }
    }
}
