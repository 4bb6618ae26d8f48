import { IRouter, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { keysDown, takeQuery } from '../panel/query';
import { CommandIDs, ICellarPanel } from '../tokens';

const ID = 'nbcellar:addresses';

/** Shows what an address of JupyterLab names, `lab?cellar=…&run=…&key=…`: somebody copied it to give it to others. */
export const addressesPlugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Shows the version or file that the address of the page names.',
  autoStart: true,
  requires: [ICellarPanel],
  optional: [IRouter, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    cellar: ICellarPanel | null,
    router: IRouter | null,
    translator: ITranslator | null
  ) => {
    if (!cellar) {
      return;
    }
    const trans = (translator ?? nullTranslator).load('nbcellar');
    app.commands.addCommand(CommandIDs.showAddress, {
      label: trans.__('Show What an Address Names'),
      describedBy: {
        args: { type: 'object', properties: { search: { type: 'string', description: 'The query of the address' } } }
      },
      execute: async ({ search, path }: ReadonlyPartialJSONObject) => {
        const wanted = takeQuery(typeof search === 'string' ? search : '');
        if (!wanted) {
          return;
        }
        await app.restored;
        if (typeof path === 'string') {
          router?.navigate(path + wanted.rest, { skipRouting: true }); // once is enough: the page may be read again
        }
        app.shell.activateById(cellar.panel.id);
        if (!(await reveal(cellar, wanted))) {
          const text = trans.__(
            'What this address names is not here. It may have been removed, or be of another server.'
          );
          Notification.warning(text, { autoClose: false });
        }
      }
    });
    router?.register({ command: CommandIDs.showAddress, pattern: /[?&]cellar=/, rank: 100 });
  }
};

async function reveal({ api, panel }: ICellarPanel, wanted: Readonly<Record<'cellar' | 'run' | 'key', string>>) {
  try {
    const { value } = await api.ask(wanted.cellar)('about', { run: wanted.run });
    const keys = wanted.key ? keysDown(wanted.key) : [];
    const ids = [`n:${value.project}:${value.name}`, `v:${value.run}`, ...keys.map(key => `f:${value.run}:${key}`)];
    return await panel.reveal(wanted.cellar, ids);
  } catch {
    return false; // no such cellar, version or key: all of it is said in one sentence
  }
}
