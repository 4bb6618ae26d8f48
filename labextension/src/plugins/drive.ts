import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Clipboard, ICommandPalette, Notification } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import type { FileBrowser } from '@jupyterlab/filebrowser';
import { INotebookTracker } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import { CellarDrive } from '../drive/cellardrive';
import { driveBrowser } from '../drive/drivebrowser';
import { keepQuiet, openFile } from '../drive/opening';
import { referenceOf } from '../drive/reference';
import { guardViewers } from '../drive/viewers';
import { driveIcon } from '../icons';
import { PluginSettings } from '../pluginsettings';
import { serverHasCellars } from '../presence';
import { CommandIDs } from '../tokens';

const ID = 'nbcellar:drive';

/** The read-only drive, and a file browser on it. */
export const drivePlugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Assets as a read-only drive, which every viewer opens.',
  autoStart: true,
  requires: [IDocumentManager],
  optional: [INotebookTracker, ILayoutRestorer, ICommandPalette, ITranslator, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    manager: IDocumentManager,
    tracker: INotebookTracker | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null,
    registry: ISettingRegistry | null
  ) => {
    if (!serverHasCellars()) {
      return;
    }
    const language = translator ?? nullTranslator;
    const trans = language.load('nbcellar');
    app.serviceManager.contents.addDrive(new CellarDrive(app.serviceManager.serverSettings));
    tracker?.widgetAdded.connect((_, panel) => keepQuiet(panel));
    guardViewers(app.docRegistry, trans);
    const browser = driveBrowser({ manager, commands: app.commands, translator: language });
    const settings = new PluginSettings(ID);
    void settings.load(registry, () => {
      browser.showFileFilter = settings.flag('showFileFilter', true);
    });
    browser.title.icon = driveIcon;
    browser.title.caption = trans.__('Cellar drive');
    browser.node.setAttribute('role', 'region');
    browser.node.setAttribute('aria-label', trans.__('Cellar drive'));
    addCommands(app, manager, browser, trans);
    app.shell.add(browser, 'left', { rank: 151, type: 'Cellar Drive' });
    restorer?.add(browser, browser.id);
    palette?.addItem({ command: CommandIDs.showDrive, category: trans.__('Cellar') });
  }
};

const NOTHING = { args: { type: 'object', properties: {} } } as const;

function addCommands(
  app: JupyterFrontEnd,
  manager: IDocumentManager,
  browser: FileBrowser,
  trans: TranslationBundle
): void {
  const chosen = (): Contents.IModel[] => [...browser.selectedItems()];
  const files = (): Contents.IModel[] => chosen().filter(item => item.type !== 'directory');
  app.commands.addCommand(CommandIDs.showDrive, {
    label: trans.__('Show Cellar Drive'),
    caption: trans.__('Show the files of assets as folders'),
    icon: driveIcon,
    describedBy: NOTHING,
    execute: () => app.shell.activateById(browser.id)
  });
  app.commands.addCommand(CommandIDs.openFile, {
    label: trans.__('Open'),
    describedBy: NOTHING,
    execute: async () => {
      for (const item of chosen()) {
        if (item.type === 'directory') {
          await browser.model.cd(`/${manager.services.contents.localPath(item.path)}`);
        } else {
          openFile(manager, item.path);
        }
      }
    }
  });
  app.commands.addCommand(CommandIDs.openText, {
    label: trans.__('Open as Text'),
    describedBy: NOTHING,
    isVisible: () => files().length > 0,
    execute: () => {
      for (const item of files()) {
        manager.openOrReveal(item.path, 'Editor');
      }
    }
  });
  app.commands.addCommand(CommandIDs.copyReference, {
    label: trans.__('Copy Code'),
    caption: trans.__('Copy the Python code that gets this asset or file'),
    describedBy: NOTHING,
    isVisible: () => chosen().some(item => referenceOf(item.path) !== null),
    execute: () => {
      const code = chosen().flatMap(item => referenceOf(item.path) ?? []);
      Clipboard.copyToSystem(code.join('\n'));
      Notification.success(trans.__('Copied: %1', code.join(' ')), { autoClose: 4000 });
    }
  });
  app.commands.addCommand(CommandIDs.refreshDrive, {
    label: trans.__('Read Again'),
    describedBy: NOTHING,
    execute: () => browser.model.refresh()
  });
}
