import { PageConfig, URLExt } from '@jupyterlab/coreutils';

/** What an address of JupyterLab names: a version of a cellar, or a folder or file of it where the key is not empty. */
export interface Addressed {
  readonly cellar: string;
  readonly run: string;
  readonly key: string;
}

/** The address at which JupyterLab shows it; it holds no token. */
export function addressOf({ cellar, run, key }: Addressed): string {
  const query = new URLSearchParams({ cellar, run, ...(key ? { key } : {}) });
  return `${URLExt.join(PageConfig.getBaseUrl(), 'lab')}?${query}`;
}
