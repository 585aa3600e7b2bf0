//! Arguments as clients send them: in the query or in a form, some of them lists, dates in several ways, empty ones meaning nothing.
//!
//! Owns the reading and its bounds: how many arguments, how long, how many items of a list. Refuses to guess: what cannot be read is
//! told with its name and what is read instead. Start at [`Asked`].

use axum::extract::Request;
use huying_engine::words::is_control;
use huying_model::Instant;
use jiff::{civil, tz::TimeZone};
use sha2::{Digest, Sha256};

use super::errors::{Refused, Said, said, too_long};
use crate::pages::form::{self, Form};

/// Arguments that one request may have, and characters of one.
const MOST: usize = 400;
const LONGEST: usize = 12_000;
/// Items of a list in one argument.
const MOST_ITEMS: usize = 400;

/// The arguments of a request.
#[derive(Debug, Default)]
pub(super) struct Asked {
    fields: Vec<(String, String)>,
    pub files: Vec<Vec<u8>>,
}

impl Asked {
    pub fn of_query(query: &str) -> Result<Asked, Refused> {
        Asked { fields: form_urlencoded::parse(query.as_bytes()).into_owned().collect(), files: Vec::new() }
            .bounded()
    }

    /// A form with the query beside it: some clients send key and jurisdiction there. What the form says goes first.
    pub async fn sent(request: Request, query: Asked) -> Result<Asked, Refused> {
        let form = Form::of_at_most(request, form::LONGEST).await?;
        let fields = form.fields.into_iter().chain(query.fields).collect();
        Asked { fields, files: form.files }.bounded()
    }

    fn bounded(mut self) -> Result<Asked, Refused> {
        if self.fields.len() > MOST {
            return Err(Refused::mistake(said(
                format!("一次请求最多{MOST}个参数"),
                format!("a request has at most {MOST} arguments"),
            )));
        }
        let mut wrong = Vec::new();
        for (name, value) in &mut self.fields {
            if value.chars().count() > LONGEST {
                wrong.push(too_long(LONGEST).about(&shown(name)));
            } else if value.chars().chain(name.chars()).any(is_control) {
                wrong.push(said("请去掉控制字符", "remove control characters").about(&shown(name)));
            }
        }
        if wrong.is_empty() { Ok(self) } else { Err(Refused::mistakes(wrong)) }
    }

    /// The argument without blanks around it; empty is as if it were not there.
    pub fn said(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .filter(|(field, _)| field == name)
            .map(|(_, value)| value.trim())
            .find(|value| !value.is_empty())
    }

    /// Every value under a name, also written as `name[]`.
    pub fn every<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let fits = move |field: &str| field == name || field.strip_suffix("[]") == Some(name);
        let values = self.fields.iter().filter(move |(field, _)| fits(field));
        values.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// The items of an argument, between commas.
    pub fn list<'a>(&'a self, name: &'a str) -> Result<Vec<&'a str>, Refused> {
        let items = self.every(name).flat_map(|value| value.split(',')).map(str::trim);
        let mut found: Vec<&str> = Vec::new();
        for item in items.filter(|item| !item.is_empty()) {
            if !found.contains(&item) {
                found.push(item);
            }
            if found.len() > MOST_ITEMS {
                return Err(Refused::mistake(
                    said(format!("最多列出{MOST_ITEMS}项"), format!("name at most {MOST_ITEMS}")).about(name),
                ));
            }
        }
        Ok(found)
    }

    pub fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Refused> {
        let Some(text) = self.said(name) else { return Ok(None) };
        let read = text.parse().ok();
        read.map(Some).ok_or_else(|| Refused::mistake(no_number(text).about(name)))
    }

    /// Degrees or metres.
    pub fn measure(&self, name: &str) -> Result<Option<f64>, Refused> {
        let read: Option<f64> = self.number(name)?;
        match read {
            Some(number) if !number.is_finite() => {
                Err(Refused::mistake(said("不是数字", "this is no number").about(name)))
            }
            read => Ok(read),
        }
    }

    /// A moment. A day alone begins at midnight, or ends at the next where it ends a span.
    pub fn moment(&self, name: &str, zone: &TimeZone, ends: bool) -> Result<Option<Instant>, Refused> {
        let Some(text) = self.said(name) else { return Ok(None) };
        moment(text, zone, ends).map(Some).ok_or_else(|| Refused::mistake(no_date(text).about(name)))
    }

    /// The names of attributes that were answered: `attribute[CODE]`.
    pub fn attributes(&self) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        for (name, _) in &self.fields {
            let code =
                name.strip_prefix("attribute[").and_then(|rest| rest.split_once(']')).map(|(code, _)| code);
            if let Some(code) = code.filter(|code| !found.contains(code)) {
                found.push(code);
            }
        }
        found
    }

    /// The answers to one attribute.
    pub fn answers(&self, code: &str) -> Vec<&str> {
        let (one, many) = (format!("attribute[{code}]"), format!("attribute[{code}][]"));
        let fits = |field: &String| *field == one || *field == many;
        let values = self.fields.iter().filter(|(field, _)| fits(field)).map(|(_, value)| value.trim());
        values.filter(|value| !value.is_empty()).collect()
    }

    /// What was sent, whatever its order and encoding and whoever's key it came with.
    pub fn hash(&self) -> [u8; 32] {
        let mut said: Vec<(&str, &str)> = self
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.trim()))
            .filter(|(name, value)| *name != "api_key" && !value.is_empty())
            .collect();
        said.sort_unstable();
        let mut sum = Sha256::new();
        let mut part = |bytes: &[u8]| {
            sum.update((bytes.len() as u64).to_be_bytes());
            sum.update(bytes);
        };
        for (name, value) in said {
            part(name.as_bytes());
            part(value.as_bytes());
        }
        self.files.iter().for_each(|file| part(file));
        sum.finalize().into()
    }
}

/// What was to be a number.
pub(super) fn no_number(text: &str) -> Said {
    let text = shown(text);
    said(format!("“{text}”不是数字"), format!("'{text}' is no number"))
}

/// What was to be a date.
pub(super) fn no_date(text: &str) -> Said {
    let (text, example) = (shown(text), "2026-05-01T08:00:00+08:00");
    said(
        format!("“{text}”不是日期时间，请写成如 {example}"),
        format!("'{text}' is no date: write it such as {example}"),
    )
}

/// As much of what was sent as an error repeats.
pub(super) fn shown(text: &str) -> String {
    text.chars().filter(|sign| !sign.is_control()).take(60).collect()
}

/// Whether it is a moment in one of the ways that are read.
pub(super) fn is_moment(text: &str) -> bool {
    moment(text, &TimeZone::UTC, false).is_some()
}

/// RFC 3339; a blank instead of `T`; a blank where a plus sign was not encoded; without an offset in the authority's own zone.
fn moment(text: &str, zone: &TimeZone, ends: bool) -> Option<Instant> {
    let mut text = text.trim().to_owned();
    // `+08:00` in a query that was not encoded arrives as ` 08:00`.
    let tail = text.len().checked_sub(6).filter(|at| text.is_char_boundary(*at));
    if let Some(at) = tail
        && text.len() > 16
        && text[at..].starts_with(' ')
        && text[at + 1..].bytes().all(|byte| byte.is_ascii_digit() || byte == b':')
    {
        text.replace_range(at..=at, "+");
    }
    if text.as_bytes().get(10) == Some(&b' ') {
        text.replace_range(10..11, "T");
    }
    // Answers write whole seconds: an end that is written so is the whole second, and spans that meet leave nothing out.
    let ending = |instant: Instant| if ends && !text.contains('.') { instant.plus_ms(999) } else { instant };
    if let Ok(instant) = text.parse::<Instant>() {
        return Some(ending(instant));
    }
    let local =
        |time: civil::DateTime| Some(Instant::from(time.to_zoned_datetime(zone.clone()).ok()?.timestamp()));
    if let Ok(day) = text.parse::<civil::Date>()
        && text.len() == 10
    {
        let midnight = if ends { day.tomorrow().ok()? } else { day };
        let instant = local(midnight.at(0, 0, 0, 0))?;
        return Some(if ends { instant.plus_ms(-1) } else { instant });
    }
    local(text.parse().ok()?).map(ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_the_ways_that_clients_write_them() {
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        for (text, ends, wanted) in [
            ("2026-05-01T08:00:00+08:00", false, Some("2026-05-01T00:00:00Z")),
            ("2026-05-01T08:00:00 08:00", false, Some("2026-05-01T00:00:00Z")),
            ("2026-05-01 08:00:00-05:00", false, Some("2026-05-01T13:00:00Z")),
            ("2026-05-01 08:00:00 08:00", false, Some("2026-05-01T00:00:00Z")),
            ("2026-05-01T08:00:00Z", false, Some("2026-05-01T08:00:00Z")),
            ("2026-05-01T08:00:00.5Z", false, Some("2026-05-01T08:00:00.5Z")),
            ("2026-05-01T08:00:00", false, Some("2026-05-01T00:00:00Z")),
            ("2026-05-01", false, Some("2026-04-30T16:00:00Z")),
            ("2026-05-01", true, Some("2026-05-01T15:59:59.999Z")),
            ("2026-05-01T08:00:00Z", true, Some("2026-05-01T08:00:00.999Z")),
            ("2026-05-01T08:00:00", true, Some("2026-05-01T00:00:00.999Z")),
            ("2026-05-01T08:00:00.5Z", true, Some("2026-05-01T08:00:00.5Z")),
            ("2026-13-01", false, None),
            ("yesterday", false, None),
            ("", false, None),
            ("2026-05-01T08:00:00井井", false, None),
        ] {
            let read = moment(text, &zone, ends).map(|at| at.to_string());
            assert_eq!(read.as_deref(), wanted, "{text}");
        }
    }

    #[test]
    fn empty_is_absent_and_lists_are_read_however_they_are_written() {
        let asked = Asked::of_query(
            "status=&status=open&service_code=a,b&service_code=b%2C%20c&attribute%5BSIZE%5D=1&attribute[X][]=p&attribute[X][]=q",
        )
        .unwrap();
        assert_eq!(asked.said("status"), Some("open"));
        assert_eq!(asked.list("service_code").unwrap(), ["a", "b", "c"]);
        assert_eq!(asked.attributes(), ["SIZE", "X"]);
        assert_eq!((asked.answers("SIZE"), asked.answers("X")), (vec!["1"], vec!["p", "q"]));
        assert!(Asked::of_query("a=%00").is_err());
        let many = (0..=MOST).map(|no| format!("a={no}&")).collect::<String>();
        assert!(Asked::of_query(&many).is_err());
        let long = (0..=MOST_ITEMS).map(|no| format!("{no},")).collect::<String>();
        assert!(Asked::of_query(&format!("status={long}")).unwrap().list("status").is_err());
    }

    #[test]
    fn the_same_report_has_the_same_sum_whatever_its_order_and_key() {
        let sum = |query: &str| Asked::of_query(query).unwrap().hash();
        assert_eq!(sum("a=1&b=2&api_key=x"), sum("b=2&api_key=y&a=1&c="));
        assert_ne!(sum("a=1&b=2"), sum("a=1&b=3"));
    }
}
