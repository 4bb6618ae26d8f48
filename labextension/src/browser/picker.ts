import { assetTree } from './assettree';
import { freshId, h } from './dom';
import { visible } from './format';
import type { Host } from './host';
import { icon } from './icons';
import type { Page, Row } from './listing';
import type { Wanted } from './protocol';
import type { BrowserItem } from './rows';
import { NO_FILTER, rowsBelow } from './rowsource';
import { StatusLine } from './statusline';
import type { TreeView } from './treeview';

/** A line that says what is picked, and opens to a tree in which another version or file is. */
export class AssetPicker {
  readonly element: HTMLElement;
  private readonly _opener: HTMLButtonElement;
  private readonly _picked = h('span', { class: 'nbcellar-label' });
  private readonly _tree: TreeView<BrowserItem>;
  private readonly _box: HTMLElement;
  private readonly _search: HTMLInputElement;
  private readonly _status: StatusLine;
  private _typing: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly _host: Host,
    private readonly _label: string
  ) {
    const words = _host.words;
    this._status = new StatusLine(words, _host.waiting);
    this._tree = assetTree({
      host: _host,
      status: this._status,
      page: (parent, span) => this._page(parent, span),
      chosen: item => this._pick(item),
      entered: () => this._toggle()
    });
    const searching = words.__('Search names');
    this._search = h('input', {
      type: 'search',
      class: 'nbcellar-input',
      placeholder: searching,
      'aria-label': searching
    });
    const box = freshId();
    const picked = freshId();
    const title = freshId();
    this._picked.id = picked;
    this._opener = h(
      'button',
      {
        type: 'button',
        class: 'nbcellar-button nbcellar-picker-open',
        'aria-expanded': 'false',
        'aria-controls': box,
        'aria-labelledby': `${title} ${picked}`
      },
      icon('version'),
      this._picked,
      icon('chevron')
    );
    this._box = h('div', { class: 'nbcellar-picker-box', id: box, hidden: true }, this._search, this._tree.element);
    this.element = h(
      'div',
      { class: 'nbcellar-browser nbcellar-picker', role: 'group', 'aria-labelledby': title },
      h('span', { class: 'nbcellar-picker-label', id: title }, visible(this._label)),
      h('div', { class: 'nbcellar-picker-field' }, this._opener, this._box, this._status.element)
    );
    this._opener.addEventListener('click', () => this._toggle());
    this._search.addEventListener('input', () => this._searchSoon());
    this.element.addEventListener('keydown', event => this._key(event));
  }

  /** Show what is picked. */
  show(ref: string): void {
    this._picked.textContent = ref ? visible(ref) : this._host.words.__('Nothing picked');
  }

  /** Read everything again where it is open. */
  async refresh(): Promise<void> {
    this._search.hidden = this._host.task() !== '';
    if (!this._box.hidden) {
      await this._tree.reload();
      this._sayEmpty();
    }
  }

  private _searchSoon(): void {
    clearTimeout(this._typing);
    this._typing = setTimeout(() => void this.refresh(), 150);
  }

  private _toggle(): void {
    this._box.hidden = !this._box.hidden;
    this._opener.setAttribute('aria-expanded', String(!this._box.hidden));
    if (this._box.hidden) {
      this._opener.focus();
    } else {
      void this.refresh();
      this._tree.element.focus();
    }
  }

  private _sayEmpty(): void {
    const words = this._host.words;
    const failure = this._tree.model.root.error;
    if (failure !== null) {
      this._status.sayError(failure);
    } else {
      this._status.say(this._tree.model.count === 0 ? words.__('Nothing is saved under this name yet.') : '');
    }
  }

  private async _page(parent: BrowserItem | null, span: Wanted): Promise<Page<Row>> {
    const { ask, task } = this._host;
    if (parent !== null) {
      return rowsBelow(ask, parent, NO_FILTER, span);
    }
    const name = task();
    return name
      ? (await ask('versions', { ...NO_FILTER, ...span, project: '', name })).value
      : (await ask('names', { ...NO_FILTER, ...span, search: this._search.value, task: '', sort: 'newest' })).value;
  }

  /** Versions with files and what is in them can be picked; names only open. */
  private _pick(item: BrowserItem): void {
    switch (item.kind) {
      case 'name':
        return;
      case 'version':
        if (item.files !== null) {
          this._host.chosen({ ref: item.ref, run: item.run, key: '' });
        }
        return;
      case 'folder':
      case 'file':
      case 'link':
        this._host.chosen({ ref: item.path, run: item.run, key: item.key });
    }
  }

  private _key(event: KeyboardEvent): void {
    event.stopPropagation(); // else the notebook takes the key as a command
    if (event.key === 'Escape' && !this._box.hidden) {
      event.preventDefault();
      this._toggle();
    } else if (event.key === 'ArrowDown' && event.target === this._opener && this._box.hidden) {
      event.preventDefault();
      this._toggle();
    }
  }
}
