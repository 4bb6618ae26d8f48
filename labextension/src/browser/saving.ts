import { h } from './dom';

/** Give bytes to the person's own disk, as a download of the page. */
export function saveBytes(name: string, bytes: Uint8Array<ArrayBuffer>): void {
  const url = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
  saveFrom(url, name);
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // the browser may still be reading
}

/** Download from an address. */
export function saveFrom(url: string, name: string): void {
  const link = h('a', { href: url, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
}
