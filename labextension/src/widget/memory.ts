import type { Memory } from '../browser/host';
import type { WidgetModel } from './channel';

declare global {
  // on the page, not in this module: every model loads the script for itself, one that is made anew too
  var nbcellarMemories: Map<string, Memory> | undefined;
}

/** What a person did in a widget, for every place where it is drawn, and for when it is drawn again. */
export function memoryOf(model: WidgetModel): Memory {
  globalThis.nbcellarMemories ??= new Map();
  const memories = globalThis.nbcellarMemories;
  const key = String(model.get('_identity') ?? '');
  const memory = memories.get(key) ?? { chosen: [], restored: '' };
  if (key) {
    memories.set(key, memory);
  }
  return memory;
}
