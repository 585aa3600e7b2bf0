//! Every address of the platform, and checked-in files that are made from them. Start at [`all`].

/// Every address with its method, sorted by address.
pub fn all() -> Vec<(String, String)> {
    let mut routes = described();
    routes.extend(plain_routes());
    routes.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
    routes.dedup();
    routes
}

/// Addresses outside the description: pages, and the description itself.
fn plain_routes() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let file = path.strip_prefix(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).unwrap();
                let source = std::fs::read_to_string(&path).unwrap();
                routes_of(&source, &file.to_string_lossy(), &mut found);
            }
        }
    }
    found
}

/// Ways to an address that are not read here; only the described API hangs under a common beginning.
const UNREAD: [&str; 3] = [".nest(", ".nest_service(", ".route_service("];

/// Each `.route("path", get(…).post(…))` of a source, told by the methods that are named before the next route. What cannot be
/// read stops the test: an address that nobody counts would be in no census.
fn routes_of(source: &str, file: &str, found: &mut Vec<(String, String)>) {
    for way in UNREAD {
        let known = way == ".nest(" && file == "api/mod.rs";
        assert!(known || !source.contains(way), "{file}: give addresses by .route(\"…\", …), not by {way}…)");
    }
    for part in source.split(".route(").skip(1) {
        let path = part.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next());
        let path = path.unwrap_or_else(|| panic!("{file}: write the address of a route as a text"));
        let rest = part.split("\n        .").next().unwrap_or(part);
        let rest = rest.split("\n}").next().unwrap_or(rest);
        let before = found.len();
        // One door for every method: it reads and it takes.
        if rest.contains(" any(") {
            found.extend(["GET", "POST"].map(|method| (method.to_owned(), path.to_owned())));
        }
        for method in ["get", "post", "delete", "put", "patch", "head", "options", "trace"] {
            let named = [format!(" {method}("), format!(".{method}("), format!("\n{method}(")];
            if named.iter().any(|name| rest.contains(name.as_str())) {
                found.push((method.to_uppercase(), path.to_owned()));
            }
        }
        let other = [" on(", ".on(", "on_service("].iter().any(|way| rest.contains(way));
        assert!(
            found.len() > before && !other,
            "{file}: name the methods of {path} by get(…), post(…) and so on"
        );
    }
}

#[test]
fn a_route_is_read_or_stops_the_census() {
    let read = |source: &str| {
        let mut found = Vec::new();
        routes_of(source, "pages/new.rs", &mut found);
        found
    };
    let of = |method: &str, path: &str| (method.to_owned(), path.to_owned());
    let source =
        "Router::new()\n        .route(\"/a\", get(page).post(act))\n        .route(\"/b\", patch(change))";
    assert_eq!(read(source), [of("GET", "/a"), of("POST", "/a"), of("PATCH", "/b")]);
    for source in [
        ".route(ADDRESS, get(page))",
        ".route(&format!(\"/{name}\"), get(page))",
        ".route(\"/a\", router)",
        ".route(\"/a\", get(page).on(MethodFilter::POST, act))",
        ".nest(\"/a\", other())",
        ".route_service(\"/a\", service)",
    ] {
        let tried = std::panic::catch_unwind(|| read(source));
        assert!(tried.is_err(), "{source} is passed over: {tried:?}");
    }
}

/// The addresses of the description.
pub fn described() -> Vec<(String, String)> {
    let document: serde_json::Value = serde_json::from_str(&huying_server::openapi::text()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &serde_json::Value)| {
        item.as_object()
            .unwrap()
            .keys()
            .map(|method| (method.to_uppercase(), path.clone()))
            .collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

/// The checked-in file is what was made; with HUYING_BLESS=1 it is written anew.
pub fn compare(file: &str, made: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("HUYING_BLESS").is_some() {
        std::fs::write(&path, made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let new: Vec<_> = made.lines().filter(|line| !kept.lines().any(|old| old == *line)).collect();
    let gone: Vec<_> = kept.lines().filter(|line| !made.lines().any(|now| now == *line)).collect();
    assert!(
        kept == made,
        "{file} is not what the code makes. New: {new:#?} Gone: {gone:#?}. Look at it, then write it with HUYING_BLESS=1"
    );
}
