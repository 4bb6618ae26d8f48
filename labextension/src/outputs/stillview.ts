import type { NotebookPanel } from '@jupyterlab/notebook';
import { h } from '../browser/dom';
import type { Words } from '../browser/host';

export const VIEW_TYPE = 'application/vnd.nbcellar.view+json';
const WIDGET_TYPE = 'application/vnd.jupyter.widget-view+json';

type Registry = NotebookPanel['content']['rendermime'];
type Renderer = ReturnType<Registry['createRenderer']>;

// so long a widget may take to be drawn before what stands in its place is shown
const PATIENCE_MS = 500;

/** How a widget of ours is drawn: as every widget while its model lives, else as the HTML that it was saved with. */
export function viewRenderer(registry: Registry, words: Words): Renderer {
  const still = registry.createRenderer('text/html');
  if (!registry.getFactory(WIDGET_TYPE)) {
    return still;
  }
  // the widget manager looks for its own renderers among the outputs, so this is one, and stays one
  const live = registry.createRenderer(WIDGET_TYPE);
  const render = live.renderModel.bind(live);
  live.renderModel = async model => {
    await still.renderModel(model);
    await render(model);
  };
  const observer = new MutationObserver(() => settle());
  let timer: ReturnType<typeof setTimeout> | undefined;
  const settle = (): void => {
    clearTimeout(timer);
    if (![...live.children()].length && still.node.parentNode !== live.node) {
      timer = setTimeout(() => live.node.replaceChildren(note(words), still.node), PATIENCE_MS);
    }
  };
  observer.observe(live.node, { childList: true });
  live.disposed.connect(() => {
    observer.disconnect();
    clearTimeout(timer);
    still.dispose();
  });
  return live;
}

function note(words: Words): HTMLElement {
  const text = words.__(
    'No kernel holds this widget any more. Run its cell to use it again, or open the Cellar panel.'
  );
  return h('p', { class: 'jp-nbcellar-still' }, text);
}
