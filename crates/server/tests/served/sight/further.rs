//! More ways of looking than lists and single cases: tiles of the map, the file of cases that is taken away, what is due in the own queues, the
//! screens of posts, the desk's own stream, and scorecards, which count and name no case.

use std::{collections::BTreeSet, io::Cursor, time::Duration};

use futures::StreamExt;
use huying_model::todo;
use huying_pack::sheet::Rows;
use serde_json::Value;

use super::{Ids, World};
use crate::tiles;

impl World {
    /// The tiles around every case that lies anywhere, of whoever it is: from near each shows the open cases in sight that have a point, by
    /// their ids; from afar they add up. A dispute is in none of them.
    pub async fn tiles(&self, member: &str, should: &Ids) {
        let open = self.open(&self.found(should));
        let placed: Ids = open.into_iter().filter(|id| self.cases[id].point.is_some()).collect();
        let spots: BTreeSet<(i64, i64)> = self.cases.values().filter_map(|facts| facts.point).collect();
        for zoom in [3, 11, 14] {
            let around = spots.iter().map(|(lon, lat)| {
                let at = tiles::around((*lon as f64 / 1e7, *lat as f64 / 1e7), zoom);
                (at.x(), at.y(), at)
            });
            let around: BTreeSet<_> = around.collect();
            let (mut alone, mut gathered) = (Vec::new(), 0);
            for (_, _, at) in around {
                let layers = tiles::layers(&self.ask(member, &tiles::path("cases", at)).await);
                let cases = tiles::of(&layers, "cases").iter();
                alone.extend(cases.map(|case| tiles::text(case, "case").to_owned()));
                let clusters = tiles::of(&layers, "clusters").iter();
                gathered += clusters.map(|cluster| tiles::whole(cluster, "count")).sum::<i128>();
            }
            let shown: Ids = alone.iter().cloned().collect();
            assert_eq!(shown.len(), alone.len(), "{member}: a case stands twice at zoom {zoom}");
            assert!(shown.is_subset(&placed), "{member}: a tile of zoom {zoom} shows what is out of sight");
            assert_eq!(shown.len() as i128 + gathered, placed.len() as i128, "{member}: zoom {zoom}");
            if zoom == 14 {
                assert_eq!(shown, placed, "{member}: the tiles");
            }
        }
    }

    /// The file of cases, in either form: its first column is the number.
    pub async fn taken_away(&self, member: &str, should: &Ids) {
        let should: Ids = should.iter().map(|id| self.cases[id].number.clone()).collect();
        for form in ["csv", "xlsx"] {
            let answer = self.ask(member, &format!("/api/v1/tables/cases?format={form}")).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            let rows = Rows::open(Cursor::new(answer.body)).unwrap();
            let numbers: Vec<String> = rows.skip(1).map(|row| row.unwrap().cells[0].clone()).collect();
            let shown: Ids = numbers.iter().cloned().collect();
            assert_eq!(shown.len(), numbers.len(), "{member}: a case stands twice in {form}");
            assert_eq!(shown, should, "{member}: the cases as {form}");
        }
    }

    /// Every clock that runs in the queues of the units where the member sits.
    pub async fn due(&self, member: &str, should: &Ids) {
        let path = "/api/v1/due?until=2099-01-01T00:00:00Z&limit=500";
        let told = self.ask(member, path).await.expect(200);
        let mut shown: Vec<String> =
            told.as_array().unwrap().iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect();
        let ids: Vec<_> = self.cases.keys().map(|id| id.parse().unwrap()).collect();
        let views = self.desk.state.engine.store().cases(self.desk.state.tenant(), &ids).await.unwrap();
        let seats = &self.authority.members[member];
        let own = |unit: &str| seats.iter().any(|(seat, role)| seat == unit && *role != "administrator");
        let mut lines: Vec<String> = Vec::new();
        for view in &views {
            let own = todo::todos(&view.case)
                .into_iter()
                .filter(|line| own(line.unit.as_str()) && line.due.is_some() && !line.paused);
            lines.extend(own.map(|_| view.case.id.to_string()));
        }
        shown.sort();
        lines.sort();
        assert_eq!(shown, lines, "{member}: what is due");
        assert!(shown.iter().all(|id| should.contains(id)), "{member}: something is due out of sight");
    }

    /// The screens of the posts name no case that is out of sight, and a case on one of them is found as everywhere.
    pub async fn posts_drawn(&self, member: &str, should: &Ids) {
        let screens = ["/handling", "/inspection", "/calling-back", "/supervision", "/difficult"];
        let mut paths: Vec<String> = screens.map(str::to_owned).into();
        for id in self.cases.keys() {
            paths.push(format!("/inspection?case={id}"));
            paths.push(format!("/calling-back?case={id}"));
            paths.push(format!("/difficult?case={id}"));
        }
        let mut shown = Vec::new();
        for path in paths {
            shown.push((self.ask(member, &path).await, path));
        }
        // What is said to the seat leads to open cases of a place, and to all that speak of it.
        let spoken = "said=%E5%8D%A0%E9%81%93&place=%E5%8D%A0%E9%81%93".to_owned();
        let seat = self.desk.post("/seat").by(member).raw("application/x-www-form-urlencoded", spoken);
        shown.push((seat.send().await, "/seat".to_owned()));
        for (answer, path) in shown {
            assert_eq!(answer.status, 200, "{member} {path}");
            let text = answer.text();
            for (id, facts) in self.cases.iter().filter(|(id, _)| !should.contains(*id)) {
                let asked = path.ends_with(id.as_str());
                assert!(!text.contains(&facts.number), "{member} {path} names {}", facts.number);
                assert!(asked || !text.contains(id.as_str()), "{member} {path} knows {id}");
            }
        }
        for id in self.cases.keys() {
            for part in ["handle", "told"] {
                let status = self.ask(member, &format!("/cases/{id}/{part}")).await.status.as_u16();
                assert_eq!(status, if should.contains(id) { 200 } else { 404 }, "{member} {part} of {id}");
            }
        }
    }

    /// The desk's stream from the beginning tells of changes in what is seen, and of nothing else.
    pub async fn desk_stream(&self, member: &str, should: &Ids) {
        let streams = self.desk.state.engine.store().streams().await.unwrap();
        let after: Vec<String> = streams.iter().map(|(stream, _)| format!("{stream}:0")).collect();
        let answer = self.desk.get(&format!("/desk/live?after={}", after.join(","))).by(member).start().await;
        assert_eq!(answer.status(), 200, "{member}: the stream of the desk");
        let mut body = answer.into_body().into_data_stream();
        let (mut told, mut rest) = (Ids::new(), String::new());
        loop {
            while let Some((one, more)) = rest.split_once("\n\n") {
                if let Some(data) = one.lines().find_map(|line| line.strip_prefix("data:")) {
                    let data: Value = serde_json::from_str(data.trim()).unwrap();
                    told.extend(data["case"].as_str().map(str::to_owned));
                }
                rest = more.to_owned();
            }
            // It never ends either: once everything came, a moment more shows that nothing follows.
            let wait =
                if told.len() < should.len() { Duration::from_secs(20) } else { Duration::from_millis(5) };
            match tokio::time::timeout(wait, body.next()).await {
                Ok(Some(bytes)) => rest.push_str(&String::from_utf8_lossy(&bytes.unwrap())),
                _ => break,
            }
        }
        assert_eq!(&told, should, "{member}: the stream of the desk");
    }

    /// Scorecards of areas whose whole ground is seen, and of units there or one's own. How many there were.
    pub async fn scorecards(&self, member: &str) -> usize {
        let mut found = 0;
        for of in ["area", "unit"] {
            let told =
                self.ask(member, &format!("/api/v1/scorecards?period=month&of={of}")).await.expect(200);
            for card in told["scorecards"].as_array().unwrap() {
                let subject = card["subject"].as_str().unwrap();
                assert!(self.counts(member, of, subject), "{member}: a card of {of} {subject}");
                found += 1;
            }
        }
        found
    }

    fn counts(&self, member: &str, of: &str, subject: &str) -> bool {
        let units = &self.authority.units;
        let area = if of == "unit" { units[subject].area.as_str() } else { subject };
        self.authority.members[member].iter().filter(|(_, role)| *role != "administrator").any(
            |(seat, role)| {
                let ground =
                    matches!(units[seat].kind, "centre" | "station" | "grid_team") || *role == "auditor";
                (of == "unit" && seat == subject)
                    || (ground && self.authority.lies_in(area, &units[seat].area))
            },
        )
    }
}
