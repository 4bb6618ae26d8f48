import type { DocumentRegistry } from '@jupyterlab/docregistry';
import { NotebookPanel } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import type { Words } from '../browser/host';
import { headingNames, headingsIn, nameHeadings } from './headings';
import { pageAtHome } from './inertmarkup';
import { held, keepAtHome, keepNotebookAtHome, type Rendering } from './inertrendering';
import { isOnDrive } from './opening';

type Renderer = Parameters<typeof held>[0];
type Context = DocumentRegistry.IContext<DocumentRegistry.IModel>;
type Guard = (document: Widget, words: Words, context: Context) => void;

/** What the preview of Markdown tells of itself. */
interface Preview {
  readonly ready: Promise<void>;
  readonly rendered: Signal<Widget, void>;
}

/** JupyterLab's viewers by name, and what each needs so that a file of the drive loads nothing from elsewhere. */
const GUARDS: Readonly<Record<string, Guard>> = {
  Notebook: guardNotebook,
  'Markdown Preview': guardMarkdown,
  'HTML Viewer': guardPage,
  Vega5: guardDrawing,
  'Vega-Lite5': guardDrawing,
  Mermaid: guardDrawing,
  GeoJSON: guardDrawing
};

/** Guard what opens files of the drive, whoever opened them. */
export function guardViewers(registry: DocumentRegistry, words: Words): void {
  for (const [name, guard] of Object.entries(GUARDS)) {
    registry.addWidgetExtension(name, {
      createNew: (document, context) => {
        if (isOnDrive(context.path)) {
          guard(document, words, context);
        }
      }
    });
  }
}

function guardNotebook(document: Widget, words: Words): void {
  if (document instanceof NotebookPanel) {
    keepNotebookAtHome(document.content.rendermime, words);
  }
}

/** The preview itself reads from its content; from the document, the table of contents does: what was drawn, then. */
function guardMarkdown(document: Widget, words: Words, context: Context): void {
  const renderer = rendererOf(document);
  let headings = '';
  let names: readonly string[] = [];
  if (renderer && isRendering(renderer)) {
    keepAtHome(renderer, words, html => {
      headings = headingsIn(html);
      names = headingNames(html);
    });
  }
  const content = contentOf(document);
  const drawn = content && isPreview(content) ? content : null;
  const contentChanged = new Signal<unknown, void>(context.model);
  drawn?.rendered.connect(() => {
    nameHeadings(drawn.node, names);
    contentChanged.emit();
  });
  const model = { toString: { value: () => headings }, contentChanged: { value: contentChanged } };
  replaceContext(document, context, model, drawn ? { ready: { value: drawn.ready } } : {});
}

function guardDrawing(document: Widget, words: Words): void {
  const renderer = rendererOf(document);
  if (renderer) {
    held(renderer, words);
  }
}

/** The viewer of pages reads its text from the context; what the person trusts, it shows as it is. */
function guardPage(document: Widget, _: Words, context: Context): void {
  const read = (): string => {
    const text = context.model.toString();
    return 'trusted' in document && document.trusted === true ? text : pageAtHome(text);
  };
  replaceContext(document, context, { toString: { value: read } });
}

/** Let whoever asks a document for its context find other things there. */
function replaceContext(
  document: Widget,
  context: Context,
  ofModel: PropertyDescriptorMap,
  further: PropertyDescriptorMap = {}
): void {
  const model: DocumentRegistry.IModel = Object.create(context.model, ofModel);
  Object.defineProperty(document, 'context', {
    value: Object.create(context, { ...further, model: { value: model } })
  });
}

function contentOf(document: Widget): Widget | null {
  return 'content' in document && document.content instanceof Widget ? document.content : null;
}

function rendererOf(document: Widget): Renderer | null {
  const content = contentOf(document);
  return content && 'renderer' in content && isRenderer(content.renderer) ? content.renderer : null;
}

function isRenderer(value: unknown): value is Renderer {
  return value instanceof Widget && 'renderModel' in value;
}

function isPreview(content: Widget): content is Widget & Preview {
  return (
    'ready' in content &&
    content.ready instanceof Promise &&
    'rendered' in content &&
    content.rendered instanceof Signal
  );
}

function isRendering(renderer: object): renderer is Rendering {
  return 'sanitizer' in renderer && 'markdownParser' in renderer;
}
