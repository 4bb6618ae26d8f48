/** Which rows of a lazy tree are visible, and where: no document, no network. */

export const PAGE = 500;

/** Something that can stand in the tree; `id` stays the same when the tree is read again. */
export interface TreeItem {
  readonly id: string;
  readonly branch: boolean;
}

export interface TreePage<Item extends TreeItem> {
  readonly start: number;
  readonly total: number;
  readonly rows: readonly Item[];
}

export type Loader<Item extends TreeItem> = (
  parent: Item | null,
  start: number,
  count: number
) => Promise<TreePage<Item>>;

export class TreeNode<Item extends TreeItem> {
  open = false;
  /** How many children, once known. */
  total: number | null = null;
  error: unknown = null;
  readonly children: TreeNode<Item>[] = []; // sparse
  readonly opened: TreeNode<Item>[] = []; // in order of index
  /** Pages that were asked for, by their first row; whoever asks again waits for the same answer. */
  readonly asked = new Map<number, Promise<void>>();

  constructor(
    readonly item: Item | null,
    readonly parent: TreeNode<Item> | null,
    readonly index: number
  ) {}

  get depth(): number {
    return this.parent ? this.parent.depth + 1 : 0;
  }

  /** How many rows stand below this one. */
  get rows(): number {
    if (!this.open) {
      return 0;
    }
    if (this.total === null || this.error !== null) {
      return 1; // "loading", or what went wrong
    }
    return this.opened.reduce((sum, child) => sum + child.rows, this.total);
  }
}

/** One visible row: a node, or the place of one that is not here yet. */
export interface Slot<Item extends TreeItem> {
  readonly parent: TreeNode<Item>;
  readonly index: number;
  readonly node: TreeNode<Item> | null;
}

export class TreeModel<Item extends TreeItem> {
  root: TreeNode<Item>;
  private _generation = 0;

  constructor(
    private readonly _load: Loader<Item>,
    private readonly _changed: () => void
  ) {
    this.root = new TreeNode<Item>(null, null, 0);
    this.root.open = true;
  }

  /** How many rows are visible, loaded or not. */
  get count(): number {
    return this.root.rows;
  }

  /** What stands at a visible row. */
  at(row: number): Slot<Item> {
    let parent = this.root;
    let rest = row;
    for (;;) {
      const inside = this._childHolding(parent, rest);
      if (inside === null) {
        break;
      }
      parent = inside.child;
      rest = inside.rest;
    }
    const index = rest - this._rowsOpenedBefore(parent, rest);
    return { parent, index, node: parent.children[index] ?? null };
  }

  /** The visible row of a node, or -1 where a parent is closed. */
  rowOf(node: TreeNode<Item>): number {
    let row = -1;
    let here: TreeNode<Item> = node;
    while (here.parent) {
      const parent: TreeNode<Item> = here.parent;
      if (!parent.open || parent.children[here.index] !== here) {
        return -1;
      }
      const index = here.index;
      row += 1 + index;
      for (const child of parent.opened) {
        if (child.index < index) {
          row += child.rows;
        }
      }
      here = parent;
    }
    return row;
  }

  /** Ask for what is missing between two visible rows. */
  ensure(from: number, to: number): void {
    for (let row = from; row < Math.min(to, this.count); row += 1) {
      const slot = this.at(row);
      if (slot.node === null && slot.parent.error === null) {
        void this._fetch(slot.parent, slot.index);
      }
    }
  }

  async expand(node: TreeNode<Item>): Promise<void> {
    if (!node.item?.branch || node.open) {
      return;
    }
    node.open = true;
    const opened = node.parent?.opened;
    if (opened) {
      opened.push(node);
      opened.sort((a, b) => a.index - b.index);
    }
    this._changed();
    if (node.total === null || node.error !== null) {
      node.asked.clear();
      node.error = null;
      await this._fetch(node, 0);
    }
  }

  collapse(node: TreeNode<Item>): void {
    const opened = node.parent?.opened;
    if (!node.open || !opened) {
      return;
    }
    node.open = false;
    opened.splice(opened.indexOf(node), 1);
    this._changed();
  }

  /** A child by its id, asked for page by page, first where it was; null where there is none. */
  async find(
    parent: TreeNode<Item>,
    id: string,
    hint = 0,
    pages = Number.POSITIVE_INFINITY
  ): Promise<TreeNode<Item> | null> {
    const first = Math.floor(hint / PAGE) * PAGE;
    await this._fetch(parent, first);
    for (let read = 0, start = 0; read <= pages && start < (parent.total ?? 0); read += 1, start += PAGE) {
      const found = here(parent, id, read === 0 ? first : start);
      if (found) {
        return found;
      }
      await this._fetch(parent, start);
      const next = here(parent, id, start);
      if (next || parent.error !== null) {
        return next;
      }
    }
    return null;
  }

  /** Read everything again, and open again what is open; until that is here, the tree stays as it is. */
  async reload(): Promise<void> {
    this._generation += 1;
    const generation = this._generation;
    const fresh = new TreeNode<Item>(null, null, 0);
    fresh.open = true;
    await this._fetch(fresh, 0);
    let open = new Set<string>();
    let now = this._openIds(this.root);
    while (generation === this._generation && [...now].some(id => !open.has(id))) {
      open = now;
      await this._reopen(fresh, open);
      now = this._openIds(this.root); // somebody may have opened more meanwhile
    }
    if (generation === this._generation) {
      this.root = fresh;
      this._changed();
    }
  }

  private _openIds(node: TreeNode<Item>): Set<string> {
    const ids = new Set<string>();
    for (const child of node.opened) {
      if (child.item) {
        ids.add(child.item.id);
      }
      for (const id of this._openIds(child)) {
        ids.add(id);
      }
    }
    return ids;
  }

  private async _reopen(parent: TreeNode<Item>, ids: ReadonlySet<string>): Promise<void> {
    for (const child of [...parent.children]) {
      if (child?.item && ids.has(child.item.id)) {
        await this.expand(child);
        await this._reopen(child, ids);
      }
    }
  }

  private _fetch(parent: TreeNode<Item>, index: number): Promise<void> {
    const start = Math.floor(index / PAGE) * PAGE;
    const asked = parent.asked.get(start);
    if (asked) {
      return asked;
    }
    const answer = this._read(parent, start);
    parent.asked.set(start, answer);
    return answer;
  }

  private async _read(parent: TreeNode<Item>, start: number): Promise<void> {
    try {
      const page = await this._load(parent.item, start, PAGE);
      parent.total = page.total;
      page.rows.forEach((item, place) => {
        const at = page.start + place;
        parent.children[at] = new TreeNode<Item>(item, parent, at);
      });
    } catch (error) {
      parent.error = error;
    }
    this._changed();
  }

  private _childHolding(parent: TreeNode<Item>, row: number): { child: TreeNode<Item>; rest: number } | null {
    let before = 0;
    for (const child of parent.opened) {
      const at = child.index + before;
      if (row <= at) {
        return null;
      }
      if (row <= at + child.rows) {
        return { child, rest: row - at - 1 };
      }
      before += child.rows;
    }
    return null;
  }

  private _rowsOpenedBefore(parent: TreeNode<Item>, row: number): number {
    let before = 0;
    for (const child of parent.opened) {
      if (child.index + before >= row) {
        break;
      }
      before += child.rows;
    }
    return before;
  }
}

function here<Item extends TreeItem>(parent: TreeNode<Item>, id: string, start: number): TreeNode<Item> | null {
  return parent.children.slice(start, start + PAGE).find(child => child?.item?.id === id) ?? null;
}
