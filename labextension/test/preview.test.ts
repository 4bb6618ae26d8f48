import { describe, expect, it } from 'vitest';
import type { Preview } from '../src/browser/content';
import { hasMore } from '../src/browser/preview';

const head = { path: 'a@1/t', size_bytes: 1000, type: 'text', digest: 'ab', snippet: '', shown_bytes: 256 };
const table = { ...head, view: 'table', columns: ['a'], types: [], rows: [['1']], total_rows: null } as const;

describe('more of a file is offered', () => {
  const cases: [string, Preview, boolean][] = [
    ['where text is cut', { ...head, view: 'text', text: 'x', complete: false }, true],
    ['not where all of it is shown', { ...head, view: 'text', text: 'x', complete: true }, false],
    [
      'not where all was read and only a part is drawn',
      { ...head, view: 'text', text: 'x', complete: false, shown_bytes: 1000 },
      false
    ],
    ['where the rows of a text table are cut', { ...table, complete: false }, true],
    ['not for tables that are read elsewhere', { ...table, complete: false, shown_bytes: 0 }, false],
    ['not for facts', { ...head, view: 'facts', facts: [], note: '' }, false]
  ];
  it.each(cases)('%s', (_, preview, expected) => {
    expect(hasMore(preview)).toBe(expected);
  });
});
