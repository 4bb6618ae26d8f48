import type { WidgetModel } from './channel';

/** Call whenever Python says that something changed, or one of these traits does; gives back what ends it. */
export function onChange(model: WidgetModel, traits: readonly string[], call: () => void): () => void {
  const hear = (message: { readonly event?: string }): void => {
    if (message.event === 'changed') {
      call();
    }
  };
  model.on('msg:custom', hear);
  for (const trait of traits) {
    model.on(`change:${trait}`, call);
  }
  return () => {
    model.off('msg:custom', hear);
    for (const trait of traits) {
      model.off(`change:${trait}`, call);
    }
  };
}
