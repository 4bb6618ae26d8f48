const PATIENCE_MS = 5000;

/**
 * Readings of which the newest counts: of two at once, the older one must not have the last word. Whoever waits for one
 * waits until the newest is done.
 */
export class Readings {
  private _count = 0;
  private _newest: Promise<void> = Promise.resolve();
  private _next: Promise<void> | null = null;

  /**
   * @param _read must not fail; it asks whether it is still the newest before it shows anything
   */
  constructor(private readonly _read: (isNewest: () => boolean) => Promise<void>) {}

  /** Somebody asked: read now, whatever is under way. */
  now(): Promise<void> {
    this._count += 1;
    const count = this._count;
    this._newest = this._read(() => count === this._count).then(() =>
      count === this._count ? undefined : this._newest
    );
    return this._newest;
  }

  /** Something may have changed: read once what is under way is done, and once for all who ask until then. */
  soon(): Promise<void> {
    if (this._next === null) {
      const patience = new Promise(done => setTimeout(done, PATIENCE_MS)); // a dead one is not waited for
      this._next = Promise.race([this._newest, patience]).then(() => {
        this._next = null;
        return this.now();
      });
    }
    return this._next;
  }

  /** Show nothing any more. */
  end(): void {
    this._count += 1;
    this._newest = Promise.resolve();
  }
}
