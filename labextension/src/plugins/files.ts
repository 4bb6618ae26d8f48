import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, ICommandPalette, Notification, showDialog } from '@jupyterlab/apputils';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import type { Contents } from '@jupyterlab/services';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { HistoryRow } from '../api';
import { age } from '../browser/format';
import { Refusal } from '../browser/protocol';
import { SaveBody } from '../files/savebody';
import { cellarIcon } from '../icons';
import { PluginSettings } from '../pluginsettings';
import { CommandIDs, ICellarPanel } from '../tokens';

const ID = 'nbcellar:files';
const FILE_COMMANDS = [CommandIDs.saveFiles, CommandIDs.showVersions, CommandIDs.restoreFile] as const;

/** What the file browser's menu does with files. */
export const filesPlugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Saves files as assets and restores older versions, in the file browser’s menu.',
  autoStart: true,
  requires: [ICellarPanel, IFileBrowserFactory],
  optional: [ICommandPalette, ITranslator, ISettingRegistry],
  activate: async (
    app: JupyterFrontEnd,
    cellar: ICellarPanel | null,
    factory: IFileBrowserFactory,
    palette: ICommandPalette | null,
    translator: ITranslator | null,
    registry: ISettingRegistry | null
  ): Promise<void> => {
    const trans = (translator ?? nullTranslator).load('nbcellar');
    const settings = new PluginSettings(ID);
    // first what is set: a menu that is opened at once must not have what was left out of it
    await settings.load(registry, () => {
      for (const command of FILE_COMMANDS.filter(one => app.commands.hasCommand(one))) {
        app.commands.notifyCommandChanged(command);
      }
    });
    new FileCommands({ app, cellar, factory, trans, inMenu: () => settings.flag('showInMenu', true) }).add();
    for (const command of FILE_COMMANDS) {
      palette?.addItem({ command, category: trans.__('Cellar') });
    }
  }
};

const PATH_ARGS = {
  args: {
    type: 'object',
    properties: {
      menu: { type: 'boolean', description: 'Whether it stands in the file browser’s menu' },
      path: { type: 'string', description: 'A file; the one chosen in the file browser where it is left out' }
    }
  }
} as const;
const PATHS_ARGS = {
  args: {
    type: 'object',
    properties: {
      menu: { type: 'boolean', description: 'Whether it stands in the file browser’s menu' },
      paths: {
        type: 'array',
        items: { type: 'string' },
        description: 'Files and folders; those chosen in the file browser where they are left out'
      }
    }
  }
} as const;

interface FileCommandsOptions {
  readonly app: JupyterFrontEnd;
  /** Missing where the server has no nbcellar: then nothing is offered. */
  readonly cellar: ICellarPanel | null;
  readonly factory: IFileBrowserFactory;
  readonly trans: TranslationBundle;
  /** Whether the file browser's menu has these commands; the palette has them anyway. */
  readonly inMenu: () => boolean;
}

class FileCommands {
  private readonly _cellar: ICellarPanel | null;
  private readonly _trans: TranslationBundle;

  constructor(private readonly _options: FileCommandsOptions) {
    this._cellar = _options.cellar;
    this._trans = _options.trans;
  }

  add(): void {
    const trans = this._trans;
    const commands = this._options.app.commands;
    const isThere = this._cellar !== null;
    const isVisible = (args: ReadonlyPartialJSONObject): boolean =>
      isThere && (args.menu !== true || this._options.inMenu());
    commands.addCommand(CommandIDs.saveFiles, {
      label: trans.__('Save as Asset…'),
      caption: trans.__('Keep these files as they are now'),
      icon: cellarIcon,
      describedBy: PATHS_ARGS,
      isVisible,
      isEnabled: () => isThere && this._chosen().length > 0,
      execute: args => this._save(textsOf(args.paths) ?? this._chosen().map(item => item.path))
    });
    commands.addCommand(CommandIDs.showVersions, {
      label: trans.__('Show in Cellar'),
      caption: trans.__('Show the newest version that holds this file'),
      describedBy: PATH_ARGS,
      isVisible,
      isEnabled: () => isThere && this._file() !== null,
      execute: args => this._show(textOf(args.path) ?? this._file())
    });
    commands.addCommand(CommandIDs.restoreFile, {
      label: trans.__('Restore Older Version…'),
      caption: trans.__('Choose among the versions that hold this file'),
      describedBy: PATH_ARGS,
      isVisible,
      isEnabled: () => isThere && this._file() !== null,
      execute: args => this._restore(textOf(args.path) ?? this._file())
    });
  }

  private _chosen(): Contents.IModel[] {
    const browser = this._options.factory.tracker.currentWidget;
    return browser ? [...browser.selectedItems()].filter(item => !item.path.includes(':')) : [];
  }

  private _file(): string | null {
    const [first, ...others] = this._chosen();
    return first && others.length === 0 && first.type !== 'directory' ? first.path : null;
  }

  private async _save(paths: readonly string[]): Promise<void> {
    const trans = this._trans;
    const cellar = this._cellar;
    if (!cellar || paths.length === 0) {
      return;
    }
    const answer = await showDialog({
      title: trans._n('Save %1 file or folder as an asset', 'Save %1 files and folders as an asset', paths.length),
      body: new SaveBody(paths, trans),
      buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Save') })],
      focusNodeSelector: 'input'
    });
    if (!answer.button.accept) {
      return;
    }
    try {
      const saved = await cellar.api.save(paths, answer.value ?? '');
      const text = trans._n('Saved %2: %1 file', 'Saved %2: %1 files', saved.files, saved.ref);
      const ids = [`n:${saved.project}:${saved.series}`, `v:${saved.run}`];
      const show = { label: trans.__('Show'), callback: () => void this._reveal(saved.uuid, ids) };
      Notification.success(text, { autoClose: 6000, actions: saved.uuid ? [show] : [] });
      cellar.panel.refresh();
    } catch (error) {
      this._report(error);
    }
  }

  private async _show(path: string | null): Promise<void> {
    const found = await this._history(path);
    const newest = found?.rows[0];
    if (found && newest) {
      await this._reveal(found.uuid, idsOf(newest));
    }
  }

  private async _restore(path: string | null): Promise<void> {
    const trans = this._trans;
    const found = await this._history(path);
    if (!this._cellar || !path || !found?.uuid) {
      return;
    }
    const others = found.rows.filter(row => !row.same);
    if (others.length === 0) {
      Notification.info(trans.__('Every saved version of %1 is as it is now.', path), { autoClose: 6000 });
      return;
    }
    const now = Date.now() / 1000;
    const versions = others.map(row => ({
      run: row.run,
      key: row.key,
      to: row.to,
      label: `${row.ref} · ${age(row.when, now, trans)}`
    }));
    const [newest] = others;
    if (newest) {
      await this._reveal(found.uuid, idsOf(newest));
    }
    await this._cellar.panel.askRestore(found.uuid, path, versions);
  }

  private async _history(path: string | null) {
    if (!this._cellar || !path) {
      return null;
    }
    try {
      const found = await this._cellar.api.history(path);
      if (found.rows.length > 0) {
        return found;
      }
      const text = this._trans.__('No version holds %1 yet. “Save as Asset…” keeps it.', path);
      Notification.info(text, { autoClose: 6000 });
    } catch (error) {
      this._report(error);
    }
    return null;
  }

  /** Show in the panel; said where it is not there any more. */
  private async _reveal(uuid: string | null, ids: readonly string[]): Promise<void> {
    if (!this._cellar || uuid === null) {
      return;
    }
    this._options.app.shell.activateById(this._cellar.panel.id);
    if (!(await this._cellar.panel.reveal(uuid, ids))) {
      const text = this._trans.__(
        'The panel could not show this version. Read again: it may have been removed meanwhile.'
      );
      Notification.warning(text, { autoClose: 8000 });
    }
  }

  private _report(error: unknown): void {
    const parts = error instanceof Refusal ? [error.message, error.saved, error.hint] : [String(error)];
    Notification.error(parts.filter(part => part !== '').join(' '), { autoClose: false });
  }
}

function idsOf(row: HistoryRow): string[] {
  return [`n:${row.project}:${row.series}`, `v:${row.run}`, ...row.keys.map(key => `f:${row.run}:${key}`)];
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function textsOf(value: unknown): string[] | null {
  return Array.isArray(value) ? value.filter(one => typeof one === 'string') : null;
}
