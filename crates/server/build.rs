//! Sees to it that the web assets are there to be embedded. It never builds them: that is `make assets`.

use std::path::Path;

fn main() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/dist/manifest.json");
    println!("cargo::rerun-if-changed={}", manifest.display());
    if !manifest.exists() {
        println!("cargo::error=The web assets are missing: run 'make assets' once, which writes web/dist.");
    }
}
