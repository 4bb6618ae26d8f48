import { h } from './dom';
import { visible } from './format';
import type { Host, Words } from './host';
import type { Filter, Order } from './protocol';

/** Since when, with which tag, of which notebook, in which order. */
export class Filters {
  readonly element: HTMLElement;
  private readonly _since: HTMLSelectElement;
  private readonly _tag: HTMLSelectElement;
  private readonly _sort: HTMLSelectElement;
  private readonly _scope: HTMLSelectElement;

  constructor(
    private readonly _host: Host,
    changed: () => void
  ) {
    const words = _host.words;
    this._scope = select(words.__('Whose'), [
      ['', words.__('Whole project')],
      ['notebook', words.__('This notebook')]
    ]);
    this._since = select(words.__('Since'), sinceOptions(words));
    this._tag = select(words.__('Tag'), [['', words.__('Any tag')]]);
    this._sort = select(words.__('Sort'), sortOptions(words));
    this.element = h(
      'div',
      { class: 'nbcellar-filters', role: 'group', 'aria-label': words.__('Filters') },
      ...(_host.notebook ? [this._scope] : []),
      this._since,
      this._tag,
      this._sort
    );
    this.element.addEventListener('change', changed);
    this._sort.value = _host.defaults?.().sort ?? 'newest';
    this.adapt();
  }

  get filter(): Filter {
    return {
      since: this._since.value,
      tag: this._tag.value,
      notebook: this._scope.value ? (this._host.notebook?.() ?? '') : ''
    };
  }

  get sort(): Order {
    switch (this._sort.value) {
      case 'name':
      case 'size':
      case 'versions':
        return this._sort.value;
      default:
        return 'newest';
    }
  }

  /** Whether something is left out. */
  get active(): boolean {
    return Object.values(this.filter).some(value => value !== '');
  }

  clear(): void {
    this._scope.value = '';
    this._since.value = '';
    this._tag.value = '';
  }

  /** There is no notebook in front: then its assets cannot be asked for. */
  adapt(): void {
    const none = !this._host.notebook?.();
    this._scope.disabled = none;
    if (none) {
      this._scope.value = '';
    }
  }

  /** Offer the tags in use; the chosen one stays where it still is. */
  offer(tags: readonly string[]): void {
    const words = this._host.words;
    const chosen = this._tag.value;
    const options = tags.map(tag => h('option', { value: tag }, visible(tag)));
    this._tag.replaceChildren(h('option', { value: '' }, words.__('Any tag')), ...options);
    this._tag.value = tags.includes(chosen) ? chosen : '';
    this._tag.disabled = tags.length === 0;
  }
}

function select(label: string, options: readonly (readonly [string, string])[]): HTMLSelectElement {
  return h(
    'select',
    { class: 'nbcellar-input', 'aria-label': label, title: label },
    ...options.map(([value, text]) => h('option', { value }, text))
  );
}

function sinceOptions(words: Words): readonly (readonly [string, string])[] {
  return [
    ['', words.__('Any time')],
    ['1h', words.__('Last hour')],
    ['1d', words.__('Last day')],
    ['7d', words.__('Last 7 days')],
    ['30d', words.__('Last 30 days')]
  ];
}

function sortOptions(words: Words): readonly (readonly [Order, string])[] {
  return [
    ['newest', words.__('Newest first')],
    ['name', words.__('By name')],
    ['size', words.__('Largest first')],
    ['versions', words.__('Most versions')]
  ];
}
