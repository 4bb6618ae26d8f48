import { freshId, h } from './dom';
import { icon } from './icons';
import { RowElements } from './rowelements';
import { TreeCursor } from './treecursor';
import { TreeModel } from './treemodel';
import type { Loader, Slot, TreeItem, TreeNode } from './treenode';

export const ROW_HEIGHT = 26;
const SPARE_ROWS = 6;

export interface TreeOptions<Item extends TreeItem> {
  readonly label: string;
  readonly loading: string;
  readonly load: Loader<Item>;
  /** Asks for rows that are not in view, while those in view are on their way. */
  readonly meanwhile: (ask: () => void) => void;
  /** Fill the row: icon, name, what stands at its right end. */
  readonly draw: (item: Item, row: HTMLElement) => void;
  readonly describeError: (error: unknown) => string;
  readonly chosen: (item: Item) => void;
  /** Enter, or a double click, on a leaf. */
  readonly entered: (item: Item) => void;
}

/**
 * The tree of the ARIA Authoring Practices with virtual rows: one tab stop, the active row by
 * `aria-activedescendant`, and no more elements than fit into view.
 */
export class TreeView<Item extends TreeItem> {
  readonly element: HTMLElement;
  readonly model: TreeModel<Item>;
  private readonly _cursor: TreeCursor<Item>;
  private readonly _space = h('div', { class: 'nbcellar-tree-space', role: 'presentation' });
  private readonly _rows = new RowElements(this._space);
  private readonly _prefix = freshId();
  private _view = { from: 0, to: 0 };
  private readonly _surround = (): void => this.model.surround(this._view.from, this._view.to);
  /** The node under the button while it is down: what comes or goes meanwhile must not move it away. */
  private _pressed: TreeNode<Item> | null = null;

  constructor(private readonly _options: TreeOptions<Item>) {
    this.model = new TreeModel(_options.load, () => this._changed());
    this._cursor = new TreeCursor(this.model, {
      chosen: _options.chosen,
      entered: _options.entered,
      pageRows: () => Math.max(1, Math.floor(this.element.clientHeight / ROW_HEIGHT) - 1),
      moved: row => this._reveal(row)
    });
    this.element = h(
      'div',
      { class: 'nbcellar-tree', role: 'tree', tabindex: 0, 'aria-label': _options.label },
      this._space
    );
    this.element.addEventListener('scroll', () => this.draw(), { passive: true });
    this.element.addEventListener('keydown', event => this._key(event));
    this.element.addEventListener('mousedown', event => {
      this._pressed = this._nodeOf(event);
    });
    this.element.addEventListener('click', event => this._click(event));
    this.element.addEventListener('dblclick', event => this._doubleClick(event));
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  /** What is chosen: its preview stands beside the tree. */
  get chosen(): Item | null {
    return this._cursor.chosen?.item ?? null;
  }

  /** Ids of what is chosen and of what it lies in, outermost first. */
  get trail(): readonly string[] {
    return this._cursor.chosen ? this.model.trailOf(this._cursor.chosen).map(step => step.id) : [];
  }

  /** Whether a row that somebody moved to is still on its way. */
  get arriving(): boolean {
    return this._cursor.arriving;
  }

  /** Draw the rows in view, and ask for those that are missing. */
  draw(): void {
    const count = this.model.count;
    const active = this._cursor.row;
    this._space.style.height = `${count * ROW_HEIGHT}px`;
    const from = Math.max(0, Math.floor(this.element.scrollTop / ROW_HEIGHT) - SPARE_ROWS);
    const fits = Math.ceil(this.element.clientHeight / ROW_HEIGHT) + 2 * SPARE_ROWS;
    const to = Math.min(count, from + fits);
    this._view = { from, to };
    if (this.model.ensure(from, to)) {
      this._surround();
    } else {
      this._options.meanwhile(this._surround);
    }
    const rows = new Map<string, HTMLElement>();
    for (let at = from; at < to; at += 1) {
      const slot = this.model.at(at);
      let key = slot.node?.item?.id ?? `at ${slot.index} of ${slot.parent.item?.id ?? ''}`;
      while (rows.has(key)) {
        key += ' again'; // it came down a page while the next one was read
      }
      rows.set(key, this._row(at, slot, active));
    }
    this._rows.show(rows);
    if (active >= from && active < to) {
      this.element.setAttribute('aria-activedescendant', `${this._prefix}-${active}`);
    } else {
      this.element.removeAttribute('aria-activedescendant');
    }
  }

  /** Read everything again; what was open stays open, what was chosen stays chosen where it is still there. */
  reload(): Promise<boolean> {
    return this._cursor.reload();
  }

  /** Choose nothing, and begin at the top: what comes next is another tree. */
  forget(): void {
    this._cursor.forget();
    this.element.scrollTop = 0;
  }

  /** Open the tree along these ids, and choose the last; false where it is not there. */
  reveal(ids: readonly string[]): Promise<boolean> {
    return this._cursor.reveal(ids);
  }

  /** Choose the active row, or the nearest that is an item. */
  chooseNearest(): void {
    this._cursor.chooseNearest();
  }

  private _changed(): void {
    this._cursor.arrive();
    this.draw();
  }

  private _row(at: number, slot: Slot<Item>, active: number): HTMLElement {
    const node = slot.node;
    const row = h('div', {
      class: 'nbcellar-row',
      role: 'treeitem',
      id: `${this._prefix}-${at}`,
      'data-row': at,
      'aria-level': slot.parent.depth + 1,
      'aria-setsize': slot.parent.total ?? 1,
      'aria-posinset': slot.index + 1,
      'aria-selected': node !== null && node === this._cursor.chosen ? 'true' : 'false'
    });
    row.style.top = `${at * ROW_HEIGHT}px`;
    row.style.paddingInlineStart = `${4 + slot.parent.depth * 16}px`;
    if (at === active) {
      row.classList.add('nbcellar-active');
    }
    if (!node?.item) {
      this._fillPlaceholder(row, slot);
      return row;
    }
    if (node.item.branch) {
      row.setAttribute('aria-expanded', node.open ? 'true' : 'false');
      row.append(h('span', { class: 'nbcellar-twisty' }, icon('chevron')));
    } else {
      row.append(h('span', { class: 'nbcellar-twisty' }));
    }
    this._options.draw(node.item, row);
    return row;
  }

  private _fillPlaceholder(row: HTMLElement, slot: Slot<Item>): void {
    const error = slot.parent.error;
    row.classList.add(error === null ? 'nbcellar-loading' : 'nbcellar-failed');
    row.append(
      h('span', { class: 'nbcellar-twisty' }),
      h(
        'span',
        { class: 'nbcellar-label' },
        error === null ? this._options.loading : this._options.describeError(error)
      )
    );
  }

  private _reveal(row: number): void {
    const top = row * ROW_HEIGHT;
    const view = this.element;
    this._space.style.height = `${this.model.count * ROW_HEIGHT}px`; // else it cannot be scrolled that far yet
    if (top < view.scrollTop) {
      view.scrollTop = top;
    } else if (top + ROW_HEIGHT > view.scrollTop + view.clientHeight) {
      view.scrollTop = top + ROW_HEIGHT - view.clientHeight;
    }
    this.draw();
  }

  private _toggle(node: TreeNode<Item>): void {
    if (node.open) {
      this.model.collapse(node);
    } else {
      void this.model.expand(node);
    }
  }

  /** By the row that was hit; by place where it was drawn anew while the button was down. */
  private _nodeOf(event: MouseEvent): TreeNode<Item> | null {
    const hit = event.target instanceof Element ? event.target.closest('[data-row]') : null;
    const above = event.clientY - this._space.getBoundingClientRect().top;
    const row = Number(hit?.getAttribute('data-row') ?? Math.floor(above / ROW_HEIGHT));
    return row >= 0 && row < this.model.count ? this.model.at(row).node : null;
  }

  /** What was pressed, as it is in the tree now; what was hit, where nothing was. */
  private _hit(event: MouseEvent): TreeNode<Item> | null {
    const pressed = this._pressed;
    this._pressed = null;
    return (pressed && this.model.lookup(this.model.trailOf(pressed))) ?? this._nodeOf(event);
  }

  private _click(event: MouseEvent): void {
    const node = this._hit(event);
    if (!node) {
      return;
    }
    // the second of two clicks would close again what the first opened
    if (node.item?.branch && event.detail < 2) {
      this._toggle(node);
    }
    this._cursor.choose(node);
  }

  private _doubleClick(event: MouseEvent): void {
    const node = this._nodeOf(event);
    if (node?.item && !node.item.branch) {
      this._options.entered(node.item);
    }
  }

  private _key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    if (this._cursor.press(event.key)) {
      event.preventDefault();
      event.stopPropagation(); // else the notebook takes the key as a command
      this.draw();
    }
  }
}
