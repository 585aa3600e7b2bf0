// Decides the contrasts that axe leaves open: words over a drawing, signs that are no letters, a cell that is scrolled out of its frame.
//
// Owns one rule: the ink of the element against the halo of its letters, else against whatever is painted beneath it, at five points. Refuses
// to guess: a ground that it cannot find is told as a finding. Start at `decide`.

/** What is wrong with the elements behind these undecided findings of `judge`. */
export async function decide(page, undecided) {
  if (!undecided.length) return [];
  const ratios = await page.evaluate(measured, undecided.map(({ target }) => target));
  return undecided.flatMap(({ words }, no) => (ratios[no].good ? [] : [`contrast ${ratios[no].told}: ${words}`]));
}

/* v8 ignore next: it runs in the page. */
function measured(targets) {
  const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const part = (value) => ((value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const ratio = (one, other) => {
    const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  // What an element paints where it stands, or null: a shape by its fill, everything else by its ground.
  const paints = (element) => {
    const style = getComputedStyle(element);
    const shape = element instanceof SVGGeometryElement;
    const colour = shape ? style.fill : style.backgroundColor;
    if (colour === "none" || element instanceof SVGTextContentElement) return null;
    const found = rgba(colour);
    const opacity = Number(style.opacity) * (shape ? Number(style.fillOpacity) : 1);
    return found[3] * opacity < 128 ? null : found;
  };
  return targets.map((target) => {
    const element = document.querySelector(target);
    if (!element) return { good: false, told: "of nothing" };
    element.scrollIntoView({ block: "center", inline: "center" });
    const style = getComputedStyle(element);
    const drawn = element instanceof SVGElement;
    const ink = rgba(drawn ? style.fill : style.color);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 600);
    const grounds = [];
    if (drawn && style.stroke !== "none" && style.paintOrder.startsWith("stroke")) grounds.push(rgba(style.stroke));
    else {
      const box = element.getBoundingClientRect();
      for (const [x, y] of [[0.5, 0.5], [0.05, 0.1], [0.95, 0.1], [0.05, 0.9], [0.95, 0.9]]) {
        const stack = document.elementsFromPoint(box.left + box.width * x, box.top + box.height * y);
        // What stands above it in a corner is a neighbour's; what it stands on begins with itself or its own children's parent.
        const from = stack.findIndex((one) => one === element || element.contains(one));
        const beneath = from < 0 ? [] : stack.slice(from);
        let above = element;
        const ancestors = [];
        for (; above; above = above.parentElement) ancestors.push(above);
        const ground = (beneath.length ? beneath : ancestors).map(paints).find(Boolean);
        if (ground) grounds.push(ground);
      }
    }
    if (!grounds.length) return { good: false, told: "on an unknown ground" };
    const least = Math.min(...grounds.map((ground) => ratio(ink, ground)));
    return { good: least >= (large ? 3 : 4.5), told: least.toFixed(2) };
  });
}
