/**
 * What the browser asks and what it is told, by a kernel (the widget) or by the server (JupyterLab's panel).
 *
 * Paths travel as keys: base64url of the name's bytes, since a name need not be Unicode. Names beside them are for
 * reading only. Times are seconds since 1970.
 */

import type { Preview } from './content';
import type { About, EntryRow, NameRow, Overview, Page, VersionRow } from './listing';
import type {
  DiffPage,
  FileChange,
  LabelKind,
  Labelled,
  Packed,
  Policy,
  Restored,
  RestorePlan,
  Said,
  Tags,
  Usage
} from './outcomes';

export type Order = 'newest' | 'name' | 'size' | 'versions';

/** Which names and versions are shown; empty texts let everything pass. */
export interface Filter {
  /** An age such as `7d`. */
  readonly since: string;
  /** A key, or key=value. */
  readonly tag: string;
  /** What this notebook wrote last. */
  readonly notebook: string;
}

export interface Choice {
  readonly run: string;
  readonly key: string;
  /** The folder to restore into. */
  readonly to: string;
  readonly policy: Policy;
}

/** Rows of a list from one on. */
export interface Span {
  readonly start: number;
  readonly count: number;
}

/** Or the page of so many that holds a name, a run or a key, wherever that is; empty for none. */
export interface Wanted extends Span {
  readonly holding: string;
}

/** Every verb: what it takes and what it gives. */
export interface Verbs {
  overview: { takes: Record<never, never>; gives: Overview };
  names: { takes: Filter & Wanted & { search: string; task: string; sort: Order }; gives: Page<NameRow> };
  versions: { takes: Filter & Wanted & { project: string; name: string }; gives: Page<VersionRow> };
  files: { takes: Wanted & { run: string; key: string }; gives: Page<EntryRow> };
  trash: { takes: Span; gives: Page<VersionRow> };
  tags: { takes: Record<never, never>; gives: Tags };
  usage: { takes: Record<never, never>; gives: Usage };
  diff: { takes: Span & { run: string; other: string }; gives: DiffPage };
  change: { takes: { run: string; other: string; key: string }; gives: FileChange };
  pack: { takes: { run: string; key: string }; gives: Packed };
  about: { takes: { run: string }; gives: About };
  preview: { takes: { run: string; key: string; pages: number }; gives: Preview };
  plan: { takes: Choice; gives: RestorePlan };
  restore: { takes: Choice; gives: Restored };
  undo: { takes: Record<never, never>; gives: Said };
  label: { takes: { run: string; kind: LabelKind; key: string; value: string }; gives: Labelled };
  holder: { takes: { run: string; key: string }; gives: { readonly ref: string } };
  unlabel: { takes: { run: string; kind: LabelKind; key: string }; gives: Said };
  remove: { takes: { run: string }; gives: Said };
  put_back: { takes: { run: string }; gives: Said };
}

export type Verb = keyof Verbs;

/** Bytes travel beside the answer: an image's, an audio's. */
export interface Answer<V extends Verb> {
  readonly value: Verbs[V]['gives'];
  readonly bytes: Uint8Array<ArrayBuffer> | null;
}

export type Ask = <V extends Verb>(verb: V, request: Verbs[V]['takes']) => Promise<Answer<V>>;

/** An error of nbcellar: what happened, what is saved, what to do next. */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly saved: string = '',
    readonly hint: string = ''
  ) {
    super(message);
  }
}
