import { h } from '../browser/dom';
import { visible } from '../browser/format';
import type { Restored } from '../browser/outcomes';
import { RestorePanel, restoredText } from '../browser/restorepanel';
import { StatusLine } from '../browser/statusline';
import { kernelChannel, type WidgetModel } from './channel';
import { kernelHost, text } from './host';
import { onChange } from './listening';
import { memoryOf } from './memory';

/** Plan, policy and undo for one asset. */
export function renderRestore(model: WidgetModel, el: HTMLElement): () => void {
  const leaving = new AbortController();
  const host = kernelHost(model, kernelChannel(model, leaving.signal));
  const status = new StatusLine(host.words, host.waiting);
  const root = h('div', { class: 'nbcellar-browser nbcellar-alone', role: 'region', 'aria-label': 'Cellar' });
  const ref = text(model, 'ref');
  const panel = new RestorePanel({
    host,
    versions: [{ run: text(model, '_run'), key: text(model, '_key'), label: ref }],
    what: ref,
    to: text(model, 'to') || '.',
    policy: policyOf(text(model, 'policy')),
    done: restored => said(restored)
  });
  const memory = memoryOf(model);
  const undo = async (): Promise<void> => {
    try {
      const { value } = await status.patiently(host.ask('undo', {}));
      memory.restored = '';
      status.say(visible(value.text));
    } catch (error) {
      status.sayError(error);
    }
    await panel.look();
  };
  const said = (restored: Restored): void => {
    const done = restoredText(restored, host.words);
    memory.restored = restored.can_undo ? done : '';
    if (restored.can_undo) {
      status.sayDone(done, () => void undo());
    } else {
      status.say(done);
    }
    void panel.look();
  };
  root.append(panel.dialog.element, status.element);
  // the notebook takes single keys as commands, wherever the focus is inside an output
  root.addEventListener('keydown', event => event.stopPropagation());
  el.append(root);
  if (memory.restored) {
    status.sayDone(memory.restored, () => void undo());
  }
  const end = onChange(model, [], () => void panel.look());
  return () => {
    end();
    leaving.abort();
  };
}

function policyOf(word: string): 'safe' | 'error' | 'keep' | 'replace' | 'backup' {
  switch (word) {
    case 'error':
    case 'keep':
    case 'replace':
    case 'backup':
      return word;
    default:
      return 'safe';
  }
}
