import { button, h } from './dom';
import type { Words } from './host';
import { Refusal } from './protocol';

const SLOW_MS = 1500;

/** The line at the bottom: what was done, with its way back; what went wrong; what is waited for. A live region. */
export class StatusLine {
  readonly element: HTMLElement;
  private readonly _said = h('span', { class: 'nbcellar-said' });
  private readonly _wait: HTMLElement;
  /** How many answers take long. */
  private _slow = 0;

  /**
   * @param back takes the focus when what had it goes away
   */
  constructor(
    private readonly _words: Words,
    waiting: string,
    private readonly _back: () => void = () => undefined
  ) {
    this.element = h('div', { class: 'nbcellar-status', role: 'status' }, this._said);
    this._wait = h('span', { class: 'nbcellar-waiting' }, waiting);
  }

  say(...parts: readonly (Node | string)[]): void {
    const held = this._said.contains(document.activeElement);
    const shown = parts.filter(part => part !== '');
    this._said.replaceChildren(...shown.map(part => (typeof part === 'string' ? h('span', {}, part) : part)));
    if (held) {
      this._back();
    }
  }

  /** Say what was done, and offer its way back. */
  sayDone(text: string, undo: () => void): void {
    this.say(text, button(this._words.__('Undo'), undo));
  }

  sayError(error: unknown): void {
    this.say(explain(error, this._words));
  }

  /** Say so when an answer takes long, beside what was said: a kernel that runs a cell answers after it. */
  async patiently<Value>(answer: Promise<Value>): Promise<Value> {
    let slow = false;
    const timer = setTimeout(() => {
      slow = true;
      this._slow += 1;
      this.element.append(this._wait);
    }, SLOW_MS);
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
      this._slow -= slow ? 1 : 0;
      if (this._slow === 0) {
        this._wait.remove();
      }
    }
  }
}

/** What happened, what is saved, and what to do next. */
export function explain(error: unknown, words: Words): HTMLElement {
  const box = h('div', { class: 'nbcellar-error', role: 'alert' });
  box.append(h('p', {}, error instanceof Error ? error.message : words.__('Something went wrong: %1', String(error))));
  if (error instanceof Refusal) {
    for (const line of [error.saved, error.hint]) {
      if (line) {
        box.append(h('p', {}, line));
      }
    }
  }
  return box;
}
