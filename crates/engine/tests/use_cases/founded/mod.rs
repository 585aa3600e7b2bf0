//! A town whose store began with the starter pack, or with an edited one: what tests of the life of a policy stand on.

use std::path::Path;

use huying_engine::Error;
use huying_model::{
    CaseId, Name,
    book::{Act, No},
};
use huying_pack::Files;
use huying_store::Installed;
use serde_json::json;

use crate::town::{TENANT, Town, draft};

/// The starter pack's files with these edits: file, text that stands in it, text in its place.
pub fn starter(edits: &[(&str, &str, &str)]) -> Files {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/starter");
    let mut files = Files::of_folder(&folder).unwrap();
    for (file, old, new) in edits {
        let text = files.text(file).unwrap_or_default().to_owned();
        assert!(text.contains(old), "{file} has no '{old}' any more: correct the test");
        files.insert(*file, text.replacen(old, new, 1));
    }
    files
}

/// A town whose store began with these files.
pub async fn founded(files: &Files) -> Town {
    let town = Town::new().await;
    let it = Installed {
        kind: "pack".into(),
        version: "starter-1".into(),
        hash: [1; 32],
        effective_at: town.now(),
        installed_at: town.now(),
        body: serde_json::to_string(files).unwrap(),
    };
    assert!(town.engine.store().install(TENANT, &it).await.unwrap());
    let pack = huying_pack::load_from(files).unwrap_or_else(|problems| panic!("{problems:?}"));
    town.engine.install(TENANT, huying_engine::Setting::of_pack(pack, 0));
    town.engine.take_up(TENANT).await.unwrap();
    town
}

/// An act of the book: done, or refused by a rule.
pub async fn book(town: &Town, member: &str, act: Act) -> Result<(), No> {
    match town.engine.book(TENANT, &town.actor(member), &act).await {
        Ok(_) => Ok(()),
        Err(Error::Book(no)) => Err(no),
        Err(error) => panic!("{error}"),
    }
}

pub async fn file(town: &Town, text: &str) -> CaseId {
    let case = town.report(draft("city/facility/litter", text)).await.receipt.case;
    let filing = json!({"filing": {"matter": "city/facility/litter", "condition": 1}});
    town.say("handler-station-bridge", case, Name::File, filing).await;
    case
}
