//! What was begun before an account changed: whoever was shut out in between adds no way in behind it.

use crate::accounts::{Door, OTHER, PASSWORD, member, refused, token_of_reset};

use huying_engine::accounts::{Ceremony, Entered, No, Scope, Site};
use serde_json::json;

fn site() -> Site {
    Site { origin: "http://localhost:8080".into() }
}

async fn asked(door: &Door, entered: &Entered, password: &str) -> Ceremony {
    door.accounts.passkey_wanted(entered, password, &site()).await.unwrap()
}

/// Why an answer that no device gave is refused.
async fn answered(door: &Door, entered: &Entered, begun: &Ceremony) -> No {
    let answer = json!({});
    let pair = (begun.ticket.as_str(), &answer);
    refused(door.accounts.passkey_made(entered, pair, "phone", &site()).await)
}

#[tokio::test]
async fn a_passkey_that_was_asked_for_before_a_link_was_taken_up_is_not_looked_at() {
    let door = Door::open().await;
    let entered = door.entered(&door.comes_in().await).await.unwrap();
    let begun = asked(&door, &entered, PASSWORD).await;
    assert_eq!(
        answered(&door, &entered, &begun).await,
        No::WrongPasskey,
        "nothing has changed: it is judged"
    );
    let begun = asked(&door, &entered, PASSWORD).await;
    door.later(1_000);
    let link = token_of_reset(&door, false).await;
    door.accounts.take_up(&link, OTHER).await.unwrap();
    assert_eq!(answered(&door, &entered, &begun).await, No::TooLate);
    assert_eq!(door.accounts.passkeys(&member()).await.unwrap(), []);
}

#[tokio::test]
async fn a_session_that_was_ended_adds_neither_a_passkey_nor_a_key() {
    let door = Door::open().await;
    let entered = door.entered(&door.comes_in().await).await.unwrap();
    let begun = asked(&door, &entered, PASSWORD).await;
    // The password stays as it is; only the devices are signed out.
    door.accounts.end_everywhere(&member(), None, true).await.unwrap();
    assert_eq!(answered(&door, &entered, &begun).await, No::TooLate);
    let scopes = [Scope::Read];
    assert_eq!(refused(door.accounts.make_key(&entered, "import", &scopes, 30, PASSWORD).await), No::TooLate);
    assert!(door.accounts.keys(&member()).await.unwrap().is_empty());
}
