import { statusWord } from './about';
import { h } from './dom';
import { age, size, visible } from './format';
import type { Words } from './host';
import { fileIcon, icon } from './icons';
import type { FolderRow, Row, VersionRow } from './listing';

/** A row of the tree, with the id that survives a refresh. */
export type BrowserItem = Row & { readonly id: string; readonly branch: boolean };

export function itemOf(row: Row): BrowserItem {
  switch (row.kind) {
    case 'name':
      return { ...row, id: `n:${row.project}:${row.name}`, branch: true };
    case 'version':
      return { ...row, id: `v:${row.run}`, branch: row.files !== null };
    case 'folder':
      return { ...row, id: `f:${row.run}:${row.key}`, branch: true };
    case 'file':
    case 'link':
      return { ...row, id: `f:${row.run}:${row.key}`, branch: false };
  }
}

/** Whether what is shown of it stays the same as long as it is there: contents do, labels and counts do not. */
export function neverChanges(item: BrowserItem): boolean {
  return item.kind === 'folder' || item.kind === 'file' || item.kind === 'link';
}

/** Fill a tree row: icon, name, labels, and at the right end what tells it from its neighbours. */
export function drawRow(item: BrowserItem, row: HTMLElement, words: Words): void {
  switch (item.kind) {
    case 'name':
      row.append(icon('name'), label(item.name), meta(words._n('%1 version', '%1 versions', item.versions)));
      return;
    case 'version':
      drawVersion(item, row, words);
      return;
    case 'folder':
      row.append(icon('folder'), label(item.name), meta(folderFacts(item, words)));
      return;
    case 'file':
      row.append(fileIcon(item.name), label(item.name), meta(size(item.size_bytes)));
      return;
    case 'link':
      row.append(icon('link'), label(item.name), meta(words.__('link')));
      return;
  }
}

/** `3 files · 1.2 MB`. */
export function folderFacts(folder: FolderRow, words: Words): string {
  const files = words._n('%1 file', '%1 files', folder.files);
  return folder.size_bytes === null ? files : `${files} · ${size(folder.size_bytes)}`;
}

function drawVersion(item: VersionRow, row: HTMLElement, words: Words): void {
  const good = item.status === 'succeeded' || item.status === 'cached';
  row.append(icon(good ? 'version' : 'failed'), label(item.title));
  if (!good) {
    row.append(chip(statusWord(item.status, words).split(':')[0] ?? '', 'nbcellar-chip-bad'));
  }
  if (item.latest) {
    row.append(chip(words.__('latest'), 'nbcellar-chip-quiet'));
  }
  for (const alias of item.aliases) {
    row.append(chip(alias, ''));
  }
  const held = item.size_bytes === null ? words.__('no files') : size(item.size_bytes);
  const when = h('span', { class: 'nbcellar-when' }, `${age(item.when, Date.now() / 1000, words)} · `);
  row.append(h('span', { class: 'nbcellar-meta' }, when, held));
}

function label(text: string): HTMLElement {
  const shown = visible(text);
  return h('bdi', { class: 'nbcellar-label', title: shown }, shown);
}

function meta(text: string): HTMLElement {
  return h('span', { class: 'nbcellar-meta' }, text);
}

function chip(text: string, kind: string): HTMLElement {
  return h('span', { class: `nbcellar-chip ${kind}`.trim() }, visible(text));
}
