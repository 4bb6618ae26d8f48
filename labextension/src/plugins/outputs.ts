import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { VIEW_TYPE, viewRenderer } from '../outputs/stillview';

// before the widget manager's, which is -10
const RANK = -20;

/** Widgets of ours in notebooks that were opened again. */
export const outputsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'nbcellar:outputs',
  description: 'Shows what a widget was saved with where no kernel holds it any more.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ITranslator],
  activate: (_: JupyterFrontEnd, tracker: INotebookTracker, translator: ITranslator | null) => {
    const trans = (translator ?? nullTranslator).load('nbcellar');
    const teach = (panel: NotebookPanel): void => {
      const registry = panel.content.rendermime;
      registry.addFactory(
        { safe: false, mimeTypes: [VIEW_TYPE], createRenderer: () => viewRenderer(registry, trans) },
        RANK
      );
    };
    tracker.forEach(teach);
    tracker.widgetAdded.connect((_, panel) => teach(panel));
  }
};
