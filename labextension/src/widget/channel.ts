import { type Answer, type Ask, Refusal, type Verb, type Verbs } from '../browser/protocol';
import type { HearingModel } from './hearing';

/** What anywidget gives a view of its model; other front ends have no manager, or another. */
export interface WidgetModel {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  send(content: unknown, callbacks?: Callbacks): void;
  on(event: string, call: (...values: never[]) => void): void;
  off(event: string, call: (...values: never[]) => void): void;
  readonly widget_manager?: { get_model(id: string): Promise<HearingModel> };
}

/** Called with what Jupyter's server hands on while the kernel deals with a message; front ends may leave it out. */
interface Callbacks {
  readonly iopub: { readonly status: () => void };
}

const PATIENCE_MS = 30_000;
const LOST_PATIENCE_MS = 2_000;

interface Reply {
  readonly id?: string;
  readonly value?: unknown;
  readonly error?: { readonly message: string; readonly saved: string; readonly hint: string };
}

type Waiting = Map<string, (reply: Reply, bytes: Uint8Array<ArrayBuffer> | null) => void>;

export interface Channel {
  readonly ask: Ask;
  /** Ask something that nobody waits for yet, when the kernel is at work on what was asked before. */
  readonly meanwhile: (ask: () => void) => void;
}

/**
 * Questions to the kernel: one custom message each, answered by id. While the kernel is at work on one, something is
 * sent: what was to be asked meanwhile, else a message that means nothing. That takes along an acknowledgement, without
 * which Jupyter's server holds the answer back for 40 ms (Nagle).
 */
export function kernelChannel(model: WidgetModel, signal: AbortSignal): Channel {
  const waiting: Waiting = new Map();
  const later = new Set<() => void>();
  const prefix = Math.random().toString(36).slice(2);
  let asked = 0;
  let lost = false;
  let unhurried = false;
  const acknowledge = (): void => {
    const before = asked;
    const due = [...later];
    later.clear();
    unhurried = true;
    for (const ask of due) {
      ask();
    }
    unhurried = false;
    if (asked === before) {
      model.send({ event: 'heard' });
    }
  };
  const hear = (reply: Reply, buffers: readonly DataView<ArrayBuffer>[]): void => {
    lost = false;
    const first = buffers?.[0];
    const bytes = first ? new Uint8Array(first.buffer, first.byteOffset, first.byteLength) : null;
    waiting.get(reply.id ?? '')?.(reply, bytes);
    waiting.delete(reply.id ?? '');
  };
  const lose = (): void => {
    lost = true; // restarted, or shut down: what was asked is answered by nobody
    for (const answer of [...waiting.values()]) {
      answer({ error: KERNEL_GONE }, null);
    }
    waiting.clear();
  };
  const send = (id: string, content: unknown): void => {
    let begun = unhurried;
    const status = (): void => {
      if (!begun && !signal.aborted && waiting.has(id)) {
        begun = true;
        acknowledge();
      }
    };
    model.send(content, { iopub: { status } });
  };
  model.on('msg:custom', hear);
  model.on('comm_live_update', lose);
  signal.addEventListener('abort', () => {
    model.off('msg:custom', hear);
    model.off('comm_live_update', lose);
    later.clear();
  });
  const ask = <V extends Verb>(verb: V, request: Verbs[V]['takes']): Promise<Answer<V>> =>
    new Promise((resolve, reject) => {
      asked += 1;
      const id = `${prefix}-${asked}`;
      const gone = lost ? KERNEL_GONE : KERNEL_SILENT;
      const timer = setTimeout(() => waiting.get(id)?.({ error: gone }, null), lost ? LOST_PATIENCE_MS : PATIENCE_MS);
      waiting.set(id, (reply, bytes) => {
        clearTimeout(timer);
        waiting.delete(id);
        if (reply.error) {
          reject(new Refusal(reply.error.message, reply.error.saved, reply.error.hint));
        } else {
          // the one place where an answer gets its type: both sides are ours, and of one version
          resolve({ value: reply.value as Verbs[V]['gives'], bytes });
        }
      });
      try {
        send(id, { id, verb, request });
      } catch {
        waiting.get(id)?.({ error: KERNEL_GONE }, null); // its connection is closed
      }
    });
  return { ask, meanwhile: one => void later.add(one) };
}

const KERNEL_SILENT = {
  message: 'The kernel does not answer.',
  saved: 'What is saved stays saved.',
  hint: 'It may be busy or gone. Wait for its cell, or restart it and run this cell again.'
};

const KERNEL_GONE = {
  message: 'The kernel of this widget is gone.',
  saved: 'What is saved stays saved.',
  hint: 'Start the kernel and run this cell again.'
};
