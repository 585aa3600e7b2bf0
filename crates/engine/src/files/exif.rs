//! When and where a photo says it was taken (Exif 2.32, CIPA DC-008).
//!
//! A claim of the device, never the truth: it proposes a place and an `occurred_at`, which the sender confirms.
//! Refuses values that cannot be (a GPS point at 0/0, a date of zeros). Start at [`facts`].

use std::io::Cursor;

use exif::{Exif, In, Tag, Value};
use huying_geo::Point;
use huying_model::Instant;
use jiff::{civil, tz};

/// What the photo claims.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Facts {
    pub taken: Option<Taken>,
    /// GPS position; Exif means WGS-84.
    pub point: Option<Point>,
}

/// The moment on the camera's clock.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Taken {
    /// As the camera showed it.
    pub local: civil::DateTime,
    /// Seconds east of Greenwich, where the camera wrote them.
    pub offset: Option<tz::Offset>,
}

impl Taken {
    /// The moment itself; `zone` stands in where the camera did not write an offset.
    pub fn instant(&self, zone: &tz::TimeZone) -> Option<Instant> {
        let zone = self.offset.map_or_else(|| zone.clone(), tz::Offset::to_time_zone);
        zone.to_timestamp(self.local).ok().map(Instant::from)
    }
}

/// Reads what is there; a photo without Exif, or with a broken one, claims nothing.
pub fn facts(bytes: &[u8]) -> Facts {
    let mut reader = exif::Reader::new();
    reader.continue_on_error(true);
    let read = reader.read_from_container(&mut Cursor::new(bytes));
    let read = read.or_else(|error| error.distill_partial_result(|_| {}));
    read.map_or_else(|_| Facts::default(), |exif| Facts { taken: taken(&exif), point: point(&exif) })
}

fn ascii(exif: &Exif, tag: Tag) -> Option<String> {
    match &exif.get_field(tag, In::PRIMARY)?.value {
        Value::Ascii(texts) => texts.first().map(|text| String::from_utf8_lossy(text).trim().to_owned()),
        _ => None,
    }
}

fn taken(exif: &Exif) -> Option<Taken> {
    [(Tag::DateTimeOriginal, Tag::OffsetTimeOriginal), (Tag::DateTimeDigitized, Tag::OffsetTimeDigitized)]
        .into_iter()
        .chain([(Tag::DateTime, Tag::OffsetTime)])
        .find_map(|(time, offset)| {
            let local = local(&ascii(exif, time)?)?;
            Some(Taken { local, offset: ascii(exif, offset).and_then(|text| parse_offset(&text)) })
        })
}

/// `2026:05:01 08:30:00`; cameras without a clock write zeros or blanks.
fn local(text: &str) -> Option<civil::DateTime> {
    let found = exif::DateTime::from_ascii(text.as_bytes()).ok()?;
    let year = i16::try_from(found.year).ok().filter(|year| *year >= 1990)?;
    let small = |n: u8| i8::try_from(n).ok();
    civil::DateTime::new(
        year,
        small(found.month)?,
        small(found.day)?,
        small(found.hour)?,
        small(found.minute)?,
        small(found.second)?,
        0,
    )
    .ok()
}

/// `+08:00`.
fn parse_offset(text: &str) -> Option<tz::Offset> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let seconds = hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60;
    tz::Offset::from_seconds(sign * seconds).ok()
}

fn point(exif: &Exif) -> Option<Point> {
    let lat = degrees(exif, Tag::GPSLatitude, Tag::GPSLatitudeRef, "S")?;
    let lon = degrees(exif, Tag::GPSLongitude, Tag::GPSLongitudeRef, "W")?;
    // A receiver without a fix writes zeros; nobody's grid lies in the Gulf of Guinea.
    if lat == 0.0 && lon == 0.0 {
        return None;
    }
    Point::from_degrees(lon, lat).ok()
}

fn degrees(exif: &Exif, tag: Tag, side: Tag, negative: &str) -> Option<f64> {
    let Value::Rational(parts) = &exif.get_field(tag, In::PRIMARY)?.value else { return None };
    let [degrees, minutes, seconds] = parts.as_slice() else { return None };
    let whole = degrees.to_f64() + minutes.to_f64() / 60.0 + seconds.to_f64() / 3600.0;
    let sign = if ascii(exif, side)?.eq_ignore_ascii_case(negative) { -1.0 } else { 1.0 };
    whole.is_finite().then_some(sign * whole)
}
