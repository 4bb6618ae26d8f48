import { Token } from '@lumino/coreutils';
import type { Api } from './api';
import type { CellarPanel } from './panel/panel';

/** Every command of the extension. */
export const CommandIDs = {
  openBrowser: 'nbcellar:open-browser',
  showPanel: 'nbcellar:show-panel',
  showDrive: 'nbcellar:show-drive',
  showAddress: 'nbcellar:show-address',
  saveFiles: 'nbcellar:save-files',
  showVersions: 'nbcellar:show-versions',
  restoreFile: 'nbcellar:restore-file',
  openFile: 'nbcellar:open-file',
  openText: 'nbcellar:open-text',
  copyReference: 'nbcellar:copy-reference',
  refreshDrive: 'nbcellar:refresh-drive'
} as const;

/** The side panel, for plugins that show something in it. */
export interface ICellarPanel {
  readonly api: Api;
  readonly panel: CellarPanel;
}

export const ICellarPanel = new Token<ICellarPanel | null>(
  'nbcellar:ICellarPanel',
  'The side panel of nbcellar, or null where the server has no nbcellar.'
);
