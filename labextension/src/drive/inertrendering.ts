import type { NotebookPanel } from '@jupyterlab/notebook';
import { h } from '../browser/dom';
import type { Words } from '../browser/host';
import { headingsIn } from './headings';
import { markupAtHome } from './inertmarkup';

type Registry = NotebookPanel['content']['rendermime'];
type Renderer = ReturnType<Registry['createRenderer']>;
type Sanitizer = Registry['sanitizer'];
type Parser = NonNullable<Registry['markdownParser']>;

/** What makes documents out of text: a notebook's registry, or the one renderer of a Markdown document. */
export interface Rendering {
  readonly sanitizer: Sanitizer;
  readonly markdownParser: Registry['markdownParser'];
}

// drawn by JupyterLab from the data alone, after its sanitiser; ours are drawn by us
const INERT = /^(?:text\/|image\/|application\/(?:json|javascript|pdf|vnd\.jupyter\.|vnd\.nbcellar\.))/;
// before plain text (120), after pictures
const HELD_RANK = 110;

/** Let a notebook show nothing that would be loaded from elsewhere. */
export function keepNotebookAtHome(registry: Registry, words: Words): void {
  keepAtHome(registry, words);
  for (const type of [...registry.mimeTypes]) {
    const factory = registry.getFactory(type);
    if (factory && !INERT.test(type)) {
      const { safe } = factory;
      const createRenderer: typeof factory.createRenderer = options => held(factory.createRenderer(options), words);
      registry.addFactory({ safe, mimeTypes: [type], createRenderer }, HELD_RANK);
    }
  }
}

/** Let HTML and Markdown be written without what would be loaded from elsewhere; somebody may hear what is written. */
export function keepAtHome(rendering: Rendering, words: Words, heard: (html: string) => void = () => {}): void {
  const clean = sanitizerAtHome(rendering.sanitizer, words);
  const sanitize: Sanitizer['sanitize'] = (dirty, options) => {
    const html = clean.sanitize(dirty, options);
    heard(html);
    return html;
  };
  Object.defineProperty(rendering, 'sanitizer', { value: Object.create(clean, { sanitize: { value: sanitize } }) });
  if (rendering.markdownParser) {
    Object.defineProperty(rendering, 'markdownParser', { value: parserAtHome(rendering.markdownParser, clean) });
  }
}

/** A renderer that may load what it draws, and so asks before. */
export function held(renderer: Renderer, words: Words): Renderer {
  const draw = renderer.renderModel.bind(renderer);
  let allowed = false;
  renderer.renderModel = model => {
    if (allowed) {
      return draw(model);
    }
    const allow = h('button', { type: 'button', class: 'jp-mod-styled jp-mod-reject' }, words.__('Draw it'));
    allow.addEventListener('click', () => {
      allowed = true;
      renderer.node.replaceChildren();
      void draw(model);
    });
    const text = words.__(
      'A drawing of this kind can load things from other places, and so tell them that you opened it.'
    );
    renderer.node.replaceChildren(h('div', { class: 'jp-nbcellar-held' }, h('p', {}, text), allow));
    return Promise.resolve();
  };
  return renderer;
}

/** The sanitiser comes last, so that nothing which it took away comes back. */
function sanitizerAtHome(inner: Sanitizer, words: Words): Sanitizer {
  const sanitize: Sanitizer['sanitize'] = (dirty, options) => inner.sanitize(markupAtHome(dirty, words), options);
  return Object.create(inner, { sanitize: { value: sanitize } });
}

function parserAtHome(inner: Parser, clean: Sanitizer): Parser {
  const render: Parser['render'] = source => inner.render(withoutDiagrams(source));
  if (!knowsHeadings(inner)) {
    return Object.create(inner, { render: { value: render } });
  }
  const getHeadingTokens: Headings['getHeadingTokens'] = async source => {
    const tokens = await inner.getHeadingTokens(withoutDiagrams(source));
    const drawn = await Promise.all(tokens.map(token => render(token.raw)));
    return tokens.map((token, at) => ({ ...token, raw: headingsIn(clean.sanitize(drawn[at] ?? '')) }));
  };
  return Object.create(inner, { render: { value: render }, getHeadingTokens: { value: getHeadingTokens } });
}

/** Parsers that find headings by themselves, which the protocol of renderers does not mention. */
interface Headings {
  getHeadingTokens(source: string): Promise<readonly { readonly raw: string }[]>;
}

function knowsHeadings(parser: Parser): parser is Parser & Headings {
  return 'getHeadingTokens' in parser && typeof parser.getHeadingTokens === 'function';
}

/** Diagrams are drawn while Markdown is read, with the pictures that they name: here they are code like other code. */
export function withoutDiagrams(source: string): string {
  return source.replace(/[^\n\r]*(?:`{3}|~{3})[^\n\r]*/g, line => line.replace(/mermaid/gi, '$&\u2060'));
}
