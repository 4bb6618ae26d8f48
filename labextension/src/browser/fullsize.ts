import { button, freshId, h } from './dom';
import { visible } from './format';
import type { Words } from './host';
import { icon } from './icons';

/** The key that opens it. */
const KEY = 'f';

/** What stands in the pane, as large as the page: a dialog that takes it and gives it back. */
export class FullSize {
  readonly element: HTMLDialogElement;
  readonly opener: HTMLButtonElement;
  private readonly _title = h('h2', { class: 'nbcellar-title', id: freshId() });
  private readonly _actual: HTMLButtonElement;
  private readonly _place = h('div', { hidden: true });

  constructor(
    private readonly _content: HTMLElement,
    words: Words
  ) {
    const label = words.__('Full size');
    this.opener = h(
      'button',
      {
        type: 'button',
        class: 'nbcellar-button nbcellar-corner',
        title: `${label} (${KEY})`,
        'aria-label': label,
        'aria-keyshortcuts': KEY,
        hidden: true
      },
      icon('full')
    );
    this._actual = button(words.__('Pixel by pixel'), () => this._toggle());
    const close = button(words.__('Close'), () => this.element.close(), { icon: icon('close') });
    this.element = h(
      'dialog',
      { class: 'nbcellar-full', 'aria-labelledby': this._title.id },
      h('div', { class: 'nbcellar-full-head' }, this._title, this._actual, close)
    );
    this.opener.addEventListener('click', () => this.open());
    this.element.addEventListener('close', () => this._giveBack());
    this.element.addEventListener('keydown', event => event.stopPropagation()); // the keys of the tree are not meant
    this.element.addEventListener('click', event => this._click(event));
  }

  /** Whether what stands in the pane can be shown, and what it is. */
  offer(can: boolean, ref: string): void {
    this.opener.hidden = !can;
    this._title.textContent = visible(ref);
    if (this.element.open) {
      this._fit(false);
    }
  }

  /** Open by the key; false where the key is another, or nothing can be shown. */
  press(key: string): boolean {
    if (key !== KEY || this.opener.hidden) {
      return false;
    }
    this.open();
    return true;
  }

  open(): void {
    if (this.element.open || this.opener.hidden) {
      return;
    }
    this._content.replaceWith(this._place);
    this.element.append(this._content);
    this._fit(false);
    this.element.showModal();
    this._content.focus();
  }

  private _giveBack(): void {
    this._fit(false);
    this._place.replaceWith(this._content);
    if (document.activeElement === document.body) {
      this.opener.focus(); // what had the focus before is what was shown
    }
  }

  /** A picture fits into the page, or each of its pixels is one of the screen's. */
  private _fit(actual: boolean): void {
    this._actual.hidden = this._content.querySelector('img') === null;
    this._actual.setAttribute('aria-pressed', String(actual));
    this.element.classList.toggle('nbcellar-actual', actual);
  }

  private _toggle(): void {
    this._fit(this._actual.getAttribute('aria-pressed') !== 'true');
  }

  private _click(event: MouseEvent): void {
    if (event.target instanceof HTMLImageElement) {
      this._toggle();
    }
  }
}
