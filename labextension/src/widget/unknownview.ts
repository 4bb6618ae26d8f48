import { h } from '../browser/dom';
import { plainWords, visible } from '../browser/format';
import { Refusal } from '../browser/protocol';
import { explain } from '../browser/statusline';
import type { WidgetModel } from './channel';

/** In place of a widget of which nothing is known yet; the kernel is asked to tell everything again. */
export function renderWaiting(model: WidgetModel, el: HTMLElement): () => void {
  el.append(stand(h('p', { role: 'status' }, plainWords.__('Waiting for the kernel to say what this widget shows.'))));
  try {
    model.send({ event: 'tell' });
  } catch {
    // its connection is closed: it is told when that is back
  }
  return () => undefined;
}

/** In place of a widget of another version of nbcellar. */
export function renderUnknown(kind: string, el: HTMLElement): () => void {
  const refusal = new Refusal(
    plainWords.__('This page cannot show a widget of the kind %1.', visible(kind)),
    plainWords.__('What is saved stays saved.'),
    plainWords.__(
      'Restart the kernel, reload the page and run this cell again: they have different versions of nbcellar.'
    )
  );
  el.append(stand(explain(refusal, plainWords)));
  return () => undefined;
}

function stand(words: HTMLElement): HTMLElement {
  return h('div', { class: 'nbcellar-browser nbcellar-alone', role: 'region', 'aria-label': 'Cellar' }, words);
}
