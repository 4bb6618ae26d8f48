/** What the browser needs from where it stands: a notebook or JupyterLab. */

import type { Policy } from './outcomes';
import type { Ask, Order } from './protocol';

/** The two calls of JupyterLab's translation bundle that we use. */
export interface Words {
  __(text: string, ...values: readonly (string | number)[]): string;
  _n(one: string, many: string, count: number, ...values: readonly (string | number)[]): string;
}

/** What is chosen: a reference to read, `train@4/plots/loss.png`, and what it is by; both empty for a name. */
export interface Chosen {
  readonly ref: string;
  readonly run: string;
  readonly key: string;
}

/** What a person set as the choice to begin with. */
export interface Defaults {
  readonly sort: Order;
  readonly policy: Policy;
}

/** What a person did, for when the page draws the same again. */
export interface Memory {
  /** Ids of what is chosen and of what it lies in, outermost first. */
  chosen: readonly string[];
  /** What the last restore said, while it can be taken back. */
  restored: string;
}

/** What the browser needs from where it stands. */
export interface Host {
  readonly ask: Ask;
  /** Asks something that nobody waits for yet, while what was asked before is answered; missing where that gains nothing. */
  readonly meanwhile?: (ask: () => void) => void;
  readonly words: Words;
  /** The one name that is shown; empty for all. */
  readonly task: () => string;
  /** What is said while an answer takes long. */
  readonly waiting: string;
  /** The notebook whose assets can be shown alone; empty where that is not asked. */
  readonly notebook?: () => string;
  /** Opens a file, by its reference, with what JupyterLab has for it; missing where there is no JupyterLab. */
  readonly open?: (ref: string) => void;
  /** The address under which JupyterLab shows a version, a folder or a file; missing where there is no JupyterLab. */
  readonly link?: (run: string, key: string) => string;
  /** Saves a version, a folder or a file on the person's own disk. */
  readonly download: (run: string, key: string, file: boolean) => Promise<void>;
  /** How names are sorted, and what a restore does with files in its way, to begin with. */
  readonly defaults?: () => Defaults;
  /** Called whenever somebody chose another thing. */
  readonly chosen: (choice: Chosen) => void;
  /** What is kept where this may be drawn anew; missing where it stands as long as the page. */
  readonly memory?: Memory;
}
