import { h } from './dom';
import { size, visible } from './format';
import type { Host, Words } from './host';
import { field, InlineDialog } from './inlinedialog';
import type { PlanRow, Policy, Restored, RestorePlan } from './outcomes';
import type { Choice } from './protocol';
import { explain } from './statusline';

/** One version that can be restored: all of it, or what a key means. */
export interface Restorable {
  readonly run: string;
  readonly key: string;
  /** In words, where there are several: `train@4, 2 h ago`. */
  readonly label: string;
  /** The folder into which it goes to its place, where that is another for each. */
  readonly to?: string;
}

export interface RestoreOptions {
  readonly host: Host;
  /** The versions to choose from; the first is chosen. */
  readonly versions: readonly Restorable[];
  /** What is restored, in words: `train@4` or `train@4/plots`. */
  readonly what: string;
  /** The folder, to begin with. */
  readonly to: string;
  readonly policy?: Policy;
  readonly done: (restored: Restored) => void;
  readonly closed?: (() => void) | undefined;
}

const LOOK_MS = 200;

/** Where to, by which policy, and what will happen to each file: nothing is written before that is shown. */
export class RestorePanel {
  readonly dialog: InlineDialog;
  private readonly _version: HTMLSelectElement;
  private readonly _target: HTMLInputElement;
  private readonly _policy: HTMLSelectElement;
  private readonly _plan = h('div', { class: 'nbcellar-plan', 'aria-live': 'polite' });
  private _asked = 0;
  private _timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly _options: RestoreOptions) {
    const words = _options.host.words;
    this.dialog = new InlineDialog({
      words,
      title: words.__('Restore %1', visible(_options.what)),
      act: words.__('Restore'),
      icon: 'restore',
      done: () => void this._restore(),
      closed: _options.closed
    });
    this._version = versionSelect(_options.versions);
    this._target = h('input', { type: 'text', value: _options.to, spellcheck: 'false', class: 'nbcellar-input' });
    this._policy = policySelect(words);
    this._policy.value = _options.policy ?? 'safe';
    if (_options.versions.length > 1) {
      this.dialog.body.append(field(words.__('Version'), this._version));
    }
    this.dialog.body.append(
      field(words.__('Into folder'), this._target),
      field(words.__('Existing files'), this._policy),
      this._plan
    );
    this._target.addEventListener('input', () => this._lookSoon());
    this._version.addEventListener('change', () => this._chooseVersion());
    this._policy.addEventListener('change', () => void this.look());
    void this.look();
  }

  /** Read the plan anew. */
  async look(): Promise<void> {
    this._asked += 1;
    const asked = this._asked;
    this.dialog.go.disabled = true;
    try {
      const answer = await this._options.host.ask('plan', this._choice());
      if (asked === this._asked) {
        this._show(answer.value);
      }
    } catch (error) {
      if (asked === this._asked) {
        this._plan.replaceChildren(explain(error, this._options.host.words));
      }
    }
  }

  private _chooseVersion(): void {
    const to = this._options.versions[this._version.selectedIndex]?.to;
    if (to !== undefined) {
      this._target.value = to;
    }
    void this.look();
  }

  private _lookSoon(): void {
    this.dialog.go.disabled = true; // the plan on the screen is that of another folder
    clearTimeout(this._timer);
    this._timer = setTimeout(() => void this.look(), LOOK_MS);
  }

  private _choice(): Choice {
    const version = this._options.versions[Math.max(0, this._version.selectedIndex)];
    return {
      run: version?.run ?? '',
      key: version?.key ?? '',
      to: this._target.value.trim() || '.',
      policy: policyOf(this._policy.value)
    };
  }

  private _show(plan: RestorePlan): void {
    const words = this._options.host.words;
    const writes = plan.counts.create + plan.counts.replace + plan.counts.backup;
    const label =
      plan.possible && writes > 0 ? words._n('Restore %1 file', 'Restore %1 files', writes) : words.__('Restore');
    this.dialog.allow(plan.possible, label);
    this._plan.replaceChildren(h('p', { class: 'nbcellar-prose' }, describe(plan, words)), planList(plan.rows, words));
  }

  private async _restore(): Promise<void> {
    this.dialog.go.disabled = true;
    try {
      const answer = await this._options.host.ask('restore', this._choice());
      this._options.done(answer.value);
    } catch (error) {
      this._plan.replaceChildren(explain(error, this._options.host.words));
      this.dialog.go.disabled = false; // what stood in the way can be mended, and the same tried again
    }
  }
}

/** `Restored 3 files to ./out`. */
export function restoredText(restored: Restored, words: Words): string {
  const target = restored.target === '.' ? words.__('the current folder') : visible(restored.target);
  return words._n('Restored %1 file to %2', 'Restored %1 files to %2', restored.files, target);
}

function versionSelect(versions: readonly Restorable[]): HTMLSelectElement {
  const options = versions.map(one => h('option', {}, visible(one.label)));
  return h('select', { class: 'nbcellar-input' }, ...options);
}

function policySelect(words: Words): HTMLSelectElement {
  const options: readonly (readonly [Policy, string])[] = [
    ['safe', words.__('Overwrite only if saved in an asset')],
    ['keep', words.__('Keep')],
    ['backup', words.__('Copy aside, then overwrite')],
    ['replace', words.__('Overwrite')],
    ['error', words.__('Refuse to restore')]
  ];
  return h('select', { class: 'nbcellar-input' }, ...options.map(([value, label]) => h('option', { value }, label)));
}

function policyOf(value: string): Policy {
  switch (value) {
    case 'error':
    case 'keep':
    case 'replace':
    case 'backup':
      return value;
    default:
      return 'safe';
  }
}

export function describe(plan: RestorePlan, words: Words): string {
  const counts = plan.counts;
  const parts: string[] = [];
  const say = (count: number, one: string, many: string): void => {
    if (count > 0) {
      parts.push(words._n(one, many, count));
    }
  };
  say(counts.create, '%1 new file', '%1 new files');
  say(counts.replace, '%1 file is overwritten', '%1 files are overwritten');
  say(counts.backup, '%1 file is copied aside and overwritten', '%1 files are copied aside and overwritten');
  say(counts.keep, '%1 file is kept as it is', '%1 files are kept as they are');
  say(counts.same, '%1 file is the same already', '%1 files are the same already');
  say(
    counts.conflict,
    '%1 file stands in the way and is not saved anywhere',
    '%1 files stand in the way and are not saved anywhere'
  );
  say(
    counts.unsafe,
    '%1 link leads out of the folder and is left out',
    '%1 links lead out of the folder and are left out'
  );
  const all = parts.join(', ') || words.__('Nothing to restore');
  const total = plan.possible && plan.size_bytes > 0 ? ` (${size(plan.size_bytes)})` : '';
  return `${all}${total}.`;
}

function planList(rows: readonly PlanRow[], words: Words): HTMLElement {
  const list = h('ul', {
    class: 'nbcellar-plan-list',
    tabindex: 0,
    'aria-label': words.__('What happens to each file')
  });
  for (const row of rows) {
    const item = h('li', { class: `nbcellar-plan-${row.action}` });
    item.append(
      h('span', { class: 'nbcellar-plan-action' }, actionWord(row.action, words)),
      h('span', { class: 'nbcellar-label', title: visible(row.path) }, visible(row.path)),
      h('span', { class: 'nbcellar-dim' }, visible(row.why))
    );
    list.append(item);
  }
  return list;
}

function actionWord(action: PlanRow['action'], words: Words): string {
  switch (action) {
    case 'create':
      return words.__('new');
    case 'same':
      return words.__('same');
    case 'replace':
      return words.__('overwrite');
    case 'keep':
      return words.__('keep');
    case 'backup':
      return words.__('copy aside');
    case 'conflict':
      return words.__('in the way');
    case 'unsafe':
      return words.__('left out');
  }
}
