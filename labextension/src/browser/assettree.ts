import type { Host } from './host';
import type { Page, Row } from './listing';
import type { Wanted } from './protocol';
import { type BrowserItem, drawRow } from './rows';
import { placeOf, treePage } from './rowsource';
import type { StatusLine } from './statusline';
import { TreeView } from './treeview';

export interface AssetTreeOptions {
  readonly host: Host;
  readonly status: StatusLine;
  /** What lies below a row; below null, the first level. */
  readonly page: (parent: BrowserItem | null, span: Wanted) => Promise<Page<Row>>;
  readonly chosen: (item: BrowserItem) => void;
  /** Enter, or a double click, on a file. */
  readonly entered: () => void;
}

/** A tree of names, versions and files, for browser and picker. */
export function assetTree({ host, status, page, chosen, entered }: AssetTreeOptions): TreeView<BrowserItem> {
  const words = host.words;
  return new TreeView<BrowserItem>({
    label: words.__('Assets'),
    loading: words.__('Loading…'),
    load: async (parent, start, count, id) =>
      treePage(await status.patiently(page(parent, { start, count, holding: id === null ? '' : placeOf(id) }))),
    draw: (item, row) => drawRow(item, row, words),
    meanwhile: host.meanwhile ?? (() => undefined),
    describeError: error => (error instanceof Error ? error.message : String(error)),
    chosen,
    entered
  });
}
