// A person who touches nothing but keys: goes on by Tab until what is wanted holds the focus, and looks at every stop on the way.
//
// Owns what a stop has to be: seen (an outline of its own, or of the frame that stands for it), on the screen, after the one before it in
// the page, and called something by a screen reader. Refuses the mouse and every focus that is set from outside. Start at `Hand`.
import assert from "node:assert/strict";
import { until } from "../harness.mjs";

/** A page has fewer stops than this between two things that somebody wants. */
const MOST = 150;
/** What a screen reader tells of a control that has no name. */
const NAMELESS = /^- (button|checkbox|combobox|link|listbox|radio|searchbox|slider|spinbutton|switch|tab|textbox)(?! ")/;

export class Hand {
  constructor(page) {
    this.page = page;
    this.keys = 0;
    // Who begins to wait for a picker as the key goes down may come too late for it.
    this.pickers = [];
    page.on("filechooser", (picker) => this.pickers.push(picker));
  }

  /** One key where the focus is. */
  async press(key) {
    this.keys += 1;
    await this.page.keyboard.press(key);
  }

  /** On by Tab until one of these holds the focus. What is not there is told as such, once the last stop of the page is behind. */
  async to(wanted) {
    for (let no = 0; no < MOST; no += 1) {
      if (await wanted.evaluateAll((all) => all.includes(document.activeElement))) return;
      await this.press("Tab");
      const stop = await this.page.evaluate(look);
      if (stop === null) continue;
      assert.ok(!stop.again, `${wanted} is no stop on ${this.page.url()}: after “${stop.again}” the page began anew`);
      const told = await this.page.locator(":focus").ariaSnapshot();
      assert.doesNotMatch(told.split("\n")[0], NAMELESS, `a screen reader has no name for ${stop.name} on ${this.page.url()}`);
      assert.deepEqual(stop.wrong, [], `${stop.name} on ${this.page.url()}`);
    }
    assert.fail(`${wanted} was not reached by ${MOST} stops on ${this.page.url()}`);
  }

  /** To something, and Enter; waits for the page that comes. */
  async follow(wanted) {
    await this.to(wanted);
    await this.page.waitForLoadState("load");
    await Promise.all([this.page.waitForEvent("load"), this.press("Enter")]);
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
    await this.press("Enter");
    const picker = await until("the picker of files has opened", () => this.pickers.pop());
    await picker.setFiles(shot);
  }
}

/** What is wrong with the place where the focus is; null where it has left the page for the browser's own bars. */
function look() {
  const it = document.activeElement;
  const before = window.stoodAt?.isConnected ? window.stoodAt : undefined;
  if (!it || it === document.body || it === document.documentElement) {
    window.stoodAt = undefined;
    return null;
  }
  const words = (one) => (one.getAttribute("aria-label") ?? one.textContent ?? "").trim().slice(0, 30);
  const wrong = [];
  const frame = it.closest(".choice, .photo-picker, .field-shutter, .field-again") ?? it;
  const outlined = [it, frame].some((one) => getComputedStyle(one).outlineStyle !== "none" && parseFloat(getComputedStyle(one).outlineWidth) >= 2);
  if (!outlined) wrong.push("has no visible focus");
  const box = frame.getBoundingClientRect();
  if (box.width === 0 || box.height === 0 || box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth) wrong.push(`is not on the screen: ${JSON.stringify(box)}`);
  const back = before !== undefined && before !== it && (before.compareDocumentPosition(it) & Node.DOCUMENT_POSITION_FOLLOWING) === 0;
  // Where the browser has no bars of its own, Tab goes from the last stop of a page to its first.
  const first = document.querySelector("a[href], button:not([tabindex='-1']), input:not([type=hidden]), select, textarea, summary");
  if (back && it !== first) wrong.push(`does not follow “${words(before)}”`);
  window.stoodAt = it;
  return { name: `${it.tagName} “${words(it)}”`, wrong, again: back && it === first ? words(before) : undefined };
}
