import { expect, test } from 'vitest';
import { isElsewhere, loadsElsewhere } from '../src/drive/addresses';
import { headingOf } from '../src/drive/headings';
import { withoutDiagrams } from '../src/drive/inertrendering';

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

test('headings are words, of which none means anything in Markdown', () => {
  expect(headingOf('h1', 'One 2 ')).toBe('<h1>One 2 </h1>');
  expect(headingOf('h2', '<b>$x$\n![a](b)')).toBe('<h2>&#60;b&#62;&#36;x&#36;&#10;&#33;&#91;a&#93;&#40;b&#41;</h2>');
  expect(headingOf('h6', 'Übersicht 🎉\u0085')).toBe('<h6>Übersicht 🎉\u0085</h6>');
});
