/** Whether something that is shown would be loaded from outside of its file: from another host, or by a path of this one. */
export function isElsewhere(address: string): boolean {
  const plain = address.replace(/[\u0000-\u0020]/g, ''); // which browsers pass over
  return !/^(?:data|attachment):/i.test(plain) && /^(?:[a-z][a-z0-9+.-]*:|[\\/])/i.test(plain);
}

/** Whether an attribute of an element would have the browser load something from outside of the file. */
export function loadsElsewhere(tag: string, name: string, value: string): boolean {
  const attribute = name.toLowerCase();
  if (attribute === 'srcset' || attribute === 'imagesrcset' || attribute === 'ping') {
    return true; // lists of addresses
  }
  if (attribute === 'style') {
    return /url|image|src|@|\\/i.test(value);
  }
  if (/url\s*\(|\\/i.test(value) && !PROSE.has(attribute)) {
    return true; // what SVG fills, masks and filters with
  }
  const linked = /^(?:a|area)$/i.test(tag) && attribute === 'href'; // which is followed by a person, or not at all
  return !linked && LOADED.has(attribute) && isElsewhere(value);
}

const LOADED: ReadonlySet<string> = new Set([
  ...['src', 'href', 'xlink:href', 'poster', 'background', 'data', 'lowsrc', 'dynsrc'],
  ...['action', 'formaction', 'code', 'codebase', 'classid', 'archive', 'icon', 'manifest', 'profile']
]);

const PROSE: ReadonlySet<string> = new Set(['alt', 'title', 'href', 'aria-label', 'src']);
