import { AssetBrowser } from '../browser/browser';
import { kernelChannel, type WidgetModel } from './channel';
import { kernelHost } from './host';
import { onChange } from './listening';

/** The asset browser. */
export function renderBrowser(model: WidgetModel, el: HTMLElement): () => void {
  const leaving = new AbortController();
  const browser = new AssetBrowser(kernelHost(model, kernelChannel(model, leaving.signal)));
  const height = `${Number(model.get('height'))}px`;
  browser.element.style.setProperty('--nbcellar-height', height);
  browser.element.style.setProperty('--nbcellar-picture', height);
  el.append(browser.element);
  const again = (): void => void browser.refresh();
  const end = onChange(model, ['task'], again);
  again();
  return () => {
    end();
    leaving.abort();
    browser.dispose();
  };
}
