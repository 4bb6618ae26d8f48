import { button, h } from './dom';
import { visible } from './format';
import type { Words } from './host';
import { explain } from './statusline';
import { plainView, type View } from './views';

/** Why there is nothing in the tree. */
export interface Emptiness {
  readonly why: 'trash' | 'search' | 'filters' | 'nothing';
  readonly searched: string;
  /** Shows everything again. */
  readonly clear: () => void;
}

/** What stands in the pane where the tree is empty: why, and what to do. */
export function emptyView({ why, searched, clear }: Emptiness, words: Words): View {
  switch (why) {
    case 'trash':
      return plainView('', '', h('p', { class: 'nbcellar-note' }, words.__('The trash is empty.')));
    case 'search':
      return leftOut(words.__('No name holds “%1”.', visible(searched)), clear, words);
    case 'filters':
      return leftOut(words.__('Nothing passes these filters.'), clear, words);
    case 'nothing': {
      const text = words.__('Nothing is saved here yet. Put this line above a cell that writes files, and run it:');
      return plainView('', '', h('div', { class: 'nbcellar-empty' }, h('p', {}, text), h('code', {}, '%%task NAME')));
    }
  }
}

function leftOut(text: string, clear: () => void, words: Words): View {
  const all = button(words.__('Show everything'), clear);
  return plainView('', '', h('div', { class: 'nbcellar-empty' }, h('p', {}, text), h('p', {}, all)));
}

/** What stands in the pane where nothing could be read. */
export function failureView(failure: unknown, again: () => void, words: Words): View {
  const retry = button(words.__('Try again'), again);
  return plainView('', '', h('div', { class: 'nbcellar-view' }, explain(failure, words), h('p', {}, retry)));
}
