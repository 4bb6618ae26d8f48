import type { JupyterFrontEnd } from '@jupyterlab/application';
import { type INotebookTracker, NotebookActions, NotebookPanel } from '@jupyterlab/notebook';
import { BROWSER_CODE, type Spot, spotFor } from './snippet';

/** The notebook in front, or a new one with the default kernel; null where neither can be had. */
export async function notebookFor(app: JupyterFrontEnd, tracker: INotebookTracker): Promise<NotebookPanel | null> {
  const panel = tracker.currentWidget ?? (await newNotebook(app));
  if (panel) {
    await panel.context.ready;
    app.shell.activateById(panel.id);
  }
  return panel;
}

async function newNotebook(app: JupyterFrontEnd): Promise<NotebookPanel | null> {
  await app.serviceManager.kernelspecs.ready;
  const kernelName = app.serviceManager.kernelspecs.specs?.default;
  const made: unknown = await app.commands.execute('notebook:create-new', { kernelName: kernelName ?? '' });
  return made instanceof NotebookPanel ? made : null;
}

/** Put the browser's code into the notebook and make its cell the active one. */
export function putBrowser(panel: NotebookPanel): Spot {
  const notebook = panel.content;
  const sources = notebook.widgets.map(cell =>
    cell.model.type === 'code' ? cell.model.sharedModel.getSource() : null
  );
  const spot = spotFor(sources, notebook.activeCellIndex);
  if (spot.act === 'insert') {
    notebook.activeCellIndex = Math.max(0, spot.index - 1);
    NotebookActions.insertBelow(notebook);
  } else {
    notebook.activeCellIndex = spot.index;
  }
  if (spot.act !== 'show') {
    notebook.activeCell?.model.sharedModel.setSource(BROWSER_CODE);
  }
  notebook.deselectAll();
  return spot;
}
