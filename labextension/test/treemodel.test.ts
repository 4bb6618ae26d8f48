import { expect, test } from 'vitest';
import { PAGE, TreeModel } from '../src/browser/treemodel';
import type { TreeItem, TreePage } from '../src/browser/treenode';

interface Item extends TreeItem {
  readonly size: number;
}

/** A tree of numbers: `a` and `b` with so many leaves each; every page that was asked for is noted. */
function treeOf(sizes: Readonly<Record<string, number>>) {
  const asked: string[] = [];
  const load = async (
    parent: Item | null,
    from: number,
    count: number,
    holding: string | null
  ): Promise<TreePage<Item>> => {
    const place = holding === null ? from : Number(holding.replace(parent?.id ?? '', ''));
    const start = Number.isNaN(place) ? (parent?.size ?? 0) : Math.floor(place / PAGE) * PAGE;
    const pages = count === PAGE ? '' : `+${count}`;
    asked.push(`${parent?.id ?? ''}${holding === null ? `@${start}${pages}` : `: ${holding}`}`);
    if (parent === null) {
      const rows = Object.entries(sizes).map(([id, size]) => ({ id, branch: true, size }));
      return { start: 0, total: rows.length, rows };
    }
    const rows = Array.from({ length: Math.max(0, Math.min(count, parent.size - start)) }, (_, place) => ({
      id: `${parent.id}${start + place}`,
      branch: false,
      size: 0
    }));
    return { start, total: parent.size, rows };
  };
  return { model: new TreeModel<Item>(load, () => undefined), asked };
}

function shown(model: TreeModel<Item>, from = 0, to = model.count): string[] {
  return Array.from({ length: to - from }, (_, at) => model.at(from + at).node?.item?.id ?? '…');
}

test('an opened folder stands between its neighbours, and closing it takes its rows away', async () => {
  const { model } = treeOf({ a: 2, b: 1 });
  await model.reload();
  const first = model.at(0).node;
  if (!first) {
    throw new Error('no first row');
  }
  await model.expand(first);
  expect(shown(model)).toEqual(['a', 'a0', 'a1', 'b']);
  model.collapse(first);
  expect(shown(model)).toEqual(['a', 'b']);
});

test('rows far down are fetched as one page, then as much around them, the pages before not at all', async () => {
  const { model, asked } = treeOf({ big: 100_000 });
  await model.reload();
  const big = model.at(0).node;
  if (!big) {
    throw new Error('no first row');
  }
  await model.expand(big);
  model.ensure(60_011, 60_041);
  await new Promise(resolve => setTimeout(resolve));
  expect(asked).toEqual(['@0', 'big@0', 'big@60000']);
  expect(shown(model, 60_011, 60_013)).toEqual(['big60010', 'big60011']);
  expect(model.ensure(60_011, 60_041)).toBe(true);
  model.surround(60_011, 60_041);
  expect(asked.slice(3)).toEqual(['big@59950', 'big@60050']);
  await new Promise(resolve => setTimeout(resolve));
  model.ensure(60_041, 60_071); // what is scrolled to is here already
  expect(shown(model, 60_041, 60_071)).not.toContain('…');
  expect(model.count).toBe(100_001);
});

test('a view that lies on two pages is asked for at once, and never what was asked for before', async () => {
  const { model, asked } = treeOf({ big: 100_000 });
  await model.reload();
  const big = model.at(0).node;
  if (!big) {
    throw new Error('no first row');
  }
  await model.expand(big);
  model.ensure(60_031, 60_071); // and then, while that is on its way, half a screen on
  model.ensure(60_051, 60_111);
  await new Promise(resolve => setTimeout(resolve));
  expect(asked.slice(2)).toEqual(['big@60000+100', 'big@60100']);
  expect(shown(model, 60_001, 60_151)).not.toContain('…');
});

test('the row of a node is the row at which it is found', async () => {
  const { model } = treeOf({ a: 3, b: 4, c: 2 });
  await model.reload();
  for (const at of [2, 1, 0]) {
    const node = model.at(at).node;
    if (node) {
      await model.expand(node);
    }
  }
  for (let row = 0; row < model.count; row += 1) {
    const node = model.at(row).node;
    expect(node && model.rowOf(node)).toBe(row);
  }
  expect(model.count).toBe(12);
});

test('reading again opens what was open', async () => {
  const { model } = treeOf({ a: 2, b: 1 });
  await model.reload();
  const second = model.at(1).node;
  if (second) {
    await model.expand(second);
  }
  await model.reload();
  expect(shown(model)).toEqual(['a', 'b', 'b0']);
});

test('a folder that cannot be read shows one row that says so, and opens when it is tried again', async () => {
  let broken = true;
  const model = new TreeModel<Item>(
    async parent => {
      if (parent && broken) {
        throw new Error('gone');
      }
      return { start: 0, total: 1, rows: [{ id: parent ? 'leaf' : 'a', branch: !parent, size: 0 }] };
    },
    () => undefined
  );
  await model.reload();
  const node = model.at(0).node;
  if (!node) {
    throw new Error('no first row');
  }
  await model.expand(node);
  expect([model.count, model.at(1).node, String(model.at(1).parent.error)]).toEqual([2, null, 'Error: gone']);
  broken = false;
  model.collapse(node);
  await model.expand(node);
  expect(shown(model)).toEqual(['a', 'leaf']);
});

test('what could not be read within a tree is open again where it was', async () => {
  let broken = false;
  const model = new TreeModel<Item>(
    async parent => {
      if (parent && broken) {
        throw new Error('gone');
      }
      const id = `${parent?.id ?? ''}a`;
      return { start: 0, total: 1, rows: [{ id, branch: id !== 'aaa', size: 0 }] };
    },
    () => undefined
  );
  await model.reload();
  for (const row of [0, 1]) {
    const node = model.at(row).node;
    if (node) {
      await model.expand(node);
    }
  }
  broken = true;
  await model.reload();
  expect([shown(model), String(model.at(1).parent.error)]).toEqual([['a', '…'], 'Error: gone']);
  broken = false;
  await model.reload();
  expect(shown(model)).toEqual(['a', 'aa', 'aaa']);
});

test('what is opened while everything is read again stays open', async () => {
  const { model } = treeOf({ a: 2, b: 1 });
  await model.reload();
  const reading = model.reload();
  const first = model.at(0).node;
  if (first) {
    await model.expand(first);
  }
  await reading;
  expect(shown(model)).toEqual(['a', 'a0', 'a1', 'b']);
});

test('of two readings at once the later one counts', async () => {
  const { model } = treeOf({ a: 2, b: 1 });
  await Promise.all([model.reload(), model.reload()]);
  expect(shown(model)).toEqual(['a', 'b']);
});

test('a child far down is found where it was, or on the page that its list names, with one page each', async () => {
  const { model, asked } = treeOf({ big: 2_000 });
  await model.reload();
  const big = model.at(0).node;
  if (!big) {
    throw new Error('no first row');
  }
  await model.expand(big);
  expect((await model.find(big, 'big1700', 1700))?.index).toBe(1700);
  expect(asked).toEqual(['@0', 'big@0', 'big@1700']);
  const found = await model.find(big, 'big1234');
  expect(found?.index).toBe(1234);
  expect(await model.find(big, 'bignone')).toBeNull();
  expect(asked.slice(3)).toEqual(['big: big1234', 'big: bignone']);
  model.ensure(1_230, 1_240); // the page is read once more, and its rows stay what they were
  await new Promise(resolve => setTimeout(resolve));
  expect(model.at(1_235).node).toBe(found);
});

test('opening a folder is done when its rows are here, whoever asked for them first', async () => {
  const { model } = treeOf({ a: 2, b: 1 });
  await model.reload();
  const first = model.at(0).node;
  if (!first) {
    throw new Error('no first row');
  }
  const opening = model.expand(first);
  model.ensure(0, 3); // as drawing does
  await opening;
  expect(shown(model)).toEqual(['a', 'a0', 'a1', 'b']);
  expect((await model.find(first, 'a1'))?.index).toBe(1);
});
