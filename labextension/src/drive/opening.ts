import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { DRIVE_NAME } from './cellardrive';

const MARKUP = /\.(?:html?|xhtml|svg|xml)$/i;

/** Whether a path lies on our drive. */
export function isOnDrive(path: string): boolean {
  return path.startsWith(`${DRIVE_NAME}:`);
}

/** Open a file of the drive: foreign markup as text, everything else with what JupyterLab has for it. */
export function openFile(manager: IDocumentManager, path: string): void {
  const editor = MARKUP.test(path) && manager.registry.getWidgetFactory('Editor');
  manager.openOrReveal(path, editor ? 'Editor' : 'default');
}

/** A saved notebook is read, not run: no kernel starts for it until somebody chooses one. */
export function keepQuiet(panel: NotebookPanel): void {
  const context = panel.context;
  if (isOnDrive(context.path)) {
    context.sessionContext.kernelPreference = {
      ...context.sessionContext.kernelPreference,
      shouldStart: false,
      autoStartDefault: false
    };
  }
}
