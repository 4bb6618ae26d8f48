import { expect, test } from 'vitest';
import { lineKind } from '../src/browser/diffview';
import { target } from '../src/browser/toolbar';
import { seriesOf } from '../src/browser/tools';
import { drivePath, referenceOf } from '../src/drive/reference';
import { nameFor } from '../src/files/naming';

test('the code of a path on the drive gets what lies there', () => {
  expect(referenceOf('cellar:survey/train/@4/plots/loss 1.png')).toBe('cellar["train@4"]["plots/loss 1.png"]');
  expect(referenceOf('cellar:survey/other:train/@4')).toBe('cellar["other:train@4"]');
  expect(referenceOf('cellar:survey/many/@1/big/002001-004000/f.csv')).toBe('cellar["many@1"]["big/f.csv"]');
  for (const path of ['cellar:', 'cellar:survey', 'cellar:survey/train', 'cellar:survey/train/x']) {
    expect(referenceOf(path)).toBeNull();
  }
});

test('a reference is a path on the drive', () => {
  expect(drivePath('train@4/plots/a@b.png')).toBe('train/@4/plots/a@b.png');
  expect(drivePath('other:train@12')).toBe('other:train/@12');
  expect(drivePath('train')).toBe('train');
});

test('a name is made of the first file, as assets may be called', () => {
  expect(nameFor(['work/my notes (2).txt', 'b'])).toBe('my_notes_2_');
  expect(nameFor(['2026.csv'])).toBe('files');
  expect(nameFor(['.env'])).toBe('env');
  expect(nameFor(['données.csv'])).toBe('donn_es');
  expect(nameFor([])).toBe('files');
});

test('project and name are read from a reference', () => {
  expect(seriesOf('train@4/plots')).toEqual({ project: '', name: 'train' });
  expect(seriesOf('other:train@4')).toEqual({ project: 'other', name: 'train' });
});

test('arrow keys go round a toolbar, and other keys go nowhere', () => {
  expect([target('ArrowRight', 2, 3), target('ArrowLeft', 0, 3), target('Home', 2, 3), target('End', 0, 3)]).toEqual([
    0, 2, 0, 2
  ]);
  expect([target('ArrowRight', 0, 0), target('a', 0, 3)]).toEqual([null, null]);
});

test('lines of a difference are told by their sign', () => {
  expect(['+a', '-a', '~ a: 1 → 2', ' a', '@@ -1 +1 @@', ''].map(lineKind)).toEqual([
    'added',
    'taken',
    'changed',
    'same',
    'gap',
    'same'
  ]);
});
