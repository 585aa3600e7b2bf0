//! What a file is, told from its first bytes.
//!
//! Owns the list of kinds that a case may carry. It refuses to believe a name or a declared type: both come
//! from outside. Start at [`FileKind::of`].

use huying_model::catalogue::EvidenceKind;

use super::FileError;

/// The kinds of files a case may carry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileKind {
    Jpeg,
    Png,
    Webp,
    Mp3,
    Ogg,
    M4a,
    Wav,
    Mp4,
    Pdf,
}

impl FileKind {
    /// Every kind, for documentation and tests.
    pub const ALL: [FileKind; 9] = [
        FileKind::Jpeg,
        FileKind::Png,
        FileKind::Webp,
        FileKind::Mp3,
        FileKind::Ogg,
        FileKind::M4a,
        FileKind::Wav,
        FileKind::Mp4,
        FileKind::Pdf,
    ];

    /// The kind of these bytes, by their signature.
    pub fn of(bytes: &[u8]) -> Result<FileKind, FileError> {
        if bytes.is_empty() {
            return Err(FileError::Empty);
        }
        signature(bytes).ok_or(FileError::UnknownType { looks_like: looks_like(bytes) })
    }

    /// The media type that the file is served with (RFC 6838).
    pub fn media_type(self) -> &'static str {
        match self {
            FileKind::Jpeg => "image/jpeg",
            FileKind::Png => "image/png",
            FileKind::Webp => "image/webp",
            FileKind::Mp3 => "audio/mpeg",
            FileKind::Ogg => "audio/ogg",
            FileKind::M4a => "audio/mp4",
            FileKind::Wav => "audio/wav",
            FileKind::Mp4 => "video/mp4",
            FileKind::Pdf => "application/pdf",
        }
    }

    /// A still picture, of which a shown copy without metadata is made.
    pub fn is_photo(self) -> bool {
        matches!(self, FileKind::Jpeg | FileKind::Png | FileKind::Webp)
    }

    /// What it may serve as in the file; a photo's meaning (before or after the work) is the sender's to say.
    pub fn evidence(self) -> EvidenceKind {
        match self {
            FileKind::Jpeg | FileKind::Png | FileKind::Webp => EvidenceKind::Before,
            FileKind::Mp3 | FileKind::Ogg | FileKind::M4a | FileKind::Wav => EvidenceKind::Voice,
            FileKind::Mp4 => EvidenceKind::Video,
            FileKind::Pdf => EvidenceKind::Document,
        }
    }

    /// Whether a file of this kind can show what the sender says it shows.
    pub fn can_be(self, evidence: EvidenceKind) -> bool {
        match evidence {
            EvidenceKind::Before | EvidenceKind::After => self.is_photo() || self == FileKind::Mp4,
            EvidenceKind::Document | EvidenceKind::Finding => self.is_photo() || self == FileKind::Pdf,
            EvidenceKind::Voice => self.evidence() == EvidenceKind::Voice,
            EvidenceKind::Video => self == FileKind::Mp4,
        }
    }
}

fn signature(bytes: &[u8]) -> Option<FileKind> {
    let at = |from: usize, mark: &[u8]| bytes.get(from..from + mark.len()) == Some(mark);
    Some(match bytes {
        _ if at(0, b"\xFF\xD8\xFF") => FileKind::Jpeg,
        _ if at(0, b"\x89PNG\r\n\x1A\n") => FileKind::Png,
        _ if at(0, b"RIFF") && at(8, b"WEBP") => FileKind::Webp,
        _ if at(0, b"RIFF") && at(8, b"WAVE") => FileKind::Wav,
        _ if at(0, b"OggS") => FileKind::Ogg,
        _ if at(0, b"ID3") || is_mpeg_audio_frame(bytes) => FileKind::Mp3,
        _ if at(0, b"%PDF-") => FileKind::Pdf,
        _ if at(4, b"ftyp") => return iso_brand(bytes.get(8..12)?),
        _ => return None,
    })
}

/// An MPEG audio frame header (ISO/IEC 11172-3, 2.4.1.3): eleven sync bits, layer III, a bit rate and a sampling rate.
fn is_mpeg_audio_frame(bytes: &[u8]) -> bool {
    let [first, second, third, ..] = bytes else { return false };
    let layer_three = second & 0b0000_0110 == 0b0000_0010;
    let version = second & 0b0001_1000 != 0b0000_1000;
    let rate = third & 0xF0 != 0xF0 && third & 0xF0 != 0 && third & 0x0C != 0x0C;
    *first == 0xFF && second & 0xE0 == 0xE0 && layer_three && version && rate
}

/// The major brand of an ISO base media file (ISO/IEC 14496-12, 4.3).
fn iso_brand(brand: &[u8]) -> Option<FileKind> {
    match brand {
        b"M4A " | b"M4B " => Some(FileKind::M4a),
        b"isom" | b"iso2" | b"iso4" | b"iso5" | b"iso6" | b"mp41" | b"mp42" | b"avc1" | b"M4V " | b"dash"
        | b"mmp4" | b"3gp4" | b"3gp5" | b"3gp6" => Some(FileKind::Mp4),
        _ => None,
    }
}

/// The name of a common type that is not taken, so that the error can say how to mend it.
fn looks_like(bytes: &[u8]) -> &'static str {
    let starts = |mark: &[u8]| bytes.starts_with(mark);
    match bytes {
        _ if bytes.get(4..8) == Some(b"ftyp") && matches!(bytes.get(8..10), Some(b"he" | b"mi" | b"ms")) => {
            "HEIC"
        }
        _ if starts(b"GIF8") => "GIF",
        _ if starts(b"II*\0") || starts(b"MM\0*") => "TIFF",
        _ if starts(b"BM") => "BMP",
        _ if starts(b"PK\x03\x04") => "ZIP or Office",
        _ if starts(b"#!AMR") => "AMR",
        _ if starts(b"\x1A\x45\xDF\xA3") => "WebM or Matroska",
        _ if starts(b"MZ") || starts(b"\x7FELF") => "a program",
        _ => "an unknown type",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_told_from_the_first_bytes_only() {
        let made: [(&[u8], FileKind); 11] = [
            (b"\xFF\xD8\xFF\xE0rest", FileKind::Jpeg),
            (b"\x89PNG\r\n\x1A\nrest", FileKind::Png),
            (b"RIFF\x10\0\0\0WEBPVP8 ", FileKind::Webp),
            (b"RIFF\x10\0\0\0WAVEfmt ", FileKind::Wav),
            (b"OggS\0rest", FileKind::Ogg),
            (b"ID3\x04rest", FileKind::Mp3),
            (b"\xFF\xFB\x90\x64", FileKind::Mp3),
            (b"%PDF-1.7\n", FileKind::Pdf),
            (b"\0\0\0\x20ftypM4A \0", FileKind::M4a),
            (b"\0\0\0\x20ftypisom\0", FileKind::Mp4),
            (b"\0\0\0\x20ftyp3gp4\0", FileKind::Mp4),
        ];
        for (bytes, kind) in made {
            assert_eq!(FileKind::of(bytes).unwrap(), kind, "{bytes:?}");
        }
    }

    #[test]
    fn what_is_not_taken_is_named_with_the_mend() {
        for (bytes, name) in [
            (&b"\0\0\0\x18ftypheic\0"[..], "HEIC"),
            (b"GIF89a", "GIF"),
            (b"MZ\x90", "a program"),
            (b"hello", "unknown"),
        ] {
            let said = FileKind::of(bytes).unwrap_err().to_string();
            assert!(said.contains(name) && said.contains("JPEG"), "{said}");
        }
        assert!(matches!(FileKind::of(b""), Err(FileError::Empty)));
        assert!(FileKind::of(b"RIFF").is_err(), "a cut signature is no signature");
    }

    #[test]
    fn a_voice_message_does_not_pass_for_a_photo_of_the_work() {
        assert!(FileKind::Jpeg.can_be(EvidenceKind::After));
        assert!(!FileKind::Mp3.can_be(EvidenceKind::After));
        assert!(!FileKind::Pdf.can_be(EvidenceKind::Video));
        for kind in FileKind::ALL {
            assert!(kind.can_be(kind.evidence()), "{kind:?}");
        }
    }
}
