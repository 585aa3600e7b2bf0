//! A hostile server: whatever it changes in a proof, a head or a receipt, nothing false is accepted and nothing panics.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod naive;

use huying_proof::{
    Checkpoint, Entry, Flaw, Hash, PublicKey, Receipt, Signer, WITHIN_SECONDS, hash, note, receipt,
    tile::Held,
    tree::{self, Edge},
    verify::{self, Head},
};
use proptest::prelude::*;

fn signer() -> Signer {
    Signer::ed25519("huying/test/1", &[7; 32]).unwrap()
}

fn entry(number: &str) -> Entry {
    Entry {
        prev: [0; 32],
        tenant: 1,
        case: format!("{:032x}", 77),
        seq: 1,
        stream: 1,
        position: 41,
        received_at: 1_764_000_000_000,
        recorded_at: 1_764_000_000_100,
        occurred_at: None,
        policy: String::new(),
        kind: "reported".into(),
        body: format!(
            r#"{{"v":1,"body":{{"kind":"reported","report":{{"number":"{number}"}},"centre":"c"}}}}"#
        ),
    }
}

/// The receipt of leaf `at` in a log of `size`, whose other leaves are anything.
fn receipt(number: &str, at: u64, size: u64) -> Receipt {
    let entry = entry(number);
    let event_hash = entry.hash().unwrap();
    let (mut edge, mut shelf) = (Edge::default(), Held::default());
    for no in 0..size {
        let content = if no == at { event_hash } else { naive::content(no) };
        edge.append(hash::leaf(&content), &mut shelf);
    }
    edge.keep(&mut shelf);
    Receipt {
        format: receipt::FORMAT.into(),
        number: number.into(),
        entry,
        event_hash,
        leaf: at,
        size,
        proof: tree::inclusion(&shelf, at, size).unwrap(),
        checkpoint: Checkpoint::signed(size, edge.root(), 1_764_000_001_000, &signer()),
        within_seconds: WITHIN_SECONDS,
        key: signer().public().to_string(),
    }
}

#[test]
fn an_honest_receipt_goes_through_its_text_and_is_accepted() {
    let made = receipt("T-1", 5, 11);
    let read = Receipt::parse(&serde_json::to_string_pretty(&made).unwrap()).unwrap();
    assert_eq!(read, made);
    let proved = read.check(&signer().public()).unwrap();
    assert_eq!((proved.number.as_str(), proved.leaf, proved.head.size), ("T-1", 5, 11));
}

/// The page that checks receipts without the platform is tested with the same file. HUYING_BLESS=1 writes it, for a new form only.
#[test]
fn a_receipt_that_somebody_kept_is_read_by_every_later_version() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kept");
    if std::env::var_os("HUYING_BLESS").is_some() {
        let text = serde_json::to_string_pretty(&receipt("渝-20260512-000001", 300, 777)).unwrap();
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("receipt.json"), text + "\n").unwrap();
        std::fs::write(folder.join("authority.key"), format!("{}\n", signer().public())).unwrap();
    }
    let kept = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let key = PublicKey::parse(&kept("authority.key")).unwrap();
    let proved = Receipt::parse(&kept("receipt.json")).unwrap().check(&key).unwrap();
    assert_eq!((proved.number.as_str(), proved.leaf, proved.head.size), ("渝-20260512-000001", 300, 777));
}

#[test]
fn each_part_of_a_receipt_that_is_forged_is_named() {
    let key = signer().public();
    let told = |change: &dyn Fn(&mut Receipt)| {
        let mut forged = receipt("T-1", 5, 11);
        change(&mut forged);
        forged.check(&key).unwrap_err()
    };
    assert_eq!(told(&|it| it.number = "T-2".into()), Flaw::OtherNumber("T-2".into()));
    assert_eq!(told(&|it| it.entry.recorded_at -= 1), Flaw::OtherEntry);
    assert_eq!(told(&|it| it.entry.body.push(' ')), Flaw::OtherEntry);
    assert_eq!(told(&|it| it.event_hash[0] ^= 1), Flaw::OtherEntry);
    assert_eq!(told(&|it| it.size = 12), Flaw::OtherSize { receipt: 12, head: 11 });
    assert_eq!(told(&|it| it.leaf = 4), Flaw::NotIncluded);
    assert_eq!(told(&|it| it.leaf = 11), Flaw::Outside { leaf: 11, size: 11 });
    assert_eq!(told(&|it| it.proof.push([0; 32])), Flaw::Length { found: 5 });
    assert_eq!(told(&|it| it.proof.truncate(3)), Flaw::Length { found: 3 });
    assert_eq!(told(&|it| it.proof.swap(0, 1)), Flaw::NotIncluded);
    let changed =
        |it: &mut Receipt| it.checkpoint = it.checkpoint.replace("time 1764000001000", "time 1763000001000");
    assert_eq!(told(&changed), Flaw::BadSignature(key.name().into()));
    // Another entry of the same case, honestly hashed, is not its report.
    let later = |it: &mut Receipt| {
        it.entry.seq = 2;
        it.event_hash = it.entry.hash().unwrap();
    };
    assert_eq!(told(&later), Flaw::OtherNumber("T-1".into()));
}

#[test]
fn a_number_that_stands_twice_in_an_entry_is_none() {
    let mut twice = entry("T-1");
    twice.body = twice.body.replace(r#""number":"T-1""#, r#""number":"T-2","number":"T-1""#);
    assert_eq!(twice.reports(), None);
    assert_eq!(entry("T-1").reports().as_deref(), Some("T-1"));
}

#[test]
fn the_key_that_a_receipt_brings_along_is_not_believed() {
    let stranger = Signer::ed25519("huying/test/1", &[8; 32]).unwrap();
    let mut forged = receipt("T-1", 5, 11);
    let head = Checkpoint::open(&forged.checkpoint, &signer().public()).unwrap();
    forged.checkpoint = Checkpoint::signed(head.size, head.root, head.at, &stranger);
    forged.key = stranger.public().to_string();
    assert!(forged.check(&stranger.public()).is_ok(), "it is whole, only of somebody else");
    assert_eq!(forged.check(&signer().public()), Err(Flaw::Unsigned("huying/test/1".into())));
}

#[test]
fn a_fork_has_no_consistency_proof_with_the_head_that_was_given_out() {
    let (mine, _) = naive::grown(600);
    let given = Head { size: 600, root: mine.root() };
    // The fork leaves one entry out, changes one, exchanges two, or begins one later, and then goes on.
    let honest = naive::leaves(1000);
    let mut dropped = honest.clone();
    dropped.remove(300);
    let mut changed = honest.clone();
    changed[599][0] ^= 1;
    let mut exchanged = honest.clone();
    exchanged.swap(10, 11);
    let mut early = honest.clone();
    early.insert(0, [9; 32]);
    for fork in [dropped, changed, exchanged, early] {
        let (mut edge, mut shelf) = (Edge::default(), Held::default());
        for leaf in &fork {
            edge.append(*leaf, &mut shelf);
        }
        edge.keep(&mut shelf);
        let now = Head { size: edge.size(), root: edge.root() };
        let proof = tree::consistency(&shelf, 600, now.size).unwrap();
        assert_eq!(verify::consistency(&given, &now, &proof), Err(Flaw::NotConsistent));
    }
    let (now, shelf) = naive::grown(1000);
    let proof = tree::consistency(&shelf, 600, 1000).unwrap();
    verify::consistency(&given, &Head { size: 1000, root: now.root() }, &proof).unwrap();
}

#[test]
fn a_smaller_log_of_the_same_size_or_an_empty_one_is_no_later_log() {
    let (edge, _) = naive::grown(9);
    let head = |size, root| Head { size, root };
    let now = head(9, edge.root());
    assert_eq!(
        verify::consistency(&head(10, [1; 32]), &now, &[]),
        Err(Flaw::NotLater { earlier: 10, later: 9 })
    );
    assert_eq!(verify::consistency(&head(9, [1; 32]), &now, &[]), Err(Flaw::NotConsistent));
    assert_eq!(verify::consistency(&head(0, [1; 32]), &now, &[]), Err(Flaw::NotConsistent));
    assert_eq!(verify::consistency(&head(0, hash::empty()), &now, &[]), Ok(()));
    assert_eq!(verify::consistency(&head(4, edge.root()), &now, &[]), Err(Flaw::Length { found: 0 }));
}

/// From the documentation of the program that brought signed notes into the world.
const KNOWN_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const KNOWN_NOTE: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

#[test]
fn a_note_signed_by_another_program_is_read_and_its_key_written_as_it_was() {
    let key = PublicKey::parse(KNOWN_KEY).unwrap();
    assert_eq!(key.to_string(), KNOWN_KEY);
    assert!(note::open(KNOWN_NOTE, &key).unwrap().ends_with("what your problem is.\n"));
    assert!(note::open(&KNOWN_NOTE.replace("answer", "Answer"), &key).is_err());
}

#[test]
fn a_line_of_another_key_is_passed_over_and_a_false_one_of_the_known_key_refuses_the_note() {
    let (mine, other) = (signer(), Signer::ed25519("a/witness", &[9; 32]).unwrap());
    let line = |note: &str| note.rsplit("\n\n").next().unwrap().to_owned();
    let signed = note::signed("text\n", &mine);
    let both = format!("{signed}{}", line(&note::signed("text\n", &other)));
    assert_eq!(note::open(&both, &mine.public()), Ok("text\n"));
    assert_eq!(note::open(&both, &other.public()), Ok("text\n"));
    let mixed = format!("{signed}{}", line(&note::signed("other\n", &mine)));
    assert_eq!(note::open(&mixed, &mine.public()), Err(Flaw::BadSignature("huying/test/1".into())));
}

#[test]
fn keys_that_are_no_keys_are_refused() {
    let good = signer().public().to_string();
    let zero = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        [[1_u8].as_slice(), &[0; 32]].concat(),
    );
    for wrong in [
        "",
        "name",
        "name+00000000",
        &good.replace("huying/test/1", "huying/test/2"),
        &good.replace("huying/test/1", "huying test"),
        &format!("{good}x"),
        &format!("n+00000000+{zero}"),
    ] {
        assert!(matches!(PublicKey::parse(wrong), Err(Flaw::Form { .. })), "{wrong}");
    }
    assert_eq!(PublicKey::parse(&good).unwrap(), signer().public());
}

fn tampered(proof: &[Hash], at: usize, bit: u8, how: u8) -> Vec<Hash> {
    let mut proof = proof.to_vec();
    match how {
        0 if !proof.is_empty() => {
            let at = at % proof.len();
            proof[at][usize::from(bit) / 8] ^= 1 << (bit % 8);
        }
        1 if !proof.is_empty() => {
            let _ = proof.remove(at % proof.len());
        }
        2 => proof.insert(at % (proof.len() + 1), [bit; 32]),
        3 if proof.len() > 1 => {
            let at = at % (proof.len() - 1);
            proof.swap(at, at + 1);
        }
        4 if !proof.is_empty() => proof.push(proof[at % proof.len()]),
        _ => proof.push([0; 32]),
    }
    proof
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_tampered_inclusion_proof_is_never_accepted(size in 1..700_u64, at: u64, step: usize, bit: u8, how in 0..5_u8) {
        let (edge, shelf) = naive::grown(size);
        let leaf = at % size;
        let proof = tree::inclusion(&shelf, leaf, size).unwrap();
        let forged = tampered(&proof, step, bit, how);
        prop_assume!(forged != proof);
        let sum = hash::leaf(&naive::content(leaf));
        prop_assert!(verify::inclusion(&sum, leaf, size, &edge.root(), &forged).is_err());
    }

    #[test]
    fn a_true_proof_of_one_leaf_proves_no_other_leaf_place_or_root(size in 2..700_u64, at: u64, other: u64, bit: u8) {
        let (edge, shelf) = naive::grown(size);
        let (leaf, other) = (at % size, other % size);
        prop_assume!(leaf != other);
        let proof = tree::inclusion(&shelf, leaf, size).unwrap();
        let sum = hash::leaf(&naive::content(leaf));
        prop_assert!(verify::inclusion(&hash::leaf(&naive::content(other)), leaf, size, &edge.root(), &proof).is_err());
        prop_assert!(verify::inclusion(&sum, other, size, &edge.root(), &proof).is_err());
        let mut root = edge.root();
        root[usize::from(bit) / 8] ^= 1 << (bit % 8);
        prop_assert!(verify::inclusion(&sum, leaf, size, &root, &proof).is_err());
        // The content of an inner node is no leaf: the tree cannot be read one level higher.
        prop_assert!(verify::inclusion(&naive::content(leaf), leaf, size, &edge.root(), &proof).is_err());
    }

    #[test]
    fn a_tampered_consistency_proof_is_never_accepted(size in 2..700_u64, at: u64, step: usize, bit: u8, how in 0..5_u8) {
        let (edge, shelf) = naive::grown(size);
        let earlier = 1 + at % (size - 1);
        let proof = tree::consistency(&shelf, earlier, size).unwrap();
        let forged = tampered(&proof, step, bit, how);
        prop_assume!(forged != proof);
        let before = Head { size: earlier, root: tree::root(&shelf, earlier).unwrap() };
        let now = Head { size, root: edge.root() };
        prop_assert!(verify::consistency(&before, &now, &forged).is_err());
    }

    #[test]
    fn no_proof_whatever_leads_from_a_root_that_was_never_there(size in 2..200_u64, at: u64, root: Hash, proof: Vec<Hash>) {
        let (edge, _) = naive::grown(size);
        let now = Head { size, root: edge.root() };
        let before = Head { size: 1 + at % size, root };
        prop_assert!(verify::consistency(&before, &now, &proof).is_err());
        prop_assert!(verify::inclusion(&root, at % size, size, &now.root, &proof).is_err());
    }

    #[test]
    fn a_receipt_with_one_sign_changed_is_refused_or_says_the_same(at: prop::sample::Index, with: u8) {
        let made = receipt("T-1", 5, 11);
        let mut text = serde_json::to_string(&made).unwrap().into_bytes();
        let place = at.index(text.len());
        prop_assume!(text[place] != with);
        text[place] = with;
        if let Ok(text) = String::from_utf8(text)
            && let Ok(read) = Receipt::parse(&text)
            && read.check(&signer().public()).is_ok()
        {
            // Only what proves nothing may differ: what is promised in general, and the key's name.
            let same = Receipt { within_seconds: made.within_seconds, key: made.key.clone(), ..read };
            prop_assert_eq!(same, made);
        }
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in "\\PC{0,200}", lines in "(\n|— |[a-z+/= 0-9]{0,9}){0,30}") {
        let key = signer().public();
        for text in [&text, &lines] {
            let _ = PublicKey::parse(text);
            let _ = Receipt::parse(text);
            prop_assert!(note::open(text, &key).is_err());
            prop_assert!(Checkpoint::open(text, &key).is_err());
            let _ = Checkpoint::open(&note::signed(&format!("{text}\n"), &signer()), &key);
        }
    }
}
