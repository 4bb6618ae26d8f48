import { pageOf } from './inertmarkup';

const HEADINGS = 'h1, h2, h3, h4, h5, h6';
const IGNORED = '.tocSkip, .jp-toc-ignore';

/**
 * The headings of a drawn document, as Markdown that holds nothing else. The table of contents finds a heading by its
 * words, and so they are taken from what was drawn and not read a second time from what was written.
 */
export function headingsIn(html: string): string {
  return [...pageOf(html).querySelectorAll(HEADINGS)]
    .filter(heading => !heading.matches(IGNORED) && !heading.querySelector(IGNORED))
    .map(heading => headingOf(heading.localName, heading.textContent ?? ''))
    .join('\n\n');
}

/** A heading of bare words: by references, no letter of them means anything in Markdown or HTML, or ends the line. */
export function headingOf(name: string, words: string): string {
  return `<${name}>${words.replace(/[^ \w\u0080-\uffff]/g, letter => `&#${letter.charCodeAt(0)};`)}</${name}>`;
}

/** What JupyterLab would call each heading of a document by, were its mathematics not drawn first. */
export function headingNames(html: string): string[] {
  return [...pageOf(html).querySelectorAll(HEADINGS)].map(heading => (heading.textContent ?? '').replace(/ /g, '-'));
}

/** Call drawn headings by these names, by which the table of contents looks for them. */
export function nameHeadings(drawn: HTMLElement, names: readonly string[]): void {
  for (const [at, heading] of [...drawn.querySelectorAll(HEADINGS)].entries()) {
    const name = names[at] ?? '';
    for (const attribute of ['id', 'data-jupyter-id'].filter(one => heading.hasAttribute(one))) {
      heading.setAttribute(attribute, name);
    }
    heading.querySelector('a.jp-InternalAnchorLink')?.setAttribute('href', `#${name}`);
  }
}
