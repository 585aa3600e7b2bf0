//! A photo as people see it: turned upright, without metadata, not larger than a screen needs, and small as a thumbnail.
//!
//! Owns the limits on what is decoded. A picture's size is read from its header and refused before any pixel is
//! unpacked, so a small file cannot ask for much memory. Start at [`prepare`]. It is slow work for one core:
//! call it from a blocking thread.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage, codecs::jpeg::JpegEncoder,
    imageops::FilterType, metadata::Orientation,
};

use super::{FileError, FileKind, exif};

/// Pixels that a photo may have: the largest that telephones commonly write.
pub const MAX_PIXELS: u64 = 50_000_000;
/// The longer side of the shown copy. Enough to read a house number, small enough for a field connection.
pub const SHOWN_SIDE: u32 = 2048;
/// The longer side of a thumbnail.
pub const THUMB_SIDE: u32 = 320;
const SHOWN_QUALITY: u8 = 85;
const THUMB_QUALITY: u8 = 75;
/// What a decoder may allocate: 50 megapixels of 16-bit RGBA.
const MAX_ALLOC: u64 = MAX_PIXELS * 8;

/// Layers of a progressive JPEG. Each is decoded over the whole picture, so a small file with thousands would hold a core for
/// minutes; cameras and programs write about ten.
const MAX_SCANS: usize = 64;

/// How many layers a JPEG has, by the marks that begin them: in the pixels' own bytes the mark cannot stand.
fn scans(bytes: &[u8]) -> usize {
    bytes.windows(2).filter(|pair| *pair == [0xFF, 0xDA]).count()
}

/// What is made of a photo.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// JPEG without metadata, upright.
    pub shown: Vec<u8>,
    /// JPEG, at most [`THUMB_SIDE`] on the longer side.
    pub thumb: Vec<u8>,
    /// Of the shown copy.
    pub width: u32,
    pub height: u32,
    /// What the original claims.
    pub facts: exif::Facts,
}

/// Reads the claims, decodes within the limits, turns it upright and writes the two copies.
pub fn prepare(bytes: &[u8], kind: FileKind) -> Result<Prepared, FileError> {
    let facts = exif::facts(bytes);
    if kind == FileKind::Jpeg && scans(bytes) > MAX_SCANS {
        return Err(FileError::Broken { why: "it is made of too many layers".to_owned() });
    }
    let (picture, orientation) = decode(bytes, kind)?;
    let mut shown = fit(picture, SHOWN_SIDE);
    shown.apply_orientation(orientation);
    let shown = flatten(shown);
    let thumb = fit(DynamicImage::ImageRgb8(shown.clone()), THUMB_SIDE).into_rgb8();
    Ok(Prepared {
        width: shown.width(),
        height: shown.height(),
        shown: encode(&shown, SHOWN_QUALITY)?,
        thumb: encode(&thumb, THUMB_QUALITY)?,
        facts,
    })
}

fn decode(bytes: &[u8], kind: FileKind) -> Result<(DynamicImage, Orientation), FileError> {
    let format = match kind {
        FileKind::Jpeg => ImageFormat::Jpeg,
        FileKind::Png => ImageFormat::Png,
        FileKind::Webp => ImageFormat::WebP,
        _ => return Err(FileError::NotAPhoto { kind: kind.media_type() }),
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_ALLOC);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MAX_PIXELS {
        return Err(FileError::TooManyPixels { width, height });
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    Ok((picture, orientation))
}

fn broken(error: image::ImageError) -> FileError {
    FileError::Broken { why: error.to_string() }
}

fn fit(picture: DynamicImage, side: u32) -> DynamicImage {
    if picture.width().max(picture.height()) <= side {
        return picture;
    }
    // Far from the wanted size a box filter is as good and many times faster.
    let coarse = side * 2;
    let picture = if picture.width().max(picture.height()) > coarse * 2 {
        picture.thumbnail(coarse, coarse)
    } else {
        picture
    };
    picture.resize(side, side, FilterType::Triangle)
}

/// Without transparency, on white.
fn flatten(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let clear = picture.into_rgba8();
    RgbImage::from_fn(clear.width(), clear.height(), |x, y| {
        let [red, green, blue, alpha] = clear.get_pixel(x, y).0;
        let over = |c: u8| {
            let mixed = (u16::from(c) * u16::from(alpha) + 255 * u16::from(255 - alpha)) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        Rgb([over(red), over(green), over(blue)])
    })
}

fn encode(picture: &RgbImage, quality: u8) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(picture).map_err(broken)?;
    Ok(bytes)
}
