import type { DocumentRegistry } from '@jupyterlab/docregistry';
import { NotebookPanel } from '@jupyterlab/notebook';
import { Widget } from '@lumino/widgets';
import type { Words } from '../browser/protocol';
import { pageAtHome } from './inertmarkup';
import { held, keepAtHome, keepNotebookAtHome, type Rendering, wordsOf } from './inertrendering';
import { isOnDrive } from './opening';

type Renderer = Parameters<typeof held>[0];
type Context = DocumentRegistry.IContext<DocumentRegistry.IModel>;
type Guard = (document: Widget, words: Words, context: Context) => void;

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

function guardMarkdown(document: Widget, words: Words, context: Context): void {
  const renderer = rendererOf(document);
  if (renderer && isRendering(renderer)) {
    keepAtHome(renderer, words);
  }
  // the preview itself reads from its content; from the document, the table of contents does
  readThrough(document, context, wordsOf);
}

function guardDrawing(document: Widget, words: Words): void {
  const renderer = rendererOf(document);
  if (renderer) {
    held(renderer, words);
  }
}

/** The viewer of pages reads its text from the context; what the person trusts, it shows as it is. */
function guardPage(document: Widget, _: Words, context: Context): void {
  readThrough(document, context, text =>
    'trusted' in document && document.trusted === true ? text : pageAtHome(text)
  );
}

/** Let whoever reads the text of a document read something else. */
function readThrough(document: Widget, context: Context, change: (text: string) => string): void {
  const read = (): string => change(context.model.toString());
  const model: DocumentRegistry.IModel = Object.create(context.model, { toString: { value: read } });
  Object.defineProperty(document, 'context', { value: Object.create(context, { model: { value: model } }) });
}

function rendererOf(document: Widget): Renderer | null {
  const content = 'content' in document ? document.content : null;
  return content instanceof Widget && 'renderer' in content && isRenderer(content.renderer) ? content.renderer : null;
}

function isRenderer(value: unknown): value is Renderer {
  return value instanceof Widget && 'renderModel' in value;
}

function isRendering(renderer: object): renderer is Rendering {
  return 'sanitizer' in renderer && 'markdownParser' in renderer;
}
