import { expect, test } from 'vitest';
import { kernelChannel, type WidgetModel } from '../src/widget/channel';

interface Sent {
  readonly content: unknown;
  /** What the kernel's server says when the kernel is at work on it. */
  readonly begin: () => void;
}

/** A model as ipywidgets has it: what is sent is written down, and answered by the test. */
class Line implements WidgetModel {
  readonly sent: Sent[] = [];
  private readonly _hear = new Map<string, (...values: never[]) => void>();

  get(): unknown {
    return '';
  }
  set(): void {}
  save_changes(): void {}
  send(content: unknown, callbacks?: { readonly iopub: { readonly status: () => void } }): void {
    this.sent.push({ content, begin: callbacks?.iopub.status ?? (() => undefined) });
  }
  on(event: string, call: (...values: never[]) => void): void {
    this._hear.set(event, call);
  }
  off(event: string): void {
    this._hear.delete(event);
  }
  get events(): readonly string[] {
    return [...this._hear.keys()];
  }
}

const HEARD = { event: 'heard' };

test('while the kernel is at work on a question, what was to be asked meanwhile is asked, once', () => {
  const line = new Line();
  const { ask, meanwhile } = kernelChannel(line, new AbortController().signal);
  void ask('overview', {});
  const around = (): void => void ask('tags', {});
  meanwhile(around);
  meanwhile(around);
  expect(line.sent.length).toBe(1);
  line.sent[0]?.begin();
  line.sent[0]?.begin();
  expect(line.sent.map(one => one.content)).toMatchObject([{ verb: 'overview' }, { verb: 'tags' }]);
  line.sent[1]?.begin(); // nobody waits for it
  expect(line.sent.length).toBe(2);
});

test('while the kernel is at work on a question and nothing else is to be asked, it is told that it was heard', () => {
  const line = new Line();
  const { ask } = kernelChannel(line, new AbortController().signal);
  void ask('overview', {});
  line.sent[0]?.begin();
  line.sent[0]?.begin();
  expect(line.sent.map(one => one.content).slice(1)).toEqual([HEARD]);
});

test('a view that is gone hears and asks no more', () => {
  const line = new Line();
  const leaving = new AbortController();
  const { ask, meanwhile } = kernelChannel(line, leaving.signal);
  void ask('overview', {});
  meanwhile(() => void ask('tags', {}));
  leaving.abort();
  expect(line.events).toEqual([]);
  line.sent[0]?.begin();
  expect(line.sent.length).toBe(1);
});
