//! Protocol buffers, as much of them as a tile needs (<https://protobuf.dev/programming-guides/encoding/>).
//!
//! Owns varints, tags and length-delimited fields. Refuses reading: nobody sends us tiles. Start at [`Message`].

/// A message being written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Message(Vec<u8>);

const VARINT: u64 = 0;
const FIXED64: u64 = 1;
const LENGTH: u64 = 2;

impl Message {
    /// A field of a whole number or an enum.
    pub fn number(&mut self, field: u64, value: u64) {
        varint(&mut self.0, field << 3 | VARINT);
        varint(&mut self.0, value);
    }

    /// A field of type `sint64`.
    pub fn signed(&mut self, field: u64, value: i64) {
        self.number(field, ((value << 1) ^ (value >> 63)) as u64);
    }

    /// A field of type `double`.
    pub fn double(&mut self, field: u64, value: f64) {
        varint(&mut self.0, field << 3 | FIXED64);
        self.0.extend(value.to_le_bytes());
    }

    /// A field of text, bytes or another message.
    pub fn bytes(&mut self, field: u64, bytes: &[u8]) {
        varint(&mut self.0, field << 3 | LENGTH);
        varint(&mut self.0, bytes.len() as u64);
        self.0.extend(bytes);
    }

    /// A packed field of numbers; nothing where there are none.
    pub fn packed(&mut self, field: u64, numbers: &[u32]) {
        let mut packed = Vec::with_capacity(numbers.len() * 2);
        for number in numbers {
            varint(&mut packed, u64::from(*number));
        }
        if !packed.is_empty() {
            self.bytes(field, &packed);
        }
    }

    /// Adds fields that were written elsewhere.
    pub fn append(&mut self, other: &Message) {
        self.0.extend(&other.0);
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Seven bits a byte, lowest first; the highest bit says that more follow.
fn varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_written_as_the_encoding_guide_writes_them() {
        let written = |write: fn(&mut Message)| {
            let mut message = Message::default();
            write(&mut message);
            message.into_bytes()
        };
        // The guide's own examples: Test1 { a: 150 }, Test2 { b: "testing" }, Test5 { f: [3, 270, 86942] }.
        assert_eq!(written(|m| m.number(1, 150)), [0x08, 0x96, 0x01]);
        assert_eq!(written(|m| m.bytes(2, b"testing")), *b"\x12\x07testing");
        assert_eq!(
            written(|m| m.packed(6, &[3, 270, 86_942])),
            [0x32, 6, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05]
        );
        assert!(written(|m| m.packed(6, &[])).is_empty());
        assert_eq!(written(|m| m.signed(6, -1)), [0x30, 1]);
        assert_eq!(written(|m| m.signed(6, i64::MIN)).len(), 11);
        assert_eq!(written(|m| m.double(3, 1.5)), [0x19, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f]);
    }
}
