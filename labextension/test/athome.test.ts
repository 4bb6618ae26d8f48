import { expect, test } from 'vitest';
import { isElsewhere, loadsElsewhere } from '../src/drive/addresses';
import { withoutDiagrams, wordsOf } from '../src/drive/inertrendering';

test('what a file brings with it and what lies beside it is at home, all else is elsewhere', () => {
  for (const address of ['data:image/png;base64,AA', 'attachment:a.png', 'plots/a b.png', './a.png', '#top', '']) {
    expect(isElsewhere(address)).toBe(false);
  }
  for (const address of [
    'http://x/a',
    '//x/a',
    '/logout',
    '\\\\x\\a',
    'ht\ntp://x',
    ' \u0001https://x',
    'ftp:x',
    'blob:x'
  ]) {
    expect(isElsewhere(address)).toBe(true);
  }
});

test('attributes load by name and by what they say', () => {
  expect(loadsElsewhere('a', 'href', 'https://x')).toBe(false);
  expect(loadsElsewhere('image', 'xlink:href', 'https://x')).toBe(true);
  expect(loadsElsewhere('use', 'href', '#shape')).toBe(false);
  expect(loadsElsewhere('p', 'style', 'color: red; font-size: 2em')).toBe(false);
  expect(loadsElsewhere('p', 'style', 'background: u\\72l(//x)')).toBe(true);
  expect(loadsElsewhere('rect', 'fill', 'url(https://x#y)')).toBe(true);
  expect(loadsElsewhere('img', 'srcset', 'a 1x')).toBe(true);
  expect(loadsElsewhere('p', 'title', 'see url(x)')).toBe(false);
});

test('diagrams stay code, however their fence is written', () => {
  for (const fence of ['```mermaid', '~~~ Mermaid', '> - ```` mermaid x', '```\u2028mermaid', '```js\n```mermaid']) {
    expect(withoutDiagrams(`${fence}\nA\n\`\`\``)).not.toMatch(/mermaid(?!\u2060)/i);
  }
  expect(withoutDiagrams('a mermaid swims')).toBe('a mermaid swims');
});

test('headings are words', () => {
  expect(wordsOf('# A ![x](http://x) <img src=y>')).toBe('# A !\\[x](http://x) &lt;img src=y>');
  expect(wordsOf('# B \\![x](http://x)')).toBe('# B \\!\\[x](http://x)'); // no picture before, and none after
  expect(wordsOf('<h2>C</h2><h2 style="x">')).toBe('<h2>C</h2>&lt;h2 style="x">');
});
