import { expect, test } from 'vitest';
import { BROWSER_CODE, spotFor } from '../src/snippet';

test('a notebook that shows the browser already shows it again', () => {
  expect(spotFor(['x = 1', BROWSER_CODE, ''], 2)).toEqual({ act: 'show', index: 1 });
});

test('an empty active cell is filled', () => {
  expect(spotFor(['x = 1', ' \n'], 1)).toEqual({ act: 'fill', index: 1 });
});

test('a cell with code is left alone and a new one comes below it', () => {
  expect(spotFor(['x = 1', 'y = 2'], 0)).toEqual({ act: 'insert', index: 1 });
});

test('an empty markdown cell is not filled with code', () => {
  expect(spotFor([null], 0)).toEqual({ act: 'insert', index: 1 });
});

test('a notebook without cells gets its first', () => {
  expect(spotFor([], -1)).toEqual({ act: 'insert', index: 0 });
});

test('text that only speaks of the browser is no browser', () => {
  expect(spotFor(['# see cellar.browse() in the docs'], 0)).toEqual({ act: 'insert', index: 1 });
});
