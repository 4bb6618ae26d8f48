/** What the browser lists: names, versions, folders and files, as a kernel or the server tells them. */

export type Status = 'running' | 'succeeded' | 'failed' | 'interrupted' | 'abandoned' | 'skipped' | 'cached';

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
