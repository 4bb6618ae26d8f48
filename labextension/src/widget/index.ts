import { renderBrowser } from './browserview';
import type { WidgetModel } from './channel';
import { renderDiff } from './diffwidget';
import { hear } from './hearing';
import { text } from './host';
import { renderPicker } from './pickerview';
import { renderRestore } from './restoreview';
import { renderUnknown, renderWaiting } from './unknownview';

interface View {
  readonly model: WidgetModel;
  readonly el: HTMLElement;
}

/** anywidget's entry: one script for all widgets, which say by a trait what they are. */
async function render({ model, el }: View): Promise<() => void> {
  await hear(model);
  let end = draw(model, el);
  const again = (): void => {
    end();
    el.replaceChildren();
    end = draw(model, el);
  };
  model.on('change:_kind', again);
  return () => {
    model.off('change:_kind', again);
    end();
  };
}

/** Never a guess: one kind drawn as another would choose for the person, and Python would believe it. */
function draw(model: WidgetModel, el: HTMLElement): () => void {
  const kind = text(model, '_kind');
  switch (kind) {
    case 'browser':
      return renderBrowser(model, el);
    case 'picker':
      return renderPicker(model, el);
    case 'restore':
      return renderRestore(model, el);
    case 'diff':
      return renderDiff(model, el);
    case '':
      return renderWaiting(model, el);
    default:
      return renderUnknown(kind, el);
  }
}

export default { render };
