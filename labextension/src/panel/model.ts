import { type ISignal, Signal } from '@lumino/signaling';
import type { Api, CellarPlace, Cellars } from '../api';

/** What the model and the panel ask of the server. */
export type CellarsApi = Pick<Api, 'cellars' | 'ask' | 'fileUrl' | 'zipUrl'>;

/** Which cellars the server has, which one is shown, and which notebook is in front. */
export class CellarsModel {
  private readonly _changed = new Signal<this, void>(this);
  private _cellars: readonly CellarPlace[] = [];
  private _current: CellarPlace | null = null;
  private _failure: unknown = null;
  private _path = '';
  /** The person chose a cellar: it stays until a document of another project comes to the front. */
  private _pinned = false;
  private _asked = 0;
  private _reading: Promise<void> = Promise.resolve();

  constructor(readonly api: CellarsApi) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get cellars(): readonly CellarPlace[] {
    return this._cellars;
  }

  get current(): CellarPlace | null {
    return this._current;
  }

  /** Why the list could not be read; null where it was. */
  get failure(): unknown {
    return this._failure;
  }

  /** The notebook in front, as a path from the shown cellar's project; empty for none. */
  get notebook(): string {
    const folder = this._current?.folder;
    if (!this._path.endsWith('.ipynb') || folder === undefined) {
      return '';
    }
    if (folder === '.') {
      return this._path;
    }
    return this._path.startsWith(`${folder}/`) ? this._path.slice(folder.length + 1) : '';
  }

  /** Another document is in front; true where it was another before. */
  follow(path: string): boolean {
    if (path === this._path) {
      return false;
    }
    this._path = path;
    this._pinned = false;
    return true;
  }

  /** Read the list again; done when the newest reading is, since that is the one that counts. */
  refresh(): Promise<void> {
    this._asked += 1;
    this._reading = this._read(this._asked);
    return this._reading;
  }

  private async _read(asked: number): Promise<void> {
    let answer: Cellars | null = null;
    let failure: unknown = null;
    try {
      answer = await this.api.cellars(this._path);
    } catch (error) {
      failure = error;
    }
    if (asked !== this._asked) {
      return this._reading;
    }
    this._failure = failure;
    if (answer) {
      const { cellars, here } = answer;
      this._cellars = cellars;
      const uuid = this._pinned ? this._current?.uuid : (here ?? this._current?.uuid);
      this._current = cellars.find(one => one.uuid === uuid) ?? cellars[0] ?? null;
    }
    this._changed.emit();
  }

  /** Show this one, whatever document is in front; false where there is none of this id. */
  choose(uuid: string): boolean {
    const found = this._cellars.find(one => one.uuid === uuid);
    if (!found) {
      return false;
    }
    this._pinned = true;
    if (found.uuid !== this._current?.uuid) {
      this._current = found;
      this._changed.emit();
    }
    return true;
  }
}
