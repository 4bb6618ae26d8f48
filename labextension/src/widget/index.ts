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
    words: plainWords,
    chosen: ref => {
      model.set('selected', ref);
      model.save_changes();
    }
  });
  browser.element.style.setProperty('--nbcellar-height', `${Number(model.get('height'))}px`);
  el.append(browser.element);
  const again = (): void => void browser.refresh();
  model.on('change:changes', again);
  again();
  return () => {
    model.off('change:changes', again);
    leaving.abort();
    browser.dispose();
  };
}

export default { render };
