import { freshId, h } from './dom';
import { emptyView, failureView } from './emptyviews';
import { Filters } from './filters';
import { size, visible } from './format';
import { crumbs, searchField } from './headparts';
import { helpView } from './help';
import { type IconName, icon } from './icons';
import type { Host, Page, Row, Span } from './protocol';
import type { Restorable } from './restorepanel';
import { type BrowserItem, drawRow } from './rows';
import { rowsBelow, treePage } from './rowsource';
import { explain, StatusLine } from './statusline';
import { Tools } from './tools';
import type { TreePage } from './treemodel';
import { TreeView } from './treeview';
import { usageView } from './usageview';
import { plainView, type View, viewOf } from './views';

const TYPING_MS = 150;

const PATIENCE_MS = 5000;

/** Names, versions and files in a tree; beside it what is chosen, and what can be done with it. */
export class AssetBrowser {
  readonly element: HTMLElement;
  private readonly _tree: TreeView<BrowserItem>;
  private readonly _place = h('span', { class: 'nbcellar-place' });
  private readonly _search: HTMLInputElement;
  private readonly _filters: Filters;
  private readonly _title = h('h2', { class: 'nbcellar-title', id: freshId() });
  private readonly _content = h('div', { class: 'nbcellar-content', tabindex: 0 });
  private readonly _status: StatusLine;
  private readonly _tools: Tools;
  private readonly _trash: HTMLButtonElement;
  private _dispose: () => void = () => undefined;
  private _shown = 0;
  private _turn: Promise<unknown> = Promise.resolve();
  private _typing: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly _host: Host) {
    const words = _host.words;
    this._status = new StatusLine(words, _host.waiting);
    this._tree = new TreeView<BrowserItem>({
      label: words.__('Assets'),
      loading: words.__('Loading…'),
      load: (parent, start, count) => this._list(parent, start, count),
      draw: (item, row) => drawRow(item, row, words),
      describeError: error => (error instanceof Error ? error.message : String(error)),
      chosen: item => void this._choose(item),
      entered: () => this._content.focus()
    });
    this._tools = new Tools({
      host: _host,
      status: this._status,
      content: this._content,
      changed: () => this.refresh(),
      back: () => this._tree.element.focus()
    });
    this._search = searchField(words.__('Search names'));
    this._filters = new Filters(_host, () => void this.refresh());
    this._trash = this._headButton(words.__('Show the trash'), 'trash', () => this._toggleTrash());
    this._trash.setAttribute('aria-pressed', 'false');
    this.element = this._layout();
    this._search.addEventListener('input', () => this._searchSoon());
    this.element.addEventListener('keydown', event => this._key(event));
    this._status.say(words.__('↑ ↓ → to move · / to search · ? for all keys'));
  }

  /** Read everything again; what was open stays open. */
  refresh(): Promise<void> {
    return this._inTurn(() => this._read());
  }

  private async _read(): Promise<void> {
    const chosen = this._tree.chosen;
    this._filters.adapt();
    await Promise.all([this._showPlace(), this._tree.reload()]);
    const failure = this._tree.model.root.error;
    if (failure !== null) {
      this._show(
        failureView(failure, () => void this.refresh(), this._host.words),
        null
      );
    } else if (this._tree.model.count === 0) {
      this._show(this._emptyView(), null);
    } else if (this._tree.chosen === null) {
      this._tree.chooseFirst();
    } else if (this._tree.chosen.id === chosen?.id) {
      await this._choose(this._tree.chosen, true);
    }
  }

  /** Open the tree down to a version or a file of it, and choose that; false where it is not there. */
  async reveal(ids: readonly string[]): Promise<boolean> {
    this._search.value = '';
    this._filters.clear();
    if (this._inTrash) {
      this._trash.setAttribute('aria-pressed', 'false');
      this._tree.forget();
    }
    return this._inTurn(async () => {
      await this._read();
      const found = await this._tree.reveal(ids);
      if (found && this._tree.chosen) {
        await this._choose(this._tree.chosen); // and wait until it is shown
      }
      return found;
    });
  }

  /** One reading after another: of two at once, the older one could have the last word. A dead one is not waited for. */
  private _inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const patience = new Promise(done => setTimeout(done, PATIENCE_MS));
    const next = Promise.race([this._turn, patience]).then(work);
    this._turn = next.catch(() => undefined);
    return next;
  }

  /** Ask where to restore what is chosen, or another version of it. */
  startRestore(to: string, versions: readonly Restorable[]): void {
    this._tools.startRestore(to, versions);
  }

  focus(): void {
    this._tree.element.focus();
  }

  dispose(): void {
    clearTimeout(this._typing);
    this._dispose();
  }

  private _layout(): HTMLElement {
    const words = this._host.words;
    const head = h(
      'div',
      { class: 'nbcellar-head' },
      icon('cellar'),
      h('span', { class: 'nbcellar-brand' }, words.__('Cellar')),
      this._place,
      h('span', { class: 'nbcellar-search-box' }, icon('search'), this._search),
      this._headButton(words.__('Read again'), 'refresh', () => void this.refresh()),
      this._headButton(words.__('Disk use'), 'disk', () => void this._showUsage()),
      this._trash,
      this._headButton(words.__('Keys'), 'help', () => this._showHelp())
    );
    const pane = h(
      'section',
      { class: 'nbcellar-pane', 'aria-labelledby': this._title.id },
      h('div', { class: 'nbcellar-pane-head' }, this._title, this._tools.toolbar.element),
      this._content
    );
    return h(
      'div',
      { class: 'nbcellar-browser', role: 'region', 'aria-label': words.__('Cellar') },
      head,
      this._filters.element,
      h('div', { class: 'nbcellar-body' }, this._tree.element, pane),
      this._status.element
    );
  }

  private _headButton(label: string, name: IconName, act: () => void): HTMLButtonElement {
    const made = h(
      'button',
      { type: 'button', class: 'nbcellar-button', title: label, 'aria-label': label },
      icon(name)
    );
    made.addEventListener('click', act);
    return made;
  }

  private _searchSoon(): void {
    clearTimeout(this._typing);
    this._typing = setTimeout(() => void this.refresh(), TYPING_MS);
  }

  private get _inTrash(): boolean {
    return this._trash.getAttribute('aria-pressed') === 'true';
  }

  private _toggleTrash(): void {
    this._trash.setAttribute('aria-pressed', this._inTrash ? 'false' : 'true');
    this._tree.forget();
    void this.refresh();
  }

  private async _showPlace(): Promise<void> {
    const words = this._host.words;
    this._search.disabled = this._inTrash;
    this._filters.element.hidden = this._inTrash;
    try {
      const [{ value }, tags] = await Promise.all([
        this._status.patiently(this._host.ask('overview', {})),
        this._host.ask('tags', {})
      ]);
      const parts = [visible(value.project)];
      if (value.exists) {
        parts.push(words._n('%1 name', '%1 names', value.names), size(value.size_bytes));
      }
      this._place.textContent = parts.join(' · ');
      this._place.title = visible(value.place);
      this._filters.offer(tags.value.tags);
    } catch {
      this._place.textContent = ''; // the list of names fails for the same reason, and says it
    }
  }

  private async _list(parent: BrowserItem | null, start: number, count: number): Promise<TreePage<BrowserItem>> {
    return treePage(await this._status.patiently(this._page(parent, { start, count })));
  }

  private async _page(parent: BrowserItem | null, span: Span): Promise<Page<Row>> {
    const ask = this._host.ask;
    const filter = this._filters.filter;
    if (parent !== null) {
      return rowsBelow(ask, parent, filter, span);
    }
    if (this._inTrash) {
      return (await ask('trash', span)).value;
    }
    const names = { search: this._search.value, task: this._host.task(), sort: this._filters.sort };
    return (await ask('names', { ...filter, ...span, ...names })).value;
  }

  /** Show an item; one that is shown again does not take the place of a dialog that stands there. */
  private async _choose(item: BrowserItem, again = false): Promise<void> {
    this._shown += 1;
    const shown = this._shown;
    const title = item.kind === 'version' ? item.ref : item.name;
    const view = await this._status
      .patiently(viewOf(item, this._host, (run, label) => void this._tools.takeLabel(run, label)))
      .catch(error => plainView(title, '', explain(error, this._host.words)));
    if (shown !== this._shown || (again && this._tools.busy)) {
      view.dispose();
      return;
    }
    this._show(view, item);
    this._host.chosen({ ref: view.ref, run: 'run' in item ? item.run : '', key: 'key' in item ? item.key : '' });
  }

  private _show(view: View, item: BrowserItem | null): void {
    this._dispose();
    this._dispose = view.dispose;
    this._title.replaceChildren(...crumbs(view.ref), h('span', { class: 'nbcellar-meta' }, view.facts));
    this._title.title = visible(view.ref);
    this._title.hidden = view.ref === '';
    this._tools.offer(view.actions, item ? { item, ref: view.ref, snippet: view.snippet } : null);
    this._content.replaceChildren(view.element);
    this._content.scrollTop = 0;
  }

  /** Something that is not of the tree, in the pane. */
  private _showAside(title: string, element: HTMLElement): void {
    this._shown += 1;
    this._show(plainView(title, '', element), null);
    this._content.focus();
  }

  private async _showUsage(): Promise<void> {
    const words = this._host.words;
    try {
      const { value } = await this._status.patiently(this._host.ask('usage', {}));
      this._showAside(words.__('Disk use'), usageView(value, words));
    } catch (error) {
      this._showAside(words.__('Disk use'), explain(error, words));
    }
  }

  private _showHelp(): void {
    this._showAside(this._host.words.__('Keys'), helpView(this._host));
  }

  private _emptyView(): View {
    const searched = this._search.value.trim();
    const why = this._inTrash ? 'trash' : searched ? 'search' : this._filters.active ? 'filters' : 'nothing';
    return emptyView({ why, searched, clear: () => this._clear() }, this._host.words);
  }

  private _clear(): void {
    this._search.value = '';
    this._filters.clear();
    this._tree.element.focus();
    void this.refresh();
  }

  private _key(event: KeyboardEvent): void {
    // JupyterLab and the notebook take single keys as commands, wherever the focus is inside an output
    event.stopPropagation();
    const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    if (event.key === 'Escape' && event.target === this._search) {
      event.preventDefault();
      this._tree.element.focus();
    }
    if (typing || event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    if (event.key === '/') {
      event.preventDefault();
      this._search.focus();
    } else if (event.key === '?') {
      event.preventDefault();
      this._showHelp();
    } else if (!this._tools.busy && this._tools.toolbar.press(event.key)) {
      event.preventDefault();
    }
  }
}
