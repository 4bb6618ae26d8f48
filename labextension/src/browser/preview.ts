import type { Preview } from './content';
import { h } from './dom';
import { factList } from './facts';
import { size, visible } from './format';
import type { Words } from './host';
import { jsonView } from './jsonview';

export interface Drawn {
  readonly element: HTMLElement;
  /** Gives back what the view holds: the address of an image's bytes. */
  readonly dispose: () => void;
}

type Of<View extends Preview['view']> = Extract<Preview, { view: View }>;

/** A file's head, shown inert: text as text, pictures and sounds by `blob:`, nothing as markup. */
export function drawPreview(
  preview: Preview,
  bytes: Uint8Array<ArrayBuffer> | null,
  words: Words,
  more: HTMLElement | null = null
): Drawn {
  switch (preview.view) {
    case 'text':
      return still(textView(preview.text, words), cut(preview, words), more);
    case 'json':
      return still(jsonOrText(preview, words), cut(preview, words), more);
    case 'table':
      return still(tableView(preview, words), rowsCut(preview, words), more);
    case 'media':
      return mediaView(preview, bytes, words);
    case 'facts':
      return still(factList(preview.facts), preview.note);
  }
}

/** Whether a longer head would show more of it. */
export function hasMore(preview: Preview): boolean {
  switch (preview.view) {
    case 'text':
    case 'json':
      return !preview.complete && preview.shown_bytes < preview.size_bytes;
    case 'table':
      return !preview.complete && preview.shown_bytes > 0;
    case 'media':
    case 'facts':
      return false;
  }
}

function still(view: HTMLElement, note: string, more: HTMLElement | null = null): Drawn {
  const element = h('div', { class: 'nbcellar-view' }, view);
  if (note) {
    const line = h('p', { class: 'nbcellar-note' }, note);
    if (more) {
      line.append(' ', more);
    }
    element.append(line);
  }
  return { element, dispose: () => undefined };
}

function cut(preview: Of<'text'> | Of<'json'>, words: Words): string {
  return preview.complete
    ? ''
    : words.__('The first %1 of %2 are shown.', size(preview.shown_bytes), size(preview.size_bytes));
}

function rowsCut(preview: Of<'table'>, words: Words): string {
  if (preview.complete) {
    return words._n('%1 row', '%1 rows', preview.rows.length);
  }
  return preview.total_rows === null
    ? words.__('The first %1 rows are shown.', preview.rows.length)
    : words.__('The first %1 of %2 rows are shown.', preview.rows.length, preview.total_rows);
}

function textView(text: string, words: Words): HTMLElement {
  if (text === '') {
    return h('p', { class: 'nbcellar-note' }, words.__('This file is empty.'));
  }
  return h('pre', { class: 'nbcellar-text', tabindex: 0, 'aria-label': words.__('Contents') }, text);
}

function jsonOrText(preview: Of<'json'>, words: Words): HTMLElement {
  if (!preview.complete) {
    return textView(preview.text, words);
  }
  try {
    return jsonView(JSON.parse(preview.text), words);
  } catch {
    return textView(preview.text, words); // as written: it is no JSON, whatever its name says
  }
}

function tableView(preview: Of<'table'>, words: Words): HTMLElement {
  const head = h(
    'tr',
    {},
    h('th', { scope: 'col', class: 'nbcellar-dim' }, h('span', { class: 'nbcellar-sr' }, words.__('Row')))
  );
  preview.columns.forEach((name, place) => {
    const cell = h('th', { scope: 'col' }, visible(name));
    const type = preview.types[place];
    if (type) {
      cell.append(h('span', { class: 'nbcellar-type' }, type));
    }
    head.append(cell);
  });
  const body = h('tbody');
  preview.rows.forEach((values, place) => {
    const row = h('tr', {}, h('th', { scope: 'row', class: 'nbcellar-dim' }, String(place + 1)));
    for (const value of values) {
      const number = value !== null && value !== '' && Number.isFinite(Number(value));
      row.append(
        value === null
          ? h('td', { class: 'nbcellar-dim' }, words.__('none'))
          : h('td', number ? { class: 'nbcellar-number' } : {}, visible(value))
      );
    }
    body.append(row);
  });
  const table = h('table', {}, h('thead', {}, head), body);
  return h('div', { class: 'nbcellar-table', tabindex: 0, role: 'group', 'aria-label': words.__('Table') }, table);
}

function mediaView(preview: Of<'media'>, bytes: Uint8Array<ArrayBuffer> | null, words: Words): Drawn {
  const url = URL.createObjectURL(new Blob(bytes ? [bytes] : [], { type: preview.mime }));
  const name = preview.path.split('/').pop() ?? preview.path;
  const element = h('div', { class: 'nbcellar-view' });
  if (preview.media === 'image') {
    const image = h('img', { src: url, alt: visible(name) });
    image.addEventListener('error', () => {
      frame.replaceChildren(
        h('p', { class: 'nbcellar-note' }, words.__('This image is damaged or cut off; it cannot be drawn.'))
      );
    });
    const frame = h('div', { class: 'nbcellar-picture' }, image);
    element.append(frame);
  } else {
    element.append(h('audio', { src: url, controls: true, 'aria-label': visible(name) }));
  }
  element.append(factList(preview.facts));
  return { element, dispose: () => URL.revokeObjectURL(url) };
}
