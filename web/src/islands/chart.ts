// The chart's own script, which comes only to a page that has one: the library's lines and bars, drawn as SVG.
//
// Owns the library, so nothing else names it. Refuses to know pages and tables: it is told what to draw (`chart-data.ts`). Its SVG has sizes in
// attributes and styles by the object model, as the policy on contents wants it. Start at `draw` and `picture`.
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendPlainComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { optionOf, type Look, type Told } from "./chart-data.ts";

use([LineChart, BarChart, GridComponent, TooltipComponent, LegendPlainComponent, AriaComponent, SVGRenderer]);

export interface Drawn {
  /** Draws it again: the page looks different, or the box has another size. */
  again(look: Look): void;
  end(): void;
}

/** Draws into a box that has its size. Fails where it cannot. */
export function draw(box: HTMLElement, told: Told, look: Look): Drawn {
  // The box says in words what the chart shows; the letters of the drawing are not read out one by one.
  const drawing = box.ownerDocument.createElement("div");
  drawing.setAttribute("aria-hidden", "true");
  box.replaceChildren(drawing);
  const chart = init(drawing, null, { renderer: "svg" });
  try {
    chart.setOption(optionOf(told, look));
  } catch (cause) {
    chart.dispose();
    drawing.remove();
    throw cause;
  }
  return {
    again: (next) => {
      chart.resize();
      chart.setOption(optionOf(told, next), { notMerge: true });
    },
    end: () => chart.dispose(),
  };
}

/** Pixels of a picture for each of the page: it is to be printed, too. */
const SCALE = 2;

/** The same chart as a PNG of its own, with its name above and `note` below it: what it is about, of when it is. */
export async function picture(told: Told, look: Look, note: string): Promise<Blob> {
  const { width, height, size } = look;
  const [head, foot] = [size * 2.4, size * 2.2];
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  let svg: string;
  try {
    chart.setOption(optionOf(told, look));
    svg = chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
  const image = new Image(width, height);
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const edge = size;
  const canvas = document.createElement("canvas");
  canvas.width = (width + 2 * edge) * SCALE;
  canvas.height = (head + height + foot) * SCALE;
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("no canvas");
  pen.scale(SCALE, SCALE);
  pen.fillStyle = look.surface;
  pen.fillRect(0, 0, width + 2 * edge, head + height + foot);
  pen.drawImage(image, edge, head, width, height);
  pen.textBaseline = "middle";
  pen.fillStyle = look.ink;
  pen.font = `600 ${size * 1.15}px ${look.font}`;
  pen.fillText(told.name, edge, head / 2, width);
  pen.fillStyle = look.quiet;
  pen.font = `${size * 0.9}px ${look.font}`;
  pen.fillText(note, edge, head + height + foot / 2, width);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/png");
  });
}
