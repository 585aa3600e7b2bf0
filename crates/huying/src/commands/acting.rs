//! What commands share in which a member of the authority acts on a store: it is opened, the act is done, it is closed, and what the
//! rules refuse is told as an answer.
//!
//! Whoever may run this on the store's machine may act for any member. Start at [`on_store`].

use huying_engine::{Error, authority};
use huying_model::{Actor, MemberId};

use crate::{
    Global,
    end::{End, Usage},
    home::Home,
};

/// Who acts.
#[derive(clap::Args)]
pub struct By {
    /// The administrator who acts
    #[arg(long = "by", value_name = "MEMBER")]
    member: String,
}

impl By {
    pub fn of(member: String) -> By {
        By { member }
    }

    pub fn actor(&self, home: &Home) -> anyhow::Result<Actor> {
        let setting = home.engine.setting(home.tenant)?;
        let id = MemberId::new(&self.member);
        authority::actor(&setting.policy.org, &id, home.engine.now())
            .map_err(|why| Usage(why.to_string()).into())
    }
}

/// Does something on the store that the settings name. What the rules refuse is an answer, not a failure.
pub async fn on_store(
    global: &Global,
    act: impl AsyncFnOnce(&Home) -> anyhow::Result<End>,
) -> anyhow::Result<End> {
    let home = Home::open(global.settings()?).await?;
    let done = act(&home).await;
    home.engine.store().close().await;
    let Err(error) = done else { return done };
    match error.downcast_ref::<Error>() {
        Some(Error::Book(no)) => println!("{}: {no}", no.code()),
        Some(Error::Person(no)) => println!("{}: {no}", no.code()),
        Some(Error::Grant(no)) => println!("{}: {no}", no.code()),
        Some(Error::Exchange(no)) => println!("{}: {no}", no.code()),
        Some(Error::Invalid(problems)) => {
            problems.iter().for_each(|problem| println!("error {}", problem.mend));
        }
        _ => return Err(error),
    }
    Ok(End::Found)
}
