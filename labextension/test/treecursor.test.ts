import { expect, test } from 'vitest';
import { TreeCursor } from '../src/browser/treecursor';
import { TreeModel } from '../src/browser/treemodel';
import type { TreeItem, TreePage } from '../src/browser/treenode';

interface Item extends TreeItem {
  readonly size: number;
}

/** A tree whose pages come when they are let go, and a cursor in it. */
class SlowTree {
  readonly model: TreeModel<Item>;
  readonly cursor: TreeCursor<Item>;
  readonly entered: string[] = [];
  sizes: Record<string, number>;
  broken = false;
  brokenBelow = false;
  private _held: (() => void)[] = [];
  private _holding = false;

  constructor(sizes: Record<string, number>) {
    this.sizes = sizes;
    this.model = new TreeModel<Item>(
      (parent, start, count) => this._page(parent, start, count),
      () => this.cursor.arrive()
    );
    this.cursor = new TreeCursor(this.model, {
      chosen: () => undefined,
      entered: item => this.entered.push(item.id),
      pageRows: () => 10,
      moved: row => this.model.ensure(row, row + 1)
    });
  }

  hold(): void {
    this._holding = true;
  }

  /** Let go what is held, and what is asked for then. */
  async release(): Promise<void> {
    this._holding = false;
    for (const go of this._held.splice(0)) {
      go();
    }
    await settled();
  }

  type(...keys: string[]): void {
    for (const key of keys) {
      expect(this.cursor.press(key)).toBe(true);
    }
  }

  get chosen(): string | undefined {
    return this.cursor.chosen?.item?.id;
  }

  private async _page(parent: Item | null, start: number, count: number): Promise<TreePage<Item>> {
    if (this._holding) {
      await new Promise<void>(go => this._held.push(go));
    }
    if (this.broken || (this.brokenBelow && parent !== null)) {
      throw new Error('unreachable');
    }
    if (parent === null) {
      const rows = Object.entries(this.sizes).map(([id, size]) => ({ id, branch: true, size }));
      return { start: 0, total: rows.length, rows };
    }
    if (parent.size < 0) {
      throw new Error('gone');
    }
    const rows = Array.from({ length: Math.min(count, parent.size - start) }, (_, place) => ({
      id: `${parent.id}${start + place}`,
      branch: false,
      size: 0
    }));
    return { start, total: parent.size, rows };
  }
}

function settled(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve));
}

test('keys typed into a folder that is still read are done when its files are here, in their order', async () => {
  const tree = new SlowTree({ a: 5, b: 1 });
  await tree.cursor.reload();
  tree.cursor.chooseNearest();
  tree.hold();
  tree.type('ArrowRight', 'ArrowRight', 'ArrowDown', 'ArrowDown', 'ArrowUp', 'Enter');
  expect([tree.chosen, tree.cursor.row, tree.cursor.arriving]).toEqual(['a', 1, true]);
  await tree.release();
  expect([tree.chosen, tree.entered, tree.cursor.arriving]).toEqual(['a1', ['a1'], false]);
});

test('a row that somebody moved to is chosen when it comes', async () => {
  const tree = new SlowTree({ a: 5, b: 1 });
  await tree.cursor.reload();
  tree.cursor.chooseNearest();
  tree.hold();
  tree.type('ArrowRight', 'ArrowDown');
  expect(tree.chosen).toBe('a');
  await tree.release();
  expect([tree.chosen, tree.cursor.row]).toEqual(['a0', 1]);
});

test('what somebody clicks while keys wait is chosen, and the keys are dropped', async () => {
  const tree = new SlowTree({ a: 5, b: 1 });
  await tree.cursor.reload();
  tree.cursor.chooseNearest();
  tree.hold();
  tree.type('ArrowRight', 'ArrowRight', 'ArrowDown');
  const second = tree.model.lookup([{ id: 'b', index: 1 }]);
  if (!second) {
    throw new Error('no second row');
  }
  tree.cursor.choose(second);
  await tree.release();
  expect([tree.chosen, tree.cursor.row]).toEqual(['b', 6]);
});

test('keys that wait for an empty folder go on from the folder, those for a broken one are dropped', async () => {
  const tree = new SlowTree({ a: 0, b: -1, c: 1 });
  await tree.cursor.reload();
  tree.cursor.chooseNearest();
  tree.hold();
  tree.type('ArrowRight', 'ArrowRight', 'ArrowDown');
  await tree.release();
  expect(tree.chosen).toBe('b');
  tree.hold();
  tree.type('ArrowRight', 'ArrowRight', 'ArrowDown', 'ArrowDown');
  await tree.release();
  expect([tree.chosen, tree.cursor.row, tree.cursor.arriving]).toEqual(['b', 2, false]);
  tree.type('ArrowDown');
  expect(tree.chosen).toBe('c');
});

test('the place of a row is its own: what opens above it does not move the cursor', async () => {
  const tree = new SlowTree({ a: 3, b: 1, c: 1 });
  await tree.cursor.reload();
  tree.cursor.chooseNearest();
  tree.hold();
  tree.type('ArrowRight'); // a opens, and its rows come later
  const last = tree.model.lookup([{ id: 'c', index: 2 }]);
  if (last) {
    tree.cursor.choose(last);
  }
  await tree.release();
  expect([tree.chosen, tree.cursor.row]).toEqual(['c', 5]);
  tree.type('ArrowUp');
  expect(tree.chosen).toBe('b');
});

test('a key pressed while everything is read again counts', async () => {
  const tree = new SlowTree({ a: 3, b: 1 });
  await tree.cursor.reload();
  tree.cursor.chooseNearest();
  tree.type('ArrowRight');
  await settled();
  tree.type('ArrowDown');
  tree.hold();
  const reading = tree.cursor.reload();
  tree.type('ArrowDown');
  expect(tree.chosen).toBe('a1');
  await tree.release();
  expect(await reading).toBe(true);
  expect([tree.chosen, tree.cursor.row, tree.cursor.chosen === tree.model.at(2).node]).toEqual(['a1', 2, true]);
  tree.hold();
  const again = tree.cursor.reload();
  tree.type('ArrowLeft', 'ArrowLeft'); // to its folder, and close that
  await tree.release();
  await again;
  expect([tree.chosen, tree.model.count]).toEqual(['a', 2]);
});

test('where what was chosen is gone, the row that took its place is the nearest', async () => {
  const tree = new SlowTree({ a: 1, b: 1, c: 1 });
  await tree.cursor.reload();
  tree.cursor.chooseNearest();
  tree.type('ArrowDown');
  tree.sizes = { a: 1, c: 1 };
  await tree.cursor.reload();
  expect(tree.cursor.chosen).toBe(null);
  tree.cursor.chooseNearest();
  expect(tree.chosen).toBe('c');
});

/** Two folders, of which the second is open, and its second file is chosen. */
async function withSecondChosen(): Promise<SlowTree> {
  const tree = new SlowTree({ a: 1, b: 3 });
  await tree.cursor.reload();
  tree.cursor.chooseNearest();
  tree.type('ArrowDown', 'ArrowRight');
  await settled();
  tree.type('ArrowDown', 'ArrowDown');
  return tree;
}

test('a tree that could not be read for a while is open again where it was, and what was chosen is chosen', async () => {
  const tree = await withSecondChosen();
  tree.broken = true;
  for (let tries = 0; tries < 2; tries += 1) {
    await tree.cursor.reload();
    expect([tree.model.count, tree.cursor.row, tree.cursor.arriving]).toEqual([1, 0, false]);
    tree.type('ArrowDown', 'ArrowLeft', 'Enter');
    expect(tree.entered).toEqual([]);
  }
  tree.broken = false;
  await tree.cursor.reload();
  expect([tree.chosen, tree.cursor.row, tree.model.count]).toEqual(['b1', 3, 5]);
});

test('what is chosen stays chosen while only what it lies in cannot be read', async () => {
  const tree = await withSecondChosen();
  tree.brokenBelow = true; // the store went away between two answers of one reading
  for (let tries = 0; tries < 2; tries += 1) {
    await tree.cursor.reload();
    expect([tree.chosen, tree.model.count]).toEqual(['b1', 3]);
  }
  tree.brokenBelow = false;
  await tree.cursor.reload();
  expect([tree.chosen, tree.model.count]).toEqual(['b1', 5]);
  tree.sizes = { a: 1 };
  await tree.cursor.reload();
  expect(tree.chosen).toBe(undefined);
});

test('the end of a folder of 100,000 files is chosen when it is read', async () => {
  const tree = new SlowTree({ big: 100_000 });
  await tree.cursor.reload();
  tree.cursor.chooseNearest();
  tree.type('ArrowRight');
  await settled();
  tree.hold();
  tree.type('End', 'ArrowUp', 'Enter');
  expect(tree.cursor.row).toBe(99_999);
  await tree.release();
  expect([tree.chosen, tree.entered]).toEqual(['big99998', ['big99998']]);
});

test('a file is shown although drawing asks for the same rows, and answers come in any order', async () => {
  const asked: string[] = [];
  const held: (() => void)[] = [];
  const model = new TreeModel<Item>(
    async (parent, start) => {
      asked.push(`${parent?.id ?? ''}@${start}`);
      await new Promise<void>(go => held.push(go));
      return { start, total: 1, rows: [{ id: `${parent?.id ?? ''}x`, branch: true, size: 1 }] };
    },
    () => model.ensure(0, model.count)
  );
  const cursor = new TreeCursor(model, {
    chosen: () => undefined,
    entered: () => undefined,
    pageRows: () => 10,
    moved: () => undefined
  });
  model.ensure(0, 1);
  const reading = cursor.reload();
  const revealing = reading.then(() => cursor.reveal(['x', 'xx', 'xxx']));
  for (let turns = 0; turns < 10; turns += 1) {
    await settled();
    for (const go of held.splice(0).reverse()) {
      go();
    }
  }
  expect(await revealing).toBe(true);
  expect(cursor.chosen?.item?.id).toBe('xxx');
  expect(asked).toEqual(['@0', 'x@0', 'xx@0']);
});

test('a tree in which nothing is takes every key and does nothing', async () => {
  const tree = new SlowTree({});
  tree.type('ArrowDown');
  await tree.cursor.reload();
  tree.type('ArrowDown', 'Enter', 'End', 'ArrowLeft');
  expect([tree.chosen, tree.cursor.row]).toEqual([undefined, -1]);
  expect(tree.cursor.press('x')).toBe(false);
});
