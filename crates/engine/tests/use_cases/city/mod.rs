//! Somebody else's Open311 server: what it has, what it was sent, and how it misbehaves. Photos lie under `/photos/`.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

/// What lies under an address of a photo.
#[derive(Clone)]
pub enum Picture {
    Is(Vec<u8>),
    Status(u16),
    /// It is said to lie elsewhere.
    Elsewhere(String),
    /// More bytes than anybody takes, without saying how many.
    Huge,
    /// The connection stands, and nothing comes.
    Silent,
}

#[derive(Default)]
pub struct City {
    pub requests: Vec<Value>,
    pub sent: Vec<(String, BTreeMap<String, String>)>,
    /// Forms with parts, as they came.
    pub parts: Vec<(String, Vec<u8>)>,
    pub asked: Vec<String>,
    /// Answers to come before the usual ones: a status with a body; 0 takes what is sent and breaks off.
    pub odd: Vec<(u16, &'static str)>,
    pub photos: BTreeMap<String, Picture>,
    /// Photos that were asked for.
    pub fetched: Vec<String>,
    pub services: Vec<Value>,
    /// How many requests a page has where nobody asks for so many.
    pub usual: Option<usize>,
    /// The attributes that a service asks; a report that does not fit them is refused.
    pub definitions: BTreeMap<String, Value>,
    /// It refuses without saying why.
    pub mute: bool,
    /// What came is answered when this lets it.
    pub gate: Option<Arc<Semaphore>>,
}

pub type Shared = Arc<Mutex<City>>;

fn fields(text: &str) -> BTreeMap<String, String> {
    let plain = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            match byte {
                b'+' => bytes.push(b' '),
                b'%' => {
                    let pair = [rest.next().unwrap(), rest.next().unwrap()];
                    bytes.push(u8::from_str_radix(std::str::from_utf8(&pair).unwrap(), 16).unwrap());
                }
                other => bytes.push(other),
            }
        }
        String::from_utf8(bytes).unwrap()
    };
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in text.split('&').filter_map(|pair| pair.split_once('=')) {
        // Several of one name stand beside each other.
        let (all, value) = (found.entry(plain(name)).or_default(), plain(value));
        *all = if all.is_empty() { value } else { format!("{all}|{value}") };
    }
    found
}

/// The fields of a form with parts; a file stands as how many bytes it has.
fn fields_of_parts(media: &str, body: &[u8]) -> BTreeMap<String, String> {
    let mark = format!("--{}", media.split_once("boundary=").unwrap().1);
    let text = String::from_utf8_lossy(body);
    let mut found = BTreeMap::new();
    for part in text.split(mark.as_str()).filter(|part| part.contains("\r\n\r\n")) {
        let (head, value) = part.split_once("\r\n\r\n").unwrap();
        let name = head.split_once("name=\"").unwrap().1.split('"').next().unwrap();
        let value = value.strip_suffix("\r\n").unwrap();
        let is_file = head.contains("filename=");
        found.insert(name.to_owned(), if is_file { value.len().to_string() } else { value.to_owned() });
    }
    found
}

impl City {
    fn list(&self, asked: &BTreeMap<String, String>) -> Value {
        let ids: Option<Vec<&str>> = asked.get("service_request_id").map(|ids| ids.split(',').collect());
        let fits = |one: &&Value| match &ids {
            Some(ids) => ids.contains(&one["service_request_id"].as_str().unwrap()),
            None => asked.get("updated_after").is_none_or(|after| {
                let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
                one["updated_datetime"].as_str().is_some_and(|changed| at(changed) >= at(after))
            }),
        };
        let number = |name: &str, usual: usize| asked.get(name).map_or(usual, |text| text.parse().unwrap());
        let (page, size) = (number("page", 1), number("page_size", self.usual.unwrap_or(1000)));
        let all = self.requests.iter().filter(fits).cloned();
        Value::Array(if ids.is_some() {
            all.collect()
        } else {
            all.skip((page - 1) * size).take(size).collect()
        })
    }

    /// The definition of the service that an address names.
    fn asked_of(&self, path: &str) -> Option<Value> {
        let code = path.strip_prefix("/services/")?.strip_suffix(".json")?;
        let attributes = self.definitions.get(code)?;
        Some(json!({"service_code": code, "attributes": attributes}))
    }

    /// The attribute in which a form does not fit what its service asks.
    fn unfit(&self, form: &BTreeMap<String, String>) -> Option<String> {
        let asked = self.definitions.get(&form["service_code"])?.as_array().unwrap();
        let fits = |one: &Value| {
            let code = one["code"].as_str().unwrap();
            let given = [format!("attribute[{code}]"), format!("attribute[{code}][]")];
            let Some(given) = given.iter().find_map(|name| form.get(name)) else {
                return one["required"] != json!(true);
            };
            let listed =
                |key: &str| one["values"].as_array().unwrap().iter().any(|value| value["key"] == key);
            match one["datatype"].as_str().unwrap() {
                "number" => given.parse::<f64>().is_ok(),
                "datetime" => given.parse::<jiff::Timestamp>().is_ok(),
                "singlevaluelist" => listed(given),
                "multivaluelist" => given.split('|').all(listed),
                _ => true,
            }
        };
        let wrong = asked.iter().find(|&one| !fits(one))?;
        Some(wrong["code"].as_str().unwrap().to_owned())
    }

    fn answer(&mut self, (path, query): (&str, &str), (media, body): (&str, &[u8])) -> Option<(u16, String)> {
        if path.starts_with("/requests") && body.is_empty() {
            self.asked.push(query.to_owned());
        }
        let odd = (!self.odd.is_empty()).then(|| self.odd.remove(0));
        if let Some((status, told)) = odd.filter(|(status, _)| *status != 0) {
            return Some((status, told.to_owned()));
        }
        let form = if media.starts_with("multipart/") {
            self.parts.push((path.to_owned(), body.to_vec()));
            fields_of_parts(media, body)
        } else {
            fields(std::str::from_utf8(body).unwrap())
        };
        let told = match (path, body.is_empty()) {
            ("/requests.json", true) => self.list(&fields(query)),
            ("/services.json", true) => Value::Array(self.services.clone()),
            ("/requests.json", false) if self.unfit(&form).is_some() => {
                let told = match self.mute {
                    true => "bad request".to_owned(),
                    false => format!("attribute[{}] is missing or wrong", self.unfit(&form).unwrap()),
                };
                return Some((400, json!([{"code": 400, "description": told}]).to_string()));
            }
            ("/requests.json", false) => {
                let id = format!("W-{}", self.requests.len() + 1);
                self.requests.push(json!({
                    "service_request_id": id, "status": "open", "service_code": form["service_code"],
                    "description": form["description"], "requested_datetime": "2026-05-12T01:00:00Z",
                    "updated_datetime": "2026-05-12T01:00:00Z",
                }));
                self.sent.push((path.to_owned(), form));
                json!([{"service_request_id": id, "service_notice": null, "account_id": null}])
            }
            ("/servicerequestupdates.json", false) => {
                let told = json!([{"update_id": form["update_id"]}]);
                self.sent.push((path.to_owned(), form));
                told
            }
            (path, true) if self.asked_of(path).is_some() => self.asked_of(path).unwrap(),
            _ => return Some((404, json!([{"code": 404, "description": "no such thing"}]).to_string())),
        };
        (odd.is_none()).then(|| (200, told.to_string()))
    }
}

/// A server with these requests, and where it is.
pub async fn city(requests: Vec<Value>) -> (String, Shared) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let shared = Arc::new(Mutex::new(City { requests, ..City::default() }));
    let city = Arc::clone(&shared);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&city)));
        }
    });
    (url, shared)
}

async fn serve(stream: TcpStream, city: Shared) {
    let (mut stream, mut first, mut length, mut media) =
        (BufReader::new(stream), String::new(), 0, String::new());
    stream.read_line(&mut first).await.unwrap();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        let Some((name, value)) = line.trim().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "content-type" => media = value.to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let path = first.split(' ').nth(1).unwrap();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let stream = stream.get_mut();
    if let Some(name) = path.strip_prefix("/photos/") {
        let picture = {
            let mut city = city.lock().unwrap();
            city.fetched.push(name.to_owned());
            city.photos.get(name).cloned().unwrap_or(Picture::Status(404))
        };
        return show(stream, picture).await;
    }
    let told = city.lock().unwrap().answer((path, query), (&media, &body));
    let gate = city.lock().unwrap().gate.clone();
    if let Some(gate) = gate {
        gate.acquire().await.unwrap().forget();
    }
    let Some((status, told)) = told else { return };
    let head = format!(
        "HTTP/1.1 {status} told\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{told}",
        told.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
}

async fn show(stream: &mut TcpStream, picture: Picture) {
    let head = |status: u16, more: &str| format!("HTTP/1.1 {status} told\r\n{more}connection: close\r\n\r\n");
    match picture {
        Picture::Is(bytes) => {
            let head = head(200, &format!("content-length: {}\r\n", bytes.len()));
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(&bytes).await.unwrap();
        }
        Picture::Status(status) => {
            stream.write_all(head(status, "content-length: 0\r\n").as_bytes()).await.unwrap();
        }
        Picture::Elsewhere(url) => {
            let more = format!("location: {url}\r\ncontent-length: 0\r\n");
            stream.write_all(head(302, &more).as_bytes()).await.unwrap();
        }
        Picture::Huge => {
            stream.write_all(head(200, "").as_bytes()).await.unwrap();
            let some = vec![0xFF; 1 << 20];
            // Whoever has had enough hangs up.
            for _ in 0..64 {
                if stream.write_all(&some).await.is_err() {
                    return;
                }
            }
        }
        Picture::Silent => std::future::pending().await,
    }
}

/// An attribute of a service; with keys it is a list.
pub fn attribute(code: &str, datatype: &str, required: bool, keys: &[&str]) -> Value {
    let values: Vec<Value> = keys.iter().map(|key| json!({"key": key, "name": key.to_uppercase()})).collect();
    json!({
        "variable": true, "code": code, "datatype": datatype, "required": required, "order": 1,
        "datatype_description": null, "description": code, "values": values,
    })
}

/// A request of a broken street light.
pub fn request(id: &str, code: &str, status: &str, updated: &str) -> Value {
    json!({
        "service_request_id": id, "status": status, "service_code": code, "service_name": "Street light out",
        "description": "街灯不亮", "requested_datetime": "2026-05-11T09:00:00+08:00",
        "updated_datetime": updated, "lat": 30.015, "long": 110.005, "address": null, "media_url": null,
    })
}
