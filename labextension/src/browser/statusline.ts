import { button, h } from './dom';
import { Refusal, type Words } from './protocol';

const SLOW_MS = 1500;

/** The line at the bottom: what was done, with its way back; what went wrong; what is waited for. A live region. */
export class StatusLine {
  readonly element = h('div', { class: 'nbcellar-status', role: 'status' });

  constructor(
    private readonly _words: Words,
    private readonly _waiting: string
  ) {}

  say(...parts: readonly (Node | string)[]): void {
    this.element.replaceChildren(...parts.map(part => (typeof part === 'string' ? h('span', {}, part) : part)));
  }

  /** Say what was done, and offer its way back. */
  sayDone(text: string, undo: () => void): void {
    this.say(text, button(this._words.__('Undo'), undo));
  }

  sayError(error: unknown): void {
    this.say(explain(error, this._words));
  }

  /** Say so when an answer takes long: a kernel that runs a cell answers after it. */
  async patiently<Value>(answer: Promise<Value>): Promise<Value> {
    const waiting = h('span', {}, this._waiting);
    const timer = setTimeout(() => this.say(waiting), SLOW_MS);
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
      waiting.remove();
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
