/**
 * The elements of the rows in view. One that is drawn anew stays where it is and takes over what is another, so that it
 * keeps the pointer over it, a movement that has begun and a click on its way.
 */
export class RowElements {
  private _standing: ReadonlyMap<string, HTMLElement> = new Map();

  constructor(private readonly _place: HTMLElement) {}

  /** Show these rows, in this order, each by what it is. */
  show(rows: ReadonlyMap<string, HTMLElement>): void {
    const shown = new Map<string, HTMLElement>();
    for (const [key, fresh] of rows) {
      const standing = this._standing.get(key);
      if (standing) {
        takeOver(standing, fresh);
      }
      shown.set(key, standing ?? fresh);
    }
    for (const [key, element] of this._standing) {
      if (!shown.has(key)) {
        element.remove();
      }
    }
    this._standing = shown;
    this._order();
  }

  /** Each to its place; what is there already is not touched, since even to be put there again takes the pointer away. */
  private _order(): void {
    let next = this._place.firstChild;
    for (const element of this._standing.values()) {
      if (element === next) {
        next = element.nextSibling;
      } else {
        this._place.insertBefore(element, next);
      }
    }
  }
}

function takeOver(standing: HTMLElement, fresh: HTMLElement): void {
  for (const name of standing.getAttributeNames()) {
    if (!fresh.hasAttribute(name)) {
      standing.removeAttribute(name);
    }
  }
  for (const name of fresh.getAttributeNames()) {
    const value = fresh.getAttribute(name) ?? '';
    if (standing.getAttribute(name) !== value) {
      standing.setAttribute(name, value);
    }
  }
  const before = [...standing.childNodes];
  const after = [...fresh.childNodes];
  for (const [place, child] of after.entries()) {
    const old = before[place];
    if (!old) {
      standing.append(child);
    } else if (!old.isEqualNode(child)) {
      old.replaceWith(child);
    }
  }
  for (const old of before.slice(after.length)) {
    old.remove();
  }
}
