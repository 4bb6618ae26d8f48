import type { ISettingRegistry } from '@jupyterlab/settingregistry';

/** One plugin's settings, as they are now; where there is no registry, or it cannot read them, the defaults. */
export class PluginSettings {
  private _settings: ISettingRegistry.ISettings | null = null;

  constructor(private readonly _id: string) {}

  /** Read them, and call when they are there and whenever somebody changes them. */
  async load(registry: ISettingRegistry | null, changed: () => void = () => undefined): Promise<void> {
    try {
      this._settings = (await registry?.load(this._id)) ?? null;
      this._settings?.changed.connect(changed);
    } catch (error) {
      console.warn(`The settings of ${this._id} cannot be read; their defaults are used.`, error);
    }
    changed();
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this._settings?.get(name).composite;
    return typeof value === 'boolean' ? value : otherwise;
  }

  /** A choice among some words; the first of them where nothing else is set. */
  choice<Word extends string>(name: string, words: readonly [Word, ...Word[]]): Word {
    const value = this._settings?.get(name).composite;
    return words.find(one => one === value) ?? words[0];
  }
}
