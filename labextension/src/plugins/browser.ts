import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { cellarIcon } from '../icons';
import { notebookFor, putBrowser } from '../insertion';
import { CommandIDs } from '../tokens';

const ID = 'nbcellar:browser';

/** The command that brings the asset browser into a notebook. */
export const browserPlugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Opens the asset browser in a notebook.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ICommandPalette, ISettingRegistry, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    palette: ICommandPalette | null,
    registry: ISettingRegistry | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbcellar');
    const settings = registry?.load(ID);
    app.commands.addCommand(CommandIDs.openBrowser, {
      label: trans.__('Open Asset Browser in Notebook'),
      caption: trans.__('Put the code of the asset browser into the notebook in front, or into a new one'),
      icon: cellarIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: async () => {
        const panel = await notebookFor(app, tracker);
        if (panel === null) {
          return;
        }
        putBrowser(panel);
        if ((await settings)?.get('runInserted').composite === true) {
          await panel.sessionContext.ready;
          await NotebookActions.run(panel.content, panel.sessionContext);
        }
      }
    });
    palette?.addItem({ command: CommandIDs.openBrowser, category: trans.__('Cellar') });
  }
};
