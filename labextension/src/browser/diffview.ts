import { h } from './dom';
import { age, size, visible } from './format';
import type { Host } from './host';
import { icon } from './icons';
import { field } from './inlinedialog';
import type { VersionRow } from './listing';
import type { DiffPage, DiffRow, FileChange } from './outcomes';
import { drawPreview } from './preview';
import { explain } from './statusline';

const ROWS = 200;
const VERSIONS = 200;

export interface Compared {
  readonly host: Host;
  /** The newer side. */
  readonly run: string;
  readonly project: string;
  readonly name: string;
  /** The older side; empty for the success before. */
  readonly other: string;
  /** Its reference, where it may be of another name. */
  readonly otherRef?: string;
  /** Only this file; empty for all. */
  readonly key: string;
}

/** How two versions differ: a list of files, each of which opens to what changed within it. */
export class DiffView {
  readonly element = h('div', { class: 'nbcellar-view nbcellar-diff' });
  private readonly _other = h('select', { class: 'nbcellar-input' });
  private readonly _field: HTMLElement;
  private readonly _head = h('p', { class: 'nbcellar-prose', 'aria-live': 'polite' });
  private readonly _body = h('div');
  private readonly _held: (() => void)[] = [];
  private _asked = 0;

  constructor(private readonly _compared: Compared) {
    const words = _compared.host.words;
    this._field = field(words.__('Compare with'), this._other);
    this.element.append(this._field, this._head, this._body);
    this._other.addEventListener('change', () => void this.show(this._other.value));
    void this._begin();
  }

  dispose(): void {
    this._release();
  }

  /** Compare with another version. */
  async show(other: string): Promise<void> {
    const { host, run, key } = this._compared;
    this._asked += 1;
    const asked = this._asked;
    try {
      if (key) {
        const { value } = await host.ask('change', { run, other, key });
        if (asked === this._asked) {
          await this._showFile(value, other, key, this._body);
          this._head.textContent = value.summary;
        }
        return;
      }
      const { value } = await host.ask('diff', { run, other, start: 0, count: ROWS });
      if (asked === this._asked) {
        this._showList(value);
      }
    } catch (error) {
      if (asked === this._asked) {
        this._head.replaceChildren();
        this._body.replaceChildren(explain(error, host.words));
      }
    }
  }

  private async _begin(): Promise<void> {
    const { host, run, project, name, other } = this._compared;
    const words = host.words;
    try {
      const filter = { since: '', tag: '', notebook: '', start: 0, count: VERSIONS, holding: '' };
      const { value } = await host.ask('versions', { project, name, ...filter });
      const others = value.rows.filter(one => one.run !== run && one.files !== null);
      const options = others.map(one => h('option', { value: one.run }, versionText(one, host)));
      if (other && !others.some(one => one.run === other)) {
        options.unshift(h('option', { value: other }, visible(this._compared.otherRef ?? other)));
      }
      this._other.replaceChildren(...options);
      if (options.length === 0) {
        this._field.hidden = true;
        this._head.textContent = words.__('There is no other version of %1 to compare with.', visible(name));
        return;
      }
      const begin = other || before(run, value.rows)?.run || others[0]?.run || '';
      this._other.value = begin;
      await this.show(begin);
    } catch (error) {
      this._body.replaceChildren(explain(error, words));
    }
  }

  private _showList(page: DiffPage): void {
    const words = this._compared.host.words;
    this._release();
    this._head.textContent =
      page.total === 0
        ? words.__('%1 and %2 hold the same files.', page.before_ref, page.after_ref)
        : words.__(
            '%1 → %2: %3 new, %4 changed, %5 gone, %6 the same.',
            page.before_ref,
            page.after_ref,
            page.new,
            page.changed,
            page.gone,
            page.same
          );
    const list = h('ul', { class: 'nbcellar-diff-list' });
    this._body.replaceChildren(list);
    this._addRows(list, page);
  }

  private _addRows(list: HTMLElement, page: DiffPage): void {
    const words = this._compared.host.words;
    for (const row of page.rows) {
      list.append(this._row(row, page.before));
    }
    const next = page.start + page.rows.length;
    if (next < page.total) {
      const more = h('button', { type: 'button', class: 'nbcellar-link' }, words.__('%1 more', page.total - next));
      const item = h('li', {}, more);
      more.addEventListener('click', () => void this._more(list, item, page.before, next));
      list.append(item);
    }
  }

  private async _more(list: HTMLElement, item: HTMLElement, other: string, start: number): Promise<void> {
    const { host, run } = this._compared;
    try {
      const { value } = await host.ask('diff', { run, other, start, count: ROWS });
      item.remove();
      this._addRows(list, value);
    } catch (error) {
      item.replaceChildren(explain(error, host.words));
    }
  }

  private _row(row: DiffRow, other: string): HTMLElement {
    const { host, run } = this._compared;
    const words = host.words;
    const sizes = [row.before_bytes, row.after_bytes].filter(one => one !== null).map(one => size(one));
    const said = row.was ? words.__('was %1', visible(row.was)) : [...new Set(sizes)].join(' → ');
    const opener = h(
      'button',
      { type: 'button', class: 'nbcellar-diff-open', 'aria-expanded': 'false' },
      icon('chevron'),
      h('span', { class: `nbcellar-diff-${row.change} nbcellar-diff-word` }, changeWord(row.change, host)),
      h('bdi', { class: 'nbcellar-label', title: visible(row.path) }, visible(row.path)),
      h('span', { class: 'nbcellar-meta' }, said)
    );
    const inside = h('div', { class: 'nbcellar-diff-inside', hidden: true });
    opener.addEventListener('click', () => {
      const open = inside.hidden;
      inside.hidden = !open;
      opener.setAttribute('aria-expanded', String(open));
      if (open && inside.childElementCount === 0) {
        void this._fill(inside, { run, other, key: row.key });
      }
    });
    return h('li', {}, opener, inside);
  }

  private async _fill(box: HTMLElement, wanted: { run: string; other: string; key: string }): Promise<void> {
    const host = this._compared.host;
    try {
      const { value } = await host.ask('change', wanted);
      await this._showFile(value, wanted.other, wanted.key, box);
    } catch (error) {
      box.replaceChildren(explain(error, host.words));
    }
  }

  /** Lines where the comparison gives them; else both sides as they are, beside each other. */
  private async _showFile(change: FileChange, other: string, key: string, box: HTMLElement): Promise<void> {
    const { host, run } = this._compared;
    if (change.lines.length > 0) {
      box.replaceChildren(h('p', { class: 'nbcellar-note' }, change.summary), lineView(change.lines, host));
      return;
    }
    const sides: HTMLElement[] = [];
    if (change.before) {
      sides.push(await this._side(other, key, host.words.__('Before')));
    }
    if (change.after) {
      sides.push(await this._side(run, key, host.words.__('After')));
    }
    box.replaceChildren(
      h('p', { class: 'nbcellar-note' }, change.summary),
      h('div', { class: 'nbcellar-sides' }, ...sides)
    );
  }

  private async _side(run: string, key: string, title: string): Promise<HTMLElement> {
    const host = this._compared.host;
    const { value, bytes } = await host.ask('preview', { run, key, pages: 1 });
    const drawn = drawPreview(value, bytes, host.words);
    this._held.push(drawn.dispose);
    const caption = h('figcaption', { class: 'nbcellar-dim' }, `${title} · ${visible(value.path.split('/')[0] ?? '')}`);
    return h('figure', { class: 'nbcellar-side' }, caption, drawn.element);
  }

  private _release(): void {
    for (const release of this._held.splice(0)) {
      release();
    }
  }
}

/** The newest success before a version, in a list that begins with the newest. */
function before(run: string, versions: readonly VersionRow[]): VersionRow | undefined {
  const at = versions.findIndex(one => one.run === run);
  const older = versions.slice(at + 1).filter(one => one.files !== null);
  return older.find(one => one.status === 'succeeded' || one.status === 'cached') ?? older[0];
}

function versionText(row: VersionRow, host: Host): string {
  return [row.ref, ...row.aliases, age(row.when, Date.now() / 1000, host.words)].map(visible).join(' · ');
}

function changeWord(change: DiffRow['change'], host: Host): string {
  switch (change) {
    case 'new':
      return host.words.__('new');
    case 'changed':
      return host.words.__('changed');
    case 'gone':
      return host.words.__('gone');
  }
}

/** Each line by its sign: what is added, taken away, or stands around. */
export function lineView(lines: readonly string[], host: Pick<Host, 'words'>): HTMLElement {
  const box = h('pre', { class: 'nbcellar-text nbcellar-lines', tabindex: 0, 'aria-label': host.words.__('Changes') });
  for (const line of lines) {
    box.append(h('span', { class: `nbcellar-line nbcellar-line-${lineKind(line)}` }, `${line}\n`));
  }
  return box;
}

export function lineKind(line: string): 'added' | 'taken' | 'changed' | 'gap' | 'same' {
  if (line.startsWith('@@')) {
    return 'gap';
  }
  switch (line[0]) {
    case '+':
      return 'added';
    case '-':
      return 'taken';
    case '~':
      return 'changed';
    default:
      return 'same';
  }
}
