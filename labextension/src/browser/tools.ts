import { Changes, type ChangesOptions } from './changes';
import { DiffView } from './diffview';
import { h } from './dom';
import { size, visible } from './format';
import { InlineDialog } from './inlinedialog';
import { LabelDialog, type LabelText } from './labels';
import { type Restorable, RestorePanel, restoredText } from './restorepanel';
import type { BrowserItem } from './rows';
import { Toolbar, type ToolbarButton } from './toolbar';
import type { Action } from './views';

export interface ToolsOptions extends ChangesOptions {
  /** Where dialogs and differences are shown. */
  readonly content: HTMLElement;
  /** The focus goes back to the tree. */
  readonly back: () => void;
  /** Whether a button is to be pressed later, because what it is for is still on its way. */
  readonly defer: (key: string) => boolean;
}

/** What is chosen, as the tools need it. */
export interface Subject {
  readonly item: BrowserItem;
  readonly ref: string;
  readonly snippet: string;
}

interface Inline {
  readonly element: HTMLElement;
  focus(): void;
}

/** Every key that may press a button here. */
export const TOOL_KEYS: ReadonlySet<string> = new Set(['r', 'o', 'd', 'c', 'u', 'z', 'l', 'Delete']);

/** The buttons above the pane, and what each does. */
export class Tools {
  readonly toolbar: Toolbar;
  private _subject: Subject | null = null;
  private _dialog: Inline | null = null;
  private _diff: DiffView | null = null;
  private readonly _changes: Changes;

  constructor(private readonly _options: ToolsOptions) {
    this._changes = new Changes(_options);
    this.toolbar = new Toolbar(_options.host.words.__('Actions'));
  }

  /** Whether a dialog stands in the pane, which a refresh must not take away. */
  get busy(): boolean {
    return this._dialog !== null;
  }

  /** Whether a comparison stands in the pane: somebody reads it. */
  get comparing(): boolean {
    return this._diff !== null;
  }

  /** Show the buttons for what is chosen. */
  offer(actions: readonly Action[], subject: Subject | null): void {
    this._subject = subject;
    this._dialog = null;
    this._diff?.dispose();
    this._diff = null;
    const buttons = actions.map(action => this._button(action));
    const { defer } = this._options;
    this.toolbar.show(buttons.map(one => ({ ...one, act: () => defer(one.key) || one.act() })));
  }

  /** Ask where to restore a version, or one of several. */
  askRestore(what: string, to: string, versions: readonly Restorable[]): void {
    const { host, status } = this._options;
    const panel = new RestorePanel({
      host,
      versions,
      what,
      to,
      policy: host.defaults?.().policy ?? 'safe',
      closed: () => this._close(),
      done: restored => {
        this._close();
        const text = restoredText(restored, host.words);
        if (restored.can_undo) {
          this.offerUndo(text);
        } else {
          status.say(text);
        }
      }
    });
    this._open({ element: panel.dialog.element, focus: () => panel.dialog.focus() });
  }

  /** Say what was restored, with its way back. */
  offerUndo(text: string): void {
    const { host, status } = this._options;
    if (host.memory) {
      host.memory.restored = text;
    }
    status.sayDone(text, () => void this._undo());
  }

  /** Take a label away, with a way back. */
  async takeLabel(run: string, label: LabelText): Promise<void> {
    await this._changes.takeLabel(run, label);
  }

  private _button(action: Action): ToolbarButton {
    const words = this._options.host.words;
    switch (action) {
      case 'restore':
        return { label: words.__('Restore…'), icon: 'restore', key: 'r', act: () => this._askRestore() };
      case 'open':
        return { label: words.__('Open'), icon: 'open', key: 'o', act: () => this._openFile() };
      case 'diff':
        return { label: words.__('Compare'), icon: 'diff', key: 'd', act: () => this._showDiff() };
      case 'copy':
        return {
          label: words.__('Copy code'),
          icon: 'copy',
          key: 'c',
          act: () => void this.copy(this._subject?.snippet ?? '')
        };
      case 'link':
        return { label: words.__('Copy link'), icon: 'link', key: 'u', act: () => void this.copy(this._address()) };
      case 'download':
        return { label: this._downloadWord(), icon: 'download', key: 'z', act: () => void this._download() };
      case 'label':
        return { label: words.__('Label…'), icon: 'label', key: 'l', act: () => this._askLabel() };
      case 'remove':
        return { label: words.__('Remove…'), icon: 'trash', key: 'Delete', act: () => this._askRemove() };
      case 'putBack':
        return { label: words.__('Put back'), icon: 'restore', key: 'r', act: () => void this._putBack() };
    }
  }

  private _downloadWord(): string {
    const words = this._options.host.words;
    return this._subject?.item.kind === 'file' ? words.__('Download') : words.__('Download zip');
  }

  private _open(dialog: Inline): void {
    this._dialog?.element.remove();
    this._dialog = dialog;
    this._options.content.prepend(dialog.element);
    this._options.content.scrollTop = 0;
    dialog.focus();
  }

  private _close(): void {
    this._dialog?.element.remove();
    this._dialog = null;
    this._options.back();
  }

  private async _undo(): Promise<void> {
    const { ask, memory } = this._options.host;
    await this._changes.make(
      ask('undo', {}).then(answer => {
        if (memory) {
          memory.restored = '';
        }
        return answer;
      })
    );
  }

  private _openFile(): void {
    const subject = this._subject;
    if (subject) {
      this._options.host.open?.(subject.ref);
    }
  }

  private _address(): string {
    const item = this._subject?.item;
    return item && 'run' in item ? (this._options.host.link?.(item.run, 'key' in item ? item.key : '') ?? '') : '';
  }

  /** Put a text on the person's clipboard, and say so. */
  async copy(text: string): Promise<void> {
    const { host, status } = this._options;
    const code = h('code', {}, text);
    try {
      await navigator.clipboard.writeText(text);
      status.say(h('span', {}, host.words.__('Copied: '), code));
    } catch {
      // no permission, or a page without a secure address: then it can be selected
      status.say(h('span', {}, host.words.__('Copy this: '), code));
    }
  }

  private async _download(): Promise<void> {
    const { host, status } = this._options;
    const item = this._subject?.item;
    if (!item || item.kind === 'name') {
      return;
    }
    try {
      await status.patiently(host.download(item.run, 'key' in item ? item.key : '', item.kind === 'file'));
    } catch (error) {
      status.sayError(error);
    }
  }

  private _showDiff(): void {
    const subject = this._subject;
    if (!subject || subject.item.kind === 'name') {
      return;
    }
    const { host, content } = this._options;
    const item = subject.item;
    const key = item.kind === 'version' ? '' : item.key;
    this._dialog = null;
    this._diff?.dispose();
    this._diff = new DiffView({ host, run: item.run, ...seriesOf(subject.ref), other: '', key });
    content.replaceChildren(this._diff.element);
    content.scrollTop = 0;
    content.focus();
  }

  private _askRestore(): void {
    const subject = this._subject;
    if (subject && subject.item.kind !== 'name') {
      const key = 'key' in subject.item ? subject.item.key : '';
      this.askRestore(subject.ref, '.', [{ run: subject.item.run, key, label: subject.ref }]);
    }
  }

  private _askLabel(): void {
    const subject = this._subject;
    if (subject?.item.kind !== 'version') {
      return;
    }
    const { host } = this._options;
    const run = subject.item.run;
    const asked = new LabelDialog({
      words: host.words,
      what: subject.ref,
      holder: alias => this._changes.holder(run, alias),
      closed: () => this._close(),
      done: label => void this._changes.setLabel(run, label, asked, () => this._close())
    });
    this._open({ element: asked.dialog.element, focus: () => asked.focus() });
  }

  private _askRemove(): void {
    const subject = this._subject;
    if (subject?.item.kind !== 'version') {
      return;
    }
    const { words } = this._options.host;
    const { run, files, size_bytes } = subject.item;
    const dialog = new InlineDialog({
      words,
      title: words.__('Remove %1', visible(subject.ref)),
      act: words.__('Move to trash'),
      icon: 'trash',
      done: () => void this._remove(run),
      closed: () => this._close()
    });
    const held =
      files === null ? words.__('no files') : `${words._n('%1 file', '%1 files', files)}, ${size(size_bytes ?? 0)}`;
    dialog.body.append(
      h('p', {}, words.__('%1 (%2) goes to the trash. It can be put back from there.', visible(subject.ref), held))
    );
    this._open(dialog);
  }

  private async _remove(run: string): Promise<void> {
    const host = this._options.host;
    this._close();
    await this._changes.make(host.ask('remove', { run }), async () => {
      await this._changes.make(host.ask('put_back', { run }));
    });
  }

  private async _putBack(): Promise<void> {
    const item = this._subject?.item;
    if (item?.kind === 'version') {
      await this._changes.make(this._options.host.ask('put_back', { run: item.run }));
    }
  }
}

/** Project and name of `other:train@4/plots`; the project is empty where it is this one. */
export function seriesOf(ref: string): { readonly project: string; readonly name: string } {
  const series = ref.split('@')[0] ?? '';
  const colon = series.indexOf(':');
  return colon < 0 ? { project: '', name: series } : { project: series.slice(0, colon), name: series.slice(colon + 1) };
}
