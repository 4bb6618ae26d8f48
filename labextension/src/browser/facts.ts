import { h } from './dom';
import { visible } from './format';
import type { Fact } from './listing';

/** Names and values as a description list. */
export function factList(facts: readonly Fact[]): HTMLElement {
  const list = h('dl', { class: 'nbcellar-facts' });
  for (const fact of facts) {
    list.append(h('dt', {}, visible(fact.name)), h('dd', {}, visible(fact.value)));
  }
  return list;
}

/** A heading with facts below, or nothing where there are none. */
export function factSection(title: string, facts: readonly Fact[]): readonly HTMLElement[] {
  return facts.length === 0 ? [] : [h('h3', { class: 'nbcellar-heading' }, title), factList(facts)];
}
