import { expect, test } from 'vitest';
import { age, duration, plainWords, size, visible } from '../src/browser/format';

test('sizes are decimal and have three digits at most', () => {
  expect([0, 999, 1000, 17_900_000, 999_600, 1_400_000_000].map(size)).toEqual([
    '0 B',
    '999 B',
    '1 kB',
    '17.9 MB',
    '1.0 MB',
    '1.4 GB'
  ]);
});

test('durations name the two largest units', () => {
  expect([0.0301, 12.41, 59.94, 185, 7800].map(duration)).toEqual([
    '30 ms',
    '12.4 s',
    '59.9 s',
    '3 min 5 s',
    '2 h 10 min'
  ]);
});

test('ages become dates after a month, and a clock that is behind shows no negative age', () => {
  const now = Date.UTC(2026, 8, 30) / 1000;
  const ago = (seconds: number): string => age(now - seconds, now, plainWords);
  expect([-50, 10, 60, 7200, 172_800, 86_400 * 40].map(ago)).toEqual([
    'just now',
    'just now',
    '1 min ago',
    '2 h ago',
    '2 days ago',
    '2026-08-21'
  ]);
});

test('characters that do not show themselves are written as codes', () => {
  expect(visible('a\u202egnp.exe\n\u200b')).toBe('a\\u202egnp.exe\\u000a\\u200b');
  expect(visible('<img src=x onerror=alert(1)>')).toBe('<img src=x onerror=alert(1)>');
  expect(visible('größe 図 🦊')).toBe('größe 図 🦊');
});

test('plain words fill in values and know one from many', () => {
  expect(plainWords._n('%1 file', '%1 files', 1)).toBe('1 file');
  expect(plainWords._n('%1 file to %2', '%1 files to %2', 3, 'out')).toBe('3 files to out');
  expect(plainWords.__('%1 of %2', 'a%2', 7)).toBe('a%2 of 7');
});
