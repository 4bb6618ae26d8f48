/** Which rows of a lazy tree are visible, and where: no document, no network. */

import { type Loader, type Slot, type Step, type Trail, type TreeItem, TreeNode, type TreePage } from './treenode';
import { rowAt, slotAt } from './treerows';

/** About a screen of rows: a larger page takes its time on the way, and most of it is never looked at. */
export const PAGE = 50;

/** What has to be found again in what is read anew. */
export interface Keeper {
  readonly trails: () => readonly Trail[];
  /** The new tree is there; called before anything is drawn. */
  readonly swapped: () => void;
}

export class TreeModel<Item extends TreeItem> {
  root: TreeNode<Item>;
  private _generation = 0;
  /** What was open below what could not be read since: it is open again when it is back. */
  private _lost: ReadonlySet<string> = new Set();

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
    return slotAt(this.root, row);
  }

  /** The visible row of a node, or -1 where a parent is closed. */
  rowOf(node: TreeNode<Item>): number {
    const parent = node.parent;
    return parent && parent.children[node.index] === node ? this.rowAt(parent, node.index) : -1;
  }

  /** The visible row of a place, loaded or not; -1 where a parent is closed, or is of a tree that was read before. */
  rowAt(parent: TreeNode<Item>, index: number): number {
    return rowAt(this.root, parent, index);
  }

  /** How to find a node again. */
  trailOf(node: TreeNode<Item>): Trail {
    const trail: Step[] = [];
    for (let here: TreeNode<Item> | null = node; here?.item; here = here.parent) {
      trail.unshift({ id: here.item.id, index: here.index });
    }
    return trail;
  }

  /** The node at the end of a trail, as far as it is loaded; null where it is not. */
  lookup(trail: Trail): TreeNode<Item> | null {
    let node: TreeNode<Item> | null = this.root;
    for (const { id, index } of trail) {
      node = node
        ? (here(node, id, pageOf(index)) ?? node.children.find(child => child?.item?.id === id) ?? null)
        : null;
    }
    return node;
  }

  /** Whether nobody can say what is at the end of a trail, since something on the way could not be read. */
  isUnreadable(trail: Trail): boolean {
    return trail.some((_, length) => {
      const node = this.lookup(trail.slice(0, length));
      return node !== null && node.error !== null;
    });
  }

  /** Open the tree along a trail, and read the pages in which its steps may be; null where one is not there. */
  async follow(trail: Trail): Promise<TreeNode<Item> | null> {
    let node = this.root;
    for (const [place, { id, index }] of trail.entries()) {
      const next = await this.find(node, id, index);
      if (next === null) {
        return null;
      }
      node = next;
      if (place < trail.length - 1) {
        await this.expand(node);
      }
    }
    return node;
  }

  /** Ask for as many rows above and below two visible ones as lie between them, and no less than a page. */
  surround(from: number, to: number): void {
    const around = Math.max(PAGE, to - from);
    this.ensure(Math.max(0, from - around), from);
    this.ensure(to, to + around);
  }

  /** Whether everything between two visible rows is here; what is not is asked for, each folder's rows at once. */
  ensure(from: number, to: number): boolean {
    const missing = new Map<TreeNode<Item>, { first: number; last: number }>();
    for (let row = from; row < Math.min(to, this.count); row += 1) {
      const { node, parent, index } = this.at(row);
      const unread = parent === this.root && parent.total === null; // the first reading brings its rows
      if (node === null && parent.error === null && !unread) {
        missing.set(parent, { first: missing.get(parent)?.first ?? index, last: index });
      }
    }
    for (const [parent, { first, last }] of missing) {
      void this._fetch(parent, first, last);
    }
    return missing.size === 0;
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
    if (node.error !== null) {
      node.asked.clear();
      node.error = null;
    }
    // asked for before it is drawn, since drawing asks too: rows that came twice would be other nodes
    const answer = this._fetch(node, 0);
    this._changed();
    await answer;
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

  /** A child by its id, first where it was, then on the page that whoever lists them names; null where there is none. */
  async find(parent: TreeNode<Item>, id: string, hint = 0): Promise<TreeNode<Item> | null> {
    const first = pageOf(hint);
    await this._fetch(parent, first);
    const found = here(parent, id, first);
    if (found || parent.error !== null || (parent.total ?? 0) <= PAGE) {
      return found;
    }
    const start = await this._readHolding(parent, id);
    return start === null ? null : here(parent, id, start);
  }

  /**
   * Read everything again, and open again what is open; until that is here, the tree stays as it is, and what somebody
   * opens, closes or chooses in it meanwhile counts. False where a later reading took this one's place.
   */
  async reload(keeper: Keeper = { trails: () => [], swapped: () => undefined }): Promise<boolean> {
    this._generation += 1;
    const generation = this._generation;
    const fresh = new TreeNode<Item>(null, null, 0);
    fresh.open = true;
    await this._fetch(fresh, 0);
    for (let done = ''; generation === this._generation; ) {
      const open = new Set([...openIds(this.root), ...this._lost]);
      const trails = keeper.trails();
      const wanted = JSON.stringify([[...open], trails]);
      if (wanted === done) {
        this.root = fresh;
        this._lost = hasFailed(fresh) ? open : new Set();
        keeper.swapped();
        this._changed();
        return true;
      }
      done = wanted;
      await this._reopen(fresh, open);
      for (const trail of trails) {
        await this._readAlong(fresh, trail);
      }
    }
    return false;
  }

  private async _reopen(parent: TreeNode<Item>, ids: ReadonlySet<string>): Promise<void> {
    for (const child of [...parent.children]) {
      if (child?.item && ids.has(child.item.id)) {
        await this.expand(child);
        await this._reopen(child, ids);
      } else if (child?.open) {
        this.collapse(child);
      }
    }
  }

  /** Read the pages in which the steps of a trail may be; what is closed stays closed. */
  private async _readAlong(root: TreeNode<Item>, trail: Trail): Promise<void> {
    let node: TreeNode<Item> | null = root;
    for (const { id, index } of trail) {
      node = node?.open ? await this.find(node, id, index) : null;
    }
  }

  /** Read the pages from one row to another, but for those at either end that were asked for already, in one answer. */
  private _fetch(parent: TreeNode<Item>, from: number, to = from): Promise<void> {
    let first = pageOf(from);
    let last = pageOf(to);
    while (first < last && parent.asked.has(first)) {
      first += PAGE;
    }
    while (first < last && parent.asked.has(last)) {
      last -= PAGE;
    }
    const asked = parent.asked.get(first);
    if (asked) {
      return asked;
    }
    const answer = this._read(parent, first, last + PAGE - first);
    for (let start = first; start <= last; start += PAGE) {
      parent.asked.set(start, answer);
    }
    return answer;
  }

  private async _read(parent: TreeNode<Item>, start: number, count: number): Promise<void> {
    try {
      put(parent, await this._load(parent.item, start, count, null));
    } catch (error) {
      parent.error = error;
    }
    this._changed();
  }

  /** Read the page that holds an id; where it begins, or null where it could not be read. */
  private async _readHolding(parent: TreeNode<Item>, id: string): Promise<number | null> {
    let start: number | null = null;
    try {
      const page = await this._load(parent.item, 0, PAGE, id);
      put(parent, page);
      start = page.start;
    } catch (error) {
      parent.error = error;
    }
    this._changed();
    return start;
  }
}

function openIds<Item extends TreeItem>(node: TreeNode<Item>): string[] {
  return node.opened.flatMap(child => (child.item ? [child.item.id, ...openIds(child)] : []));
}

function hasFailed<Item extends TreeItem>(node: TreeNode<Item>): boolean {
  return node.error !== null || node.opened.some(hasFailed);
}

/** What came twice stays what it was: it may be open, or chosen. */
function put<Item extends TreeItem>(parent: TreeNode<Item>, page: TreePage<Item>): void {
  parent.total = page.total;
  page.rows.forEach((item, place) => {
    const at = page.start + place;
    parent.children[at] ??= new TreeNode<Item>(item, parent, at);
  });
}

function here<Item extends TreeItem>(parent: TreeNode<Item>, id: string, start: number): TreeNode<Item> | null {
  return parent.children.slice(start, start + PAGE).find(child => child?.item?.id === id) ?? null;
}

function pageOf(index: number): number {
  return Math.floor(index / PAGE) * PAGE;
}
