import { h } from './dom';
import { searchField } from './headparts';
import type { Words } from './host';
import { type IconName, icon } from './icons';

const TYPING_MS = 150;

export interface HeadOptions {
  readonly words: Words;
  /** Something else is searched for, or everything is to be read again. */
  readonly read: () => void;
  /** The trash is to be shown, or what is outside of it. */
  readonly turned: () => void;
  readonly usage: () => void;
  readonly help: () => void;
}

/** Above tree and pane: which project this is, the search, and what is for all of it. */
export class Head {
  readonly element: HTMLElement;
  readonly search: HTMLInputElement;
  private readonly _place = h('span', { class: 'nbcellar-place' });
  private readonly _trash: HTMLButtonElement;
  private _typing: ReturnType<typeof setTimeout> | undefined;

  constructor(options: HeadOptions) {
    const words = options.words;
    this.search = searchField(words.__('Search names'));
    this.search.addEventListener('input', () => {
      clearTimeout(this._typing);
      this._typing = setTimeout(options.read, TYPING_MS);
    });
    this._trash = button(words.__('Show the trash'), 'trash', () => {
      this.inTrash = !this.inTrash;
      options.turned();
    });
    this.inTrash = false;
    this.element = h(
      'div',
      { class: 'nbcellar-head' },
      icon('cellar'),
      h('span', { class: 'nbcellar-brand' }, words.__('Cellar')),
      this._place,
      h('span', { class: 'nbcellar-search-box' }, icon('search'), this.search),
      button(words.__('Read again'), 'refresh', options.read),
      button(words.__('Disk use'), 'disk', options.usage),
      this._trash,
      button(words.__('Keys'), 'help', options.help)
    );
  }

  /** Whether the trash is shown; nothing is searched there. */
  get inTrash(): boolean {
    return this._trash.getAttribute('aria-pressed') === 'true';
  }

  set inTrash(shown: boolean) {
    this._trash.setAttribute('aria-pressed', shown ? 'true' : 'false');
    this.search.disabled = shown;
  }

  /** Say which project this is, and what is in it. */
  say(place: string, title: string): void {
    this._place.textContent = place;
    this._place.title = title;
  }

  dispose(): void {
    clearTimeout(this._typing);
  }
}

function button(label: string, name: IconName, act: () => void): HTMLButtonElement {
  const made = h('button', { type: 'button', class: 'nbcellar-button', title: label, 'aria-label': label }, icon(name));
  made.addEventListener('click', act);
  return made;
}
