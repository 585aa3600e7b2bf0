// From the cells of a table to the chart: what is drawn, what is left out, and in which words it is told.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { build } from "esbuild";

async function bundled(contents) {
  const resolveDir = new URL("../src/islands/", import.meta.url).pathname;
  const { outputFiles } = await build({ stdin: { contents, resolveDir, loader: "ts" }, bundle: true, format: "esm", write: false, logLevel: "silent" });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}
const { describe, lettersHigh, numberOf, optionOf, short, toldOf } = await bundled('export * from "./chart-data.ts";');

const look = { ink: "#111", quiet: "#555", line: "#ddd", surface: "#fff", kinds: { c1: "#001", c2: "#002", c3: "#003", c4: "#004", c5: "#005" }, font: 'system-ui, "PingFang SC"', size: 13, width: 600, height: 260, english: false };
const days = {
  head: [{ name: "日期", kind: undefined }, { name: "收到", kind: "c1" }, { name: "已办结", kind: "c4" }, { name: "按期率", kind: undefined }],
  rows: [["2026-05-01", "3", "1", "50.0%"], ["2026-05-02", "0", "0", "—（尚无）"], ["2026-05-03", "12", "", "90.0%"]],
};
const units = {
  head: [{ name: "名称", kind: undefined }, { name: "收到", kind: undefined }, { name: "按期率", kind: "c1" }, { name: "对比期按期率", kind: "c4" }],
  rows: [["城管", "40", "97.5%", "80.0%"], ["园林", "12", "60.0%", ""], ["水务", "2", "", ""]],
};

test("only what is a number on the page is a number in the chart", () => {
  const cases = [["0", 0], [" 12 ", 12], ["97.5%", 97.5], ["-3", -3], ["", null], ["—（尚无）", null], ["少于 10 或从略", null], ["few, or left out", null], ["2026-05-01", null], ["1,000", null]];
  for (const [text, number] of cases) assert.equal(numberOf(text), number, text);
});

test("a line has every row and the columns that are named, with a gap where the table has no number", () => {
  const told = toldOf(days, "line", "收到的案件");
  assert.deepEqual(told.names, ["2026-05-01", "2026-05-02", "2026-05-03"]);
  assert.deepEqual(told.series, [{ name: "收到", kind: "c1", values: [3, 0, 12] }, { name: "已办结", kind: "c4", values: [1, 0, null] }]);
  assert.equal(told.unit, "");
});

test("bars leave out rows that have nothing to draw, and keep the sign of a share", () => {
  const told = toldOf(units, "bar", "单位");
  assert.deepEqual(told.names, ["城管", "园林"]);
  assert.deepEqual(told.series.map(({ values }) => values), [[97.5, 60], [80, null]]);
  assert.equal(told.unit, "%");
});

test("a table without named columns, without rows or without numbers has no chart, and nor has an unknown form", () => {
  assert.equal(toldOf({ ...days, head: days.head.map(({ name }) => ({ name, kind: undefined })) }, "line", ""), undefined);
  assert.equal(toldOf({ ...days, head: days.head.map(({ name }) => ({ name, kind: "red" })) }, "line", ""), undefined, "only the kinds of the style sheet");
  assert.equal(toldOf({ ...days, rows: [] }, "line", ""), undefined);
  assert.equal(toldOf({ ...days, rows: [["2026-05-01", "—", "—", "—"]] }, "line", ""), undefined);
  assert.equal(toldOf(days, "pie", ""), undefined);
});

test("the words of a chart say the most, the least and the last of each series, in the language of the page", () => {
  const told = toldOf(days, "line", "收到的案件");
  assert.equal(describe(told, false), "折线图：收到的案件，共 3 项，全部数值在表中。收到：最多 12（05-03），最少 0（05-02），最后 12（05-03）。已办结：最多 1（05-01），最少 0（05-02），最后 0（05-02）。");
  const english = describe({ ...toldOf(units, "bar", "Units"), names: ["A", "B"] }, true);
  assert.match(english, /^Bar chart: Units, 2 entries; every value is in the table\. 按期率: most 97\.5% \(A\), least 60% \(B\)\./);
  assert.doesNotMatch(english, /last/, "units have no order in time");
  assert.match(describe({ ...told, series: [{ name: "空", kind: "c1", values: [null, null, null] }] }, false), /空：没有数值/);
});

test("the option has the numbers of the table, the colours of the page, and nothing that moves or writes styles into the page", () => {
  const line = optionOf(toldOf(days, "line", "收到的案件"), look);
  assert.deepEqual(line.series.map(({ data }) => data), [[3, 0, 12], [1, 0, null]]);
  assert.deepEqual(line.series.map(({ type, itemStyle }) => [type, itemStyle.color]), [["line", "#001"], ["line", "#004"]]);
  assert.equal(new Set(line.series.map(({ symbol }) => symbol)).size, 2, "each series has a mark of its own");
  assert.equal(new Set(line.series.map(({ lineStyle }) => String(lineStyle.type))).size, 2, "and a dash of its own");
  assert.equal(line.animation, false);
  assert.equal(line.tooltip.renderMode, "richText");
  const bar = optionOf(toldOf(units, "bar", "单位"), look);
  assert.equal(bar.aria.decal.show, true, "bars are told apart without colours");
  assert.deepEqual([bar.xAxis.max, bar.yAxis.inverse, bar.yAxis.data], [100, true, ["城管", "园林"]]);
  assert.equal(bar.series[0].label.formatter, "{c}%");
});

test("on a phone long names have a third of the width at most", () => {
  const told = toldOf(units, "bar", "单位");
  assert.ok(optionOf(told, { ...look, width: 320 }).yAxis.axisLabel.width <= 320 / 3 + 3);
  assert.ok(lettersHigh({ ...told, names: Array(20).fill("x") }) > 3 * lettersHigh(told));
  assert.equal(short("2026-05-12"), "05-12");
  assert.equal(short("2026-05-01—05-07"), "05-01");
  assert.equal(short("丙街道"), "丙街道");
});

test("dashes of the kinds are those that the server draws", () => {
  const server = readFileSync(new URL("../../crates/server/src/pages/components/board.rs", import.meta.url), "utf8");
  const kinds = [...server.split("pub const KINDS")[1].split(";")[1].matchAll(/\("(c\d)", "([^"]+)"\)/g)].map(([, kind, dash]) => [kind, dash]);
  assert.equal(kinds.length, 5);
  for (const [kind, dash] of kinds) {
    const option = optionOf({ form: "line", name: "", names: ["a"], series: [{ name: "", kind, values: [1] }], unit: "" }, look);
    const drawn = option.series[0].lineStyle.type;
    assert.equal(drawn === "solid" ? "none" : drawn.join(" "), dash, kind);
  }
});

test("the library draws both forms as SVG that stands by itself: a picture is made of it", async () => {
  const { init, optionOf: option } = await bundled('import "./chart.ts"; export { init } from "echarts/core"; export { optionOf } from "./chart-data.ts";');
  for (const told of [toldOf(days, "line", "收到的案件"), toldOf(units, "bar", "单位")]) {
    const chart = init(null, null, { renderer: "svg", ssr: true, width: 600, height: 260 });
    chart.setOption(option(told, look));
    const svg = chart.renderToSVGString();
    chart.dispose();
    for (const { name } of told.series) assert.ok(svg.includes(`>${name}</text>`), `${name} stands in the legend`);
    const tags = [...svg.matchAll(/<[a-z][^>]*>/g)].map(([tag]) => tag);
    assert.ok(tags.length > 10);
    for (const tag of tags) assert.equal((tag.match(/"/g) ?? []).length % 2, 0, `quotes of ${tag}`);
    for (const tag of tags) assert.match(tag, /^<[a-z]+(\s+[\w:-]+="[^"<]*")*\s*\/?>$/i, "an XML reader takes it");
  }
});
