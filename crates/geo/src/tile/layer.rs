//! A tile as bytes: layers of features with ids and properties.
//!
//! Owns the schema's messages (<https://github.com/mapbox/vector-tile-spec/blob/master/2.1/vector_tile.proto>) and the lists of keys and values that features of a layer
//! share (§4.1, §4.4). Layers without features are left out, and a tile without layers is no bytes: an answer of 204 to a map. The same calls give the same bytes.
//! Refuses a second layer of one name, a second feature of one id and a key given twice. Start at [`Tile::layer`].

use std::collections::{HashMap, HashSet};

use super::geometry::Geometry;
use super::wire::Message;
use super::{EXTENT, TileError};

/// The media type of a tile (§2.2).
pub const MEDIA_TYPE: &str = "application/vnd.mapbox-vector-tile";

/// The major version of the specification (§4.1).
const VERSION: u64 = 2;

/// A tile in the making.
#[derive(Debug, Default)]
pub struct Tile {
    layers: Vec<Layer>,
}

/// Features that a map draws in one way.
#[derive(Debug)]
pub struct Layer {
    name: String,
    features: Message,
    ids: HashSet<u64>,
    keys: List,
    values: List,
}

/// A property of a feature. Text is any string; an empty one is told too.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// Text.
    Text(&'a str),
    /// A whole number.
    Whole(i64),
    /// Any other number. Maps have no use for what is no number.
    Real(f64),
    /// Yes or no.
    Flag(bool),
}

/// Things written once and known by their place (§4.1: byte-for-byte different).
#[derive(Debug, Default)]
struct List {
    places: HashMap<Vec<u8>, u32>,
    written: Vec<Vec<u8>>,
}

impl List {
    fn place(&mut self, bytes: &[u8]) -> u32 {
        if let Some(place) = self.places.get(bytes) {
            return *place;
        }
        let place = self.written.len() as u32;
        self.places.insert(bytes.to_vec(), place);
        self.written.push(bytes.to_vec());
        place
    }
}

impl Tile {
    /// A tile without layers.
    pub fn new() -> Tile {
        Tile::default()
    }

    /// A new layer, drawn and written behind those before it. Names are the map's; they are compared byte for byte.
    ///
    /// # Errors
    /// [`TileError::LayerTwice`].
    pub fn layer(&mut self, name: &str) -> Result<&mut Layer, TileError> {
        if self.layers.iter().any(|layer| layer.name == name) {
            return Err(TileError::LayerTwice(name.to_owned()));
        }
        let layer = Layer {
            name: name.to_owned(),
            features: Message::default(),
            ids: HashSet::new(),
            keys: List::default(),
            values: List::default(),
        };
        let at = self.layers.len();
        self.layers.push(layer);
        Ok(&mut self.layers[at])
    }

    /// The tile as it is sent, without compression; empty where there is nothing to see.
    pub fn into_bytes(self) -> Vec<u8> {
        let mut tile = Message::default();
        for layer in self.layers.iter().filter(|layer| !layer.features.is_empty()) {
            tile.bytes(3, layer.message().as_bytes());
        }
        tile.into_bytes()
    }
}

impl Layer {
    /// Adds a feature. An id lets a map keep a state for it (such as "chosen"); tiles of one layer should give one thing one id.
    ///
    /// # Errors
    /// [`TileError::FeatureTwice`], [`TileError::KeyTwice`]; the layer then is as it was.
    pub fn feature<'a>(
        &mut self,
        id: Option<u64>,
        geometry: &Geometry,
        properties: impl IntoIterator<Item = (&'a str, Value<'a>)>,
    ) -> Result<(), TileError> {
        let properties: Vec<(&str, Value)> = properties.into_iter().collect();
        for (at, (key, _)) in properties.iter().enumerate() {
            if properties.iter().take(at).any(|(before, _)| before == key) {
                return Err(TileError::KeyTwice { layer: self.name.clone(), key: (*key).to_owned() });
            }
        }
        if let Some(id) = id
            && !self.ids.insert(id)
        {
            return Err(TileError::FeatureTwice { layer: self.name.clone(), id });
        }
        let mut tags = Vec::with_capacity(properties.len() * 2);
        for (key, value) in properties {
            tags.push(self.keys.place(key.as_bytes()));
            tags.push(self.values.place(value.message().as_bytes()));
        }
        let mut feature = Message::default();
        if let Some(id) = id {
            feature.number(1, id);
        }
        feature.packed(2, &tags);
        feature.number(3, geometry.kind());
        feature.packed(4, &geometry.commands());
        self.features.bytes(2, feature.as_bytes());
        Ok(())
    }

    fn message(&self) -> Message {
        let mut layer = Message::default();
        // §4.1: the version should come first.
        layer.number(15, VERSION);
        layer.bytes(1, self.name.as_bytes());
        layer.append(&self.features);
        self.keys.written.iter().for_each(|key| layer.bytes(3, key));
        self.values.written.iter().for_each(|value| layer.bytes(4, value));
        layer.number(5, EXTENT.unsigned_abs().into());
        layer
    }
}

impl Value<'_> {
    /// One field of the schema's `Value`: 1 text, 3 double, 5 unsigned, 6 signed, 7 bool.
    fn message(self) -> Message {
        let mut value = Message::default();
        match self {
            Value::Text(text) => value.bytes(1, text.as_bytes()),
            Value::Real(number) => value.double(3, number),
            Value::Whole(number) => match u64::try_from(number) {
                Ok(number) => value.number(5, number),
                Err(_negative) => value.signed(6, number),
            },
            Value::Flag(flag) => value.number(7, flag.into()),
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot() -> Geometry {
        Geometry::points(vec![[25, 17]])
    }

    #[test]
    fn a_small_tile_is_these_bytes() {
        let mut tile = Tile::new();
        let layer = tile.layer("p").unwrap();
        layer.feature(Some(7), &spot(), [("k", Value::Text("v")), ("n", Value::Whole(-1))]).unwrap();
        layer.feature(None, &spot(), [("n", Value::Text("v"))]).unwrap();
        let expected = [
            &[0x1a, 53, 0x78, 2, 0x0a, 1, b'p'][..],
            // Id 7; tags 0 0, 1 1; a point; its commands.
            &[0x12, 15, 0x08, 7, 0x12, 4, 0, 0, 1, 1, 0x18, 1, 0x22, 3, 9, 50, 34],
            &[0x12, 11, 0x12, 2, 1, 0, 0x18, 1, 0x22, 3, 9, 50, 34],
            &[0x1a, 1, b'k', 0x1a, 1, b'n', 0x22, 3, 0x0a, 1, b'v', 0x22, 2, 0x30, 1, 0x28, 0x80, 0x20],
        ];
        assert_eq!(tile.into_bytes(), expected.concat());
    }

    #[test]
    fn what_is_empty_is_left_out() {
        assert!(Tile::new().into_bytes().is_empty());
        let mut tile = Tile::new();
        tile.layer("empty").unwrap();
        assert!(tile.into_bytes().is_empty());
    }

    #[test]
    fn what_the_specification_forbids_is_refused_and_leaves_the_tile_as_it_was() {
        let mut tile = Tile::new();
        let layer = tile.layer("areas").unwrap();
        layer.feature(Some(1), &spot(), []).unwrap();
        let twice = layer.feature(Some(1), &spot(), []).unwrap_err();
        assert_eq!(twice, TileError::FeatureTwice { layer: "areas".to_owned(), id: 1 });
        let key = layer
            .feature(Some(2), &spot(), [("a", Value::Flag(true)), ("a", Value::Flag(false))])
            .unwrap_err();
        assert_eq!(key, TileError::KeyTwice { layer: "areas".to_owned(), key: "a".to_owned() });
        layer.feature(Some(2), &spot(), []).unwrap();
        assert_eq!(tile.layer("areas").unwrap_err(), TileError::LayerTwice("areas".to_owned()));
        assert!(tile.layer("Areas").is_ok());
        let refused = tile.into_bytes();

        let mut plain = Tile::new();
        let layer = plain.layer("areas").unwrap();
        layer.feature(Some(1), &spot(), []).unwrap();
        layer.feature(Some(2), &spot(), []).unwrap();
        assert_eq!(plain.into_bytes(), refused);
    }
}
