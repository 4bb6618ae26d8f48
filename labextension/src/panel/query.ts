/** What an address names, and the rest of its query; null where it names nothing of ours. */
export function takeQuery(search: string) {
  const query = new URLSearchParams(search);
  const [cellar, run, key] = ['cellar', 'run', 'key'].map(name => query.get(name) ?? '');
  if (!cellar || !run) {
    return null;
  }
  for (const name of ['cellar', 'run', 'key']) {
    query.delete(name);
  }
  return { cellar, run, key: key ?? '', rest: query.size > 0 ? `?${query}` : '' };
}

/** The keys of the folders above an entry, from the top, and its own; a key is its name's bytes as base64url. */
export function keysDown(key: string): string[] {
  const name = atob(key.replaceAll('-', '+').replaceAll('_', '/'));
  const ends = [...name].flatMap((letter, at) => (letter === '/' ? [at] : []));
  return [...ends, name.length].filter(end => end > 0).map(end => keyOf(name.slice(0, end)));
}

function keyOf(bytes: string): string {
  return btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
