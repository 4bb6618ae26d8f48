import { h } from './dom';
import type { Host } from './host';

/** Every key and what it does. */
export function helpView(host: Host): HTMLElement {
  const words = host.words;
  const keys: (readonly [string, string])[] = [
    ['↑ ↓', words.__('to the row above or below')],
    ['→', words.__('open, then into it')],
    ['←', words.__('close, then out of it')],
    ['Home End PgUp PgDn', words.__('to the first or last row, a page up or down')],
    ['Enter', words.__('open; on a file, into its preview')],
    ['r', words.__('restore, or put back from the trash')],
    ['d', words.__('compare with another version')],
    ['c', words.__('copy the code that gets it')],
    ['f', words.__('show the preview as large as the page; Escape goes back')],
    ['z', words.__('download, as a zip file where there are several files')],
    ['l', words.__('give an alias, a tag or a note')],
    ['Delete', words.__('move to the trash')],
    ['/', words.__('search; Escape goes back to the tree')],
    ['?', words.__('this list')]
  ];
  if (host.open) {
    keys.splice(5, 0, ['o', words.__('open the file with what JupyterLab has for it')]);
  }
  if (host.link) {
    keys.splice(-5, 0, ['u', words.__('copy the address under which JupyterLab shows it')]);
  }
  const list = h('dl', { class: 'nbcellar-facts' });
  for (const [key, text] of keys) {
    list.append(h('dt', {}, h('kbd', {}, key)), h('dd', {}, text));
  }
  return h('div', { class: 'nbcellar-view' }, list);
}
