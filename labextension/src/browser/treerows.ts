/** At which visible row a node of a lazy tree stands, and which node at a row: closed folders hide theirs. */

import type { Slot, TreeItem, TreeNode } from './treenode';

/** What stands at a visible row. */
export function slotAt<Item extends TreeItem>(root: TreeNode<Item>, row: number): Slot<Item> {
  let parent = root;
  let rest = row;
  for (;;) {
    const inside = childHolding(parent, rest);
    if (inside === null) {
      break;
    }
    parent = inside.child;
    rest = inside.rest;
  }
  const index = rest - rowsOpenedBefore(parent, rest);
  return { parent, index, node: parent.children[index] ?? null };
}

/** The visible row of a place, loaded or not; -1 where a parent is closed, or is of a tree that was read before. */
export function rowAt<Item extends TreeItem>(root: TreeNode<Item>, parent: TreeNode<Item>, index: number): number {
  let row = -1;
  let place = index;
  for (let here: TreeNode<Item> | null = parent; here; here = here.parent) {
    if (!here.open) {
      return -1;
    }
    row += 1 + place + rowsOpenedAbove(here, place);
    place = here.index;
    if (here.parent ? here.parent.children[place] !== here : here !== root) {
      return -1;
    }
  }
  return row;
}

function childHolding<Item extends TreeItem>(
  parent: TreeNode<Item>,
  row: number
): { child: TreeNode<Item>; rest: number } | null {
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

/** How many rows stand below opened children above a child. */
function rowsOpenedAbove<Item extends TreeItem>(parent: TreeNode<Item>, index: number): number {
  let rows = 0;
  for (const child of parent.opened) {
    if (child.index >= index) {
      break;
    }
    rows += child.rows;
  }
  return rows;
}

function rowsOpenedBefore<Item extends TreeItem>(parent: TreeNode<Item>, row: number): number {
  let before = 0;
  for (const child of parent.opened) {
    if (child.index + before >= row) {
      break;
    }
    before += child.rows;
  }
  return before;
}
