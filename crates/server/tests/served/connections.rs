//! Connections: slow clients are cut off, patient ones wait for room, and requests over a real socket are answered.

use crate::desk;

use std::{net::SocketAddr, time::Duration};

use desk::Desk;
use huying_server::{
    arrival::Proxies,
    connections::{self, Bounds},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

const SHORT: Duration = Duration::from_millis(150);
/// Nothing here takes so long unless it hangs.
const LONG: Duration = Duration::from_secs(20);

async fn served(bounds: Bounds) -> (SocketAddr, oneshot::Sender<()>) {
    let desk = Desk::open().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(async move {
        let end = async move {
            let _ = stopped.await;
        };
        let router = huying_server::router(desk.state.clone());
        connections::take(listener, router, bounds, None, &Proxies::default(), end).await.unwrap();
        drop(desk);
    });
    (address, stop)
}

async fn said(stream: &mut TcpStream, words: &str) -> String {
    stream.write_all(words.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    tokio::time::timeout(LONG, stream.read_to_end(&mut answer)).await.expect("the server ends it").unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn a_client_that_never_ends_its_headers_is_cut_off() {
    let (address, _stop) = served(Bounds { headers: SHORT, ..Bounds::default() }).await;
    let mut slow = TcpStream::connect(address).await.unwrap();
    let answer = said(&mut slow, "GET /healthz HTTP/1.1\r\nhost: loc").await;
    assert!(!answer.contains("200 OK"), "{answer}");
}

#[tokio::test]
async fn a_client_that_stops_in_the_middle_of_its_body_gets_a_problem() {
    let (address, _stop) = served(Bounds { silence: SHORT, ..Bounds::default() }).await;
    let mut slow = TcpStream::connect(address).await.unwrap();
    let head = "POST /api/v1/cases HTTP/1.1\r\nhost: localhost\r\nx-huying-member: acceptor-east\r\n\
                content-type: application/json\r\ncontent-length: 500\r\nconnection: close\r\n\r\n{\"text\":";
    let answer = said(&mut slow, head).await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
}

/// What a client is answered that sends one byte after the other, and how many of them the server took.
async fn trickled(address: SocketAddr) -> (usize, Vec<u8>) {
    let (mut from, mut to) = TcpStream::connect(address).await.unwrap().into_split();
    let answer = tokio::spawn(async move {
        let mut answer = Vec::new();
        // What was answered counts, however the connection ended after it.
        let _ = from.read_to_end(&mut answer).await;
        answer
    });
    let head = "POST /api/v1/cases HTTP/1.1\r\nhost: localhost\r\nx-huying-member: acceptor-east\r\n\
                content-type: application/json\r\ncontent-length: 2000\r\nconnection: close\r\n\r\n{\"text\":";
    to.write_all(head.as_bytes()).await.unwrap();
    let mut sent = 0;
    while sent < 1_000 && !answer.is_finished() && to.write_all(b" ").await.is_ok() {
        sent += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    (sent, tokio::time::timeout(LONG, answer).await.expect("the server ends it").unwrap())
}

#[tokio::test]
async fn a_client_that_trickles_its_body_is_cut_off_though_it_is_never_silent() {
    let (address, _stop) = served(Bounds { silence: Duration::from_secs(1), ..Bounds::default() }).await;
    let (sent, answer) = trickled(address).await;
    assert!(sent < 1_000, "the server takes a body byte by byte");
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn a_body_that_comes_steadily_has_an_end_all_the_same() {
    // One byte each twentieth of a second is fast enough, and the body would never be there.
    let (address, _stop) = served(Bounds { slowest: 1, whole: SHORT, ..Bounds::default() }).await;
    let (sent, answer) = trickled(address).await;
    assert!(sent < 1_000, "the server takes a body for as long as it likes to come");
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn who_finds_no_room_waits_until_another_has_left() {
    let (address, _stop) = served(Bounds { most: 1, ..Bounds::default() }).await;
    let first = TcpStream::connect(address).await.unwrap();
    let mut second = TcpStream::connect(address).await.unwrap();
    second.write_all(HEALTH.as_bytes()).await.unwrap();
    let mut one = [0u8; 1];
    let early = tokio::time::timeout(SHORT, second.read(&mut one)).await;
    assert!(early.is_err(), "the second was served beside the first");
    drop(first);
    let answer = said(&mut second, "").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[tokio::test]
async fn one_address_does_not_take_all_the_room() {
    let (address, _stop) = served(Bounds { most_of_address: 1, ..Bounds::default() }).await;
    let mut first = TcpStream::connect(address).await.unwrap();
    // Answered, so the first has its place before the second comes.
    first.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut one = [0u8; 12];
    first.read_exact(&mut one).await.unwrap();
    assert_eq!(&one, b"HTTP/1.1 200");
    let mut second = TcpStream::connect(address).await.unwrap();
    let mut answer = Vec::new();
    let _ = second.write_all(HEALTH.as_bytes()).await;
    let read = tokio::time::timeout(LONG, second.read_to_end(&mut answer)).await.expect("it is closed");
    assert!(read.is_err() || answer.is_empty(), "{}", String::from_utf8_lossy(&answer));
    drop(first);
    // When the place is free again, it is given again.
    for _ in 0..200 {
        let mut third = TcpStream::connect(address).await.unwrap();
        let mut answer = Vec::new();
        let _ = third.write_all(HEALTH.as_bytes()).await;
        let _ = tokio::time::timeout(LONG, third.read_to_end(&mut answer)).await.expect("it ends");
        if answer.starts_with(b"HTTP/1.1 200 OK") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the place was never free again");
}

#[tokio::test]
async fn a_client_that_does_not_take_its_answer_is_cut_off() {
    let (address, _stop) = served(Bounds { silence: SHORT, ..Bounds::default() }).await;
    let mut deaf = TcpStream::connect(address).await.unwrap();
    // Many answers at once, none of which is read: the system's buffers fill, and then the server cuts off.
    let ask = "GET /api/v1/openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(200);
    let mut cut = false;
    for _ in 0..2_000 {
        match tokio::time::timeout(LONG, deaf.write_all(ask.as_bytes())).await {
            Ok(Ok(())) => tokio::time::sleep(Duration::from_millis(5)).await,
            Ok(Err(_)) => {
                cut = true;
                break;
            }
            Err(_) => break,
        }
    }
    assert!(cut, "the server still waits for a client that reads nothing");
}

#[tokio::test]
async fn too_many_headers_and_too_long_ones_are_refused() {
    let (address, _stop) = served(Bounds::default()).await;
    let many: String = (0..120).map(|no| format!("x-{no}: 1\r\n")).collect();
    let long = format!("x-long: {}\r\n", "x".repeat(100_000));
    for (what, more) in [("many", many), ("long", long)] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let ask = format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\n{more}\r\n");
        let _ = stream.write_all(ask.as_bytes()).await;
        let mut line = [0u8; 12];
        let read = tokio::time::timeout(LONG, stream.read_exact(&mut line)).await;
        let told = String::from_utf8_lossy(&line);
        assert!(read.is_ok() && told == "HTTP/1.1 431", "{what}: {told} {read:?}");
    }
}
