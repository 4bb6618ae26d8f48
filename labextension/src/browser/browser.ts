import { aboutView } from './about';
import { button, freshId, h } from './dom';
import { size, visible } from './format';
import { type IconName, icon } from './icons';
import { drawPreview } from './preview';
import { type Host, Refusal, type Restored } from './protocol';
import { RestorePanel } from './restorepanel';
import { type BrowserItem, drawRow, itemOf } from './rows';
import type { TreePage } from './treemodel';
import { TreeView } from './treeview';

const SLOW_MS = 1500;

/** Names, versions and files in a tree; beside it what is chosen, and what can be done with it. */
export class AssetBrowser {
  readonly element: HTMLElement;
  private readonly _tree: TreeView<BrowserItem>;
  private readonly _place = h('span', { class: 'nbcellar-place' });
  private readonly _search: HTMLInputElement;
  private readonly _title: HTMLElement;
  private readonly _tools: HTMLElement;
  private readonly _content = h('div', { class: 'nbcellar-content' });
  private readonly _status = h('div', { class: 'nbcellar-status', role: 'status' });
  private readonly _titleId = freshId();
  private _snippet = '';
  private _dispose: () => void = () => undefined;
  private _shown = 0;

  constructor(private readonly _host: Host) {
    const words = _host.words;
    this._tree = new TreeView<BrowserItem>({
      label: words.__('Assets'),
      loading: words.__('Loading…'),
      load: (parent, start, count) => this._list(parent, start, count),
      draw: (item, row) => drawRow(item, row, words),
      describeError: error => (error instanceof Error ? error.message : String(error)),
      chosen: item => void this._choose(item),
      entered: () => this._content.focus()
    });
    this._search = h('input', {
      type: 'search',
      class: 'nbcellar-input nbcellar-search',
      placeholder: words.__('Search names'),
      'aria-label': words.__('Search names'),
      spellcheck: 'false'
    });
    this._title = h('h2', { class: 'nbcellar-title', id: this._titleId });
    this._tools = h('div', { class: 'nbcellar-tools', role: 'toolbar', 'aria-label': words.__('Actions') });
    this._content.tabIndex = -1;
    this.element = this._layout();
    this._say(h('span', {}, words.__('↑ ↓ move · → open · Enter preview · r restore · c copy code · / search')));
    this._search.addEventListener('input', () => void this.refresh());
    this.element.addEventListener('keydown', event => this._key(event));
  }

  /** Read everything again; what was open stays open. */
  async refresh(): Promise<void> {
    await this._showPlace();
    await this._tree.model.reload();
    if (this._tree.model.count === 0) {
      this._showEmpty();
    } else if (this._tree.chosen === null) {
      this._tree.chooseFirst();
    }
  }

  dispose(): void {
    this._dispose();
  }

  private _layout(): HTMLElement {
    const words = this._host.words;
    const refresh = h('button', { type: 'button', class: 'nbcellar-button', title: words.__('Read again') });
    refresh.setAttribute('aria-label', words.__('Read again'));
    refresh.append(icon('refresh'));
    refresh.addEventListener('click', () => void this.refresh());
    const head = h(
      'div',
      { class: 'nbcellar-head' },
      icon('cellar'),
      h('span', { class: 'nbcellar-brand' }, words.__('Cellar')),
      this._place,
      h('span', { class: 'nbcellar-search-box' }, icon('search'), this._search),
      refresh
    );
    const pane = h(
      'section',
      { class: 'nbcellar-pane', 'aria-labelledby': this._titleId },
      h('div', { class: 'nbcellar-pane-head' }, this._title, this._tools),
      this._content
    );
    return h(
      'div',
      { class: 'nbcellar-browser', role: 'region', 'aria-label': words.__('Cellar') },
      head,
      h('div', { class: 'nbcellar-body' }, this._tree.element, pane),
      this._status
    );
  }

  private async _showPlace(): Promise<void> {
    const words = this._host.words;
    try {
      const { value } = await this._patiently(this._host.ask('overview', {}));
      const parts = [visible(value.project)];
      if (value.exists) {
        parts.push(words._n('%1 name', '%1 names', value.names), size(value.size_bytes));
      }
      this._place.textContent = parts.join(' · ');
      this._place.title = visible(value.place);
    } catch (error) {
      this._say(this._explain(error));
    }
  }

  private async _list(parent: BrowserItem | null, start: number, count: number): Promise<TreePage<BrowserItem>> {
    const ask = this._host.ask;
    if (parent === null) {
      const page = await ask('names', { start, count, search: this._search.value, task: this._host.task() });
      return { ...page.value, rows: page.value.rows.map(itemOf) };
    }
    switch (parent.kind) {
      case 'name': {
        const page = await ask('versions', { project: parent.project, name: parent.name, start, count });
        return { ...page.value, rows: page.value.rows.map(itemOf) };
      }
      case 'version': {
        const page = await ask('files', { run: parent.run, key: '', start, count });
        return { ...page.value, rows: page.value.rows.map(itemOf) };
      }
      case 'folder': {
        const page = await ask('files', { run: parent.run, key: parent.key, start, count });
        return { ...page.value, rows: page.value.rows.map(itemOf) };
      }
      case 'file':
      case 'link':
        return { start: 0, total: 0, rows: [] };
    }
  }

  private async _choose(item: BrowserItem): Promise<void> {
    this._shown += 1;
    const shown = this._shown;
    try {
      const view = await this._patiently(this._viewOf(item));
      if (shown === this._shown) {
        this._show(view);
        this._host.chosen({ ref: view.ref, run: 'run' in item ? item.run : '', key: 'key' in item ? item.key : '' });
      } else {
        view.dispose();
      }
    } catch (error) {
      if (shown === this._shown) {
        this._show({
          ref: '',
          title: item.kind === 'version' ? item.ref : item.name,
          facts: '',
          element: this._explain(error),
          tools: [],
          snippet: '',
          dispose: () => undefined
        });
      }
    }
  }

  private async _viewOf(item: BrowserItem): Promise<View> {
    const words = this._host.words;
    switch (item.kind) {
      case 'name':
        return this._nameView(item);
      case 'version':
        return this._versionView(item);
      case 'folder': {
        return {
          ref: item.path,
          title: item.path,
          facts: words._n('%1 file', '%1 files', item.files),
          element: h(
            'p',
            { class: 'nbcellar-note' },
            words.__('Open the folder to see its files, or restore all of it.')
          ),
          tools: [this._restoreTool(item.run, item.key, item.path)],
          snippet: '',
          dispose: () => undefined
        };
      }
      case 'file':
      case 'link': {
        const { value, bytes } = await this._host.ask('preview', { run: item.run, key: item.key });
        const drawn = drawPreview(value, bytes, words);
        return {
          ref: value.path,
          title: value.path,
          facts: `${size(value.size_bytes)} · ${value.type}`,
          element: drawn.element,
          tools: [this._restoreTool(item.run, item.key, value.path), this._copyTool()],
          snippet: value.snippet,
          dispose: drawn.dispose
        };
      }
    }
  }

  private _nameView(item: Extract<BrowserItem, { kind: 'name' }>): View {
    const words = this._host.words;
    return {
      ref: item.name,
      title: item.name,
      facts: words._n('%1 version', '%1 versions', item.versions),
      element: h(
        'p',
        { class: 'nbcellar-note' },
        words.__('Each version is what one run of %1 wrote. Open it to see its files.', item.name)
      ),
      tools: [this._copyTool()],
      snippet: `cellar["${item.name}"]`,
      dispose: () => undefined
    };
  }

  private async _versionView(item: Extract<BrowserItem, { kind: 'version' }>): Promise<View> {
    const { value } = await this._host.ask('about', { run: item.run });
    const tools = item.files === null ? [] : [this._restoreTool(item.run, '', item.ref), this._copyTool()];
    const words = this._host.words;
    const facts =
      item.files === null
        ? words.__('no files')
        : `${words._n('%1 file', '%1 files', item.files)} · ${size(item.size_bytes ?? 0)}`;
    return {
      ref: item.ref,
      title: item.ref,
      facts,
      element: aboutView(value, words),
      tools,
      snippet: value.snippet,
      dispose: () => undefined
    };
  }

  private _show(view: View): void {
    this._dispose();
    this._dispose = view.dispose;
    this._snippet = view.snippet;
    this._title.replaceChildren(...crumbs(view.title));
    this._title.append(h('span', { class: 'nbcellar-meta' }, view.facts));
    this._title.title = visible(view.title);
    this._tools.replaceChildren(...view.tools);
    this._content.replaceChildren(view.element);
    this._content.scrollTop = 0;
  }

  private _tool(label: string, name: IconName, key: string, act: () => void): HTMLButtonElement {
    const made = button(label, act, { icon: icon(name), caption: `${label} (${key})` });
    made.dataset.key = key;
    return made;
  }

  private _restoreTool(run: string, key: string, what: string): HTMLButtonElement {
    const words = this._host.words;
    return this._tool(words.__('Restore…'), 'restore', 'r', () => {
      const back = (): void => {
        panel.element.remove();
        this._tree.element.focus();
      };
      const panel = new RestorePanel({
        host: this._host,
        run,
        key,
        what,
        explain: error => this._explain(error),
        closed: back,
        done: restored => {
          back();
          this._sayRestored(restored);
        }
      });
      this._content.querySelector('.nbcellar-restore')?.remove();
      this._content.prepend(panel.element);
      this._content.scrollTop = 0;
      panel.focus();
    });
  }

  private _copyTool(): HTMLButtonElement {
    const words = this._host.words;
    return this._tool(words.__('Copy code'), 'copy', 'c', () => void this._copy());
  }

  private async _copy(): Promise<void> {
    const words = this._host.words;
    try {
      await navigator.clipboard.writeText(this._snippet);
      this._say(h('span', {}, words.__('Copied: '), h('code', {}, this._snippet)));
    } catch {
      // no permission, or a page without a secure address: then it can be selected
      this._say(h('span', {}, words.__('Copy this: '), h('code', {}, this._snippet)));
    }
  }

  private _sayRestored(restored: Restored): void {
    const words = this._host.words;
    const line = h(
      'span',
      {},
      words._n(
        'Restored %1 file to %2',
        'Restored %1 files to %2',
        restored.files,
        restored.target === '.' ? words.__('the current folder') : visible(restored.target)
      )
    );
    const parts: Node[] = [line];
    if (restored.can_undo) {
      parts.push(button(words.__('Undo'), () => void this._undo()));
    }
    this._say(...parts);
  }

  private async _undo(): Promise<void> {
    try {
      const { value } = await this._patiently(this._host.ask('undo', {}));
      this._say(h('span', {}, visible(value.text)));
    } catch (error) {
      this._say(this._explain(error));
    }
  }

  private _showEmpty(): void {
    const words = this._host.words;
    const searched = this._search.value.trim();
    const text = searched
      ? words.__('No name holds “%1”.', visible(searched))
      : words.__('Nothing is saved here yet. Put this line above a cell that writes files, and run it:');
    const box = h('div', { class: 'nbcellar-empty' }, h('p', {}, text));
    if (!searched) {
      box.append(h('code', {}, '%%task NAME'));
    }
    this._show({
      ref: '',
      title: '',
      facts: '',
      element: box,
      tools: [],
      snippet: '',
      dispose: () => undefined
    });
  }

  private _say(...parts: readonly Node[]): void {
    this._status.replaceChildren(...parts);
  }

  private _explain(error: unknown): HTMLElement {
    const words = this._host.words;
    const box = h('div', { class: 'nbcellar-error', role: 'alert' });
    box.append(
      h('p', {}, error instanceof Error ? error.message : words.__('Something went wrong: %1', String(error)))
    );
    if (error instanceof Refusal) {
      for (const line of [error.saved, error.hint]) {
        if (line) {
          box.append(h('p', {}, line));
        }
      }
    }
    return box;
  }

  /** Say so when an answer takes long: a kernel that runs a cell answers after it. */
  private async _patiently<Value>(answer: Promise<Value>): Promise<Value> {
    const waiting = h('span', {}, this._host.words.__('Waiting for the kernel; it answers when its cell is done.'));
    const timer = setTimeout(() => this._say(waiting), SLOW_MS);
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
      waiting.remove();
    }
  }

  private _key(event: KeyboardEvent): void {
    const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    // JupyterLab and the notebook take single keys as commands, wherever the focus is inside an output
    event.stopPropagation();
    if (typing || event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    if (event.key === '/') {
      event.preventDefault();
      this._search.focus();
      return;
    }
    const tool = [...this._tools.querySelectorAll('button')].find(one => one.dataset.key === event.key);
    if (tool) {
      event.preventDefault();
      tool.click();
    }
  }
}

interface View {
  readonly ref: string;
  readonly title: string;
  readonly facts: string;
  readonly element: HTMLElement;
  readonly tools: readonly HTMLButtonElement[];
  readonly snippet: string;
  readonly dispose: () => void;
}

/** `train@4 › plots › loss.png`. */
function crumbs(path: string): Node[] {
  const nodes: Node[] = [];
  path.split('/').forEach((part, place) => {
    if (place > 0) {
      nodes.push(h('span', { class: 'nbcellar-sep', 'aria-hidden': 'true' }, '›'));
    }
    nodes.push(h('bdi', {}, visible(part)));
  });
  return nodes;
}
