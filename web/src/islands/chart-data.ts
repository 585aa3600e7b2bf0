// From a table that the server has drawn to what a chart is told, and from there to the option of the library.
//
// Owns what is plotted, how it is named and how it looks. Pure but for `readTable`: colours and sizes come in. The table stays the one
// source: a number that it leaves out is a gap here, never a nought. Refuses to draw: that is `chart.ts`. Start at `readTable` and `optionOf`.

/** The class of a series in the style sheet, `c1` to `c5`. */
export type Kind = "c1" | "c2" | "c3" | "c4" | "c5";

export interface Series {
  name: string;
  kind: Kind;
  values: (number | null)[];
}

export interface Told {
  form: "line" | "bar";
  /** What the chart shows. */
  name: string;
  /** The days, areas, units: what stands in the first column. */
  names: string[];
  series: Series[];
  unit: "" | "%";
}

/** How the page looks where the chart stands. */
export interface Look {
  ink: string;
  quiet: string;
  line: string;
  surface: string;
  kinds: Record<Kind, string>;
  font: string;
  /** Pixels of a letter, and of the box. */
  size: number;
  width: number;
  height: number;
  english: boolean;
}

/** Dashes of the kinds, the same as `board::KINDS` of the server, and a mark for each. */
const DASHES: Record<Kind, "solid" | number[]> = { c1: "solid", c2: [8, 4], c3: [3, 3], c4: [12, 3, 3, 3], c5: [1, 4] };
const MARKS: Record<Kind, string> = { c1: "circle", c2: "rect", c3: "triangle", c4: "diamond", c5: "roundRect" };
/** With more points than this, marks would be one band. */
const MARKED = 31;
/** A lower box has room for three lines of the grid. */
const LOW = 200;

/** The number of a cell; none where the cell has words. */
export function numberOf(text: string): number | null {
  const plain = text.trim().replace(/%$/, "");
  return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : null;
}

function isKind(text: string | undefined): text is Kind {
  return text !== undefined && text in DASHES;
}

/** Cells of a table as texts, with the kind of each column that is plotted. A cell that must not be drawn is empty. */
export interface Cells {
  head: { name: string; kind: string | undefined }[];
  rows: string[][];
}

export function readTable(table: HTMLTableElement): Cells {
  const text = (cell: Element): string => (cell.hasAttribute("data-undrawn") ? "" : (cell.textContent ?? "").trim());
  const head = [...(table.tHead?.rows[0]?.cells ?? [])].map((cell) => ({ name: text(cell), kind: cell.dataset["series"] }));
  const rows = [...table.tBodies].flatMap((body) => [...body.rows].map((row) => [...row.cells].map(text)));
  return { head, rows };
}

/** What a chart of these cells is told; nothing where they hold nothing that can be drawn. */
export function toldOf(cells: Cells, form: string | undefined, name: string): Told | undefined {
  if (form !== "line" && form !== "bar") return undefined;
  const columns = cells.head.flatMap(({ name: of, kind }, at) => (isKind(kind) ? [{ of, kind, at }] : []));
  const number = (row: string[], at: number): number | null => numberOf(row[at] ?? "");
  // A bar of nothing says nothing; a day without a number keeps its place in time.
  const rows = cells.rows.filter((row) => form === "line" || columns.some(({ at }) => number(row, at) !== null));
  if (rows.length === 0 || !columns.some(({ at }) => rows.some((row) => number(row, at) !== null))) return undefined;
  const percent = rows.some((row) => columns.some(({ at }) => (row[at] ?? "").trim().endsWith("%")));
  return {
    form,
    name,
    names: rows.map((row) => row[0] ?? ""),
    series: columns.map(({ of, kind, at }) => ({ name: of, kind, values: rows.map((row) => number(row, at)) })),
    unit: percent ? "%" : "",
  };
}

/** A day without its year. */
export function short(name: string): string {
  return /^\d{4}-(\d\d-\d\d)/.exec(name)?.[1] ?? name;
}

/** The chart in a sentence or two, for whoever does not see it: of each series the most, the least, and in time the last. */
export function describe(told: Told, english: boolean): string {
  const { form, name, names, series, unit } = told;
  const [what, stop] = english
    ? [`${form === "line" ? "Line chart" : "Bar chart"}: ${name}, ${names.length} entries; every value is in the table.`, "."]
    : [`${form === "line" ? "折线图" : "柱状图"}：${name}，共 ${names.length} 项，全部数值在表中。`, "。"];
  const one = ({ name: of, values }: Series): string => {
    const known = values.flatMap((value, at) => (value === null ? [] : [{ value, at }]));
    const last = known.at(-1);
    if (!last) return english ? `${of}: no values${stop}` : `${of}：没有数值${stop}`;
    const most = known.reduce((best, next) => (next.value > best.value ? next : best));
    const least = known.reduce((best, next) => (next.value < best.value ? next : best));
    const told: [string, string, { value: number; at: number }][] = [
      ["最多", "most", most],
      ["最少", "least", least],
      ...(form === "line" ? ([["最后", "last", last]] as [string, string, typeof last][]) : []),
    ];
    const parts = told.map(([zh, en, { value, at }]) => {
      const where = short(names[at] ?? "");
      return english ? `${en} ${value}${unit} (${where})` : `${zh} ${value}${unit}（${where}）`;
    });
    return english ? `${of}: ${parts.join(", ")}${stop}` : `${of}：${parts.join("，")}${stop}`;
  };
  return [what, ...series.map(one)].join(english ? " " : "");
}

/** How high a chart of bars has to be, in letters. */
export function lettersHigh(told: Told): number {
  return 5 + told.names.length * (told.series.length * 1.3 + 0.7);
}

/** The names of the fonts, which a picture carries in an attribute as they are. */
function family(look: Look): string {
  return look.font.replaceAll('"', "'");
}

/** The option for the library. Nothing moves: a figure that grows from nought would be wrong for a second. */
export function optionOf(told: Told, look: Look): Record<string, unknown> {
  const [size, unit] = [look.size, told.unit];
  const words = { fontFamily: family(look), fontSize: size };
  const quiet = { ...words, color: look.quiet };
  const low = look.height < LOW;
  const value = {
    type: "value",
    min: 0,
    ...(unit === "%" ? { max: 100 } : { minInterval: 1 }),
    splitNumber: low || look.width < 480 ? 2 : 4,
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { ...quiet, formatter: `{value}${unit}`, hideOverlap: true },
    splitLine: { lineStyle: { color: look.line } },
  };
  const names = {
    type: "category",
    data: told.names,
    axisLine: { lineStyle: { color: look.quiet } },
    axisTick: { show: false },
    axisLabel: { ...quiet, hideOverlap: true, formatter: short },
  };
  const across = told.form === "bar";
  const wide = Math.round(Math.min(13 * size, look.width * 0.34));
  const sides = across
    ? { xAxis: value, yAxis: { ...names, inverse: true, axisLabel: { ...quiet, interval: 0, width: wide, overflow: "truncate" } } }
    : { xAxis: { ...names, boundaryGap: false }, yAxis: value };
  return {
    animation: false,
    backgroundColor: look.surface,
    textStyle: words,
    color: told.series.map(({ kind }) => look.kinds[kind]),
    aria: { enabled: true, label: { enabled: false }, decal: { show: across, decals: decals(look) } },
    legend: {
      show: told.series.length > 1,
      selectedMode: false,
      top: 0,
      left: 0,
      padding: 0,
      // In a low box it has to stay one line.
      itemGap: size * (low ? 0.3 : 0.7),
      itemWidth: size * (low ? 0.65 : 1.6),
      itemHeight: size * 0.6,
      textStyle: { ...words, color: look.ink },
    },
    grid: { left: 4, right: across ? size * 4 : size * 1.5, top: size * (told.series.length < 2 ? 0.5 : low ? 1.5 : 2), bottom: 2, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    tooltip: {
      trigger: "axis",
      // What the library would write as HTML has styles in it, which the policy on contents refuses.
      renderMode: "richText",
      confine: true,
      backgroundColor: look.surface,
      borderColor: look.line,
      shadowBlur: 0,
      shadowOffsetX: 0,
      shadowOffsetY: 0,
      textStyle: { ...words, color: look.ink },
      axisPointer: { type: across ? "shadow" : "line", lineStyle: { color: look.quiet }, label: { show: false } },
      valueFormatter: (of: unknown) => (typeof of === "number" ? `${of}${unit}` : "—"),
    },
    ...sides,
    series: told.series.map((one) => (across ? bar(one, look, unit) : line(one, look, told.names.length))),
  };
}

function bar({ name, kind, values }: Series, look: Look, unit: string): Record<string, unknown> {
  return {
    type: "bar",
    name,
    data: values,
    itemStyle: { color: look.kinds[kind] },
    barGap: "10%",
    barCategoryGap: "25%",
    label: { show: true, position: "right", distance: 4, color: look.ink, fontFamily: family(look), fontSize: look.size * 0.9, formatter: `{c}${unit}` },
    emphasis: { disabled: true },
  };
}

function line({ name, kind, values }: Series, look: Look, count: number): Record<string, unknown> {
  return {
    type: "line",
    name,
    data: values,
    symbol: MARKS[kind],
    symbolSize: look.size * (look.height < LOW ? 0.35 : 0.5),
    showSymbol: count <= MARKED,
    lineStyle: { color: look.kinds[kind], width: 2, type: DASHES[kind] },
    itemStyle: { color: look.kinds[kind] },
    emphasis: { disabled: true },
  };
}

/** The first kind of a bar is plain, the second striped with the ground: told apart without colours. */
function decals(look: Look): Record<string, unknown>[] {
  const stripes = { symbol: "rect", color: look.surface, symbolSize: 1, dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: -Math.PI / 4 };
  return [{ symbol: "none" }, stripes];
}
