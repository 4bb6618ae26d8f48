/** A name that an asset may have, after the first file. */
export function nameFor(paths: readonly string[]): string {
  const base = paths[0]?.split('/').pop() ?? '';
  const stem = base.replace(/\.[^.]*$/, '') || base.replace(/^\./, '');
  const name = stem.replace(/[^A-Za-z0-9_-]+/g, '_').replace(/^[^A-Za-z_]+/, '');
  return name || 'files';
}
