import type { WidgetModel } from './channel';

/** As much of a model of ipywidgets as is needed here. */
export interface HearingModel {
  readonly comm?: {
    on_msg(hear: (message: unknown) => unknown): void;
    send(data: { readonly method: string }): unknown;
  };
  _handle_comm_msg(message: unknown): Promise<unknown>;
}

const NOTHING = { content: { data: { method: '' } }, buffers: [] };

/**
 * Let a model hear its kernel. anywidget waits two seconds for a widget's script; where that came later, on a busy
 * machine, the model would drop every message from then on, and the widget would stand there and never be answered.
 */
export async function hear(model: WidgetModel): Promise<void> {
  const found = await modelOf(model);
  if (!found) {
    return;
  }
  try {
    await found._handle_comm_msg(NOTHING);
  } catch {
    const inherited = Object.getPrototypeOf(Object.getPrototypeOf(found)) as HearingModel;
    found.comm?.on_msg(message => inherited._handle_comm_msg.call(found, message));
    found.comm?.send({ method: 'request_state' }); // what was told meanwhile was dropped
  }
}

async function modelOf(model: WidgetModel): Promise<HearingModel | null> {
  const id = model.get('_identity');
  try {
    const found = typeof id === 'string' && id ? await model.widget_manager?.get_model(id) : null;
    return found && typeof found._handle_comm_msg === 'function' ? found : null;
  } catch {
    return null; // another front end, with a manager of its own
  }
}
