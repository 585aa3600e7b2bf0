//! What pages load: style sheet, scripts, icons, embedded in the binary.
//!
//! Owns `/assets/`. Names carry a hash of their content, so a browser keeps them for ever; [`path`] gives today's name of a
//! plain one by the build's manifest. Refuses whatever the build did not write. Start at [`serve`].

use std::{collections::BTreeMap, sync::LazyLock};

use axum::{
    extract::Path,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;

use crate::problem::Problem;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[exclude = "specimen/*"]
struct Dist;

const MANIFEST: &str = "manifest.json";

/// Plain name to address.
static PATHS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let file = Dist::get(MANIFEST);
    let names: BTreeMap<String, String> =
        file.and_then(|file| serde_json::from_slice(&file.data).ok()).unwrap_or_default();
    names.into_iter().map(|(plain, hashed)| (plain, format!("/assets/{hashed}"))).collect()
});

/// The address of an asset by its plain name, such as `desk.css`; a name that the build did not write answers 404.
pub fn path(plain: &str) -> &str {
    PATHS.get(plain).map_or(plain, String::as_str)
}

/// The bytes of an asset by its plain name, for what is served under an address of its own.
pub fn bytes(plain: &str) -> Option<Vec<u8>> {
    let name = path(plain).strip_prefix("/assets/")?;
    Dist::get(name).map(|file| file.data.into_owned())
}

/// One asset, which never changes under its name.
pub async fn serve(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let known = PATHS.values().any(|path| path.strip_prefix("/assets/") == Some(name.as_str()));
    let file = Some(()).filter(|()| known).and_then(|()| Dist::get(&name)).ok_or_else(Problem::not_found)?;
    let hash =
        file.metadata.sha256_hash().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let etag = HeaderValue::from_str(&format!("\"{hash}\"")).map_err(|why| Problem::internal(&why))?;
    let kept = HeaderValue::from_static("public, max-age=31536000, immutable");
    if headers.get(header::IF_NONE_MATCH) == Some(&etag) {
        let same = [(header::ETAG, etag), (header::CACHE_CONTROL, kept)];
        return Ok((StatusCode::NOT_MODIFIED, same).into_response());
    }
    let media = HeaderValue::from_str(file.metadata.mimetype()).map_err(|why| Problem::internal(&why))?;
    let named: [(HeaderName, HeaderValue); 3] =
        [(header::CONTENT_TYPE, media), (header::CACHE_CONTROL, kept), (header::ETAG, etag)];
    let mut answer = (named, file.data.into_owned()).into_response();
    if name.ends_with(".html") {
        // The page that checks receipts is kept and opened without the platform; it is no page of it.
        let kept = HeaderValue::from_static("attachment; filename=\"huying-receipt.html\"");
        answer.headers_mut().insert(header::CONTENT_DISPOSITION, kept);
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_name_of_the_manifest_is_served_for_ever_and_nothing_else_is() {
        for plain in [
            "desk.css",
            "console.js",
            "map.js",
            "map-worker.js",
            "report.js",
            "resident.js",
            "account.js",
            "cockpit.js",
            "organisation.js",
            "icons.svg",
            "receipt.html",
            "field.html",
            "field.js",
            "field-worker.js",
            "field-icon.svg",
            "field.webmanifest",
        ] {
            let name = path(plain).strip_prefix("/assets/").expect("the build wrote it").to_owned();
            let answer = serve(Path(name), HeaderMap::new()).await.expect("it is served");
            assert!(
                answer.headers()[header::CACHE_CONTROL].to_str().is_ok_and(|text| text.contains("immutable")),
                "{plain}"
            );
            let have =
                HeaderMap::from_iter([(header::IF_NONE_MATCH, answer.headers()[header::ETAG].clone())]);
            let name = path(plain).strip_prefix("/assets/").expect("the build wrote it").to_owned();
            let same = serve(Path(name), have).await.expect("it is served");
            assert_eq!(same.status(), StatusCode::NOT_MODIFIED, "{plain}");
            assert_eq!(same.headers()[header::CACHE_CONTROL], answer.headers()[header::CACHE_CONTROL]);
        }
        for stranger in [MANIFEST, "specimen/desk.html", "../Cargo.toml"] {
            assert!(serve(Path(stranger.to_owned()), HeaderMap::new()).await.is_err(), "{stranger}");
        }
    }
}
