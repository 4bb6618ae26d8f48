import { plainWords } from '../browser/format';
import type { Chosen, Host } from '../browser/host';
import { Refusal } from '../browser/protocol';
import { saveBytes } from '../browser/saving';
import type { Channel, WidgetModel } from './channel';
import { memoryOf } from './memory';

/** What a browser needs, from a kernel. */
export function kernelHost(model: WidgetModel, { ask, meanwhile }: Channel): Host {
  return {
    ask,
    meanwhile,
    words: plainWords,
    waiting: plainWords.__('Waiting for the kernel; it answers when its cell is done.'),
    task: () => text(model, 'task'),
    chosen: chosen => choose(model, chosen),
    memory: memoryOf(model),
    download: async (run, key) => {
      const { value, bytes } = await ask('pack', { run, key });
      if (!bytes) {
        throw new Refusal('The kernel sent no bytes.', '', 'Try again, or restore the files into a folder.');
      }
      saveBytes(value.name, bytes);
    }
  };
}

/** Tell Python what is chosen. */
export function choose(model: WidgetModel, { ref, run, key }: Chosen): void {
  model.set('selected', ref);
  model.set('_chosen', { run, key });
  model.save_changes();
}

/** A trait that is a text. */
export function text(model: WidgetModel, name: string): string {
  const value = model.get(name);
  return typeof value === 'string' ? value : '';
}
