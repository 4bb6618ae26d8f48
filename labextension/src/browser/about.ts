import { h } from './dom';
import { factList, factSection } from './facts';
import type { About, Status, Words } from './protocol';

/** What a version is: when, how long, from what, with which code. */
export function aboutView(about: About, labels: readonly HTMLElement[], words: Words): HTMLElement {
  const view = h('div', { class: 'nbcellar-view' });
  if (about.error) {
    view.append(h('pre', { class: 'nbcellar-text nbcellar-error-text', tabindex: 0 }, about.error));
  }
  view.append(
    factList([{ name: words.__('Status'), value: statusWord(about.status, words) }, ...about.facts]),
    ...labels,
    ...factSection(words.__('Parameters'), about.params),
    ...factSection(words.__('Inputs'), about.inputs)
  );
  if (about.code) {
    view.append(
      h('h3', { class: 'nbcellar-heading' }, words.__('Code')),
      h('pre', { class: 'nbcellar-text', tabindex: 0, 'aria-label': words.__('Code') }, about.code)
    );
  }
  return view;
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
