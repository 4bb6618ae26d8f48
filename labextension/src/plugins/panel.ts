import { ILabShell, ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';
import { Api } from '../api';
import { DRIVE_NAME } from '../drive/cellardrive';
import { openFile } from '../drive/opening';
import { cellarIcon } from '../icons';
import { AbsentPanel } from '../panel/absent';
import { addressOf } from '../panel/address';
import { CellarsModel } from '../panel/model';
import { CellarPanel } from '../panel/panel';
import { Preferences } from '../panel/preferences';
import { serverHasCellars } from '../presence';
import { CommandIDs, ICellarPanel } from '../tokens';

const ID = 'nbcellar:panel';
const QUIET_MS = 700;

/** The side panel with the cellars of this server. */
export const panelPlugin: JupyterFrontEndPlugin<ICellarPanel | null> = {
  id: ID,
  description: 'The side panel with the cellars of this server.',
  autoStart: true,
  provides: ICellarPanel,
  requires: [IDocumentManager],
  optional: [INotebookTracker, ILabShell, ILayoutRestorer, ICommandPalette, ITranslator, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    manager: IDocumentManager,
    tracker: INotebookTracker | null,
    shell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null,
    registry: ISettingRegistry | null
  ): ICellarPanel | null => {
    const trans = (translator ?? nullTranslator).load('nbcellar');
    if (!serverHasCellars()) {
      addPanel(app, new AbsentPanel(trans), trans, restorer, palette);
      return null;
    }
    const preferences = new Preferences(ID);
    const loaded = preferences.load(registry);
    const api = new Api(app.serviceManager.serverSettings);
    const panel = new CellarPanel({
      model: new CellarsModel(api),
      words: trans,
      open: path => openFile(manager, `${DRIVE_NAME}:${path}`),
      defaults: () => preferences.defaults,
      link: addressOf
    });
    addPanel(app, panel, trans, restorer, palette);
    followDocuments(panel, manager, tracker, shell, preferences);
    refreshAfterCells(panel, preferences);
    void Promise.all([loaded, app.restored]).then(() => {
      if (preferences.openOnStart) {
        app.shell.activateById(panel.id);
      }
    });
    return { api, panel };
  }
};

function addPanel(
  app: JupyterFrontEnd,
  panel: Widget,
  trans: TranslationBundle,
  restorer: ILayoutRestorer | null,
  palette: ICommandPalette | null
): void {
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
}

/** The cellar of the document in front is the one that is shown. */
function followDocuments(
  panel: CellarPanel,
  manager: IDocumentManager,
  tracker: INotebookTracker | null,
  shell: ILabShell | null,
  preferences: Preferences
): void {
  const front = (): void => {
    const widget = shell?.currentWidget ?? tracker?.currentWidget;
    const context = widget ? manager.contextForWidget(widget) : undefined;
    if (preferences.followDocument && context && !context.path.includes(':')) {
      panel.follow(context.path);
    }
  };
  shell?.currentChanged.connect(front);
  tracker?.currentChanged.connect(front);
}

/** What a cell saved shows itself, once cells are quiet. */
function refreshAfterCells(panel: CellarPanel, preferences: Preferences): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  NotebookActions.executed.connect(() => {
    clearTimeout(timer);
    if (preferences.refreshAfterCells) {
      timer = setTimeout(() => panel.refresh(), QUIET_MS);
    }
  });
}
