//! `huying bench import`: rows of a file of cases that come in and go out in a second, beside the mere reading of the same file; and of a
//! census of components.
//!
//! The file is made of places of a pack, a third of its rows open and the rest closed within a day. Memory is looked at before and after.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use anyhow::Context;
use huying_engine::{Engine, Setting, authority, casebook, files::Files, import::map::Map, listing::Asked};
use huying_pack::{
    listing::{self, Kind},
    sheet::{Encoding, Format, Rows, Writer},
};
use huying_sim::Ground;
use huying_store::{Filter, Options, Order, RootKey, Store};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use super::{
    figures::{memory_mb, round1},
    seed::TENANT,
};
use crate::{clock::MachineClock, end::End, packs::PackFiles};

#[derive(clap::Args)]
pub struct Args {
    #[arg(long, default_value = "starter")]
    pack: String,
    /// Rows of the file
    #[arg(long, default_value_t = 20_000)]
    rows: usize,
    /// A new folder for the store and the files; it is removed afterwards
    #[arg(long, value_name = "DIR", default_value = "bench-import")]
    keep: PathBuf,
    #[arg(long)]
    json: bool,
}

const PAGE: usize = 1000;

pub async fn run(args: Args) -> anyhow::Result<End> {
    fs::create_dir(&args.keep).with_context(|| format!("making the folder {}", args.keep.display()))?;
    let report = measured(&args).await;
    fs::remove_dir_all(&args.keep)?;
    let report = report?;
    if args.json {
        println!("{report}")
    } else {
        println!("{report:#}")
    }
    Ok(End::Well)
}

async fn measured(args: &Args) -> anyhow::Result<serde_json::Value> {
    let pack = PackFiles::named(&args.pack)?.read()?;
    let (csv, xlsx) = (args.keep.join("cases.csv"), args.keep.join("cases.xlsx"));
    let matter = pack.policy.current.matters.keys().next().context("the pack has no matter")?.to_string();
    made(&pack, args.rows, &matter, &csv, &xlsx)?;
    let map = Map::parse(&map(&matter)).map_err(|problem| anyhow::anyhow!(problem.mend))?;
    let rate = |rows: u64, began: Instant| round1(rows as f64 / began.elapsed().as_secs_f64().max(1e-9));
    let read = |path: &Path| -> anyhow::Result<f64> {
        let began = Instant::now();
        let rows = Rows::open(File::open(path)?).map_err(|why| anyhow::anyhow!(why.to_string()))?;
        Ok(rate(rows.filter(Result::is_ok).count() as u64, began))
    };
    let (read_csv, read_xlsx) = (read(&csv)?, read(&xlsx)?);
    let url = format!("sqlite:{}", args.keep.join("store.db").display());
    let store = Store::open(&url, Options::new(RootKey::File(args.keep.join("root.key")))).await?;
    let engine = Engine::new(store, Arc::new(MachineClock), Files::in_folder(&args.keep.join("files"))?);
    engine.install(TENANT, Setting::of_pack(pack, 0));
    let memory = memory_mb();
    let began = Instant::now();
    let first = engine.import(TENANT, File::open(&csv)?, &map, None, |_| ()).await?;
    let (import, after) = (rate(first.rows, began), memory_mb());
    anyhow::ensure!(first.added > 0, "nothing came in: {:?}", first.problems.first());
    let began = Instant::now();
    let again = engine.import(TENANT, File::open(&xlsx)?, &map, None, |_| ()).await?;
    let repeated = rate(again.rows, began);
    anyhow::ensure!(again.added == 0, "the same rows came in twice");
    let export_csv = written(&engine, Format::Csv, args).await?;
    let export_xlsx = written(&engine, Format::Xlsx, args).await?;
    let register = register(&engine, args).await?;
    engine.store().close().await;
    Ok(json!({
        "bench": "import", "rows": first.rows, "added": first.added, "refused": first.refused,
        "read_csv_rows_per_second": read_csv, "read_xlsx_rows_per_second": read_xlsx,
        "import_rows_per_second": import, "repeat_from_xlsx_rows_per_second": repeated,
        "export_csv_rows_per_second": export_csv, "export_xlsx_rows_per_second": export_xlsx,
        "memory_before_mb": memory, "memory_after_mb": after, "components": register,
    }))
}

fn map(matter: &str) -> String {
    format!(
        "system = \"bench\"\ntime_zone = \"Asia/Shanghai\"\ntime_format = \"%Y-%m-%d %H:%M:%S\"\nunknown_place = \"import\"\n\
         [columns]\nforeign = \"no\"\ncreated = \"told\"\nclosed = \"done\"\nlon = \"lon\"\nlat = \"lat\"\nmatter = \"what\"\n\
         status = \"state\"\ntitle = \"words\"\ntext = \"words\"\n\
         [matter]\n\"*\" = \"{matter}\"\n[source]\n\"*\" = \"hotline\"\n[status]\nopen = \"open\"\nclosed = \"solved\"\n"
    )
}

/// The same rows as a CSV and as a workbook.
fn made(pack: &huying_pack::Pack, rows: usize, matter: &str, csv: &Path, xlsx: &Path) -> anyhow::Result<()> {
    let ground = Ground::of_pack(pack);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let headings = ["no", "told", "done", "lon", "lat", "what", "state", "words"];
    let mut writers = [
        Writer::new(Format::Csv, Encoding::Utf8, &headings)?,
        Writer::new(Format::Xlsx, Encoding::Utf8, &headings)?,
    ];
    let mut out = BufWriter::new(File::create(csv)?);
    for no in 0..rows {
        let place = ground.somewhere(&pack.places, &mut rng);
        let degrees =
            |e7: Option<i32>| e7.map(|e7| format!("{:.7}", f64::from(e7) / 1e7)).unwrap_or_default();
        let (day, minute) = (1 + no % 28, no % 60);
        let open = no % 3 == 0;
        let row = [
            format!("B{no}"),
            format!("2026-03-{day:02} 09:{minute:02}:00"),
            if open { String::new() } else { format!("2026-03-{day:02} 16:{minute:02}:00") },
            degrees(place.lon_e7),
            degrees(place.lat_e7),
            matter.to_owned(),
            if open { "open" } else { "closed" }.to_owned(),
            format!("第{no}件：路边有积存垃圾，请清理"),
        ];
        for writer in &mut writers {
            writer.row(&row)?;
        }
        out.write_all(&writers[0].taken()?)?;
    }
    let [first, second] = writers;
    first.finish()?.copy_to(&mut out)?;
    out.flush()?;
    second.finish()?.copy_to(&mut File::create(xlsx)?)?;
    Ok(())
}

/// As many components, looked at, taken in, looked at again and taken away.
async fn register(engine: &Engine, args: &Args) -> anyhow::Result<serde_json::Value> {
    let setting = engine.setting(TENANT)?;
    let (org, now) = (&setting.policy.org, engine.now());
    let actors = org.members.keys().filter_map(|member| authority::actor(org, member, now).ok());
    let mut administrators = actors.filter(|actor| authority::administers(org, actor));
    let by = administrators.next().context("the pack has no administrator")?;
    let (ground, mut rng) = (Ground::of_pack(&setting.pack), ChaCha8Rng::seed_from_u64(2));
    let mut census = String::from("code,name,lon,lat,area\n");
    for no in 1..=args.rows {
        let place = ground.somewhere(&setting.places, &mut rng);
        let degrees = |e7: Option<i32>| e7.map(|e7| f64::from(e7) / 1e7).unwrap_or_default();
        let area = place.area.map(|area| area.to_string()).unwrap_or_default();
        let (lon, lat) = (degrees(place.lon_e7), degrees(place.lat_e7));
        census.push_str(&format!("9901010137{no:06},路灯{no},{lon},{lat},{area}\n"));
    }
    let rate = |began: Instant| round1(args.rows as f64 / began.elapsed().as_secs_f64().max(1e-9));
    let kind = Kind::Components;
    let sheet = || listing::open(kind, "census.csv", census.clone().into_bytes(), None);
    let asked = Asked { reason: "bench".into(), ..Asked::default() };
    let before = memory_mb();
    let began = Instant::now();
    let shown = engine.table_preview(TENANT, &by, kind, sheet(), &asked).await?;
    let preview = rate(began);
    let hash = shown.hash.with_context(|| format!("{:?}", shown.problems.first()))?;
    let began = Instant::now();
    engine.table_apply(TENANT, &by, kind, sheet(), (&asked, &hash)).await?;
    let (apply, began) = (rate(began), Instant::now());
    let again = engine.table_preview(TENANT, &by, kind, sheet(), &asked).await?;
    let repeated = rate(began);
    anyhow::ensure!(again.hash.is_none(), "the same rows would change something");
    let (mut cursor, mut table, began) =
        (None::<String>, Writer::new(Format::Csv, Encoding::Utf8, kind.columns())?, Instant::now());
    let mut out = BufWriter::new(File::create(args.keep.join("components.csv"))?);
    loop {
        let (rows, next) = engine.component_rows(TENANT, cursor.as_deref()).await?;
        rows.iter().try_for_each(|row| table.row(row))?;
        out.write_all(&table.taken()?)?;
        cursor = next;
        if cursor.is_none() {
            break;
        }
    }
    Ok(json!({
        "preview_rows_per_second": preview, "apply_rows_per_second": apply, "repeat_rows_per_second": repeated,
        "export_csv_rows_per_second": rate(began), "memory_before_mb": before, "memory_after_mb": memory_mb(),
    }))
}

async fn written(engine: &Engine, format: Format, args: &Args) -> anyhow::Result<f64> {
    let began = Instant::now();
    let mut out = BufWriter::new(File::create(args.keep.join(format!("out.{}", format.code())))?);
    let mut table = Writer::new(format, Encoding::Utf8, &casebook::COLUMNS)?;
    let (mut cursor, mut rows) = (None::<String>, 0);
    loop {
        let filter = Filter::default();
        let page = engine.store().list(TENANT, &filter, Order::OldestFirst, cursor.as_deref(), PAGE).await?;
        for line in &page.items {
            table.row(&casebook::row(line))?;
        }
        rows += page.items.len();
        out.write_all(&table.taken()?)?;
        cursor = page.next;
        if cursor.is_none() {
            table.finish()?.copy_to(&mut out)?;
            out.flush()?;
            return Ok(round1(rows as f64 / began.elapsed().as_secs_f64().max(1e-9)));
        }
    }
}
