/** Changes of what lies in a cellar: each is waited for, said with its way back, and shown as it is then. */

import { visible } from './format';
import type { Host } from './host';
import type { LabelDialog, LabelText } from './labels';
import type { LabelBack, Said } from './outcomes';
import { explain, type StatusLine } from './statusline';

export interface ChangesOptions {
  readonly host: Host;
  readonly status: StatusLine;
  /** Something in the cellar is another than before. */
  readonly changed: () => Promise<void>;
}

export class Changes {
  constructor(private readonly _options: ChangesOptions) {}

  /** Wait for a change, say it with its way back, and show what is there now. */
  async make(answer: Promise<{ value: Said }>, undo?: () => Promise<void>): Promise<void> {
    const status = this._options.status;
    try {
      const { value } = await this._answered(answer);
      if (undo) {
        status.sayDone(visible(value.text), () => void undo());
      } else {
        status.say(visible(value.text));
      }
    } catch (error) {
      status.sayError(error);
    }
  }

  /** Refused or not, what is shown is read again: somebody else may have been there first. */
  private async _answered<Answer>(answer: Promise<Answer>): Promise<Answer> {
    try {
      return await this._options.status.patiently(answer);
    } finally {
      await this._options.changed();
    }
  }

  /** Take a label away, with a way back. */
  async takeLabel(run: string, label: LabelText): Promise<void> {
    const { kind, key } = label;
    const set = { run, ...label };
    await this.make(this._options.host.ask('unlabel', { run, kind, key }), () =>
      this.make(this._options.host.ask('label', set))
    );
  }

  /** What cannot be found out is no reason to refuse: it is told again when the label is set. */
  async holder(run: string, alias: string): Promise<string> {
    try {
      return (await this._options.host.ask('holder', { run, key: alias })).value.ref;
    } catch {
      return '';
    }
  }

  /** Set what the dialog asked for; what is refused is said in it. */
  async setLabel(run: string, label: LabelText, asked: LabelDialog, close: () => void): Promise<void> {
    const { host, status, changed } = this._options;
    try {
      const { value } = await status.patiently(host.ask('label', { run, ...label }));
      close();
      await changed();
      status.sayDone(visible(value.text), () => void this._giveBack(value.back));
    } catch (error) {
      asked.refuse(explain(error, host.words));
    }
  }

  private async _giveBack({ run, kind, key, value, set }: LabelBack): Promise<void> {
    const { ask } = this._options.host;
    await this.make(set ? ask('label', { run, kind, key, value }) : ask('unlabel', { run, kind, key }));
  }
}
