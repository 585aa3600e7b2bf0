//! Photos made by hand: pixels that can be recognised, and Exif written byte by byte after CIPA DC-008.

use image::{ImageFormat, Rgb, RgbImage};
use std::io::Cursor;

/// A JPEG with a red upper half and a blue lower half, so that turning it can be seen.
pub fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |_, y| {
        if y < height / 2 { Rgb([220, 20, 20]) } else { Rgb([20, 20, 220]) }
    });
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}

/// What is written into the Exif block.
#[derive(Default)]
pub struct Claims {
    pub orientation: Option<u16>,
    pub time: Option<&'static str>,
    pub offset: Option<&'static str>,
    /// Degrees, minutes, hundredths of a second: latitude north, longitude east.
    pub gps: Option<([u32; 3], [u32; 3])>,
}

/// One entry of an image file directory.
struct Entry {
    tag: u16,
    kind: u16,
    count: u32,
    value: Vec<u8>,
}

fn ascii(tag: u16, text: &str) -> Entry {
    let mut value = text.as_bytes().to_vec();
    value.push(0);
    Entry { tag, kind: 2, count: value.len() as u32, value }
}
fn short(tag: u16, number: u16) -> Entry {
    Entry { tag, kind: 3, count: 1, value: number.to_be_bytes().to_vec() }
}
fn long(tag: u16, number: u32) -> Entry {
    Entry { tag, kind: 4, count: 1, value: number.to_be_bytes().to_vec() }
}
fn angle(tag: u16, [degrees, minutes, hundredths]: [u32; 3]) -> Entry {
    let parts = [degrees, 1, minutes, 1, hundredths, 100];
    Entry { tag, kind: 5, count: 3, value: parts.iter().flat_map(|part| part.to_be_bytes()).collect() }
}

/// A directory that begins at `start` in the TIFF block; long values follow it.
fn directory(start: usize, entries: &[Entry]) -> Vec<u8> {
    let mut table = (entries.len() as u16).to_be_bytes().to_vec();
    let mut tail: Vec<u8> = Vec::new();
    let tail_at = start + 2 + entries.len() * 12 + 4;
    for entry in entries {
        table.extend(entry.tag.to_be_bytes());
        table.extend(entry.kind.to_be_bytes());
        table.extend(entry.count.to_be_bytes());
        if entry.value.len() <= 4 {
            let mut short = entry.value.clone();
            short.resize(4, 0);
            table.extend(short);
        } else {
            table.extend(((tail_at + tail.len()) as u32).to_be_bytes());
            tail.extend(&entry.value);
        }
    }
    table.extend(0u32.to_be_bytes());
    table.extend(tail);
    table
}

fn tiff(claims: &Claims) -> Vec<u8> {
    let mut own = Vec::new();
    own.extend(claims.time.map(|time| ascii(0x9003, time)));
    own.extend(claims.offset.map(|offset| ascii(0x9011, offset)));
    let mut place = Vec::new();
    if let Some((lat, lon)) = claims.gps {
        place.extend([ascii(1, "N"), angle(2, lat), ascii(3, "E"), angle(4, lon)]);
    }
    let first = |own_at: u32, gps_at: u32| {
        let mut entries = vec![ascii(0x010F, "Secret Camera Maker")];
        entries.extend(claims.orientation.map(|turn| short(0x0112, turn)));
        entries.extend([long(0x8769, own_at), long(0x8825, gps_at)]);
        directory(8, &entries)
    };
    let own_at = 8 + first(0, 0).len();
    let own_bytes = directory(own_at, &own);
    let gps_at = own_at + own_bytes.len();
    let mut block = b"MM\0*\0\0\0\x08".to_vec();
    block.extend(first(own_at as u32, gps_at as u32));
    block.extend(own_bytes);
    block.extend(directory(gps_at, &place));
    block
}

/// The JPEG with an Exif segment right after its first marker.
pub fn with_exif(jpeg: &[u8], claims: &Claims) -> Vec<u8> {
    let mut segment = b"Exif\0\0".to_vec();
    segment.extend(tiff(claims));
    let mut bytes = jpeg[..2].to_vec();
    bytes.extend([0xFF, 0xE1]);
    bytes.extend(((segment.len() + 2) as u16).to_be_bytes());
    bytes.extend(segment);
    bytes.extend(&jpeg[2..]);
    bytes
}
