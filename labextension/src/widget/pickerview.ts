import { AssetPicker } from '../browser/picker';
import { kernelChannel, type WidgetModel } from './channel';
import { kernelHost, text } from './host';
import { onChange } from './listening';

/** One asset or file, picked. */
export function renderPicker(model: WidgetModel, el: HTMLElement): () => void {
  const leaving = new AbortController();
  const host = kernelHost(model, kernelChannel(model, leaving.signal));
  const picker = new AssetPicker(host, text(model, 'description') || host.words.__('Asset'));
  const show = (): void => picker.show(text(model, 'selected'));
  const again = (): void => void picker.refresh();
  el.append(picker.element);
  show();
  again();
  const ends = [onChange(model, ['selected'], show), onChange(model, ['task'], again)];
  return () => {
    for (const end of ends) {
      end();
    }
    leaving.abort();
  };
}
