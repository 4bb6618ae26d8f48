import { h } from './dom';
import { size, visible } from './format';
import type { Words } from './host';
import type { Usage } from './outcomes';

/** What each name holds on disk, and how to make room. */
export function usageView(usage: Usage, words: Words): HTMLElement {
  const head = h(
    'tr',
    {},
    ...[words.__('Name'), words.__('Assets'), words.__('Holds'), words.__('Alone')].map((title, place) =>
      h('th', place === 0 ? { scope: 'col' } : { scope: 'col', class: 'nbcellar-number' }, title)
    )
  );
  const body = h('tbody');
  for (const row of usage.rows) {
    const numbers = [String(row.assets), size(row.size_bytes), size(row.own_bytes)];
    body.append(
      h(
        'tr',
        {},
        h('th', { scope: 'row', class: 'nbcellar-name-cell' }, visible(row.name)),
        ...numbers.map(text => h('td', { class: 'nbcellar-number' }, text))
      )
    );
  }
  const table = h('table', {}, h('thead', {}, head), body);
  return h(
    'div',
    { class: 'nbcellar-view' },
    h(
      'p',
      { class: 'nbcellar-prose' },
      words.__('%1 of different contents, %2 on disk.', size(usage.content_bytes), size(usage.stored_bytes))
    ),
    h(
      'p',
      { class: 'nbcellar-note' },
      words._n(
        '%1 version is in the trash (%2).',
        '%1 versions are in the trash (%2).',
        usage.trash,
        size(usage.trash_bytes)
      ),
      ' ',
      words.__('“Alone” is what removing all of a name would free. To make room, run:'),
      ' ',
      h('code', {}, 'nbcellar gc'),
      ' ',
      words.__('or'),
      ' ',
      h('code', {}, 'nbcellar free 1GB')
    ),
    h('div', { class: 'nbcellar-table', tabindex: 0, role: 'group', 'aria-label': words.__('Disk use') }, table)
  );
}
