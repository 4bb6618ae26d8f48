import { button, h } from './dom';
import { type IconName, icon } from './icons';

export interface ToolbarButton {
  readonly label: string;
  readonly icon: IconName;
  /** The key that presses it, wherever the focus is inside the browser. */
  readonly key: string;
  readonly act: () => void;
}

/** The toolbar of the ARIA Authoring Practices: one tab stop, arrow keys between its buttons. */
export class Toolbar {
  readonly element: HTMLElement;

  constructor(label: string) {
    this.element = h('div', { class: 'nbcellar-tools', role: 'toolbar', 'aria-label': label });
    this.element.addEventListener('keydown', event => this._key(event));
  }

  /** Show these buttons and no others; the focus stays on one that is still there. */
  show(buttons: readonly ToolbarButton[]): void {
    const focused = document.activeElement;
    const key = focused instanceof HTMLElement && this.element.contains(focused) ? focused.dataset.key : undefined;
    const made = buttons.map(one => {
      const caption = `${one.label.replace('…', '')} (${one.key})`;
      const element = button(one.label, one.act, { icon: icon(one.icon), caption });
      element.dataset.key = one.key;
      element.setAttribute('aria-keyshortcuts', one.key);
      element.tabIndex = -1;
      return element;
    });
    this.element.replaceChildren(...made);
    const first = made.find(one => one.dataset.key === key) ?? made[0];
    if (first) {
      first.tabIndex = 0;
      if (key !== undefined) {
        first.focus();
      }
    }
  }

  /** Press the button of a key; false where there is none. */
  press(key: string): boolean {
    const found = this._buttons().find(one => one.dataset.key === key);
    found?.click();
    return found !== undefined;
  }

  private _buttons(): HTMLButtonElement[] {
    return [...this.element.querySelectorAll('button')];
  }

  private _key(event: KeyboardEvent): void {
    const buttons = this._buttons();
    const at = buttons.findIndex(one => one.matches(':focus'));
    const to = target(event.key, at, buttons.length);
    const next = to === null ? undefined : buttons[to];
    if (!next) {
      return;
    }
    event.preventDefault();
    for (const one of buttons) {
      one.tabIndex = one === next ? 0 : -1;
    }
    next.focus();
  }
}

/** The place to which a key moves from a place, round the ends; null for other keys. */
export function target(key: string, at: number, count: number): number | null {
  if (count === 0) {
    return null;
  }
  switch (key) {
    case 'ArrowRight':
      return (at + 1) % count;
    case 'ArrowLeft':
      return (at - 1 + count) % count;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}
