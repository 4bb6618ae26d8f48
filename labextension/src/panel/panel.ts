import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { AssetBrowser } from '../browser/browser';
import { h } from '../browser/dom';
import { visible } from '../browser/format';
import type { Defaults, Words } from '../browser/host';
import type { Restorable } from '../browser/restorepanel';
import { saveFrom } from '../browser/saving';
import { explain } from '../browser/statusline';
import { drivePath } from '../drive/reference';
import type { Addressed } from './address';
import type { CellarsModel } from './model';

export interface PanelOptions {
  readonly model: CellarsModel;
  readonly words: Words;
  /** Opens a file of the drive, by its path there. */
  readonly open: (path: string) => void;
  readonly defaults: () => Defaults;
  /** The address at which JupyterLab shows a version of a cellar, or an entry of it. */
  readonly link: (wanted: Addressed) => string;
}

/** The side panel: which cellar, and its browser. */
export class CellarPanel extends Widget {
  private readonly _bar: HTMLElement;
  private readonly _select: HTMLSelectElement;
  private readonly _body = h('div', { class: 'jp-nbcellar-body' });
  private readonly _model: CellarsModel;
  private readonly _words: Words;
  private _browser: AssetBrowser | null = null;
  private _shown = '';
  private _offered = '';

  constructor(private readonly _options: PanelOptions) {
    super();
    const { model, words } = _options;
    this._model = model;
    this._words = words;
    this.addClass('jp-nbcellar-panel');
    this.node.tabIndex = -1;
    const label = words.__('Project');
    this._select = h('select', { 'aria-label': label, title: label });
    this._bar = h('div', { class: 'jp-nbcellar-bar', hidden: true }, this._select);
    this.node.append(this._bar, this._body);
    this._select.addEventListener('change', () => model.choose(this._select.value));
    model.changed.connect(this._draw, this);
  }

  override dispose(): void {
    this._model.changed.disconnect(this._draw, this);
    this._browser?.dispose();
    super.dispose();
  }

  /** Read everything again, where it can be seen. */
  refresh(): void {
    if (this.isVisible) {
      void this._model.refresh();
    }
  }

  /** The cellar of another document is wanted. */
  follow(path: string): void {
    if (this._model.follow(path)) {
      this.refresh();
    }
  }

  /** Show a version, or a file of it, of one cellar; false where it is not there. */
  async reveal(uuid: string, ids: readonly string[]): Promise<boolean> {
    const browser = await this._browserOf(uuid);
    return browser ? browser.reveal(ids) : false;
  }

  /** Ask where to restore one of several versions of a file; false where their cellar is not there. */
  async askRestore(uuid: string, what: string, versions: readonly Restorable[]): Promise<boolean> {
    const browser = await this._browserOf(uuid);
    browser?.askRestore(what, versions[0]?.to ?? '.', versions);
    return browser !== null;
  }

  private async _browserOf(uuid: string): Promise<AssetBrowser | null> {
    if (!this._model.choose(uuid)) {
      await this._model.refresh(); // it may be new
    }
    return this._model.choose(uuid) && this._shown === uuid ? this._browser : null;
  }

  protected override onAfterShow(_: Message): void {
    this.refresh();
  }

  protected override onActivateRequest(_: Message): void {
    if (this._browser) {
      this._browser.focus();
    } else {
      this.node.focus(); // until the browser is there, which takes it
    }
  }

  private _draw(): void {
    const { cellars, current, failure } = this._model;
    this._bar.hidden = cellars.length < 2;
    this._offer();
    if (failure !== null && this._browser === null) {
      this._body.replaceChildren(
        h('div', { class: 'jp-nbcellar-empty' }, explain(failure, this._words), this._again())
      );
    } else if (current === null) {
      this._drawEmpty();
    } else if (current.uuid !== this._shown || this._browser === null) {
      this._drawBrowser(current.uuid, current.label);
    } else {
      void this._browser.refresh();
    }
  }

  /** The cellars to choose from, drawn anew only where they are others: somebody may have the list open. */
  private _offer(): void {
    const { cellars, current } = this._model;
    const offered = JSON.stringify(cellars);
    if (offered !== this._offered) {
      this._offered = offered;
      const options = cellars.map(one => h('option', { value: one.uuid }, visible(titleOf(one.label, one.folder))));
      this._select.replaceChildren(...options);
    }
    this._select.value = current?.uuid ?? '';
  }

  private _again(): HTMLElement {
    const again = h('button', { type: 'button', class: 'nbcellar-button' }, this._words.__('Try again'));
    again.addEventListener('click', () => void this._model.refresh());
    return again;
  }

  private _drawEmpty(): void {
    const words = this._words;
    this._browser?.dispose();
    this._browser = null;
    this._body.replaceChildren(
      h(
        'div',
        { class: 'jp-nbcellar-empty' },
        h('p', {}, words.__('Nothing is saved here yet. Put this line above a cell that writes files, and run it:')),
        h('p', {}, h('code', {}, '%load_ext nbcellar')),
        h('p', {}, h('code', {}, '%%task NAME')),
        h('p', {}, words.__('Or choose “Save as Asset…” in the file browser’s menu.'))
      )
    );
  }

  private _drawBrowser(uuid: string, label: string): void {
    const api = this._model.api;
    const held = this.node === document.activeElement || this._body.contains(document.activeElement);
    this._browser?.dispose();
    this._shown = uuid;
    this._browser = new AssetBrowser({
      ask: api.ask(uuid),
      words: this._words,
      waiting: this._words.__('Waiting for the server…'),
      task: () => '',
      notebook: () => this._model.notebook,
      open: ref => this._options.open(`${label}/${drivePath(ref)}`),
      defaults: this._options.defaults,
      link: (run, key) => this._options.link({ cellar: uuid, run, key }),
      chosen: () => undefined,
      download: async (run, key, file) => saveFrom(file ? api.fileUrl(uuid, run, key) : api.zipUrl(uuid, run, key), '')
    });
    this._body.replaceChildren(this._browser.element);
    void this._browser.refresh();
    if (held) {
      this._browser.focus();
    }
  }
}

function titleOf(label: string, folder: string): string {
  return folder === '.' || folder === label ? label : `${label} — ${folder}`;
}
