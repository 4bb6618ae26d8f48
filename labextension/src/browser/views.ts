import { aboutView } from './about';
import type { Preview } from './content';
import { h } from './dom';
import { size, visible } from './format';
import type { Host, Words } from './host';
import { type LabelText, labelSection } from './labels';
import type { Relative } from './listing';
import { drawPreview, hasMore } from './preview';
import { type BrowserItem, folderFacts } from './rows';
import { explain } from './statusline';

/** What can be done with what is chosen. */
export type Action = 'restore' | 'open' | 'diff' | 'copy' | 'link' | 'download' | 'label' | 'remove' | 'putBack';

/** What stands in the pane: its title, what it shows, and what can be done. */
export interface View {
  readonly ref: string;
  readonly facts: string;
  readonly element: HTMLElement;
  readonly actions: readonly Action[];
  readonly snippet: string;
  /** Of its contents, in hexadecimal digits; empty where there is none. */
  readonly digest: string;
  readonly dispose: () => void;
}

type Of<Kind extends BrowserItem['kind']> = Extract<BrowserItem, { kind: Kind }>;

/** A view of words alone. */
export function plainView(ref: string, facts: string, element: HTMLElement): View {
  return { ref, facts, element, actions: [], snippet: '', digest: '', dispose: () => undefined };
}

/** What a view leads to. */
export interface Leads {
  /** Take a label away. */
  readonly take: (run: string, label: LabelText) => void;
  /** Show another version. */
  readonly show: (relative: Relative) => void;
}

/** What is shown of an item. */
export async function viewOf(item: BrowserItem, host: Host, leads: Leads): Promise<View> {
  switch (item.kind) {
    case 'name':
      return nameView(item, host);
    case 'version':
      return versionView(item, host, leads);
    case 'folder':
      return folderView(item, host);
    case 'file':
    case 'link':
      return fileView(item, host);
  }
}

function nameView(item: Of<'name'>, host: Host): View {
  const words = host.words;
  const text = words.__('Each version is what one run of %1 wrote. Open it to see its files.', visible(item.name));
  return {
    ...plainView(
      item.name,
      words._n('%1 version', '%1 versions', item.versions),
      h('p', { class: 'nbcellar-note' }, text)
    ),
    actions: ['copy'],
    snippet: `cellar["${item.name}"]`
  };
}

async function versionView(item: Of<'version'>, host: Host, { take, show }: Leads): Promise<View> {
  const { value } = await host.ask('about', { run: item.run });
  const words = host.words;
  const facts =
    item.files === null
      ? words.__('no files')
      : `${words._n('%1 file', '%1 files', item.files)} · ${size(item.size_bytes ?? 0)}`;
  return {
    ref: item.ref,
    facts,
    element: aboutView(
      value,
      labelSection(value, label => take(item.run, label), words),
      show,
      words
    ),
    actions: linked(versionActions(value.removed, item.files !== null), host),
    snippet: value.snippet,
    digest: value.digest,
    dispose: () => undefined
  };
}

function versionActions(removed: boolean, files: boolean): readonly Action[] {
  if (removed) {
    return ['putBack'];
  }
  return files ? ['restore', 'diff', 'copy', 'link', 'download', 'label', 'remove'] : ['label', 'remove'];
}

function folderView(item: Of<'folder'>, host: Host): View {
  const words = host.words;
  const text = words.__('Open the folder to see its files, or restore all of it.');
  return {
    ...plainView(item.path, folderFacts(item, words), h('p', { class: 'nbcellar-note' }, text)),
    actions: linked(['restore', 'link', 'download'], host)
  };
}

/** Where there is no JupyterLab, nothing has an address. */
function linked(actions: readonly Action[], host: Host): readonly Action[] {
  return actions.filter(action => action !== 'link' || host.link);
}

/** A head may be so many times as long, up to 5 MB. */
const MOST_PAGES = 20;

async function fileView(item: Of<'file' | 'link'>, host: Host): Promise<View> {
  const words = host.words;
  const element = h('div', { class: 'nbcellar-preview' });
  let dispose: () => void = () => undefined;
  const show = async (pages: number): Promise<Preview> => {
    const { value, bytes } = await host.ask('preview', { run: item.run, key: item.key, pages });
    const more =
      hasMore(value) && pages < MOST_PAGES ? moreButton(words, () => show(Math.min(2 * pages, MOST_PAGES))) : null;
    const drawn = drawPreview(value, bytes, words, more);
    dispose();
    dispose = drawn.dispose;
    const top = element.firstElementChild?.firstElementChild?.scrollTop ?? 0;
    element.replaceChildren(drawn.element);
    drawn.element.firstElementChild?.scrollTo({ top });
    return value;
  };
  const value = await show(1);
  const open: readonly Action[] = host.open && item.kind === 'file' ? ['open'] : [];
  return {
    ref: value.path,
    facts: `${size(value.size_bytes)} · ${value.type}`,
    element,
    actions: linked(['restore', ...open, 'diff', 'copy', 'link', 'download'], host),
    snippet: value.snippet,
    digest: value.digest,
    dispose: () => dispose()
  };
}

function moreButton(words: Words, act: () => Promise<unknown>): HTMLButtonElement {
  const button = h('button', { type: 'button', class: 'nbcellar-link' }, words.__('Show more'));
  button.addEventListener('click', () => {
    button.disabled = true;
    act().catch(error => button.replaceWith(explain(error, words)));
  });
  return button;
}
