import { h } from '../browser/dom';
import { visible } from '../browser/format';
import type { Words } from '../browser/host';
import { isElsewhere, loadsElsewhere } from './addresses';

// what holds other documents, rules or text that another parser reads as elements
const NEVER =
  'style, link, base, meta, title, script, iframe, frame, frameset, object, embed, applet, portal, noscript, noembed, ' +
  'noframes, xmp, plaintext, template';
const NEVER_IN_PAGE =
  'link, base, meta, script, iframe, frame, frameset, object, embed, applet, portal, noscript, template';
const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; media-src data: blob:";

/**
 * A piece of HTML without anything that the browser would load from elsewhere; pictures leave a note, those of a heading
 * below it, which keeps its own words. It is markup as before and no safer to run: a sanitiser comes after it.
 */
export function markupAtHome(html: string, words: Words): string {
  const { body } = parsed(html, NEVER);
  // from the last one on, so that the notes below a heading come in order
  for (const element of [...body.querySelectorAll('*')].reverse()) {
    const source = element.getAttribute('src');
    if (source !== null && isElsewhere(source)) {
      leave(element, note(source, words));
    } else {
      bare(element);
    }
  }
  return body.innerHTML;
}

/** A whole page that can load nothing: a policy says so, before anything of it is read. */
export function pageAtHome(html: string): string {
  const page = parsed(html, NEVER_IN_PAGE);
  for (const element of page.querySelectorAll('[ping], [manifest]')) {
    bare(element);
  }
  page.head.prepend(h('meta', { 'http-equiv': 'Content-Security-Policy', content: PAGE_POLICY }));
  return page.documentElement.innerHTML;
}

/** Parsed into a document of its own, in which nothing loads and nothing runs. */
export function pageOf(html: string): Document {
  return new DOMParser().parseFromString(html, 'text/html');
}

function parsed(html: string, without: string): Document {
  const page = pageOf(html);
  for (const element of page.querySelectorAll(without)) {
    element.remove();
  }
  const comments = page.createNodeIterator(page, NodeFilter.SHOW_COMMENT);
  for (let comment = comments.nextNode(); comment; comment = comments.nextNode()) {
    comment.parentNode?.removeChild(comment);
  }
  return page;
}

function bare(element: Element): void {
  for (const { name, value } of [...element.attributes]) {
    if (loadsElsewhere(element.localName, name, value)) {
      element.removeAttribute(name);
    }
  }
}

function leave(element: Element, left: HTMLElement): void {
  const heading = element.parentElement?.closest('h1, h2, h3, h4, h5, h6');
  if (heading) {
    element.remove();
    heading.after(left);
  } else {
    element.replaceWith(left);
  }
}

function note(source: string, words: Words): HTMLElement {
  const text = words.__('Not loaded: %1', visible(source.slice(0, 200)));
  return h('em', { title: words.__('Files of the cellar load nothing from elsewhere.') }, text);
}
