import type { IDocumentManager } from '@jupyterlab/docmanager';
import { FileBrowser, FilterFileBrowserModel } from '@jupyterlab/filebrowser';
import type { ITranslator } from '@jupyterlab/translation';
import { ContextMenuSvg, refreshIcon, ToolbarButton } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { Message } from '@lumino/messaging';
import { CommandIDs } from '../tokens';
import { DRIVE_NAME } from './cellardrive';
import { openFile } from './opening';

export interface DriveBrowserOptions {
  readonly manager: IDocumentManager;
  readonly commands: CommandRegistry;
  readonly translator: ITranslator;
}

/**
 * A file browser on our drive. It is no browser of JupyterLab's factory, whose commands ("New File", "Paste") would then
 * mean the drive; and it has a menu of its own, since JupyterLab's offers to rename, cut and delete.
 */
export function driveBrowser({ manager, commands, translator }: DriveBrowserOptions): FileBrowser {
  const trans = translator.load('nbcellar');
  const model = new FilterFileBrowserModel({
    manager,
    driveName: DRIVE_NAME,
    translator,
    auto: false,
    refreshInterval: 300_000,
    allowFileUploads: false
  });
  const browser = new DriveBrowser({
    id: 'nbcellar-drive',
    model,
    restore: false,
    translator,
    handleOpenFile: path => openFile(manager, path)
  });
  browser.toolbar.addItem(
    'refresh',
    new ToolbarButton({ icon: refreshIcon, tooltip: trans.__('Read again'), onClick: () => void model.refresh() })
  );
  browser.toolbar.node.setAttribute('aria-label', trans.__('Cellar drive'));
  const menu = driveMenu(commands, translator);
  browser.node.addEventListener(
    'contextmenu',
    event => {
      event.preventDefault();
      event.stopPropagation();
      menu.open(event);
    },
    true
  );
  browser.disposed.connect(() => menu.menu.dispose());
  return browser;
}

class DriveBrowser extends FileBrowser {
  /** Assets come and go while it is hidden. */
  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    void this.model.refresh();
  }
}

function driveMenu(commands: CommandRegistry, translator: ITranslator): ContextMenuSvg {
  const menu = new ContextMenuSvg({ commands });
  menu.menu.title.label = translator.load('nbcellar').__('Cellar drive');
  const row = '.jp-DirListing-item';
  for (const command of [CommandIDs.openFile, CommandIDs.openText, CommandIDs.copyReference]) {
    menu.addItem({ command, selector: row });
  }
  menu.addItem({ command: CommandIDs.refreshDrive, selector: '.jp-DirListing' });
  return menu;
}
