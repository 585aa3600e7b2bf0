//! One tree for both formats: XML as the specification writes it, and JSON by the Spark convention.
//!
//! Owns the two writers. In JSON the outer element is dropped, a container is an array however few it holds, and what is empty is
//! `null`; in XML it is an empty element. Start at [`Node`].

use axum::http::HeaderValue;

/// How an answer is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Format {
    /// The one that the specification demands; also for an address that names none.
    #[default]
    Xml,
    Json,
}

impl Format {
    pub fn of_path(path: &str) -> Option<Format> {
        Format::split(path).map(|(_, format)| format)
    }

    /// A path without its ending, and the format that the ending names.
    pub fn split(path: &str) -> Option<(&str, Format)> {
        let (name, ending) = path.rsplit_once('.')?;
        let format = match ending {
            "xml" => Format::Xml,
            "json" => Format::Json,
            _ => return None,
        };
        Some((name, format))
    }

    pub fn media(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Format::Xml => "text/xml; charset=utf-8",
            Format::Json => "application/json; charset=utf-8",
        })
    }

    /// What stands before the items of a container that is written bit by bit.
    pub fn opens(self, root: &str) -> String {
        match self {
            Format::Xml => format!("{DECLARATION}<{root}>"),
            Format::Json => "[".to_owned(),
        }
    }

    pub fn closes(self, root: &str) -> String {
        match self {
            Format::Xml => format!("</{root}>"),
            Format::Json => "]".to_owned(),
        }
    }

    /// One item of such a container.
    pub fn item(self, name: &str, item: &Node, first: bool, out: &mut String) {
        match self {
            Format::Xml => item.xml(name, out),
            Format::Json => {
                if !first {
                    out.push(',');
                }
                item.json(out);
            }
        }
    }
}

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";

/// A part of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    Text(String),
    /// Degrees, metres or a status.
    Number(f64),
    Bool(bool),
    /// Nothing to say: `null`, and an empty element.
    Empty,
    /// The same, where a client would stumble over the empty element: in XML it is left out.
    Absent,
    /// Elements of one name.
    List(&'static str, Vec<Node>),
    Record(Vec<(&'static str, Node)>),
}

impl Node {
    pub fn text(text: impl Into<String>) -> Node {
        Node::Text(text.into())
    }

    /// A text, or nothing where there is none.
    pub fn maybe(text: Option<impl Into<String>>) -> Node {
        text.map_or(Node::Empty, |text| Node::Text(text.into()))
    }

    /// The whole answer under its outer element.
    pub fn write(&self, root: &str, format: Format) -> String {
        let mut out = String::new();
        match format {
            Format::Xml => {
                out.push_str(DECLARATION);
                self.xml(root, &mut out);
            }
            Format::Json => self.json(&mut out),
        }
        out
    }

    pub fn json(&self, out: &mut String) {
        match self {
            Node::Text(text) => quoted(text, out),
            Node::Number(number) => out.push_str(&plain(*number)),
            Node::Bool(yes) => out.push_str(if *yes { "true" } else { "false" }),
            Node::Empty | Node::Absent => out.push_str("null"),
            Node::List(_, items) => {
                out.push('[');
                for (no, item) in items.iter().enumerate() {
                    if no > 0 {
                        out.push(',');
                    }
                    item.json(out);
                }
                out.push(']');
            }
            Node::Record(fields) => {
                out.push('{');
                for (no, (name, value)) in fields.iter().enumerate() {
                    if no > 0 {
                        out.push(',');
                    }
                    quoted(name, out);
                    out.push(':');
                    value.json(out);
                }
                out.push('}');
            }
        }
    }

    pub fn xml(&self, name: &str, out: &mut String) {
        let element = |out: &mut String, inner: &dyn Fn(&mut String)| {
            out.push('<');
            out.push_str(name);
            out.push('>');
            inner(out);
            out.push_str("</");
            out.push_str(name);
            out.push('>');
        };
        match self {
            Node::Absent => {}
            Node::Text(text) if !text.is_empty() => element(out, &|out| escaped(text, out)),
            Node::Number(number) => element(out, &|out| out.push_str(&plain(*number))),
            Node::Bool(yes) => element(out, &|out| out.push_str(if *yes { "true" } else { "false" })),
            Node::List(of, items) if !items.is_empty() => {
                element(out, &|out| items.iter().for_each(|item| item.xml(of, out)));
            }
            Node::Record(fields) => {
                element(out, &|out| fields.iter().for_each(|(name, value)| value.xml(name, out)));
            }
            Node::Text(_) | Node::Empty | Node::List(..) => {
                out.push('<');
                out.push_str(name);
                out.push_str("/>");
            }
        }
    }
}

/// Without exponent; a number that is none cannot come up, and would be nothing.
fn plain(number: f64) -> String {
    if number.is_finite() { format!("{number}") } else { "0".to_owned() }
}

fn quoted(text: &str, out: &mut String) {
    // A text is always JSON.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// Text as XML 1.0 may hold it: what it may not hold is left out.
fn escaped(text: &str, out: &mut String) {
    for sign in text.chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // Read back as it was written; a bare one would be read as a line break.
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => out.push(sign),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            sign => out.push(sign),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_is_null_in_json_and_an_empty_element_or_none_in_xml() {
        let node = Node::List(
            "request",
            vec![Node::Record(vec![
                ("id", Node::text("001")),
                ("notes", Node::Empty),
                ("due", Node::Absent),
                ("lat", Node::Number(30.015)),
                ("open", Node::Bool(true)),
                ("none", Node::List("value", Vec::new())),
            ])],
        );
        let json = "[{\"id\":\"001\",\"notes\":null,\"due\":null,\"lat\":30.015,\"open\":true,\"none\":[]}]";
        assert_eq!(node.write("requests", Format::Json), json);
        let xml = "<?xml version=\"1.0\" encoding=\"utf-8\"?><requests><request><id>001</id><notes/>\
                   <lat>30.015</lat><open>true</open><none/></request></requests>";
        assert_eq!(node.write("requests", Format::Xml), xml);
    }

    #[test]
    fn nothing_that_was_written_breaks_out_of_its_element() {
        let text = "a<b>&\"]]>\u{0}\u{b}\r\n\u{ffff}井";
        let xml = Node::text(text).write("t", Format::Xml);
        assert!(xml.ends_with("<t>a&lt;b&gt;&amp;\"]]&gt;&#13;\n井</t>"), "{xml}");
        let json: serde_json::Value =
            serde_json::from_str(&Node::text(text).write("t", Format::Json)).unwrap();
        assert_eq!(json, text);
    }

    #[test]
    fn the_format_is_the_ending_of_the_path() {
        assert_eq!(Format::split("requests/SD-1.json"), Some(("requests/SD-1", Format::Json)));
        assert_eq!(
            Format::split("services/city.facility.litter.xml").unwrap().0,
            "services/city.facility.litter"
        );
        assert_eq!(Format::split("requests"), None);
        assert_eq!(Format::split("requests.html"), None);
    }
}
