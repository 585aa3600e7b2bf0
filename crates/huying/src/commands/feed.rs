//! `huying feed`: other systems that cases are taken from and given to, by Open311, from the store's own machine.
//!
//! It asks the same rules as the API. `look` takes at once and says what came of it; giving is done by the platform that serves.

use std::path::PathBuf;

use anyhow::{Context, Result};
use huying_engine::{
    authority,
    feed::{Feeds, desk::Act, sounding::Theirs},
};
use huying_model::{Actor, MemberId};

use super::acting::{By, on_store};
use crate::{
    Global,
    end::{End, Usage},
    home::Home,
};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Make a feed of a map (docs/feeds.md), or change the one of this name
    Put {
        /// Small letters, digits, hyphens
        name: String,
        /// FEED.toml
        map: PathBuf,
        /// A file with the key that opens the other system
        #[arg(long, value_name = "FILE")]
        key_file: Option<PathBuf>,
        /// Keep it without letting it work
        #[arg(long)]
        paused: bool,
        #[command(flatten)]
        by: By,
    },
    /// Every feed and how it stands
    List,
    /// Take what is new, now
    Look { name: String },
    /// Letters that a person has to look at
    Letters {
        name: String,
        /// dead, waiting, dropped or done
        #[arg(long, default_value = "dead")]
        state: String,
    },
    /// Try a dead letter once more
    Again { name: String, letter: String },
    /// Say what a dead letter is, and go on with it
    As {
        name: String,
        letter: String,
        /// A matter for a letter in, a service of theirs for a report out
        code: String,
        /// Write it into the map, for every request of its service
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        by: By,
    },
    /// What the other system says of itself, beside what the map says, and what attributes it lacks
    Services { name: String },
    /// Set a dead letter aside for good
    Drop { name: String, letter: String },
    /// End a feed; cases that were taken stay
    End {
        name: String,
        #[command(flatten)]
        by: By,
    },
}

pub async fn run(global: &Global, command: Command) -> Result<End> {
    on_store(global, async |home| act(home, command).await).await
}

/// Feeds take from everywhere and tell outside: they are the whole authority's.
fn administrator(home: &Home, by: &By) -> Result<MemberId> {
    let setting = home.engine.setting(home.tenant)?;
    match by.actor(home)? {
        Actor::Member { id, seats } => {
            let actor = Actor::Member { id: id.clone(), seats };
            if authority::administers(&setting.policy.org, &actor) {
                return Ok(id);
            }
            Err(Usage(format!("{id} is no administrator of the whole authority")).into())
        }
        _ => Err(Usage("only a member can do this".into()).into()),
    }
}

async fn act(home: &Home, command: Command) -> Result<End> {
    let (engine, tenant) = (&home.engine, home.tenant);
    let (store, reach) = (engine.store(), home.config.messages.webhooks);
    match command {
        Command::Put { name, map, key_file, paused, by } => {
            let by = administrator(home, &by)?;
            let read = |file: &PathBuf| {
                std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))
            };
            let (text, key) = (read(&map)?, key_file.as_ref().map(read).transpose()?);
            let set = (name.as_str(), text.as_str(), key.as_deref().map(str::trim));
            let row = engine.put_feed(tenant, set, (&by, !paused), reach).await?;
            println!("{} {}", row.id, if row.active { "works" } else { "is paused" });
        }
        Command::List => {
            for row in store.feeds(tenant).await? {
                let state = if row.active { "works" } else { "paused" };
                let ran = row.ran_at.map_or("never".to_owned(), |at| at.to_string());
                println!("{} {state}, looked at {ran}{}", row.id, told(row.error.as_deref()));
            }
        }
        Command::Look { name } => {
            let feeds = Feeds::new(engine.clone(), "command", reach)?;
            let pulled = feeds.pull_now(tenant, &name).await?;
            println!(
                "{} requests: {} new, {} already known, {} to look at{}",
                pulled.requests,
                pulled.added,
                pulled.already,
                pulled.dead,
                told(pulled.error.as_deref())
            );
            return Ok(if pulled.error.is_some() || pulled.dead > 0 { End::Found } else { End::Well });
        }
        Command::Letters { name, state } => {
            let mut cursor: Option<String> = None;
            loop {
                let page = store.letters(tenant, &name, &state, cursor.as_deref(), 500).await?;
                for row in page.items {
                    println!("{} {} tries{}", row.id, row.attempts, told(row.error.as_deref()));
                }
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
        }
        Command::As { name, letter, code, all, by } => {
            let by = administrator(home, &by)?;
            let (named, act) = ((name.as_str(), letter.as_str()), Act::As { code, all });
            if !engine.settle_feed_letter(tenant, &by, named, &act, reach).await? {
                return Err(Usage(format!("{name} has no dead letter {letter}")).into());
            }
            println!("{letter} is tried again");
        }
        Command::Services { name } => {
            let told = engine.sound_feed(tenant, &name, reach).await?;
            for theirs in &told.services {
                let matter = theirs.taken_as.as_ref().map_or("(not in the map)", |matter| matter.as_str());
                let named = theirs.service.name.as_deref().unwrap_or_default();
                println!("{} {named} = {matter}", theirs.service.code);
                attributes(theirs);
            }
            for code in &told.gone {
                println!("{code} stands in the map and not there");
            }
            if let Some(error) = &told.error {
                println!("{error}");
            }
            return Ok(if told.error.is_some() || told.lacks() { End::Found } else { End::Well });
        }
        Command::Again { name, letter } => return settle(home, &name, &letter, true).await,
        Command::Drop { name, letter } => return settle(home, &name, &letter, false).await,
        Command::End { name, by } => {
            administrator(home, &by)?;
            if !store.drop_feed(tenant, &name).await? {
                return Err(Usage(format!("there is no feed {name}")).into());
            }
            println!("{name} has ended; its cases stay.");
        }
    }
    Ok(End::Well)
}

/// What the map leaves open of the attributes of a service that cases are given to.
fn attributes(theirs: &Theirs) {
    if let Some(why) = &theirs.unasked {
        println!("  what it asks is not known: {why}");
    }
    let Some(gaps) = &theirs.gaps else { return };
    for code in &gaps.missing {
        println!("  {code} is required, and the map does not fill it");
    }
    for code in &gaps.unsure {
        println!("  {code} is required, and some cases have nothing for it: give its line a default");
    }
    for (code, value) in &gaps.wrong {
        println!("  {code} does not take “{value}”");
    }
    for code in &gaps.unknown {
        println!("  {code} stands in the map, and is not asked there");
    }
}

fn told(error: Option<&str>) -> String {
    error.map(|error| format!(": {error}")).unwrap_or_default()
}

async fn settle(home: &Home, name: &str, letter: &str, again: bool) -> Result<End> {
    let now = home.engine.now();
    if !home.engine.store().settle_letter(home.tenant, name, letter, again, now).await? {
        return Err(Usage(format!("{name} has no dead letter {letter}")).into());
    }
    println!("{letter} {}", if again { "is tried again" } else { "is set aside" });
    Ok(End::Well)
}
