import { freshId, h } from './dom';
import { icon } from './icons';
import { rowAfter } from './treekeys';
import { type Slot, type TreeItem, TreeModel, type TreeNode, type TreePage } from './treemodel';

export const ROW_HEIGHT = 26;
const SPARE_ROWS = 6;
// after a reading, so many pages are looked through for what was chosen
const NEARBY_PAGES = 3;
const TRIES = 8;

export interface TreeOptions<Item extends TreeItem> {
  readonly label: string;
  readonly loading: string;
  readonly load: (parent: Item | null, start: number, count: number) => Promise<TreePage<Item>>;
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
  private readonly _space = h('div', { class: 'nbcellar-tree-space', role: 'presentation' });
  private readonly _prefix = freshId();
  private _active = 0;
  private _chosen: TreeNode<Item> | null = null;

  constructor(private readonly _options: TreeOptions<Item>) {
    this.model = new TreeModel(_options.load, () => this.draw());
    this.element = h(
      'div',
      { class: 'nbcellar-tree', role: 'tree', tabindex: 0, 'aria-label': _options.label },
      this._space
    );
    this.element.addEventListener('scroll', () => this.draw(), { passive: true });
    this.element.addEventListener('keydown', event => this._key(event));
    this.element.addEventListener('click', event => this._click(event));
    this.element.addEventListener('dblclick', event => this._doubleClick(event));
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  /** What is chosen: its preview stands beside the tree. */
  get chosen(): Item | null {
    return this._chosen?.item ?? null;
  }

  /** Draw the rows in view, and ask for those that are missing. */
  draw(): void {
    const count = this.model.count;
    this._active = Math.max(0, Math.min(this._active, count - 1));
    this._space.style.height = `${count * ROW_HEIGHT}px`;
    const from = Math.max(0, Math.floor(this.element.scrollTop / ROW_HEIGHT) - SPARE_ROWS);
    const fits = Math.ceil(this.element.clientHeight / ROW_HEIGHT) + 2 * SPARE_ROWS;
    const to = Math.min(count, from + fits);
    this.model.ensure(from, to);
    const rows: HTMLElement[] = [];
    for (let at = from; at < to; at += 1) {
      rows.push(this._row(at, this.model.at(at)));
    }
    this._space.replaceChildren(...rows);
    if (rows.length > 0 && this._active >= from && this._active < to) {
      this.element.setAttribute('aria-activedescendant', `${this._prefix}-${this._active}`);
    } else {
      this.element.removeAttribute('aria-activedescendant');
    }
  }

  /** Read everything again; what was open stays open, what was chosen stays chosen where it is still there. */
  async reload(): Promise<void> {
    await this.model.reload();
    const trail: { readonly id: string; readonly index: number }[] = [];
    for (let node = this._chosen; node?.item; node = node.parent) {
      trail.unshift({ id: node.item.id, index: node.index });
    }
    this._chosen = trail.length > 0 ? await this._follow(trail, NEARBY_PAGES) : null;
    const row = this._chosen ? this.model.rowOf(this._chosen) : -1;
    if (row >= 0) {
      this._active = row;
    }
    this.draw();
  }

  /** Choose nothing, and begin at the top: what comes next is another tree. */
  forget(): void {
    this._chosen = null;
    this._active = 0;
    this.element.scrollTop = 0;
  }

  /** Open the tree along these ids, and choose the last; false where it is not there. */
  async reveal(ids: readonly string[]): Promise<boolean> {
    const trail = ids.map(id => ({ id, index: 0 }));
    for (let tries = 0; tries < TRIES; tries += 1) {
      const root = this.model.root;
      const node = await this._follow(trail, Number.POSITIVE_INFINITY);
      if (root !== this.model.root) {
        continue; // another reading took the tree's place meanwhile
      }
      const row = node ? this.model.rowOf(node) : -1;
      if (node && row >= 0) {
        this._choose(node, row);
      }
      return row >= 0;
    }
    return false;
  }

  private async _follow(
    trail: readonly { readonly id: string; readonly index: number }[],
    pages: number
  ): Promise<TreeNode<Item> | null> {
    let node = this.model.root;
    for (const [place, { id, index }] of trail.entries()) {
      const next = await this.model.find(node, id, index, pages);
      if (next === null) {
        return null;
      }
      node = next;
      if (place < trail.length - 1) {
        await this.model.expand(node);
      }
    }
    return node;
  }

  /** Choose the first row that is an item, where nothing is chosen. */
  chooseFirst(): void {
    const node = this.model.count > 0 ? this.model.at(0).node : null;
    if (node) {
      this._choose(node, 0);
    }
  }

  private _row(at: number, slot: Slot<Item>): HTMLElement {
    const node = slot.node;
    const row = h('div', {
      class: 'nbcellar-row',
      role: 'treeitem',
      id: `${this._prefix}-${at}`,
      'data-row': at,
      'aria-level': slot.parent.depth + 1,
      'aria-setsize': slot.parent.total ?? 1,
      'aria-posinset': slot.index + 1,
      'aria-selected': node !== null && node === this._chosen ? 'true' : 'false'
    });
    row.style.top = `${at * ROW_HEIGHT}px`;
    row.style.paddingInlineStart = `${4 + slot.parent.depth * 16}px`;
    if (at === this._active) {
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

  private _choose(node: TreeNode<Item>, row: number): void {
    this._active = row;
    const other = this._chosen !== node;
    this._chosen = node;
    this._reveal(row);
    this.draw();
    if (other && node.item) {
      this._options.chosen(node.item);
    }
  }

  private _move(row: number): void {
    const at = Math.max(0, Math.min(row, this.model.count - 1));
    this._active = at;
    this._reveal(at);
    const node = this.model.count > 0 ? this.model.at(at).node : null;
    if (node) {
      this._choose(node, at);
    } else {
      this.draw();
    }
  }

  private _reveal(row: number): void {
    const top = row * ROW_HEIGHT;
    const view = this.element;
    if (top < view.scrollTop) {
      view.scrollTop = top;
    } else if (top + ROW_HEIGHT > view.scrollTop + view.clientHeight) {
      view.scrollTop = top + ROW_HEIGHT - view.clientHeight;
    }
  }

  private _toggle(node: TreeNode<Item>): void {
    if (node.open) {
      this.model.collapse(node);
    } else {
      void this.model.expand(node);
    }
  }

  /** By the row that was hit; by place where it was drawn anew while the button was down. */
  private _nodeOf(event: MouseEvent): { node: TreeNode<Item>; row: number } | null {
    const hit = event.target instanceof Element ? event.target.closest('[data-row]') : null;
    const above = event.clientY - this._space.getBoundingClientRect().top;
    const row = Number(hit?.getAttribute('data-row') ?? Math.floor(above / ROW_HEIGHT));
    const node = row >= 0 && row < this.model.count ? this.model.at(row).node : null;
    return node ? { node, row } : null;
  }

  private _click(event: MouseEvent): void {
    const hit = this._nodeOf(event);
    if (!hit) {
      return;
    }
    if (hit.node.item?.branch) {
      this._toggle(hit.node);
    }
    this._choose(hit.node, hit.row);
  }

  private _doubleClick(event: MouseEvent): void {
    const hit = this._nodeOf(event);
    if (!hit?.node.item) {
      return;
    }
    if (!hit.node.item.branch) {
      this._options.entered(hit.node.item);
    }
  }

  private _key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    const node = this.model.count > 0 ? this.model.at(this._active).node : null;
    if (this._moved(event.key, node)) {
      event.preventDefault();
      event.stopPropagation(); // else the notebook takes the key as a command
    }
  }

  private _moved(key: string, node: TreeNode<Item> | null): boolean {
    const page = Math.max(1, Math.floor(this.element.clientHeight / ROW_HEIGHT) - 1);
    const row = rowAfter(key, this._active, this.model.count, page);
    if (row !== null) {
      this._move(row);
      return true;
    }
    switch (key) {
      case 'ArrowRight':
        this._inward(node);
        return true;
      case 'ArrowLeft':
        this._outward(node);
        return true;
      case 'Enter':
      case ' ':
        this._enter(node);
        return true;
      default:
        return false;
    }
  }

  private _inward(node: TreeNode<Item> | null): void {
    if (!node?.item?.branch) {
      return;
    }
    if (node.open) {
      this._move(this._active + 1);
    } else {
      void this.model.expand(node);
    }
  }

  private _outward(node: TreeNode<Item> | null): void {
    if (node?.open) {
      this.model.collapse(node);
    } else if (node?.parent?.item) {
      this._move(this.model.rowOf(node.parent));
    }
  }

  private _enter(node: TreeNode<Item> | null): void {
    if (!node?.item) {
      return;
    }
    this._choose(node, this._active);
    if (node.item.branch) {
      this._toggle(node);
    } else {
      this._options.entered(node.item);
    }
  }
}
