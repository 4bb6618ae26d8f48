import { assetTree } from './assettree';
import { h } from './dom';
import { emptyView, failureView } from './emptyviews';
import { Filters } from './filters';
import { size, visible } from './format';
import { Head } from './head';
import { helpView } from './help';
import type { Host } from './host';
import type { Page, Relative, Row } from './listing';
import { Pane } from './pane';
import type { Wanted } from './protocol';
import { Readings } from './readings';
import type { Restorable } from './restorepanel';
import type { BrowserItem } from './rows';
import { rowsBelow } from './rowsource';
import { explain, StatusLine } from './statusline';
import type { TreeView } from './treeview';
import { usageView } from './usageview';
import type { View } from './views';

/** Names, versions and files in a tree; beside it what is chosen, and what can be done with it. */
export class AssetBrowser {
  readonly element: HTMLElement;
  private readonly _tree: TreeView<BrowserItem>;
  private readonly _head: Head;
  private readonly _filters: Filters;
  private readonly _pane: Pane;
  private readonly _status: StatusLine;
  private readonly _readings = new Readings(isNewest => this._read(isNewest));
  /** Something was chosen since this was drawn. */
  private _begun = false;
  /** What is chosen now is chosen by nobody. */
  private _beginning = false;

  constructor(private readonly _host: Host) {
    const words = _host.words;
    this._status = new StatusLine(words, _host.waiting, () => this.focus());
    this._tree = assetTree({
      host: _host,
      status: this._status,
      page: (parent, span) => this._page(parent, span),
      chosen: item => this._show(item),
      entered: () => this._pane.focus()
    });
    this._pane = new Pane({
      host: _host,
      status: this._status,
      changed: () => this.refresh(),
      back: () => this.focus(),
      chosen: () => this._tree.chosen,
      arriving: () => this._tree.arriving,
      lead: relative => void this._lead(relative)
    });
    const read = (): void => void this._readings.now();
    this._filters = new Filters(_host, read);
    this._head = new Head({
      words,
      read,
      turned: () => {
        this._tree.forget();
        read();
      },
      usage: () => void this._showUsage(),
      help: () => this._showHelp()
    });
    this.element = this._layout();
    this.element.addEventListener('keydown', event => this._key(event));
    if (_host.memory?.restored) {
      this._pane.offerUndo(_host.memory.restored);
    } else {
      this._status.say(words.__('↑ ↓ → to move · / to search · ? for all keys'));
    }
  }

  /** Read everything again, soon; what was open stays open. */
  refresh(): Promise<void> {
    return this._readings.soon();
  }

  private async _read(isNewest: () => boolean): Promise<void> {
    const chosen = this._tree.chosen;
    this._filters.adapt();
    await Promise.all([this._showPlace(isNewest), this._tree.reload()]);
    if (!isNewest()) {
      return;
    }
    const failure = this._tree.model.root.error;
    if (failure !== null) {
      this._pane.showInstead(
        failureView(failure, () => void this._readings.now(), this._host.words),
        failure
      );
    } else if (this._tree.model.count === 0) {
      this._pane.showInstead(this._emptyView());
    } else if (this._tree.chosen === null) {
      await this._choose();
    } else if (this._tree.chosen.id === chosen?.id) {
      await this._pane.showAgain(this._tree.chosen);
    }
  }

  /** Show what somebody chose, or what is shown because nobody did yet. */
  private _show(item: BrowserItem): void {
    if (this._beginning) {
      void this._pane.showByItself(item);
      return;
    }
    this._begun = true;
    if (this._host.memory) {
      this._host.memory.chosen = this._tree.trail;
    }
    void this._pane.show(item);
  }

  /** Choose where nothing is: what was chosen when this was drawn before, or the nearest. */
  private async _choose(): Promise<void> {
    const before = this._begun ? [] : (this._host.memory?.chosen ?? []);
    const isFirst = !this._begun;
    this._begun = true;
    const found = before.length > 0 && (await this._tree.reveal(before));
    if (!found && this._tree.chosen === null) {
      this._beginning = isFirst;
      this._tree.chooseNearest();
      this._beginning = false;
    }
  }

  /** Open the tree down to a version or a file of it, and choose that; false where it is not there. */
  async reveal(ids: readonly string[]): Promise<boolean> {
    this._head.search.value = '';
    this._filters.clear();
    if (this._head.inTrash) {
      this._head.inTrash = false;
      this._tree.forget();
    }
    await this._readings.now();
    const found = await this._tree.reveal(ids);
    if (found && this._tree.chosen) {
      await this._pane.show(this._tree.chosen); // which is on its way: wait for it
    }
    return found;
  }

  private async _lead({ project, name, run, ref }: Relative): Promise<void> {
    if (await this.reveal([`n:${project}:${name}`, `v:${run}`])) {
      this.focus();
    } else {
      this._status.say(this._host.words.__('%1 is not shown here.', visible(ref)));
    }
  }

  /** Ask where to restore one of several versions, whatever is chosen. */
  askRestore(what: string, to: string, versions: readonly Restorable[]): void {
    this._pane.askRestore(what, to, versions);
  }

  focus(): void {
    this._tree.element.focus();
  }

  dispose(): void {
    this._readings.end();
    this._head.dispose();
    this._pane.dispose();
  }

  private _layout(): HTMLElement {
    return h(
      'div',
      { class: 'nbcellar-browser', role: 'region', 'aria-label': this._host.words.__('Cellar') },
      this._head.element,
      this._filters.element,
      h('div', { class: 'nbcellar-body' }, this._tree.element, this._pane.element),
      this._status.element
    );
  }

  private async _showPlace(isNewest: () => boolean): Promise<void> {
    const words = this._host.words;
    this._filters.element.hidden = this._head.inTrash;
    try {
      const [{ value }, tags] = await Promise.all([
        this._status.patiently(this._host.ask('overview', {})),
        this._host.ask('tags', {})
      ]);
      if (!isNewest()) {
        return;
      }
      const parts = [visible(value.project)];
      if (value.exists) {
        parts.push(words._n('%1 name', '%1 names', value.names), size(value.size_bytes));
      }
      this._head.say(parts.join(' · '), visible(value.place));
      this._filters.offer(tags.value.tags);
    } catch {
      this._head.say('', ''); // the list of names fails for the same reason, and says it
    }
  }

  private async _page(parent: BrowserItem | null, span: Wanted): Promise<Page<Row>> {
    const ask = this._host.ask;
    const filter = this._filters.filter;
    if (parent !== null) {
      return rowsBelow(ask, parent, filter, span);
    }
    if (this._head.inTrash) {
      return (await ask('trash', span)).value;
    }
    const names = { search: this._head.search.value, task: this._host.task(), sort: this._filters.sort };
    return (await ask('names', { ...filter, ...span, ...names })).value;
  }

  private async _showUsage(): Promise<void> {
    const words = this._host.words;
    try {
      const { value } = await this._status.patiently(this._host.ask('usage', {}));
      this._pane.showAside(words.__('Disk use'), usageView(value, words));
    } catch (error) {
      this._pane.showAside(words.__('Disk use'), explain(error, words));
    }
  }

  private _showHelp(): void {
    this._pane.showAside(this._host.words.__('Keys'), helpView(this._host));
  }

  private _emptyView(): View {
    const searched = this._head.search.value.trim();
    const why = this._head.inTrash ? 'trash' : searched ? 'search' : this._filters.active ? 'filters' : 'nothing';
    return emptyView({ why, searched, clear: () => this._clear() }, this._host.words);
  }

  private _clear(): void {
    this._head.search.value = '';
    this._filters.clear();
    this.focus();
    void this._readings.now();
  }

  private _key(event: KeyboardEvent): void {
    // JupyterLab and the notebook take single keys as commands, wherever the focus is inside an output
    event.stopPropagation();
    const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    if (event.key === 'Escape' && event.target === this._head.search) {
      event.preventDefault();
      this._tree.element.focus();
    }
    if (typing || event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    if (event.key === 'Escape' && this._pane.leaveAside(this._tree.chosen)) {
      event.preventDefault();
    } else if (event.key === '/') {
      event.preventDefault();
      this._head.search.focus();
    } else if (event.key === '?') {
      event.preventDefault();
      this._showHelp();
    } else if (this._pane.press(event.key)) {
      event.preventDefault();
    }
  }
}
