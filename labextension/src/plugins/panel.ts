import { ILabShell, ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Api } from '../api';
import { DRIVE_NAME } from '../drive/cellardrive';
import { openFile } from '../drive/opening';
import { cellarIcon } from '../icons';
import { CellarsModel } from '../panel/model';
import { CellarPanel } from '../panel/panel';
import { serverHasCellars } from '../presence';
import { CommandIDs, ICellarPanel } from '../tokens';

const QUIET_MS = 700;

/** The side panel with the cellars of this server. */
export const panelPlugin: JupyterFrontEndPlugin<ICellarPanel | null> = {
  id: 'nbcellar:panel',
  description: 'The side panel with the cellars of this server.',
  autoStart: true,
  provides: ICellarPanel,
  requires: [IDocumentManager],
  optional: [INotebookTracker, ILabShell, ILayoutRestorer, ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    manager: IDocumentManager,
    tracker: INotebookTracker | null,
    shell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): ICellarPanel | null => {
    if (!serverHasCellars()) {
      return null;
    }
    const trans = (translator ?? nullTranslator).load('nbcellar');
    const api = new Api(app.serviceManager.serverSettings);
    const model = new CellarsModel(api);
    const panel = new CellarPanel(model, trans, path => openFile(manager, `${DRIVE_NAME}:${path}`));
    panel.id = 'nbcellar-panel';
    panel.title.icon = cellarIcon;
    panel.title.caption = trans.__('Cellar');
    panel.node.setAttribute('role', 'region');
    panel.node.setAttribute('aria-label', trans.__('Cellar panel'));
    app.shell.add(panel, 'left', { rank: 150, type: 'Cellar' });
    restorer?.add(panel, panel.id);
    app.commands.addCommand(CommandIDs.showPanel, {
      label: trans.__('Show Cellar'),
      caption: trans.__('Show the side panel with what was saved'),
      icon: cellarIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => app.shell.activateById(panel.id)
    });
    palette?.addItem({ command: CommandIDs.showPanel, category: trans.__('Cellar') });
    followDocuments(panel, manager, tracker, shell);
    refreshAfterCells(panel);
    return { api, panel };
  }
};

/** The cellar of the document in front is the one that is shown. */
function followDocuments(
  panel: CellarPanel,
  manager: IDocumentManager,
  tracker: INotebookTracker | null,
  shell: ILabShell | null
): void {
  const front = (): void => {
    const widget = shell?.currentWidget ?? tracker?.currentWidget;
    const context = widget ? manager.contextForWidget(widget) : undefined;
    if (context && !context.path.includes(':')) {
      panel.follow(context.path);
    }
  };
  shell?.currentChanged.connect(front);
  tracker?.currentChanged.connect(front);
}

/** What a cell saved shows itself, once cells are quiet. */
function refreshAfterCells(panel: CellarPanel): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  NotebookActions.executed.connect(() => {
    clearTimeout(timer);
    timer = setTimeout(() => panel.refresh(), QUIET_MS);
  });
}
