//! A photo's way in: its claims are read, its metadata never shown, its original kept sealed.

use crate::made;

use huying_engine::files::{FileError, FileKind, Files, MAX_BYTES, photo};
use huying_geo::Point;
use jiff::tz::TimeZone;
use made::{Claims, jpeg, with_exif};

fn claims() -> Claims {
    Claims {
        orientation: Some(6),
        time: Some("2026:05:01 08:30:15"),
        offset: Some("+08:00"),
        gps: Some(([29, 36, 2413], [106, 34, 2743])),
    }
}

#[test]
fn time_and_place_are_read_from_exif_as_claims() {
    let photo = photo::prepare(&with_exif(&jpeg(64, 48), &claims()), FileKind::Jpeg).unwrap();
    let taken = photo.facts.taken.unwrap();
    assert_eq!(taken.instant(&TimeZone::UTC).unwrap().to_string(), "2026-05-01T00:30:15Z");
    let point = photo.facts.point.unwrap();
    let wanted =
        Point::from_degrees(106.0 + 34.0 / 60.0 + 27.43 / 3600.0, 29.0 + 36.0 / 60.0 + 24.13 / 3600.0)
            .unwrap();
    assert_eq!(point, wanted);
}

#[test]
fn a_time_without_offset_is_read_in_the_zone_of_the_authority() {
    let made = Claims { offset: None, ..claims() };
    let photo = photo::prepare(&with_exif(&jpeg(64, 48), &made), FileKind::Jpeg).unwrap();
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    assert_eq!(photo.facts.taken.unwrap().instant(&zone).unwrap().to_string(), "2026-05-01T00:30:15Z");
}

#[test]
fn claims_that_cannot_be_are_no_claims() {
    let made = Claims { time: Some("0000:00:00 00:00:00"), gps: Some(([0; 3], [0; 3])), ..claims() };
    let facts = photo::prepare(&with_exif(&jpeg(64, 48), &made), FileKind::Jpeg).unwrap().facts;
    assert_eq!(facts, Default::default());
    let mut cut = with_exif(&jpeg(64, 48), &claims());
    // A length inside the Exif block that points behind its end.
    cut[40..60].fill(0xEE);
    assert!(photo::prepare(&cut, FileKind::Jpeg).is_ok(), "a broken Exif block does not lose the photo");
}

#[test]
fn the_shown_copy_is_upright_and_carries_no_metadata() {
    let original = with_exif(&jpeg(64, 48), &claims());
    assert!(find(&original, b"Secret Camera Maker") && find(&original, b"Exif"));
    let photo = photo::prepare(&original, FileKind::Jpeg).unwrap();
    for copy in [&photo.shown, &photo.thumb] {
        assert!(!find(copy, b"Secret") && !find(copy, b"Exif"), "metadata in a copy");
    }
    // Orientation 6: the stored picture is turned by 90° clockwise for viewing, so the red upper half lies on the right.
    assert_eq!((photo.width, photo.height), (48, 64));
    let shown = image::load_from_memory(&photo.shown).unwrap().into_rgb8();
    let [right, left] = [shown.get_pixel(40, 32).0, shown.get_pixel(8, 32).0];
    assert!(right[0] > 150 && right[2] < 100, "right is red: {right:?}");
    assert!(left[2] > 150 && left[0] < 100, "left is blue: {left:?}");
}

#[test]
fn large_photos_are_shown_smaller_and_thumbnails_fit_their_side() {
    let photo = photo::prepare(&jpeg(5000, 2500), FileKind::Jpeg).unwrap();
    assert_eq!((photo.width, photo.height), (photo::SHOWN_SIDE, photo::SHOWN_SIDE / 2));
    let thumb = image::load_from_memory(&photo.thumb).unwrap();
    assert_eq!((thumb.width(), thumb.height()), (photo::THUMB_SIDE, photo::THUMB_SIDE / 2));
}

#[test]
fn a_decompression_bomb_is_refused_by_its_header() {
    // A PNG of a few dozen bytes that claims 60,000 × 60,000 pixels.
    let mut bomb = b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR".to_vec();
    bomb.extend(60_000u32.to_be_bytes());
    bomb.extend(60_000u32.to_be_bytes());
    bomb.extend([8, 2, 0, 0, 0]);
    bomb.extend(crc(&bomb[12..]).to_be_bytes());
    bomb.extend(b"\0\0\0\0IDAT");
    bomb.extend(crc(b"IDAT").to_be_bytes());
    match photo::prepare(&bomb, FileKind::Png) {
        Err(FileError::TooManyPixels { width: 60_000, height: 60_000 }) => {}
        other => panic!("{:?}", other.err()),
    }
}

#[test]
fn a_jpeg_of_thousands_of_layers_is_refused_before_it_is_decoded() {
    let whole = jpeg(64, 48);
    let at = whole.windows(2).position(|pair| pair == [0xFF, 0xDA]).unwrap();
    let mut bomb = whole[..at].to_vec();
    for _ in 0..3000 {
        bomb.extend(&whole[at..whole.len() - 2]);
    }
    bomb.extend([0xFF, 0xD9]);
    let said = photo::prepare(&bomb, FileKind::Jpeg).unwrap_err().to_string();
    assert!(said.contains("too many layers"), "{said}");
    assert!(photo::prepare(&whole, FileKind::Jpeg).is_ok());
}

#[test]
fn a_cut_photo_is_refused_with_the_mend() {
    let whole = jpeg(64, 48);
    let said = photo::prepare(&whole[..40], FileKind::Jpeg).unwrap_err().to_string();
    assert!(said.contains("take it again"), "{said}");
}

#[test]
fn transparent_parts_are_shown_on_white() {
    let clear = image::RgbaImage::from_pixel(40, 40, image::Rgba([0, 0, 0, 0]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    clear.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    let photo = photo::prepare(&bytes.into_inner(), FileKind::Png).unwrap();
    let shown = image::load_from_memory(&photo.shown).unwrap().into_rgb8();
    assert!(shown.get_pixel(20, 20).0.iter().all(|c| *c > 250));
}

#[tokio::test]
async fn every_copy_lies_sealed_in_the_folder_and_opens_with_the_files_key_only() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::in_folder(folder.path()).unwrap();
    let original = with_exif(&jpeg(640, 480), &claims());
    let taken = files.take(original.clone()).await.unwrap();
    assert_eq!(files.read(&taken.original, taken.key.clone()).await.unwrap(), original);
    let shown = files.read(taken.shown.as_ref().unwrap(), taken.key.clone()).await.unwrap();
    assert_eq!(FileKind::of(&shown).unwrap(), FileKind::Jpeg);
    let stored = objects(folder.path());
    assert_eq!(stored.len(), 3);
    for (name, bytes) in &stored {
        assert_eq!(name, &huying_engine::files::vault::name_of(bytes), "an object is named by its bytes");
        assert!(!find(bytes, b"Exif") && !find(bytes, b"JFIF"), "an object lies in the clear");
    }
    let wrong = huying_engine::files::FileKey::fresh();
    assert_eq!(files.read(&taken.original, wrong).await.unwrap_err(), FileError::Damaged);
    files.discard(&taken).await.unwrap();
    assert!(objects(folder.path()).is_empty());
}

#[tokio::test]
async fn a_byte_changed_on_disk_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::in_folder(folder.path()).unwrap();
    let taken = files.take(b"%PDF-1.7\nsome document".to_vec()).await.unwrap();
    let path = folder.path().join(&taken.original[..2]).join(&taken.original[2..4]).join(&taken.original);
    let mut bytes = std::fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(files.read(&taken.original, taken.key).await.unwrap_err(), FileError::Damaged);
}

#[tokio::test]
async fn refused_files_leave_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::in_folder(folder.path()).unwrap();
    let mut large = jpeg(8, 8);
    large.resize(MAX_BYTES + 1, 0);
    assert!(matches!(files.take(large).await, Err(FileError::TooLarge { .. })));
    assert!(matches!(files.take(b"GIF89a...".to_vec()).await, Err(FileError::UnknownType { .. })));
    assert!(matches!(files.take(jpeg(64, 64)[..100].to_vec()).await, Err(FileError::Broken { .. })));
    assert!(objects(folder.path()).is_empty());
    for name in ["../../etc/passwd", "", "AB", &"g".repeat(64)] {
        let refused = files.read(name, huying_engine::files::FileKey::fresh()).await.unwrap_err();
        assert_eq!(refused, FileError::NoSuchFile);
    }
}

fn find(bytes: &[u8], mark: &[u8]) -> bool {
    bytes.windows(mark.len()).any(|window| window == mark)
}

fn objects(folder: &std::path::Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(objects(&entry.path()));
        } else {
            found.push((entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()));
        }
    }
    found
}

/// CRC-32 as PNG wants it (ISO 3309).
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg()))
    })
}
