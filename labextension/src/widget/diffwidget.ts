import { DiffView } from '../browser/diffview';
import { h } from '../browser/dom';
import { visible } from '../browser/format';
import { seriesOf } from '../browser/tools';
import { kernelChannel, type WidgetModel } from './channel';
import { kernelHost, text } from './host';

/** Two versions side by side. */
export function renderDiff(model: WidgetModel, el: HTMLElement): () => void {
  const leaving = new AbortController();
  const host = kernelHost(model, kernelChannel(model, leaving.signal));
  const after = text(model, 'after');
  const view = new DiffView({
    host,
    run: text(model, '_after'),
    ...seriesOf(after),
    other: text(model, '_before'),
    otherRef: text(model, 'before'),
    key: text(model, '_key')
  });
  const root = h(
    'div',
    { class: 'nbcellar-browser nbcellar-alone', role: 'region', 'aria-label': host.words.__('Differences') },
    h('h2', { class: 'nbcellar-title' }, visible(text(model, 'title'))),
    view.element
  );
  root.addEventListener('keydown', event => event.stopPropagation());
  el.append(root);
  return () => {
    leaving.abort();
    view.dispose();
  };
}
