/**
 * The Python code that gets what lies at a path of the drive, `cellar:survey/train/@4/plots/loss.png`; null for what is no
 * version. Ranges of large folders, `000001-002000`, are no part of a file's name.
 */
export function referenceOf(path: string): string | null {
  const [, name, version, ...rest] = path.replace(/^cellar:/, '').split('/');
  if (!name || !version || !/^@\d+$/.test(version)) {
    return null;
  }
  const ref = JSON.stringify(`${name}${version}`);
  const inside = rest.filter(part => !/^\d{6,}-\d{6,}$/.test(part)).join('/');
  return inside ? `cellar[${ref}][${JSON.stringify(inside)}]` : `cellar[${ref}]`;
}
