/** What the browser is told of plans, changes, comparisons and disk use. */

import type { Page } from './listing';

export type Policy = 'safe' | 'error' | 'keep' | 'replace' | 'backup';

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
