import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { type Answer, type Ask, Refusal, type Verb, type Verbs } from './browser/protocol';

/** One cellar of the server. */
export interface CellarPlace {
  readonly uuid: string;
  /** Its folder on the drive. */
  readonly label: string;
  readonly project: string;
  /** From the server's root, or absolute where it lies above. */
  readonly folder: string;
}

export interface Cellars {
  readonly cellars: readonly CellarPlace[];
  /** The one to which the asked path belongs. */
  readonly here: string | null;
}

/** A version that holds a file. */
export interface HistoryRow {
  readonly run: string;
  readonly ref: string;
  readonly project: string;
  readonly series: string;
  readonly key: string;
  /** Keys of the folders above it in the asset, from the top, and its own. */
  readonly keys: readonly string[];
  readonly when: number;
  readonly size_bytes: number;
  /** Whether its content is what lies there now. */
  readonly same: boolean;
  /** The folder into which it is restored to its place. */
  readonly to: string;
}

export interface FileHistory {
  readonly uuid: string | null;
  readonly rows: readonly HistoryRow[];
}

export interface SavedAsset {
  readonly uuid: string | null;
  readonly ref: string;
  readonly files: number;
  readonly run: string;
  readonly project: string;
  readonly series: string;
}

const WRITING: ReadonlySet<Verb> = new Set<Verb>(['restore', 'undo', 'label', 'unlabel', 'remove', 'put_back']);

type Fields = Readonly<Record<string, string | number>>;

/** The server extension's REST API: the only place that fetches. */
export class Api {
  constructor(private readonly _settings: ServerConnection.ISettings) {}

  cellars(path: string): Promise<Cellars> {
    return this._json<Cellars>(this._url('cellars', { path }));
  }

  history(path: string): Promise<FileHistory> {
    return this._json<FileHistory>(this._url('files', { path }));
  }

  save(paths: readonly string[], name: string): Promise<SavedAsset> {
    return this._json<SavedAsset>(this._url('files'), { paths, name });
  }

  /** Questions to one cellar. */
  ask(uuid: string): Ask {
    return async <V extends Verb>(verb: V, request: Verbs[V]['takes']): Promise<Answer<V>> => {
      const fields: Fields = { ...request };
      const value = await (WRITING.has(verb)
        ? this._json<Verbs[V]['gives']>(this._url(`${uuid}/${verb}`), fields)
        : this._json<Verbs[V]['gives']>(this._url(`${uuid}/${verb}`, fields)));
      const media = 'view' in value && value.view === 'media';
      const bytes = media ? await this._bytes(this.fileUrl(uuid, String(fields.run), String(fields.key))) : null;
      return { value, bytes };
    };
  }

  fileUrl(uuid: string, run: string, key: string): string {
    return this._url(`${uuid}/bytes/${run}/${key}`);
  }

  zipUrl(uuid: string, run: string, key: string): string {
    return this._url(key ? `${uuid}/zip/${run}/${key}` : `${uuid}/zip/${run}`);
  }

  private _url(path: string, fields: Fields = {}): string {
    const query = new URLSearchParams(Object.entries(fields).map(([name, value]) => [name, String(value)]));
    const url = URLExt.join(this._settings.baseUrl, 'nbcellar/api', path);
    return query.size > 0 ? `${url}?${query}` : url;
  }

  private async _json<Value>(url: string, body?: object): Promise<Value> {
    const response = await this._fetch(url, body);
    // the one place where an answer gets its type: both sides are ours, and of one version
    return (await response.json()) as Value;
  }

  private async _bytes(url: string): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await (await this._fetch(url)).arrayBuffer());
  }

  private async _fetch(url: string, body?: object): Promise<Response> {
    const headers = { 'Content-Type': 'application/json' };
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body), headers };
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(url, init, this._settings);
    } catch {
      throw new Refusal(
        'The server does not answer.',
        'What is saved stays saved.',
        'Check that Jupyter still runs and that you are connected; then read again.'
      );
    }
    if (!response.ok) {
      throw await refusalOf(response);
    }
    return response;
  }
}

async function refusalOf(response: Response): Promise<Refusal> {
  const text = await response.text();
  try {
    const said: unknown = JSON.parse(text);
    if (typeof said === 'object' && said !== null && 'message' in said) {
      const field = (name: string): string => String(Object.entries(said).find(([key]) => key === name)?.[1] ?? '');
      return new Refusal(field('message'), field('saved'), field('hint'));
    }
  } catch {
    // not JSON: something between us and the server answered
  }
  return new Refusal(
    `The server answered ${response.status} ${response.statusText}.`,
    '',
    'Read again, or log in again.'
  );
}
