//! The gallery: every component in use, in any theme and density, for whoever builds a page and for the browser's tests.
//!
//! Owns an address that only the demonstration has. What it shows is made up, and no form of it leads anywhere. Start at [`page`]; what is
//! shown stands in [`samples`].

mod samples;

use axum::{extract::Query, response::Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    components::{
        Component,
        frames::{self, Choice},
    },
    frame::{self, Page},
    tabs::Tally,
    view::{View, Viewer},
};
use crate::problem::Problem;

const THEMES: [&str; 3] = ["light", "dark", "wall"];
const DENSITIES: [&str; 2] = ["compact", "touch"];

/// How it is to be looked at.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    theme: String,
    density: String,
    /// The sheet of paper, which is a page of its own.
    paper: Option<String>,
}

/// All of them, where the demonstration runs.
pub async fn page(Viewer(view): Viewer, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    if !view.state.settings.demo {
        return Err(Problem::not_found());
    }
    let title = view.lang.pick("组件一览", "Gallery of components");
    let theme = THEMES.into_iter().find(|theme| *theme == asked.theme);
    let density = DENSITIES.into_iter().find(|density| *density == asked.density);
    let page = Page { theme, density, ..Page::new(title) };
    if asked.paper.is_some() {
        return Ok(frame::fresh(frame::document(&view, &page, &samples::paper(&view))));
    }
    let main = html! {
        main.page.page-wide.stack.gallery id="main" {
            h1 { (title) }
            p { (view.lang.pick("页面由这些组件拼成；内容为示例，按钮不会办理任何事。", "Pages are put together from these; what they show is made up, and no button does anything.")) }
            (looks(&view, theme, density))
            (samples::tokens(&view))
            @for component in Component::ALL { (part(&view, component)) }
        }
    };
    Ok(frame::console(&view, &page, None, &Tally::of(&view).await?, &main))
}

/// Links to the same page in another look.
fn looks(view: &View, theme: Option<&str>, density: Option<&str>) -> Markup {
    html! {
        (strip(view, view.lang.pick("主题", "Theme"), "theme", &THEMES, theme))
        (strip(view, view.lang.pick("密度", "Density"), "density", &DENSITIES, density))
    }
}

fn strip(view: &View, label: &str, name: &str, codes: &[&'static str], chosen: Option<&str>) -> Markup {
    let views: Vec<Choice> = std::iter::once("")
        .chain(codes.iter().copied())
        .map(|code| Choice {
            words: words(view, code),
            to: super::with_query(&view.here, name, code),
            chosen: chosen.unwrap_or_default() == code,
        })
        .collect();
    frames::tab_strip(label, &views)
}

fn words(view: &View, code: &str) -> &'static str {
    match code {
        "light" => view.lang.pick("浅色", "Light"),
        "dark" => view.lang.pick("深色", "Dark"),
        "wall" => view.lang.pick("大屏", "Wall"),
        "compact" => view.lang.pick("紧凑", "Compact"),
        "touch" => view.lang.pick("触控", "Touch"),
        _ => view.lang.pick("默认", "Default"),
    }
}

fn part(view: &View, component: Component) -> Markup {
    let code = component.code();
    html! {
        section.stack id=(code) aria-labelledby={ (code) "-name" } {
            h2 id={ (code) "-name" } { (component.name(view.lang)) " " span.code.quiet { (code) } }
            (samples::of(view, component))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    const SAMPLES: &str = include_str!("samples.rs");

    fn read_all(folder: &str) -> Vec<(String, String)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let read = |entry: std::io::Result<fs::DirEntry>| {
            let path = entry.unwrap().path();
            (path.file_stem().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap())
        };
        fs::read_dir(folder).unwrap().map(read).collect()
    }

    /// Names of the public functions of a source that answer markup.
    fn drawing(source: &str) -> Vec<String> {
        let draws = |part: &&str| part.split('{').next().is_some_and(|head| head.contains("-> Markup"));
        let public = source.split("\npub fn ").skip(1).filter(draws);
        public.filter_map(|part| part.split('(').next()).map(str::to_owned).collect()
    }

    #[test]
    fn every_function_that_draws_a_component_is_called_by_the_gallery() {
        assert_eq!(drawing("\npub fn a(b: u8) -> Markup {\n\npub fn c() -> u8 {\nfn d() -> Markup {"), ["a"]);
        let mut found = 0;
        for (room, source) in read_all("src/pages/components") {
            for name in drawing(&source) {
                found += 1;
                let call = format!("{room}::{name}(");
                assert!(SAMPLES.contains(&call), "show {call}…) in gallery/samples.rs");
            }
        }
        assert!(found >= 20, "only {found} were found");
    }

    /// Sources of a folder and of those in it that hold the words.
    fn holding(folder: &Path, words: &str) -> Vec<String> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.extend(holding(&path, words));
            } else if fs::read_to_string(&path).unwrap().contains(words) {
                found.push(path.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
        found
    }

    #[test]
    fn the_frame_of_a_table_is_written_in_one_place() {
        let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages");
        assert_eq!(holding(&pages, concat!("div", ".table-scroll")), ["frames.rs"]);
    }

    #[test]
    fn every_component_has_a_rule_in_the_style_sheet_and_a_line_in_the_readme() {
        let style: String = read_all("../../web/src/css").into_iter().map(|(_, text)| text).collect();
        let readme =
            fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/README.md")).unwrap();
        for component in Component::ALL {
            let code = component.code();
            assert!(style.contains(&format!(".{code}")), ".{code} has no rule");
            assert!(readme.contains(&format!("`{code}`")), "web/README.md does not name `{code}`");
        }
    }
}
