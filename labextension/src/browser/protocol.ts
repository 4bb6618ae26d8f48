/**
 * What the browser asks and what it is told, by a kernel (the widget) or by the server (JupyterLab's panel).
 *
 * Paths travel as keys: base64url of the name's bytes, since a name need not be Unicode. Names beside them are for
 * reading only. Times are seconds since 1970.
 */

export type Status = 'running' | 'succeeded' | 'failed' | 'interrupted' | 'abandoned' | 'skipped' | 'cached';

export type Policy = 'safe' | 'error' | 'keep' | 'replace' | 'backup';

export interface Overview {
  readonly place: string;
  readonly exists: boolean;
  readonly project: string;
  readonly names: number;
  readonly size_bytes: number;
}

export interface Page<Row> {
  readonly start: number;
  readonly total: number;
  readonly rows: readonly Row[];
}

export interface NameRow {
  readonly kind: 'name';
  readonly project: string;
  readonly name: string;
  readonly versions: number;
  readonly newest: number;
  readonly when: number;
}

export interface VersionRow {
  readonly kind: 'version';
  readonly run: string;
  /** What its row says: `@4` below its name, `train@4` where it stands alone. */
  readonly title: string;
  readonly ref: string;
  readonly number: number;
  readonly status: Status;
  readonly when: number;
  readonly seconds: number | null;
  readonly files: number | null;
  readonly size_bytes: number | null;
  readonly latest: boolean;
  readonly aliases: readonly string[];
  readonly removed: boolean;
}

export interface FolderRow {
  readonly kind: 'folder';
  readonly run: string;
  readonly key: string;
  readonly name: string;
  /** Reference and path, for reading: `train@4/plots`. */
  readonly path: string;
  readonly files: number;
  /** Null where there are too many to be summed at once. */
  readonly size_bytes: number | null;
}

export interface FileRow {
  readonly kind: 'file' | 'link';
  readonly run: string;
  readonly key: string;
  readonly name: string;
  /** Reference and path, for reading: `train@4/plots/loss.png`. */
  readonly path: string;
  readonly size_bytes: number;
}

export type EntryRow = FolderRow | FileRow;
export type Row = NameRow | VersionRow | EntryRow;

export interface Fact {
  readonly name: string;
  readonly value: string;
}

/** A version that another was made from or used by. */
export interface Relative {
  readonly run: string;
  readonly project: string;
  readonly name: string;
  readonly ref: string;
}

/** One version, in words. */
export interface About extends Relative {
  readonly status: Status;
  readonly removed: boolean;
  readonly error: string;
  readonly facts: readonly Fact[];
  readonly params: readonly Fact[];
  readonly inputs: readonly Fact[];
  readonly digest: string;
  readonly made_from: readonly Relative[];
  /** The newest of so many users. */
  readonly used_by: readonly Relative[];
  readonly users: number;
  readonly aliases: readonly string[];
  readonly tags: readonly Fact[];
  /** Each with the key by which it is taken away. */
  readonly notes: readonly Fact[];
  readonly code: string;
  readonly snippet: string;
}

interface PreviewHead {
  readonly path: string;
  readonly size_bytes: number;
  readonly type: string;
  readonly digest: string;
  readonly snippet: string;
  readonly shown_bytes: number;
}

export type Preview =
  | (PreviewHead & { readonly view: 'text'; readonly text: string; readonly complete: boolean })
  | (PreviewHead & { readonly view: 'json'; readonly text: string; readonly complete: boolean })
  | (PreviewHead & {
      readonly view: 'table';
      readonly columns: readonly string[];
      readonly types: readonly string[];
      readonly rows: readonly (readonly (string | null)[])[];
      readonly total_rows: number | null;
      readonly complete: boolean;
    })
  | (PreviewHead & {
      readonly view: 'media';
      readonly media: 'image' | 'audio';
      readonly mime: string;
      readonly facts: readonly Fact[];
    })
  | (PreviewHead & { readonly view: 'facts'; readonly facts: readonly Fact[]; readonly note: string });

export interface PlanRow {
  readonly path: string;
  readonly action: 'create' | 'same' | 'replace' | 'keep' | 'backup' | 'conflict' | 'unsafe';
  readonly why: string;
}

export interface RestorePlan {
  readonly ref: string;
  readonly target: string;
  readonly counts: Readonly<Record<PlanRow['action'], number>>;
  readonly size_bytes: number;
  readonly rows: readonly PlanRow[];
  readonly possible: boolean;
}

export interface Restored {
  readonly files: number;
  readonly target: string;
  readonly can_undo: boolean;
}

/** What was changed or undone, in words. */
export interface Said {
  readonly text: string;
}

export type LabelKind = 'alias' | 'tag' | 'note';

export interface Tags {
  readonly tags: readonly string[];
}

export interface DiffRow {
  readonly key: string;
  readonly path: string;
  readonly change: 'new' | 'changed' | 'gone';
  readonly before_bytes: number | null;
  readonly after_bytes: number | null;
  /** The name that the same content had before; empty where it had none. */
  readonly was: string;
}

export interface DiffPage extends Page<DiffRow> {
  readonly before: string;
  readonly before_ref: string;
  readonly after: string;
  readonly after_ref: string;
  readonly same: number;
  readonly new: number;
  readonly changed: number;
  readonly gone: number;
}

export interface FileChange {
  readonly path: string;
  readonly view: 'text' | 'table' | 'json' | 'image' | 'notebook' | 'binary';
  readonly summary: string;
  readonly lines: readonly string[];
  /** Whether each side holds the file. */
  readonly before: boolean;
  readonly after: boolean;
}

/** What was labelled, in words, and what gives the label back as it was. */
export interface Labelled extends Said {
  readonly back: LabelBack;
}

export interface LabelBack {
  readonly run: string;
  readonly kind: LabelKind;
  readonly key: string;
  readonly value: string;
  /** Whether it is set again, or taken away. */
  readonly set: boolean;
}

export interface UsageRow {
  readonly name: string;
  readonly assets: number;
  readonly size_bytes: number;
  readonly own_bytes: number;
}

export interface Usage {
  readonly rows: readonly UsageRow[];
  readonly content_bytes: number;
  readonly stored_bytes: number;
  readonly trash: number;
  readonly trash_bytes: number;
}

/** Bytes to be saved under a name; they travel beside the answer. */
export interface Packed {
  readonly name: string;
  readonly size_bytes: number;
}

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

/** The two calls of JupyterLab's translation bundle that we use. */
export interface Words {
  __(text: string, ...values: readonly (string | number)[]): string;
  _n(one: string, many: string, count: number, ...values: readonly (string | number)[]): string;
}

/** What is chosen: a reference to read, `train@4/plots/loss.png`, and what it is by; both empty for a name. */
export interface Chosen {
  readonly ref: string;
  readonly run: string;
  readonly key: string;
}

/** What a person set as the choice to begin with. */
export interface Defaults {
  readonly sort: Order;
  readonly policy: Policy;
}

/** What a person did, for when the page draws the same again. */
export interface Memory {
  /** Ids of what is chosen and of what it lies in, outermost first. */
  chosen: readonly string[];
  /** What the last restore said, while it can be taken back. */
  restored: string;
}

/** What the browser needs from where it stands. */
export interface Host {
  readonly ask: Ask;
  /** Asks something that nobody waits for yet, while what was asked before is answered; missing where that gains nothing. */
  readonly meanwhile?: (ask: () => void) => void;
  readonly words: Words;
  /** The one name that is shown; empty for all. */
  readonly task: () => string;
  /** What is said while an answer takes long. */
  readonly waiting: string;
  /** The notebook whose assets can be shown alone; empty where that is not asked. */
  readonly notebook?: () => string;
  /** Opens a file, by its reference, with what JupyterLab has for it; missing where there is no JupyterLab. */
  readonly open?: (ref: string) => void;
  /** The address under which JupyterLab shows a version, a folder or a file; missing where there is no JupyterLab. */
  readonly link?: (run: string, key: string) => string;
  /** Saves a version, a folder or a file on the person's own disk. */
  readonly download: (run: string, key: string, file: boolean) => Promise<void>;
  /** How names are sorted, and what a restore does with files in its way, to begin with. */
  readonly defaults?: () => Defaults;
  /** Called whenever somebody chose another thing. */
  readonly chosen: (choice: Chosen) => void;
  /** What is kept where this may be drawn anew; missing where it stands as long as the page. */
  readonly memory?: Memory;
}
