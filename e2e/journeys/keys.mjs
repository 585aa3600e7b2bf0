// A person who touches nothing but keys: goes on by Tab until what is wanted holds the focus, and looks at every stop on the way.
//
// Owns what a stop has to be: seen (an outline of its own, or of the frame that stands for it), on the screen, and after the one before it.
// Refuses the mouse and every focus that is set from outside. Start at `Hand`.
import assert from "node:assert/strict";

/** A page has fewer stops than this between two things that somebody wants. */
const MOST = 150;

export class Hand {
  constructor(page) {
    this.page = page;
    this.stops = 0;
  }

  /** On by Tab, or by Shift+Tab, until one of these holds the focus. */
  async to(wanted, key = "Tab") {
    for (let no = 0; no < MOST; no += 1) {
      if (await wanted.evaluateAll((all) => all.includes(document.activeElement))) return;
      await this.page.keyboard.press(key);
      this.stops += 1;
      const stop = await this.page.evaluate(look, key === "Tab" ? Node_FOLLOWING : Node_PRECEDING);
      if (stop !== null) assert.deepEqual(stop.wrong, [], `${stop.name} on ${this.page.url()}`);
    }
    assert.fail(`${wanted} was not reached by ${MOST} × ${key} on ${this.page.url()}`);
  }

  /** To something, and Enter; waits for the page that comes. */
  async follow(wanted) {
    await this.to(wanted);
    await this.page.waitForLoadState("load");
    await Promise.all([this.page.waitForEvent("load"), this.page.keyboard.press("Enter")]);
  }

  /** To a field, and the words. */
  async write(wanted, words) {
    await this.to(wanted);
    await this.page.keyboard.type(words);
  }

  /** To a list, and the first letters of an entry. */
  async pick(wanted, letters, value) {
    await this.to(wanted);
    await this.page.keyboard.type(letters);
    assert.equal(await wanted.inputValue(), value, `${letters} chooses`);
  }

  /** To a picker of files, which opens by Enter; the file is the device's. */
  async file(wanted, shot) {
    await this.to(wanted);
    const [chooser] = await Promise.all([this.page.waitForEvent("filechooser"), this.page.keyboard.press("Enter")]);
    await chooser.setFiles(shot);
  }
}

const Node_PRECEDING = 2;
const Node_FOLLOWING = 4;

/** What is wrong with the place where the focus is; null where it has left the page for the browser's own bars. */
function look(order) {
  const it = document.activeElement;
  if (!it || it === document.body || it === document.documentElement) {
    window.stoodAt = undefined;
    return null;
  }
  const wrong = [];
  const frame = it.closest(".choice, .photo-picker, .field-shutter, .field-again") ?? it;
  const outlined = [it, frame].some((one) => getComputedStyle(one).outlineStyle !== "none" && parseFloat(getComputedStyle(one).outlineWidth) >= 2);
  if (!outlined) wrong.push("has no visible focus");
  const box = frame.getBoundingClientRect();
  if (box.width === 0 || box.height === 0 || box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth) wrong.push(`is not on the screen: ${JSON.stringify(box)}`);
  const before = window.stoodAt;
  if (before?.isConnected && before !== it && (before.compareDocumentPosition(it) & order) === 0) wrong.push(`does not follow “${before.textContent.trim().slice(0, 20)}”`);
  window.stoodAt = it;
  return { name: `${it.tagName} “${(it.getAttribute("aria-label") ?? it.textContent ?? "").trim().slice(0, 30)}”`, wrong };
}
