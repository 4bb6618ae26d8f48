/** What the browser is told of the content of a file. */

import type { Fact } from './listing';

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
