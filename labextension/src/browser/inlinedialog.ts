import { button, freshId, h } from './dom';
import type { Words } from './host';
import { type IconName, icon } from './icons';

export interface InlineDialogOptions {
  readonly words: Words;
  readonly title: string;
  /** What its first button says. */
  readonly act: string;
  readonly icon: IconName;
  readonly done: () => void;
  /** Missing where it stands for itself and cannot be closed: then it is a group, no dialog. */
  readonly closed?: (() => void) | undefined;
}

/**
 * A dialog in the pane, not over the page: Enter in a field acts, Escape closes, and Tab stays inside, as the ARIA
 * Authoring Practices ask.
 */
export class InlineDialog {
  readonly element: HTMLElement;
  readonly body = h('div');
  readonly go: HTMLButtonElement;

  constructor(private readonly _options: InlineDialogOptions) {
    const title = freshId();
    this.go = button(_options.act, _options.done, { primary: true, icon: icon(_options.icon) });
    const closed = _options.closed;
    const actions = h('div', { class: 'nbcellar-actions' }, this.go);
    if (closed) {
      actions.append(button(_options.words.__('Cancel'), closed));
    }
    this.element = h(
      'div',
      {
        class: 'nbcellar-dialog',
        role: closed ? 'dialog' : 'group',
        'aria-modal': closed ? 'true' : undefined,
        'aria-labelledby': title
      },
      h('h3', { class: 'nbcellar-heading', id: title }, _options.title),
      this.body,
      actions
    );
    this.element.addEventListener('keydown', event => this._key(event));
  }

  /** Say what its first button does now, and whether it can. */
  allow(can: boolean, label: string): void {
    this.go.disabled = !can;
    const text = this.go.querySelector('span');
    if (text) {
      text.textContent = label;
    }
  }

  /** The focus to the first field, or to the button where there is none. */
  focus(): void {
    const field = this.body.querySelector<HTMLElement>('input, select, textarea') ?? this.go;
    field.focus();
    if (field instanceof HTMLInputElement) {
      field.select();
    }
  }

  private _key(event: KeyboardEvent): void {
    const closed = this._options.closed;
    if (event.key === 'Escape' && closed) {
      event.preventDefault();
      event.stopPropagation();
      closed();
    } else if (event.key === 'Enter' && event.target instanceof HTMLInputElement && !this.go.disabled) {
      event.preventDefault();
      this._options.done();
    } else if (event.key === 'Tab' && closed) {
      this._stayInside(event);
    }
  }

  private _stayInside(event: KeyboardEvent): void {
    const stops = [...this.element.querySelectorAll<HTMLElement>('input, select, textarea, button, [tabindex="0"]')];
    const inside = stops.filter(one => !one.matches(':disabled') && one.offsetParent !== null);
    const first = inside[0];
    const last = inside[inside.length - 1];
    if (event.shiftKey && document.activeElement === first) {
      event.preventDefault();
      last?.focus();
    } else if (!event.shiftKey && document.activeElement === last) {
      event.preventDefault();
      first?.focus();
    }
  }
}

/** A field with its label before it. */
export function field(label: string, control: HTMLElement): HTMLLabelElement {
  return h('label', { class: 'nbcellar-field' }, h('span', {}, label), control);
}
