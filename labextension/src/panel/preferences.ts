import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { Defaults } from '../browser/host';
import { PluginSettings } from '../pluginsettings';

/** What a person set for the panel. */
export class Preferences {
  private readonly _settings: PluginSettings;

  constructor(id: string) {
    this._settings = new PluginSettings(id);
  }

  load(registry: ISettingRegistry | null): Promise<void> {
    return this._settings.load(registry);
  }

  get openOnStart(): boolean {
    return this._settings.flag('openOnStart', false);
  }

  get followDocument(): boolean {
    return this._settings.flag('followDocument', true);
  }

  get refreshAfterCells(): boolean {
    return this._settings.flag('refreshAfterCells', true);
  }

  get defaults(): Defaults {
    return {
      sort: this._settings.choice('sort', ['newest', 'name', 'size', 'versions']),
      policy: this._settings.choice('restorePolicy', ['safe', 'keep', 'backup', 'replace', 'error'])
    };
  }
}
