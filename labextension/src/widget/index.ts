import { AssetBrowser } from '../browser/browser';
import { plainWords } from '../browser/format';
import { kernelChannel, type WidgetModel } from './channel';

interface View {
  readonly model: WidgetModel;
  readonly el: HTMLElement;
}

/** anywidget's entry: one browser a view. */
function render({ model, el }: View): () => void {
  const leaving = new AbortController();
  const browser = new AssetBrowser({
    ask: kernelChannel(model, leaving.signal),
    task: () => String(model.get('task') ?? ''),
    words: plainWords,
    chosen: ({ ref, run, key }) => {
      model.set('selected', ref);
      model.set('_chosen', { run, key });
      model.save_changes();
    }
  });
  browser.element.style.setProperty('--nbcellar-height', `${Number(model.get('height'))}px`);
  el.append(browser.element);
  const again = (): void => void browser.refresh();
  const hear = (message: { readonly event?: string }): void => {
    if (message.event === 'changed') {
      again();
    }
  };
  model.on('msg:custom', hear);
  model.on('change:task', again);
  again();
  return () => {
    model.off('msg:custom', hear);
    model.off('change:task', again);
    leaving.abort();
    browser.dispose();
  };
}

export default { render };
