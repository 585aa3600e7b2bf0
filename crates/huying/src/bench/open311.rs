//! `huying bench open311`: lists of requests over HTTP from a store of a given size, in both formats, first pages and far ones.
//!
//! Every kind of list is asked for by the same clients in turn, beside bare answers of the same server library. Answers that only said that
//! the server is busy are counted apart: very long lists are written for one client of an address at a time.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use huying_engine::{Engine, Setting, files::Files};
use huying_server::{AppState, Settings, SignIn};
use huying_store::Store;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::oneshot};

use super::{
    drive::{self, Load},
    figures::{memory_mb, percentile_ms, round1},
    lifecycle, seed,
};
use crate::{
    Global,
    clock::{self, MachineClock},
    end::{End, Usage},
    packs::PackFiles,
};

#[derive(clap::Args)]
pub struct Args {
    /// Stored cases
    #[arg(long, default_value_t = 10_000)]
    cases: usize,
    /// Clients, each with one connection
    #[arg(long, default_value_t = 4)]
    clients: usize,
    /// Measured seconds of each kind of list
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// The pack
    #[arg(long, default_value = "jiangbei")]
    pack: String,
    /// Where seeded SQLite stores are kept for the next time
    #[arg(long, default_value = "target/bench")]
    keep: PathBuf,
}

/// A list of all ages, whose rows say how many requests are public at all.
const EVERYTHING: &str = "everything in JSON";
const PAGE: usize = 50;

/// A list of all ages. The ninety days count from the first day that is named, so it is asked by its last change.
fn of_all(query: &str) -> String {
    format!("/open311/v2/requests.json?updated_after=2000-01-01&{query}")
}

/// What is asked for, by its name.
fn lists() -> [(&'static str, String); 5] {
    [
        ("none found", format!("/open311/v2/requests.json?start_date=2000-01-01&page_size={PAGE}")),
        ("50 in JSON", format!("/open311/v2/requests.json?page_size={PAGE}")),
        ("50 in XML", format!("/open311/v2/requests.xml?page_size={PAGE}")),
        ("1,000 in JSON", "/open311/v2/requests.json".to_owned()),
        (EVERYTHING, of_all("page_size=1000000")),
    ]
}

/// A page that begins at nine tenths of what is public: beyond the end nothing would be measured.
fn far(public: usize) -> (&'static str, String) {
    let page = (public * 9 / 10 / PAGE).max(1);
    ("50 far back in JSON", of_all(&format!("page_size={PAGE}&page={page}")))
}

/// One kind of list, measured; answers how many rows it has, too.
async fn measured(server: SocketAddr, args: &Args, path: String) -> Result<(usize, Value)> {
    let before = memory_mb();
    let load = Load {
        server,
        clients: args.clients,
        warm: Duration::from_secs(1),
        run: Duration::from_secs(args.seconds),
    };
    let read = drive::reads(load, path, "\"service_request_id\"", "<service_request_id>").await?;
    let answers = read.answers as f64 / read.seconds;
    let figure = json!({
        "rows": read.rows,
        "answers_per_second": round1(answers),
        "busy_per_second": round1(read.busy as f64 / read.seconds),
        "rows_per_second": round1(answers * read.rows as f64),
        "mb_per_second": round1(answers * read.bytes as f64 / 1_048_576.0),
        "p50_ms": percentile_ms(&read.micros, 50),
        "p99_ms": percentile_ms(&read.micros, 99),
        "memory_grew_mb": round1(memory_mb() - before),
    });
    Ok((read.rows, figure))
}

pub async fn run(global: &Global, args: Args) -> Result<End> {
    let config = global.settings()?;
    if args.clients == 0 || args.seconds == 0 {
        bail!(Usage("clients and seconds have to be at least 1".into()));
    }
    drop(config);
    let files = PackFiles::named(&args.pack)?;
    let pack = files.read()?;
    let kept = seed::sqlite(&args.keep, &files, &pack, args.cases).await?;
    // A kept store stays as it was made: whoever copies it next copies the file alone, without a log.
    let base = seed::writable(&kept, args.cases)?;
    let bare = lifecycle::bare(args.clients).await?;
    let store = Store::open(&format!("sqlite:{}", base.display()), seed::options()).await?;
    let engine = Engine::new(store, Arc::new(MachineClock), Files::in_folder(&args.keep.join("files"))?);
    engine.install(seed::TENANT, Setting::of_pack(pack.clone(), 0));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let server = listener.local_addr()?;
    let settings = Settings {
        tenant: seed::TENANT,
        sign_in: SignIn::Demo,
        limits: None,
        stopwatch: clock::stopwatch,
        ..Settings::default()
    };
    let state = AppState::new(engine.clone(), Arc::new(pack), settings);
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(huying_server::serve(listener, state, None, async move {
        let _ = stopped.await;
    }));
    let (mut figures, mut public) = (BTreeMap::new(), 0);
    let mut asked = VecDeque::from(lists());
    while let Some((name, path)) = asked.pop_front() {
        let (rows, figure) = measured(server, &args, path).await?;
        println!("{name}: {figure}");
        figures.insert(name, figure);
        if name == EVERYTHING {
            public = rows;
            asked.push_back(far(rows));
        }
    }
    let _ = stop.send(());
    serving.await.context("the server under test")??;
    engine.store().close().await;
    let whole = json!({
        "bench": "open311",
        "cases": args.cases,
        "public": public,
        "clients": args.clients,
        "bare_axum_per_second": round1(bare),
        "lists": figures,
    });
    println!("{whole}");
    Ok(End::Well)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_far_page_has_rows_however_few_cases_are_public() {
        for public in [1, 49, 50, 364, 10_000, 1_000_000] {
            let (_, path) = far(public);
            let page: usize = path.rsplit('=').next().unwrap().parse().unwrap();
            assert!((page - 1) * PAGE < public, "{public}: {path}");
        }
    }
}
