import type { Page, Row } from './listing';
import type { Ask, Filter, Wanted } from './protocol';
import { type BrowserItem, itemOf } from './rows';
import type { TreePage } from './treenode';

/** What lies below a row of the tree. */
export async function rowsBelow(ask: Ask, parent: BrowserItem, filter: Filter, span: Wanted): Promise<Page<Row>> {
  switch (parent.kind) {
    case 'name':
      return (await ask('versions', { ...filter, ...span, project: parent.project, name: parent.name })).value;
    case 'version':
      return (await ask('files', { ...span, run: parent.run, key: '' })).value;
    case 'folder':
      return (await ask('files', { ...span, run: parent.run, key: parent.key })).value;
    case 'file':
    case 'link':
      return { start: 0, total: 0, rows: [] };
  }
}

/** What an id says of a row among its neighbours: `project:name`, a run or a key. */
export function placeOf(id: string): string {
  return id.slice(id.startsWith('n:') ? 2 : id.lastIndexOf(':') + 1);
}

/** Rows as the tree holds them. */
export function treePage(page: Page<Row>): TreePage<BrowserItem> {
  return { start: page.start, total: page.total, rows: page.rows.map(itemOf) };
}

/** Lets everything pass. */
export const NO_FILTER: Filter = { since: '', tag: '', notebook: '' };
