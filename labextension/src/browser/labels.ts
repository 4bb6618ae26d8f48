import { h } from './dom';
import { visible } from './format';
import type { Words } from './host';
import { icon } from './icons';
import { field, InlineDialog } from './inlinedialog';
import type { About } from './listing';
import type { LabelKind } from './outcomes';

/** A label of a version: an alias or a tag by its key, a note by its text. */
export interface LabelText {
  readonly kind: LabelKind;
  readonly key: string;
  readonly value: string;
}

/** The labels of a version, each with a button that takes it away. */
export function labelSection(about: About, take: (label: LabelText) => void, words: Words): readonly HTMLElement[] {
  const labels: LabelText[] = [
    ...about.aliases.map(key => ({ kind: 'alias' as const, key, value: '' })),
    ...about.tags.map(tag => ({ kind: 'tag' as const, key: tag.name, value: tag.value })),
    ...about.notes.map(note => ({ kind: 'note' as const, key: note.name, value: note.value }))
  ];
  if (labels.length === 0) {
    return [];
  }
  const list = h('ul', { class: 'nbcellar-labels' });
  for (const label of labels) {
    const caption = takeCaption(label, words);
    const away = h('button', { type: 'button', class: 'nbcellar-button', title: caption, 'aria-label': caption });
    away.append(icon('close'));
    away.addEventListener('click', () => take(label));
    list.append(
      h(
        'li',
        {},
        h('span', { class: 'nbcellar-dim nbcellar-label-kind' }, kindWord(label.kind, words)),
        h('span', { class: 'nbcellar-label-text' }, visible(labelText(label))),
        away
      )
    );
  }
  return [h('h3', { class: 'nbcellar-heading' }, words.__('Labels')), list];
}

function labelText(label: LabelText): string {
  if (label.kind === 'note') {
    return label.value;
  }
  return label.value ? `${label.key}=${label.value}` : label.key;
}

function takeCaption(label: LabelText, words: Words): string {
  switch (label.kind) {
    case 'alias':
      return words.__('Take away the alias %1', visible(label.key));
    case 'tag':
      return words.__('Take away the tag %1', visible(label.key));
    case 'note':
      return words.__('Take away this note');
  }
}

function kindWord(kind: LabelKind, words: Words): string {
  switch (kind) {
    case 'alias':
      return words.__('Alias');
    case 'tag':
      return words.__('Tag');
    case 'note':
      return words.__('Note');
  }
}

/** What a label is for, to whoever sees the word for the first time. */
function kindHint(kind: LabelKind, what: string, words: Words): string {
  switch (kind) {
    case 'alias':
      return words.__(
        'A name for this version: %1@NAME. Given to another version, it moves there.',
        visible(what.split('@')[0] ?? what)
      );
    case 'tag':
      return words.__('A word by which versions are filtered, with a value or none.');
    case 'note':
      return words.__('Words that stay with this version.');
  }
}

export interface LabelDialogOptions {
  readonly words: Words;
  readonly what: string;
  /** The reference of another version that has an alias; empty where none has. */
  readonly holder: (alias: string) => Promise<string>;
  readonly done: (label: LabelText) => void;
  readonly closed: () => void;
}

const TYPING_MS = 150;
/** What can be an alias; of nothing else it is asked who has it. */
const ALIAS = /^[A-Za-z_][A-Za-z0-9_-]{0,127}$/;

/** Asks for an alias, a tag or a note. */
export class LabelDialog {
  readonly dialog: InlineDialog;
  private readonly _kind: HTMLSelectElement;
  private readonly _name = h('input', { type: 'text', class: 'nbcellar-input', spellcheck: 'false' });
  private readonly _value = h('input', { type: 'text', class: 'nbcellar-input' });
  private readonly _fields: { readonly name: HTMLElement; readonly value: HTMLElement };
  private readonly _hint = h('p', { class: 'nbcellar-hint' });
  /** From which version the alias would go. */
  private readonly _moves = h('p', { role: 'status', hidden: true });
  private _typing: ReturnType<typeof setTimeout> | undefined;
  private readonly _error = h('div', { 'aria-live': 'polite' });

  constructor(private readonly _options: LabelDialogOptions) {
    const words = _options.words;
    this.dialog = new InlineDialog({
      words,
      title: words.__('Label %1', visible(_options.what)),
      act: words.__('Set'),
      icon: 'label',
      done: () => _options.done(this._label()),
      closed: _options.closed
    });
    const kinds: readonly LabelKind[] = ['alias', 'tag', 'note'];
    this._kind = h(
      'select',
      { class: 'nbcellar-input' },
      ...kinds.map(value => h('option', { value }, kindWord(value, words)))
    );
    this._fields = { name: field(words.__('Name'), this._name), value: field(words.__('Value'), this._value) };
    this.dialog.body.append(field(words.__('Kind'), this._kind), this._fields.name, this._fields.value);
    this.dialog.body.append(this._hint, this._moves, this._error);
    this._kind.addEventListener('change', () => this._adapt());
    this._name.addEventListener('input', () => this._tellMove());
    this._adapt();
  }

  focus(): void {
    this._name.focus();
  }

  /** Say why it was refused; what was typed stays. */
  refuse(why: HTMLElement): void {
    this._error.replaceChildren(why);
  }

  private _adapt(): void {
    const words = this._options.words;
    const kind = this._label().kind;
    this._fields.name.hidden = kind === 'note';
    this._fields.value.hidden = kind === 'alias';
    const title = this._fields.value.querySelector('span');
    if (title) {
      title.textContent = kind === 'note' ? words.__('Text') : words.__('Value');
    }
    this._hint.textContent = kindHint(kind, this._options.what, words);
    this._error.replaceChildren();
    this._tellMove();
  }

  /** Say it before it is done, where the alias is another version's. */
  private _tellMove(): void {
    clearTimeout(this._typing);
    const { kind, key } = this._label();
    this._sayMove('');
    if (kind === 'alias' && ALIAS.test(key)) {
      this._typing = setTimeout(() => void this._findHolder(key), TYPING_MS);
    }
  }

  private async _findHolder(alias: string): Promise<void> {
    if (!this.dialog.element.isConnected) {
      return;
    }
    const ref = await this._options.holder(alias);
    const { kind, key } = this._label();
    if (kind === 'alias' && key === alias) {
      this._sayMove(ref);
    }
  }

  private _sayMove(ref: string): void {
    const { words, what } = this._options;
    this._moves.hidden = ref === '';
    this._moves.textContent = ref
      ? words.__('%1 has this alias now. Move takes it from there to %2.', visible(ref), visible(what))
      : '';
    this.dialog.allow(true, ref ? words.__('Move') : words.__('Set'));
  }

  private _label(): LabelText {
    const key = this._name.value.trim();
    const value = this._value.value.trim();
    switch (this._kind.value) {
      case 'tag':
        return { kind: 'tag', key, value };
      case 'note':
        return { kind: 'note', key: '', value };
      default:
        return { kind: 'alias', key, value: '' };
    }
  }
}
