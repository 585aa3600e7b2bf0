//! Connections: slow clients are cut off, patient ones wait for room, and requests over a real socket are answered.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod desk;

use std::{net::SocketAddr, time::Duration};

use desk::Desk;
use huying_server::connections::{self, Bounds};
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
        connections::take(listener, huying_server::router(desk.state.clone()), bounds, None, end)
            .await
            .unwrap();
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
