//! TLS over a real socket: what is spoken, what it changes for cookies, and a certificate that is renewed.

use crate::desk;

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use desk::Desk;
use huying_server::{
    Settings,
    arrival::Proxies,
    connections::{self, Bounds},
    tls::Tls,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

const LONG: Duration = Duration::from_secs(20);

/// Writes a new certificate for this machine into both files, and answers it.
fn certify(certificate: &Path, key: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(certificate, made.cert.pem()).unwrap();
    std::fs::write(key, made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
}

async fn connect(
    address: SocketAddr,
    trusted: &CertificateDer<'static>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, TcpStream::connect(address).await?).await
}

async fn said(mut stream: impl AsyncReadExt + AsyncWriteExt + Unpin, words: &str) -> String {
    stream.write_all(words.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A server that does not close TLS by its rules is seen as a cut; what was read counts.
    let _ = tokio::time::timeout(LONG, stream.read_to_end(&mut answer)).await.expect("the server ends it");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_browser_comes_over_tls_and_a_renewed_certificate_holds_for_the_next_connection() {
    let desk = Desk::serving(Settings::default()).await;
    let (certificate, key) = (desk.folder.path().join("tls.pem"), desk.folder.path().join("tls.key"));
    let first = certify(&certificate, &key);
    let tls = Tls::read(&certificate, &key).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let (router, served) = (desk.router.clone(), tls.clone());
    let serving = tokio::spawn(async move {
        let end = async move {
            let _ = stopped.await;
        };
        connections::take(listener, router, Bounds::default(), Some(&served), &Proxies::default(), end)
            .await
            .unwrap();
    });
    let ask = "POST /api/v1/session HTTP/1.1\r\nhost: desk.example.org\r\ncontent-type: application/json\r\n\
               content-length: 35\r\nconnection: close\r\n\r\n{\"member\":\"nobody\",\"password\":\"none\"}";
    let ask = ask.replace("35", &"{\"member\":\"nobody\",\"password\":\"none\"}".len().to_string());
    let answer = said(connect(address, &first).await.unwrap(), &ask).await;
    assert!(answer.starts_with("HTTP/1.1 401") && answer.contains("wrong_credentials"), "{answer}");
    assert!(answer.contains("strict-transport-security: max-age=31536000"), "{answer}");
    let plain = said(TcpStream::connect(address).await.unwrap(), &ask).await;
    assert!(!plain.contains("HTTP/1.1"), "nothing is answered in clear: {plain}");

    std::fs::write(&key, "no key").unwrap();
    assert!(tls.renew().unwrap_err().to_string().contains("private key in PEM"));
    connect(address, &first).await.expect("what cannot be read changes nothing");
    let second = certify(&certificate, &key);
    tls.renew().unwrap();
    connect(address, &second).await.expect("the new certificate");
    assert!(connect(address, &first).await.is_err(), "the old one is served no more");
    stop.send(()).unwrap();
    tokio::time::timeout(LONG, serving).await.expect("the server ends").unwrap();
}

#[test]
fn files_that_are_no_pair_are_told_by_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    certify(&at("one.pem"), &at("one.key"));
    certify(&at("other.pem"), &at("other.key"));
    std::fs::write(at("empty.pem"), "").unwrap();
    for (certificate, key, named) in [
        ("none.pem", "one.key", "none.pem"),
        ("empty.pem", "one.key", "empty.pem"),
        ("one.pem", "none.key", "none.key"),
        ("one.pem", "empty.pem", "private key"),
        ("one.pem", "other.key", "do not work together"),
    ] {
        let why = Tls::read(&at(certificate), &at(key)).unwrap_err().to_string();
        assert!(why.contains(named), "{certificate} {key}: {why}");
    }
}
