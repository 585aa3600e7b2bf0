//! The starter pack as an upload, edited, and the acts of the book over HTTP.

use std::path::Path;

use serde_json::Value;

use crate::desk::{Answer, Desk};

pub const BOUNDARY: &str = "huying-pack-boundary";

/// An edit of a pack: file, text that stands in it, text in its place.
pub type Edit<'a> = (&'a str, &'a str, &'a str);

/// The starter pack's files with these edits.
pub fn files(edits: &[Edit]) -> Vec<(String, String)> {
    let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs");
    let folders = [("starter", ""), ("starter/scenarios", "scenarios/"), ("calendars", "../calendars/")];
    let mut files = Vec::new();
    for (folder, prefix) in folders {
        for entry in std::fs::read_dir(packs.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if !path.is_file() {
                continue;
            }
            let name = format!("{prefix}{}", path.file_name().unwrap().to_string_lossy());
            let mut text = std::fs::read_to_string(&path).unwrap();
            for (_, old, new) in edits.iter().filter(|(file, _, _)| *file == name) {
                assert!(text.contains(old), "{name} has no '{old}' any more: correct the test");
                text = text.replacen(old, new, 1);
            }
            files.push((name, text));
        }
    }
    files
}

/// A form with a reason and these files.
pub fn form<B: AsRef<[u8]>>(reason: &str, files: &[(String, B)]) -> (String, Vec<u8>) {
    let mut body =
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"reason\"\r\n\r\n{reason}\r\n")
            .into_bytes();
    for (name, bytes) in files {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes.as_ref());
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={BOUNDARY}"), body)
}

/// These files as an archive.
pub fn zipped<B: AsRef<[u8]>>(files: &[(String, B)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut archive, bytes.as_ref()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

pub async fn draft(desk: &Desk, member: &str, edits: &[(&str, &str, &str)]) -> Answer {
    let (media, body) = form("改进", &files(edits));
    desk.post("/api/v1/policy/versions").by(member).raw(&media, body).send().await
}

pub async fn post(desk: &Desk, member: &str, path: &str, body: Value) -> Answer {
    desk.post(&format!("/api/v1/{path}")).by(member).json(&body).send().await
}

/// The store begins with the starter pack, as one that `huying init` made.
pub async fn found(desk: &Desk) {
    let mut kept = huying_pack::Files::default();
    files(&[]).into_iter().for_each(|(name, text)| kept.insert(name, text));
    let engine = &desk.state.engine;
    let it = huying_store::Installed {
        kind: "pack".into(),
        version: "starter-1".into(),
        hash: [1; 32],
        effective_at: engine.now(),
        installed_at: engine.now(),
        body: serde_json::to_string(&kept).unwrap(),
    };
    assert!(engine.store().install(desk.state.tenant(), &it).await.unwrap());
}

/// Another version of the starter pack.
pub const SECOND: (&str, &str, &str) = ("pack.toml", "version = \"starter-1\"", "version = \"starter-2\"");
