import { describe, expect, it } from 'vitest';
import { keysDown, takeQuery } from '../src/panel/query';

describe('an address', () => {
  it('names a version or an entry, and keeps what else it says', () => {
    expect(takeQuery('?token=t&cellar=u-1&run=R&key=YQ')).toEqual({
      cellar: 'u-1',
      run: 'R',
      key: 'YQ',
      rest: '?token=t'
    });
    expect(takeQuery('?cellar=u-1&run=R')).toEqual({ cellar: 'u-1', run: 'R', key: '', rest: '' });
  });
  it('that names no version of a cellar is none of ours', () => {
    for (const search of ['', '?', '?cellar=u', '?run=R&key=YQ', '?cellar=&run=']) {
      expect(takeQuery(search)).toBeNull();
    }
  });
});

describe('the keys down to an entry', () => {
  const key = (name: string): string => Buffer.from(name).toString('base64url');
  it('are those of its folders and its own', () => {
    expect(keysDown(key('plots/ä/loss?.png'))).toEqual(['plots', 'plots/ä', 'plots/ä/loss?.png'].map(key));
    expect(keysDown(key('a.txt'))).toEqual([key('a.txt')]);
  });
  it('are refused where it is no key', () => {
    expect(() => keysDown('%%%')).toThrow();
  });
});
