import { rowAfter } from './treekeys';
import type { TreeModel } from './treemodel';
import type { Trail, TreeItem, TreeNode } from './treenode';

export interface CursorOptions<Item extends TreeItem> {
  readonly chosen: (item: Item) => void;
  /** Enter on a leaf. */
  readonly entered: (item: Item) => void;
  /** How many rows a page up or down is. */
  readonly pageRows: () => number;
  /** Another row is active or chosen: bring it into view. */
  readonly moved: (row: number) => void;
}

const KEYS: ReadonlySet<string> = new Set([
  'ArrowDown',
  'ArrowUp',
  'ArrowRight',
  'ArrowLeft',
  'Home',
  'End',
  'PageDown',
  'PageUp',
  'Enter',
  ' '
]);
const TRIES = 8;

/**
 * Which row of a lazy tree is active and which is chosen. Both are places, not numbers of rows, so that nothing that
 * comes or goes above them moves them; and a key that needs a row that is not here yet waits for it.
 */
export class TreeCursor<Item extends TreeItem> {
  private _parent: TreeNode<Item>;
  private _index = 0;
  private _chosen: TreeNode<Item> | null = null;
  /** The active row is to be chosen as soon as it is here. */
  private _arriving = false;
  private _waiting: string[] = [];

  constructor(
    private readonly _model: TreeModel<Item>,
    private readonly _options: CursorOptions<Item>
  ) {
    this._parent = _model.root;
  }

  /** The active row; -1 where there is none. */
  get row(): number {
    if (this._failed) {
      return 0; // the one that says so
    }
    this._settle();
    return this._model.count > 0 ? this._model.rowAt(this._parent, this._index) : -1;
  }

  /** The node at the active row, where it is loaded. */
  get node(): TreeNode<Item> | null {
    this._settle();
    return this._parent.children[this._index] ?? null;
  }

  /** What is chosen, also while nothing can be read: it is chosen again when it is back. */
  get chosen(): TreeNode<Item> | null {
    return this._chosen;
  }

  /** Whether a row that somebody moved to is still on its way. */
  get arriving(): boolean {
    return this._arriving || this._waiting.length > 0;
  }

  /** Choose nothing, and begin at the top: what comes next is another tree. */
  forget(): void {
    this._chosen = null;
    this._rest(this._model.root, 0);
  }

  /** Choose a node, wherever it is; what was typed before is for another. */
  choose(node: TreeNode<Item>): void {
    this._waiting = [];
    this._take(node);
  }

  /** Choose the row that is active, or the nearest that is an item. */
  chooseNearest(): void {
    const node = this.node ?? (this._model.count > 0 ? this._model.at(0).node : null);
    if (node) {
      this._take(node);
    }
  }

  /** Do what a key means, now or when the row that it needs is here; false where it means nothing. */
  press(key: string): boolean {
    if (!KEYS.has(key)) {
      return false;
    }
    if (this._failed) {
      return true;
    }
    if (this._waiting.length > 0 || this._mustWait(key)) {
      this._waiting.push(key);
    } else {
      this._act(key);
    }
    return true;
  }

  /** Rows came: choose what was waited for, and do what was typed meanwhile. */
  arrive(): void {
    const node = this.node;
    if (this._parent.error !== null) {
      this._rest(this._parent, this._index);
    } else if (this._arriving && node) {
      this._take(node);
    }
    for (let key = this._waiting[0]; key !== undefined && !this._mustWait(key); key = this._waiting[0]) {
      this._waiting.shift();
      this._act(key);
    }
  }

  /** Read everything again: what was chosen stays chosen where it is still there, and the active row active. */
  reload(): Promise<boolean> {
    return this._model.reload({ trails: () => this._trails(), swapped: () => this._adopt() });
  }

  /** Open the tree along these ids, and choose the last; false where it is not there. */
  async reveal(ids: readonly string[]): Promise<boolean> {
    const trail = ids.map(id => ({ id, index: 0 }));
    for (let tries = 0; tries < TRIES; tries += 1) {
      const root = this._model.root;
      const node = await this._model.follow(trail);
      if (root !== this._model.root) {
        continue; // another reading took the tree's place meanwhile
      }
      if (!node || this._model.rowOf(node) < 0) {
        return false;
      }
      this.choose(node);
      return true;
    }
    return false;
  }

  /** Nothing could be read: the places are those of the tree before, until it is read again. */
  private get _failed(): boolean {
    return this._model.root.error !== null;
  }

  private _rest(parent: TreeNode<Item>, index: number): void {
    this._parent = parent;
    this._index = index;
    this._arriving = false;
    this._waiting = [];
  }

  private _take(node: TreeNode<Item>): void {
    if (!node.parent || !node.item) {
      return;
    }
    this._parent = node.parent;
    this._index = node.index;
    this._arriving = false;
    this._chosen = node;
    this._options.moved(this.row);
    this._options.chosen(node.item);
  }

  /** Out of what was closed or is empty, to the row that is seen instead. */
  private _settle(): void {
    for (let here: TreeNode<Item> | null = this._parent; here?.parent; here = here.parent) {
      if (!here.open || here.rows === 0) {
        this._parent = here.parent;
        this._index = here.index;
        this._arriving = false; // what is waiting goes on from the folder itself
      }
    }
    const last = Math.max(0, (this._parent.error === null ? (this._parent.total ?? 1) : 1) - 1);
    this._index = Math.max(0, Math.min(this._index, last));
  }

  private _trails(): Trail[] {
    const parent = this._model.trailOf(this._parent);
    const active = this.node;
    return [active ? this._model.trailOf(active) : parent, this._chosen ? this._model.trailOf(this._chosen) : []];
  }

  /** The same places in the tree that was just read; the old nodes know their own way. */
  private _adopt(): void {
    const model = this._model;
    if (this._failed) {
      this._rest(this._parent, this._index);
      return;
    }
    const old = this._parent.children[this._index] ?? null;
    const active = old ? model.lookup(model.trailOf(old)) : null;
    const wasChosen = old !== null && old === this._chosen;
    this._chosen = this._chosen ? this._kept(this._chosen) : null;
    if (active?.parent) {
      this._parent = active.parent;
      this._index = active.index;
      return;
    }
    // the nearest of its folders that is still there
    let parent: TreeNode<Item> | null = null;
    let index = this._index;
    for (let here: TreeNode<Item> | null = this._parent; here && !parent; here = here.parent) {
      parent = model.lookup(model.trailOf(here));
      index = parent ? index : here.index;
    }
    this._parent = parent ?? model.root;
    this._index = index;
    if (wasChosen) {
      this._arriving = false;
    }
  }

  /** What was chosen, as it is now; as it was, while that cannot be read; null where it is gone. */
  private _kept(chosen: TreeNode<Item>): TreeNode<Item> | null {
    const trail = this._model.trailOf(chosen);
    return this._model.lookup(trail) ?? (this._model.isUnreadable(trail) ? chosen : null);
  }

  private _mustWait(key: string): boolean {
    const { error, total } = this._parent;
    if (this.node !== null || error !== null) {
      return false;
    }
    switch (key) {
      case 'ArrowRight':
      case 'Enter':
      case ' ':
        return total !== 0;
      case 'ArrowDown':
      case 'PageDown':
      case 'End':
        return total === null; // nobody knows yet what comes next
      default:
        return false;
    }
  }

  private _act(key: string): void {
    const row = this.row;
    if (row < 0) {
      return;
    }
    const to = rowAfter(key, row, this._model.count, this._options.pageRows());
    if (to !== null) {
      this._move(to);
      return;
    }
    const node = this.node;
    switch (key) {
      case 'ArrowRight':
        this._inward(node);
        return;
      case 'ArrowLeft':
        this._outward(node);
        return;
      default:
        this._enter(node);
    }
  }

  private _move(row: number): void {
    const at = Math.max(0, Math.min(row, this._model.count - 1));
    const slot = this._model.at(at);
    if (slot.node) {
      this._take(slot.node);
    } else {
      this._parent = slot.parent;
      this._index = slot.index;
      this._arriving = slot.parent.error === null;
      this._options.moved(at);
    }
  }

  private _inward(node: TreeNode<Item> | null): void {
    if (!node?.item?.branch) {
      return;
    }
    if (!node.open) {
      void this._model.expand(node);
    } else if (node.rows > 0) {
      this._move(this.row + 1);
    }
  }

  private _outward(node: TreeNode<Item> | null): void {
    if (node?.open) {
      this._model.collapse(node);
    } else if (this._parent.item) {
      this._take(this._parent);
    }
  }

  private _enter(node: TreeNode<Item> | null): void {
    if (!node?.item) {
      return;
    }
    this._take(node);
    if (!node.item.branch) {
      this._options.entered(node.item);
    } else if (node.open) {
      this._model.collapse(node);
    } else {
      void this._model.expand(node);
    }
  }
}
