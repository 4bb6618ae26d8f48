import { h } from './dom';
import { visible } from './format';

/** A field that searches. */
export function searchField(label: string): HTMLInputElement {
  return h('input', {
    type: 'search',
    class: 'nbcellar-input nbcellar-search',
    placeholder: label,
    'aria-label': label,
    spellcheck: 'false'
  });
}

/** `train@4 › plots › loss.png`. */
export function crumbs(path: string): Node[] {
  const nodes: Node[] = [];
  path.split('/').forEach((part, place) => {
    if (place > 0) {
      nodes.push(h('span', { class: 'nbcellar-sep', 'aria-hidden': 'true' }, '›'));
    }
    nodes.push(h('bdi', {}, visible(part)));
  });
  return nodes;
}
