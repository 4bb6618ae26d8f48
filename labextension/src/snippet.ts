/** The code that shows the browser in a notebook, and where it goes. */

export const BROWSER_CODE = 'import nbcellar as cellar\n\ncellar.browse()';

const BROWSER_CALL = /^(?:cellar|nbcellar)\.browse\(.*\)\s*;?$/m;

export type Spot =
  | { readonly act: 'show'; readonly index: number }
  | { readonly act: 'fill'; readonly index: number }
  | { readonly act: 'insert'; readonly index: number };

/**
 * Where the code goes: the cell that holds it already, else the active cell where that is empty, else a new one below.
 *
 * @param sources the cells' sources, null for those that hold no code
 * @param active the active cell's index, -1 where there is none
 */
export function spotFor(sources: readonly (string | null)[], active: number): Spot {
  const shown = sources.findIndex(source => source !== null && BROWSER_CALL.test(source));
  if (shown >= 0) {
    return { act: 'show', index: shown };
  }
  const here = sources[active];
  if (here !== undefined && here !== null && here.trim() === '') {
    return { act: 'fill', index: active };
  }
  return { act: 'insert', index: active < 0 ? sources.length : active + 1 };
}
