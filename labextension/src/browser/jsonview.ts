import { h } from './dom';
import type { Words } from './host';
import { icon } from './icons';

const SHOWN = 200;

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A JSON value as a tree that opens level by level. */
export function jsonView(value: Json, words: Words): HTMLElement {
  const box = h('div', { class: 'nbcellar-json', tabindex: 0, role: 'group', 'aria-label': words.__('JSON') });
  box.append(level(null, value, words, true));
  return box;
}

function level(name: string | null, value: Json, words: Words, open: boolean): HTMLElement {
  const children = childrenOf(value);
  const label = h('span', { class: 'nbcellar-json-name' }, name === null ? '' : `${name}: `);
  if (children === null) {
    return h('div', { class: 'nbcellar-json-leaf' }, label, leaf(value));
  }
  const count = Array.isArray(value)
    ? words._n('%1 item', '%1 items', children.length)
    : words._n('%1 key', '%1 keys', children.length);
  const opener = h(
    'button',
    { type: 'button', class: 'nbcellar-json-open', 'aria-expanded': 'false' },
    icon('chevron'),
    label,
    h('span', { class: 'nbcellar-dim' }, count)
  );
  const box = h('div', {}, opener);
  let inside: HTMLElement | null = null;
  const toggle = (): void => {
    if (inside === null) {
      inside = h('div', { class: 'nbcellar-json-inside' });
      fill(inside, children, 0, words);
      box.append(inside);
      opener.setAttribute('aria-expanded', 'true');
    } else {
      inside.remove();
      inside = null;
      opener.setAttribute('aria-expanded', 'false');
    }
  };
  opener.addEventListener('click', toggle);
  if (open) {
    toggle();
  }
  return box;
}

function fill(box: HTMLElement, children: readonly (readonly [string, Json])[], from: number, words: Words): void {
  for (const [name, value] of children.slice(from, from + SHOWN)) {
    box.append(level(name, value, words, false));
  }
  const rest = children.length - from - SHOWN;
  if (rest > 0) {
    const more = h('button', { type: 'button', class: 'nbcellar-link' }, words.__('%1 more', rest));
    more.addEventListener('click', () => {
      more.remove();
      fill(box, children, from + SHOWN, words);
    });
    box.append(more);
  }
}

function childrenOf(value: Json): readonly (readonly [string, Json])[] | null {
  if (value === null || typeof value !== 'object') {
    return null;
  }
  return Object.entries(value);
}

function leaf(value: Json): HTMLElement {
  const kind = value === null ? 'null' : typeof value;
  return h('span', { class: `nbcellar-json-${kind}` }, JSON.stringify(value));
}
