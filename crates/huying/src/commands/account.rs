//! `huying account`: looking after accounts from the store's own machine, for when nobody can sign in.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use anyhow::Context;
use huying_engine::{
    Error,
    accounts::{Accounts, Sent},
    outbox::mail,
};
use huying_model::{MemberId, org::Org};
use huying_pack::lines;

use crate::{Global, door, end::End, home::Home};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Every member with how their account stands
    List,
    /// Give a member an account, and a link to set their password
    Invite {
        member: String,
        /// Where mail to the member goes
        #[arg(long, value_name = "ADDRESS")]
        mail: Option<String>,
    },
    /// Give every member of a file an account: a CSV with the columns member and, where known, mail
    Import {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Give a member a link to set another password
    Reset {
        member: String,
        /// The one-time codes go too, for a member who has lost their phone
        #[arg(long)]
        codes: bool,
    },
    /// Close an account
    Lock { member: String },
    /// Open a closed account again
    Unlock { member: String },
}

pub async fn run(global: &Global, command: Command) -> anyhow::Result<End> {
    let home = Home::open(global.settings()?).await?;
    let rules = door::rules(&home.config)?;
    let mailer = door::mailer(&home.config)?;
    let accounts = Accounts::new(home.engine.clone(), home.tenant, rules, mailer);
    let done = match command {
        Command::Import { file } => {
            let done = import(&home, &accounts, &file).await;
            home.engine.store().close().await;
            return done;
        }
        command => act(&accounts, command).await,
    };
    home.engine.store().close().await;
    match done {
        Ok(()) => Ok(End::Well),
        // What cannot be done is an answer, not a failure.
        Err(Error::Account(no)) => {
            println!("{}: {no}", no.code());
            Ok(End::Found)
        }
        Err(Error::Invalid(problems)) => {
            problems.iter().for_each(|problem| println!("error {}: {}", problem.field, problem.mend));
            Ok(End::Found)
        }
        Err(error) => Err(error.into()),
    }
}

async fn act(accounts: &Accounts, command: Command) -> Result<(), Error> {
    match command {
        Command::List => {
            for one in accounts.list().await? {
                let codes = if one.has_codes { " codes" } else { "" };
                let mail = if one.has_mail { " mail" } else { "" };
                println!("{:<8} {}{codes}{mail}", one.state, one.member);
            }
            Ok(())
        }
        // It tells what is wrong with a file in a way of its own.
        Command::Import { .. } => Ok(()),
        Command::Invite { member, mail } => {
            told(accounts.invite(&MemberId::new(member), mail.as_deref()).await?);
            Ok(())
        }
        Command::Reset { member, codes } => {
            told(accounts.reset(&MemberId::new(member), codes).await?);
            Ok(())
        }
        Command::Lock { member } => accounts.lock(None, &MemberId::new(member), true).await,
        Command::Unlock { member } => accounts.lock(None, &MemberId::new(member), false).await,
    }
}

fn told(sent: Sent) {
    match sent {
        Sent::Mailed => println!("The link went to the member by mail."),
        Sent::Shown(link) => println!("Hand this over; it works once: {link}"),
    }
}

/// One row of a file.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    member: MemberId,
    mail: Option<String>,
}

/// Invites everybody in a file who has no account in use. Where anything is wrong with the file, everything is told and nobody invited.
async fn import(home: &Home, accounts: &Accounts, file: &Path) -> anyhow::Result<End> {
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let setting = home.engine.setting(home.tenant)?;
    let rows = match read(&text, &setting.policy.org) {
        Ok(rows) => rows,
        Err(wrong) => {
            wrong.iter().for_each(|line| println!("error {}:{line}", file.display()));
            return Ok(End::Found);
        }
    };
    let listed = accounts.list().await?;
    let in_use = |member: &MemberId| {
        listed.iter().any(|one| &one.member == member && !matches!(one.state, "none" | "invited"))
    };
    for row in &rows {
        if in_use(&row.member) {
            println!("{}: has an account", row.member);
            continue;
        }
        match accounts.invite(&row.member, row.mail.as_deref()).await? {
            Sent::Mailed => println!("{}: mailed", row.member),
            Sent::Shown(link) => println!("{}: {link}", row.member),
        }
    }
    Ok(End::Well)
}

/// The rows of a file, or every place where it is wrong with the mend: `3:2: …` is the second column of the third line.
fn read(text: &str, org: &Org) -> Result<Vec<Row>, Vec<String>> {
    let mut separated = csv::ReaderBuilder::new();
    separated.has_headers(false).trim(csv::Trim::All).flexible(true);
    let mut records = lines::records(&separated, text.trim_start_matches('\u{feff}').as_bytes());
    let head = records.next().transpose().map_err(|why| vec![format!("1:1: {why}")])?.unwrap_or_default().1;
    let place = |name: &str| head.iter().position(|column| column == name);
    let Some(member_at) = place("member") else {
        return Err(vec!["1:1: there is no column 'member': write member,mail as the first line".into()]);
    };
    let strangers = (1..).zip(&head).filter(|(_, name)| !matches!(*name, "member" | "mail"));
    let mut wrong: Vec<String> = strangers
        .map(|(no, name)| format!("1:{no}: there is no column '{name}': use member and mail"))
        .collect();
    let (mail_at, mut seen, mut rows) = (place("mail"), BTreeSet::new(), Vec::new());
    for record in records {
        let (line, record) = match record {
            Ok(record) => record,
            Err(why) => {
                wrong.push(format!("{}:1: {why}", why.position().map_or(0, csv::Position::line)));
                continue;
            }
        };
        let cell = |at: usize| record.get(at).filter(|cell| !cell.is_empty());
        let member = MemberId::new(cell(member_at).unwrap_or_default());
        if !org.members.contains_key(&member) {
            wrong
                .push(format!("{line}:{}: there is no member '{member}': take the id of one", member_at + 1));
        } else if !seen.insert(member.clone()) {
            wrong.push(format!("{line}:{}: '{member}' stands here twice: leave one out", member_at + 1));
        }
        let mail = mail_at.and_then(|at| Some((at, cell(at)?)));
        if let Some((at, address)) = mail.filter(|(_, address)| !mail::is_address(address)) {
            wrong.push(format!(
                "{line}:{}: '{address}' is no mail address: correct it or leave it out",
                at + 1
            ));
        }
        rows.push(Row { member, mail: mail.map(|(_, address)| address.to_owned()) });
    }
    if wrong.is_empty() { Ok(rows) } else { Err(wrong) }
}
