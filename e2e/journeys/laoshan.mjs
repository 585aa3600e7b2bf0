// Laoshan's first story: an admitted matter is asked of the grid workers. Civil affairs asks for a visit to an old person who lives alone, the
// station names the grid and files, the section dispatches, the grid worker visits, and the section closes.
//
// All of it by keys alone, in English: Tab, Enter and letters; what is pressed is found by the name that a screen reader tells. Matters that
// are refused, vetoed or not admitted are told by packs/laoshan/scenarios.
import assert from "node:assert/strict";
import { openPage, phone, until } from "../harness.mjs";
import { Hand } from "./keys.mjs";
import { appReady, searched } from "./people.mjs";

const LOCALE = { locale: "en-GB" };
const SPOT = { longitude: 120.642046, latitude: 36.218286, accuracy: 6 };
const MATTER = "people/care/elder-visit";
const WORDS = "Mrs Wang at No 6 lives alone; please see how she is.";

export async function visit(town) {
  const { server, shot } = town;
  // Civil affairs: words, area, matter, source.
  const office = await signedIn(town, "handler-civil-affairs", "handler", "/cases/new");
  await town.whole(office.page);
  await office.write(office.page.locator("#text"), WORDS);
  await office.pick(office.page.locator("#area"), "Shilaoren", "370212005008");
  await office.pick(office.page.locator("#matter"), "Visit to an old", MATTER);
  await office.pick(office.page.locator("#source"), "Department", "department");
  await office.follow(office.page.getByRole("button", { name: "Send the report", exact: true }));
  // The case is not the office's to see, and yet it has to know how it ends: number and code are told at once.
  await town.whole(office.page);
  const [number, secret] = await office.page.locator("main .code").allInnerTexts();

  // The station knows in which grid she lives, and files.
  const station = await signedIn(town, "clerk-shilaoren", "acceptor", "/desk?queue=accept");
  await chosen(station, number);
  const moving = station.page.locator("details.command", { has: station.page.locator("form[action$='/commands/relocate']") });
  await station.to(moving.locator("summary"));
  await station.press("Enter");
  await station.pick(moving.locator("select[name=area]"), "Shilaoren Grid 1", "370212005008001");
  await station.follow(moving.getByRole("button", { name: "Relocate" }));
  await station.follow(station.page.locator(".card-suggest").getByRole("button", { name: "File" }));
  await station.page.locator(".toast").waitFor();

  // The section dispatches by one key.
  const section = await signedIn(town, "dispatcher-section-jinjialing", "dispatcher", "/desk?queue=dispatch");
  await chosen(section, number);
  assert.match(await section.page.locator(".card-suggest").innerText(), /Shilaoren Grid 1/);
  await done(section, "Dispatch");

  // The grid worker receives, visits, and brings what was found.
  const worker = await signedIn(town, "worker-370212005008001", "grid_worker", "/field", { viewport: phone });
  await appReady(worker.page);
  const task = worker.page.getByRole("link", { name: /Mrs Wang/ });
  await task.first().waitFor();
  await worker.to(task);
  await worker.press("Enter");
  // The app puts the focus on the heading once the task is drawn; whoever goes on before begins anew there.
  await worker.page.locator("h1:focus", { hasText: "Mrs Wang" }).waitFor();
  await worker.to(worker.page.getByRole("button", { name: "Receive" }));
  await worker.press("Enter");
  await worker.page.getByText("Receive: ").first().waitFor();
  await worker.file(worker.page.getByLabel("Photo of what was found"), shot);
  await worker.page.locator(".photo-previews img").first().waitFor();
  await town.whole(worker.page);
  await worker.to(worker.page.getByRole("button", { name: "Finish" }));
  await worker.press("Enter");
  await worker.page.getByRole("heading", { level: 1, name: "Today" }).waitFor();
  await until("the visit has been told", async () => (await section.page.request.get(server.url(`/api/v1/cases/${number}`)).then((answer) => answer.json())).stage === "inspecting");

  // The section, which had no part in the visit, looks at it and closes.
  await section.page.goto(server.url("/desk?queue=mine"));
  await chosen(section, number);
  await done(section, "Close");
  const followed = await town.follow({ number, secret });
  assert.match(await followed.locator("main").innerText(), /已结案[\s\S]*已解决/);
  await town.ended(section.page, number, [
    ["Report", "Civil Affairs"],
    ["Place corrected", "Shilaoren station clerk"],
    ["Filed as", "Shilaoren station clerk"],
    ["Dispatched to", "Jinjialing dispatcher"],
    ["Received by", "Shilaoren Grid 1"],
    ["finished", "Shilaoren Grid 1"],
    ["Closed", "Jinjialing dispatcher"],
  ], /Closed/);
  await town.leave(office.page, station.page, section.page, worker.page, followed);
}

/** Comes in by keys: the name into the search, Enter, on to the button, Enter. */
async function signedIn(town, member, kind, to, look = {}) {
  const page = await openPage(town.browser, { ...LOCALE, ...look });
  await page.context().grantPermissions(["geolocation"], { origin: town.server.address });
  await page.context().setGeolocation(SPOT);
  await page.goto(town.server.url(`/sign-in?next=${encodeURIComponent(to)}`));
  const hand = new Hand(page);
  await hand.write(page.getByRole("searchbox"), member);
  await Promise.all([page.waitForEvent("load"), hand.press("Enter")]);
  await hand.to(page.locator(`button[value="${member}"]`));
  await Promise.all([page.waitForURL((url) => url.pathname === new URL(to, town.server.address).pathname), hand.press("Enter")]);
  await town.seated(page, member, kind);
  return hand;
}

/** A case of the desk: / searches, J chooses. The keys of the work are counted from the list on. */
async function chosen(hand, number) {
  const { page } = hand;
  await hand.press("/");
  await page.keyboard.type(number);
  await searched(page, () => hand.press("Enter"));
  await page.locator(".case-row-link").first().waitFor();
  hand.keys = 0;
  await hand.press("j");
  await page.locator("[data-case-shown]", { hasText: number }).waitFor();
  await page.locator(".case-row-link[aria-current]:focus").waitFor();
}

/** Enter on the chosen row does what the desk proposes: that is all that it takes. */
async function done(hand, name) {
  await hand.press("Enter");
  await hand.page.locator(".toast", { hasText: name }).waitFor();
  assert.ok(hand.keys <= 3, `${name} took ${hand.keys} keys`);
}
