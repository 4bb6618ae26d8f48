type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** An element with attributes and children; text always becomes a text node, so no name can be markup. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? '' : String(value));
    }
  }
  element.append(...children);
  return element;
}

let made = 0;

/** An id that is unique on the page, for labels and `aria-activedescendant`. */
export function freshId(): string {
  made += 1;
  return `nbcellar-${Date.now().toString(36)}-${made}`;
}

export interface ButtonOptions {
  readonly icon?: Node;
  readonly caption?: string;
  readonly primary?: boolean;
}

/** A button; its caption, where it has one, is the tool-tip. */
export function button(label: string, click: () => void, options: ButtonOptions = {}): HTMLButtonElement {
  const element = h('button', {
    type: 'button',
    class: options.primary ? 'nbcellar-button nbcellar-primary' : 'nbcellar-button',
    title: options.caption
  });
  if (options.icon) {
    element.append(options.icon);
  }
  element.append(h('span', {}, label));
  element.addEventListener('click', click);
  return element;
}
