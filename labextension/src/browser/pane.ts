import { freshId, h } from './dom';
import { visible } from './format';
import { FullSize } from './fullsize';
import { crumbs } from './headparts';
import type { Chosen, Host } from './host';
import { icon } from './icons';
import type { Relative } from './listing';
import type { Restorable } from './restorepanel';
import { type BrowserItem, neverChanges } from './rows';
import { explain, type StatusLine } from './statusline';
import { TOOL_KEYS, Tools } from './tools';
import { plainView, type View, viewOf } from './views';

export interface PaneOptions {
  readonly host: Host;
  readonly status: StatusLine;
  /** Something in the cellar is another than before. */
  readonly changed: () => Promise<void>;
  /** The focus goes back to the tree. */
  readonly back: () => void;
  /** What is chosen in the tree. */
  readonly chosen: () => BrowserItem | null;
  /** Whether a row that somebody moved to is still on its way. */
  readonly arriving: () => boolean;
  /** Show another version, wherever it is. */
  readonly lead: (relative: Relative) => void;
}

/** A key of the toolbar that waits for its item to be shown; null while even that is not known yet. */
interface Pressed {
  readonly key: string;
  readonly id: string | null;
}

/** Beside the tree: what is chosen and what can be done with it; or words in its place. */
export class Pane {
  readonly element: HTMLElement;
  private readonly _tools: Tools;
  private readonly _title = h('h2', { class: 'nbcellar-title', id: freshId() });
  private readonly _digest: HTMLButtonElement;
  private readonly _full: FullSize;
  private readonly _content = h('div', { class: 'nbcellar-content', tabindex: 0 });
  private _dispose: () => void = () => undefined;
  private _shown = 0;
  /** Id of the item that is shown, or is about to be; null for words. */
  private _subject: string | null = null;
  /** Id of the item that the buttons are for. */
  private _offered: string | null = null;
  /** Help or disk use is shown: somebody reads it. */
  private _aside = false;
  private _pressed: Pressed | null = null;
  private _showing: Promise<void> = Promise.resolve();
  /** The item that was shown last. */
  private _choice: Chosen | null = null;
  /** Id of an item that nobody chose. */
  private _byItself: string | null = null;

  constructor(private readonly _options: PaneOptions) {
    const { host, status, changed, back } = _options;
    const defer = (key: string): boolean => this._defer(key);
    this._tools = new Tools({ host, status, changed, back, defer, content: this._content });
    this._digest = h('button', { type: 'button', class: 'nbcellar-link nbcellar-digest', hidden: true });
    this._digest.addEventListener('click', () => void this._tools.copy(this._digest.value));
    this._full = new FullSize(this._content, host.words);
    this._content.addEventListener('click', event => this._zoom(event));
    this.element = h(
      'section',
      { class: 'nbcellar-pane', 'aria-labelledby': this._title.id },
      h(
        'div',
        { class: 'nbcellar-pane-head' },
        this._title,
        this._tools.toolbar.element,
        this._full.opener,
        this._digest
      ),
      this._content,
      this._full.element
    );
  }

  /** Whether a dialog is open. */
  get busy(): boolean {
    return this._tools.busy;
  }

  dispose(): void {
    this._shown += 1;
    this._dispose();
  }

  focus(): void {
    this._content.focus();
  }

  /** Show an item that somebody chose; done when it is there. */
  show(item: BrowserItem): Promise<void> {
    this._expect(item);
    if (item.id !== this._subject || this._tools.comparing) {
      this._byItself = null;
      this._showing = this._showItem(item, false);
    } else if (item.id === this._byItself) {
      this._byItself = null;
      this._tell();
    }
    return this._showing;
  }

  /** Show an item that nobody chose: it is told to nobody. */
  showByItself(item: BrowserItem): Promise<void> {
    this._byItself = item.id;
    this._showing = this._showItem(item, false);
    return this._showing;
  }

  /** Say what was restored before this was drawn, with its way back. */
  offerUndo(text: string): void {
    this._tools.offerUndo(text);
  }

  /** Show what changed of an item; what somebody reads or fills in meanwhile stays. */
  showAgain(item: BrowserItem): Promise<void> {
    const standing = item.id === this._subject && neverChanges(item);
    if (!standing && !this._held) {
      this._showing = this._showItem(item, true);
    }
    return this._showing;
  }

  /** Words in place of an item; a dialog stays, and what went wrong is said below it. */
  showInstead(view: View, failure: unknown = null): void {
    this._shown += 1;
    if (!this.busy) {
      this._put(view, null);
    } else if (failure !== null) {
      this._options.status.sayError(failure);
    }
  }

  /** Something that is not of the tree, until something is chosen or Escape is pressed. */
  showAside(title: string, element: HTMLElement): void {
    this._shown += 1;
    this._put(plainView(title, '', element), null);
    this._aside = true;
    this._content.focus();
  }

  /** Back from help, disk use or a comparison to an item; false where nothing of that is shown. */
  leaveAside(item: BrowserItem | null): boolean {
    if (!item || this.busy || !(this._aside || this._tools.comparing)) {
      return false;
    }
    void this.show(item);
    this._options.back();
    return true;
  }

  /** Ask where to restore one of several versions, whatever is shown. */
  askRestore(what: string, to: string, versions: readonly Restorable[]): void {
    this._tools.askRestore(what, to, versions);
  }

  /** Press the button of a key: where its item is on its way, when it is here. False where the key has no button. */
  press(key: string): boolean {
    return !this.busy && (this._defer(key) || this._tools.toolbar.press(key) || this._full.press(key));
  }

  /** A picture that is clicked is shown as large as the page. */
  private _zoom(event: MouseEvent): void {
    if (event.target instanceof HTMLImageElement && !this.busy) {
      this._full.open();
    }
  }

  /** Let a key wait for the item that is on its way; false where none is. */
  private _defer(key: string): boolean {
    const arriving = this._options.arriving();
    const id = arriving ? null : (this._options.chosen()?.id ?? null);
    const shown = this._aside || this._tools.comparing || id === this._offered || id !== this._subject;
    if ((shown && !arriving) || !TOOL_KEYS.has(key)) {
      return false;
    }
    this._pressed = { key, id };
    return true;
  }

  /** Whether what is shown must not be taken away by a reading. */
  private get _held(): boolean {
    return this.busy || this._tools.comparing || this._aside;
  }

  /** A key that waits is for the item that is wanted in the end, and for no other. */
  private _expect(item: BrowserItem): void {
    const pressed = this._pressed;
    if (pressed?.id === null) {
      this._pressed = this._options.arriving() ? pressed : { key: pressed.key, id: item.id };
    } else if (pressed && pressed.id !== item.id) {
      this._pressed = null;
    }
  }

  private async _showItem(item: BrowserItem, again: boolean): Promise<void> {
    const { host, status } = this._options;
    this._shown += 1;
    const shown = this._shown;
    const before = this._subject;
    this._subject = item.id;
    let failed = false;
    const view = await status
      .patiently(
        viewOf(item, host, {
          take: (run, label) => void this._tools.takeLabel(run, label),
          show: relative => this._options.lead(relative)
        })
      )
      .catch(error => {
        failed = true;
        return plainView(item.kind === 'version' ? item.ref : item.name, '', explain(error, host.words));
      });
    if (shown !== this._shown || (again && this._held)) {
      view.dispose();
      return;
    }
    const top = again && before === item.id ? this._content.scrollTop : 0;
    this._put(view, item);
    this._content.scrollTop = top;
    if (failed) {
      this._subject = null; // it is tried again when it is chosen again
    }
    this._choice = { ref: view.ref, run: 'run' in item ? item.run : '', key: 'key' in item ? item.key : '' };
    if (item.id !== this._byItself) {
      this._tell();
    }
    if (this._pressed?.id === item.id) {
      const { key } = this._pressed;
      this._pressed = null;
      this._tools.toolbar.press(key);
    }
  }

  private _tell(): void {
    if (this._choice) {
      this._options.host.chosen(this._choice);
    }
  }

  private _put(view: View, item: BrowserItem | null): void {
    this._dispose();
    this._dispose = view.dispose;
    this._subject = item?.id ?? null;
    this._offered = this._subject;
    this._aside = false;
    this._title.replaceChildren(h('span', {}, ...crumbs(view.ref)), h('span', { class: 'nbcellar-meta' }, view.facts));
    this._title.title = visible(view.ref);
    this._title.hidden = view.ref === '';
    this._showDigest(view.digest);
    this._full.offer(item?.kind === 'file', view.ref);
    const held = this._content.contains(document.activeElement);
    this._tools.offer(view.actions, item ? { item, ref: view.ref, snippet: view.snippet } : null);
    this._content.replaceChildren(view.element);
    this._content.scrollTop = 0;
    if (held) {
      this._content.focus(); // what had the focus went away
    }
  }

  private _showDigest(digest: string): void {
    const words = this._options.host.words;
    this._digest.value = digest;
    this._digest.hidden = digest === '';
    this._digest.title = words.__('Copy the digest %1 (BLAKE3)', digest);
    this._digest.replaceChildren(
      h('span', { class: 'nbcellar-dim' }, words.__('Digest')),
      ' ',
      h('code', {}, digest.slice(0, 12)),
      icon('copy')
    );
  }
}
