import type { Dialog } from '@jupyterlab/apputils';
import { Widget } from '@lumino/widgets';
import { h } from '../browser/dom';
import { visible } from '../browser/format';
import type { Words } from '../browser/host';
import { field } from '../browser/inlinedialog';
import { nameFor } from './naming';

/** The body of the dialog that saves files as an asset: which files, and under which name. */
export class SaveBody extends Widget implements Dialog.IBodyWidget<string> {
  private readonly _name: HTMLInputElement;

  constructor(paths: readonly string[], words: Words) {
    super();
    this._name = h('input', { type: 'text', class: 'jp-mod-styled', spellcheck: 'false', value: nameFor(paths) });
    const list = h('ul', { class: 'jp-nbcellar-dialog-files' }, ...paths.map(path => h('li', {}, visible(path))));
    this.node.append(list, field(words.__('Name'), this._name));
  }

  getValue(): string {
    return this._name.value.trim();
  }
}
