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

/** `train@4/plots/loss.png` as the drive has it: `train/@4/plots/loss.png`. */
export function drivePath(ref: string): string {
  const slash = ref.indexOf('/');
  const version = slash < 0 ? ref : ref.slice(0, slash);
  const at = version.lastIndexOf('@');
  const rest = slash < 0 ? '' : ref.slice(slash);
  return at < 0 ? ref : `${version.slice(0, at)}/${version.slice(at)}${rest}`;
}
