// The colours of the tokens: what carries text is told from its ground, and what stands for urgency or for a kind is told apart by eyes of
// every kind. Contrast as in WCAG 2; eyes without one kind of cone by Machado and others (2009); distances by CIEDE2000.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const read = (name) => readFileSync(new URL(`../src/css/${name}`, import.meta.url), "utf8");
const tokens = (text) => Object.fromEntries([...text.matchAll(/--([\w-]+):\s*(#[0-9a-f]{3,6})\b/g)].map(([, name, value]) => [name, value]));
const light = tokens(read("tokens.css"));
const themes = { light, dark: { ...light, ...tokens(read("tokens-dark.css")) } };

/** Red, green and blue as light, each from 0 to 1. */
function linear(hex) {
  const full = hex.length === 4 ? `#${[...hex.slice(1)].map((sign) => sign + sign).join("")}` : hex;
  return [1, 3, 5].map((at) => Number.parseInt(full.slice(at, at + 2), 16) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
}
const luminance = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
function contrast(a, b) {
  const [dark, bright] = [luminance(linear(a)), luminance(linear(b))].sort((x, y) => x - y);
  return (bright + 0.05) / (dark + 0.05);
}

const eyes = {
  normal: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protan: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deutan: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritan: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};
const through = (matrix, rgb) => matrix.map((row) => Math.min(1, Math.max(0, row.reduce((sum, part, at) => sum + part * rgb[at], 0))));

function lab([r, g, b]) {
  const xyz = [0.4124564 * r + 0.3575761 * g + 0.1804375 * b, 0.2126729 * r + 0.7151522 * g + 0.072175 * b, 0.0193339 * r + 0.119192 * g + 0.9503041 * b];
  const [x, y, z] = [xyz[0] / 0.95047, xyz[1], xyz[2] / 1.08883].map((part) => (part > 216 / 24389 ? Math.cbrt(part) : (24389 / 27 * part + 16) / 116));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** CIEDE2000 (Sharma, Wu and Dalal 2005). */
function distance([l1, a1, b1], [l2, a2, b2]) {
  const [rad, deg] = [Math.PI / 180, 180 / Math.PI];
  const mean = (Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2;
  const g = 0.5 * (1 - Math.sqrt(mean ** 7 / (mean ** 7 + 25 ** 7)));
  const [p1, p2] = [(1 + g) * a1, (1 + g) * a2];
  const [c1, c2] = [Math.hypot(p1, b1), Math.hypot(p2, b2)];
  const hue = (b, a) => (a === 0 && b === 0 ? 0 : (Math.atan2(b, a) * deg + 360) % 360);
  const [h1, h2] = [hue(b1, p1), hue(b2, p2)];
  const grey = c1 * c2 === 0;
  let dh = grey ? 0 : h2 - h1;
  if (dh > 180) dh -= 360;
  if (dh < -180) dh += 360;
  const [dl, dc, dH] = [l2 - l1, c2 - c1, 2 * Math.sqrt(c1 * c2) * Math.sin((dh / 2) * rad)];
  const [ml, mc] = [(l1 + l2) / 2, (c1 + c2) / 2];
  let mh = h1 + h2;
  if (!grey) mh = Math.abs(h1 - h2) <= 180 ? mh / 2 : mh < 360 ? (mh + 360) / 2 : (mh - 360) / 2;
  const t = 1 - 0.17 * Math.cos((mh - 30) * rad) + 0.24 * Math.cos(2 * mh * rad) + 0.32 * Math.cos((3 * mh + 6) * rad) - 0.2 * Math.cos((4 * mh - 63) * rad);
  const turn = 30 * Math.exp(-(((mh - 275) / 25) ** 2));
  const rc = 2 * Math.sqrt(mc ** 7 / (mc ** 7 + 25 ** 7));
  const [sl, sc, sh] = [1 + (0.015 * (ml - 50) ** 2) / Math.sqrt(20 + (ml - 50) ** 2), 1 + 0.045 * mc, 1 + 0.015 * mc * t];
  const rt = -Math.sin(2 * turn * rad) * rc;
  return Math.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dH / sh) ** 2 + rt * (dc / sc) * (dH / sh));
}

/** The nearest two of some colours, for the eyes that tell them apart worst. */
function nearest(colours) {
  let found = { apart: Number.POSITIVE_INFINITY };
  for (const [eye, matrix] of Object.entries(eyes)) {
    const seen = colours.map((hex) => lab(through(matrix, linear(hex))));
    for (let one = 0; one < seen.length; one += 1)
      for (let two = one + 1; two < seen.length; two += 1) {
        const apart = distance(seen[one], seen[two]);
        if (apart < found.apart) found = { apart, eye, pair: [colours[one], colours[two]] };
      }
  }
  return found;
}

test("the distance is the one that its authors give for their pairs", () => {
  // From the table of Sharma, Wu and Dalal, pairs 1, 7, 17 and 25.
  for (const [one, two, apart] of [
    [[50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425],
    [[50, 0, 0], [50, -1, 2], 2.3669],
    [[50, 2.5, 0], [73, 25, -18], 27.1492],
    [[60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644],
  ])
    assert.ok(Math.abs(distance(one, two) - apart) < 0.0001, `${distance(one, two)} is not ${apart}`);
});

test("text is told from its ground by 4.5 to 1, and controls and marks by 3 to 1, in both themes", () => {
  const text = [
    ...["ground", "surface", "raised"].flatMap((ground) => ["ink", "ink-2", "brand"].map((ink) => [ink, ground])),
    ["on-brand", "brand"], ["on-brand", "brand-deep"], ["brand", "brand-soft"], ["ink", "brand-soft"], ["ink-2", "brand-soft"], ["ink-2", "grey-soft"],
    ...["red", "amber", "green", "grey"].map((ink) => [ink, `${ink}-soft`]),
    ["red", "surface"], ["surface", "ink"],
  ];
  const marks = [["line-control", "surface"], ["line-control", "raised"], ["focus", "surface"], ["focus", "ground"], ["red-fill", "surface"], ["green-fill", "surface"], ...[1, 2, 3, 4, 5].map((no) => [`c${no}`, "surface"])];
  const wrong = [];
  for (const [theme, colours] of Object.entries(themes))
    for (const [pairs, least] of [[text, 4.5], [marks, 3]])
      for (const [ink, ground] of pairs) {
        const ratio = contrast(colours[ink], colours[ground]);
        if (!(ratio >= least)) wrong.push(`${theme}: ${ink} on ${ground}: ${ratio.toFixed(2)}`);
      }
  assert.deepEqual(wrong, []);
});

test("the three urgencies and the five kinds of a chart are told apart by eyes of every kind", () => {
  for (const [theme, colours] of Object.entries(themes)) {
    const urgency = nearest(["red-fill", "amber-fill", "green-fill"].map((name) => colours[name]));
    assert.ok(urgency.apart >= 10, `${theme}: ${JSON.stringify(urgency)}`);
    const kinds = nearest([1, 2, 3, 4, 5].map((no) => colours[`c${no}`]));
    assert.ok(kinds.apart >= 12, `${theme}: ${JSON.stringify(kinds)}`);
  }
  // What is told apart by colour alone elsewhere would fail here: a well-known gold and green.
  assert.ok(nearest(["#faad14", "#52c41a"]).apart < 10);
});

test("a choropleth gets farther from its ground with every class", () => {
  for (const [theme, colours] of Object.entries(themes)) {
    const ladder = [1, 2, 3, 4, 5, 6].map((no) => contrast(colours[`q${no}`], colours.land));
    for (let no = 1; no < ladder.length; no += 1) assert.ok(ladder[no] > ladder[no - 1], `${theme}: class ${no + 1} of ${ladder.map((one) => one.toFixed(2))}`);
  }
});
