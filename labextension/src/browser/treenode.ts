/** What a lazy tree is made of. */

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

/** Reads a page: from a row on, or the one that holds a child of this id, wherever that is. */
export type Loader<Item extends TreeItem> = (
  parent: Item | null,
  start: number,
  count: number,
  holding: string | null
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

/** The way to a place by what outlives a reading: each step's id, and where it was. */
export type Trail = readonly Step[];

export interface Step {
  readonly id: string;
  readonly index: number;
}

/** One visible row: a node, or the place of one that is not here yet. */
export interface Slot<Item extends TreeItem> {
  readonly parent: TreeNode<Item>;
  readonly index: number;
  readonly node: TreeNode<Item> | null;
}
