import { h } from './dom';
import { factList, factSection } from './facts';
import { visible } from './format';
import type { Words } from './host';
import type { About, Relative, Status } from './listing';

/** What a version is: when, how long, from what, with which code. */
export function aboutView(
  about: About,
  labels: readonly HTMLElement[],
  show: (relative: Relative) => void,
  words: Words
): HTMLElement {
  const view = h('div', { class: 'nbcellar-view' });
  if (about.error) {
    view.append(h('pre', { class: 'nbcellar-text nbcellar-error-text', tabindex: 0 }, about.error));
  }
  view.append(
    factList([{ name: words.__('Status'), value: statusWord(about.status, words) }, ...about.facts]),
    ...labels,
    ...factSection(words.__('Parameters'), about.params),
    ...relatives(words.__('Made from'), about.made_from, about.made_from.length, show, words),
    ...factSection(words.__('Inputs'), about.inputs),
    ...relatives(words.__('Used by'), about.used_by, about.users, show, words)
  );
  if (about.code) {
    view.append(
      h('h3', { class: 'nbcellar-heading' }, words.__('Code')),
      h('pre', { class: 'nbcellar-text', tabindex: 0, 'aria-label': words.__('Code') }, about.code)
    );
  }
  return view;
}

/** A heading with versions below, each of which leads to itself; nothing where there are none. */
function relatives(
  title: string,
  found: readonly Relative[],
  total: number,
  show: (relative: Relative) => void,
  words: Words
): readonly HTMLElement[] {
  if (found.length === 0) {
    return [];
  }
  const list = h('ul', { class: 'nbcellar-relatives', 'aria-label': title });
  for (const relative of found) {
    const link = h('button', { type: 'button', class: 'nbcellar-link' }, visible(relative.ref));
    link.addEventListener('click', () => show(relative));
    list.append(h('li', {}, link));
  }
  if (total > found.length) {
    list.append(h('li', { class: 'nbcellar-dim' }, words.__('%1 more', total - found.length)));
  }
  return [h('h3', { class: 'nbcellar-heading' }, title), list];
}

export function statusWord(status: Status, words: Words): string {
  switch (status) {
    case 'running':
      return words.__('running');
    case 'succeeded':
      return words.__('succeeded');
    case 'failed':
      return words.__('failed');
    case 'interrupted':
      return words.__('interrupted');
    case 'abandoned':
      return words.__('abandoned: its process ended without closing it');
    case 'skipped':
      return words.__('skipped');
    case 'cached':
      return words.__('taken from an earlier run');
  }
}
