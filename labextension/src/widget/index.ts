import { renderBrowser } from './browserview';
import type { WidgetModel } from './channel';
import { renderDiff } from './diffwidget';
import { text } from './host';
import { renderPicker } from './pickerview';
import { renderRestore } from './restoreview';

interface View {
  readonly model: WidgetModel;
  readonly el: HTMLElement;
}

/** anywidget's entry: one script for all widgets, which say by a trait what they are. */
function render({ model, el }: View): () => void {
  switch (text(model, '_kind')) {
    case 'picker':
      return renderPicker(model, el);
    case 'restore':
      return renderRestore(model, el);
    case 'diff':
      return renderDiff(model, el);
    default:
      return renderBrowser(model, el);
  }
}

export default { render };
