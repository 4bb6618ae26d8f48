import { type Answer, type Ask, Refusal, type Verb, type Verbs } from '../browser/protocol';

/** What anywidget gives a view of its model. */
export interface WidgetModel {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  send(content: unknown): void;
  on(event: string, call: (...values: never[]) => void): void;
  off(event: string, call: (...values: never[]) => void): void;
}

const PATIENCE_MS = 30_000;

interface Reply {
  readonly id: string;
  readonly value?: unknown;
  readonly error?: { readonly message: string; readonly saved: string; readonly hint: string };
}

/** Questions to the kernel: one custom message each, answered by id. */
export function kernelChannel(model: WidgetModel, signal: AbortSignal): Ask {
  const waiting = new Map<string, (reply: Reply, bytes: Uint8Array<ArrayBuffer> | null) => void>();
  const prefix = Math.random().toString(36).slice(2);
  let asked = 0;
  const hear = (reply: Reply, buffers: readonly DataView<ArrayBuffer>[]): void => {
    const first = buffers?.[0];
    const bytes = first ? new Uint8Array(first.buffer, first.byteOffset, first.byteLength) : null;
    waiting.get(reply.id)?.(reply, bytes);
    waiting.delete(reply.id);
  };
  model.on('msg:custom', hear);
  signal.addEventListener('abort', () => model.off('msg:custom', hear));
  return <V extends Verb>(verb: V, request: Verbs[V]['takes']): Promise<Answer<V>> =>
    new Promise((resolve, reject) => {
      asked += 1;
      const id = `${prefix}-${asked}`;
      const lost = setTimeout(() => {
        waiting.delete(id);
        reject(
          new Refusal(
            'The kernel does not answer.',
            '',
            'It may be busy or gone. Wait for its cell, or restart it and run this cell again.'
          )
        );
      }, PATIENCE_MS);
      waiting.set(id, (reply, bytes) => {
        clearTimeout(lost);
        if (reply.error) {
          reject(new Refusal(reply.error.message, reply.error.saved, reply.error.hint));
        } else {
          // the one place where an answer gets its type: both sides are ours, and of one version
          resolve({ value: reply.value as Verbs[V]['gives'], bytes });
        }
      });
      model.send({ id, verb, request });
    });
}
