import { PageConfig } from '@jupyterlab/coreutils';

/**
 * Whether the server has our extension: it says so in the page. Where it does not, as in JupyterLite, nothing is asked of
 * it and nothing is shown that would need it.
 */
export function serverHasCellars(): boolean {
  return PageConfig.getOption('nbcellar') === 'true';
}
