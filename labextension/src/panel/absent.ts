import { Widget } from '@lumino/widgets';
import { h } from '../browser/dom';
import type { Words } from '../browser/host';

/** The side panel where the server has no nbcellar: what that means, and what to do. */
export class AbsentPanel extends Widget {
  constructor(words: Words) {
    super();
    this.addClass('jp-nbcellar-panel');
    this.node.tabIndex = -1;
    this.node.append(
      h(
        'div',
        { class: 'jp-nbcellar-empty' },
        h('p', {}, words.__('This Jupyter server has no nbcellar, so what is saved cannot be shown here.')),
        h('p', {}, words.__('Install it where the server runs, and start the server again:')),
        h('p', {}, h('code', {}, 'pip install "nbcellar[lab]"')),
        h('p', {}, words.__('In a notebook whose kernel has nbcellar, the browser works without it:')),
        h('p', {}, h('code', {}, 'import nbcellar as cellar\ncellar.browse()'))
      )
    );
  }

  protected override onActivateRequest(): void {
    this.node.focus();
  }
}
