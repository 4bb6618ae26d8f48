import { button, freshId, h } from './dom';
import { size, visible } from './format';
import { icon } from './icons';
import type { Choice, Host, PlanRow, Policy, Restored, RestorePlan, Words } from './protocol';

export interface RestoreOptions {
  readonly host: Host;
  readonly run: string;
  readonly key: string;
  /** What is restored, in words: `train@4` or `train@4/plots`. */
  readonly what: string;
  readonly done: (restored: Restored) => void;
  readonly closed: () => void;
  readonly explain: (error: unknown) => HTMLElement;
}

/** Where to, by which policy, and what will happen to each file: nothing is written before that is shown. */
export class RestorePanel {
  readonly element: HTMLElement;
  private readonly _target: HTMLInputElement;
  private readonly _policy: HTMLSelectElement;
  private readonly _plan = h('div', { class: 'nbcellar-plan', 'aria-live': 'polite' });
  private readonly _go: HTMLButtonElement;
  private _asked = 0;

  constructor(private readonly _options: RestoreOptions) {
    const words = _options.host.words;
    const title = freshId();
    this._target = h('input', { type: 'text', value: '.', spellcheck: 'false', class: 'nbcellar-input' });
    this._policy = policySelect(words);
    this._go = button(words.__('Restore'), () => void this._restore(), { primary: true, icon: icon('restore') });
    this.element = h(
      'div',
      { class: 'nbcellar-restore', role: 'dialog', 'aria-labelledby': title },
      h('h3', { class: 'nbcellar-heading', id: title }, words.__('Restore %1', visible(_options.what))),
      h('label', { class: 'nbcellar-field' }, h('span', {}, words.__('Into folder')), this._target),
      h('label', { class: 'nbcellar-field' }, h('span', {}, words.__('Existing files')), this._policy),
      this._plan,
      h(
        'div',
        { class: 'nbcellar-actions' },
        this._go,
        button(words.__('Cancel'), () => _options.closed())
      )
    );
    this._target.addEventListener('input', () => void this._look());
    this._policy.addEventListener('change', () => void this._look());
    this.element.addEventListener('keydown', event => this._key(event));
    void this._look();
  }

  focus(): void {
    this._target.focus();
    this._target.select();
  }

  private _key(event: KeyboardEvent): void {
    if (event.key === 'Escape') {
      event.preventDefault();
      this._options.closed();
    } else if (event.key === 'Enter' && event.target === this._target && !this._go.disabled) {
      event.preventDefault();
      void this._restore();
    }
  }

  private _choice(): Choice {
    return {
      run: this._options.run,
      key: this._options.key,
      to: this._target.value.trim() || '.',
      policy: policyOf(this._policy.value)
    };
  }

  private async _look(): Promise<void> {
    this._asked += 1;
    const asked = this._asked;
    this._go.disabled = true;
    try {
      const answer = await this._options.host.ask('plan', this._choice());
      if (asked === this._asked) {
        this._show(answer.value);
      }
    } catch (error) {
      if (asked === this._asked) {
        this._plan.replaceChildren(this._options.explain(error));
      }
    }
  }

  private _show(plan: RestorePlan): void {
    const words = this._options.host.words;
    this._go.disabled = !plan.possible;
    const writes = plan.counts.create + plan.counts.replace + plan.counts.backup;
    const label = this._go.querySelector('span');
    if (label) {
      label.textContent =
        plan.possible && writes > 0 ? words._n('Restore %1 file', 'Restore %1 files', writes) : words.__('Restore');
    }
    const sentence = h('p', { class: 'nbcellar-prose' }, describe(plan, words));
    this._plan.replaceChildren(sentence, planList(plan.rows, words));
  }

  private async _restore(): Promise<void> {
    this._go.disabled = true;
    try {
      const answer = await this._options.host.ask('restore', this._choice());
      this._options.done(answer.value);
    } catch (error) {
      this._plan.replaceChildren(this._options.explain(error));
    }
  }
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
