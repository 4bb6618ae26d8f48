import { URLExt } from '@jupyterlab/coreutils';
import { Drive, type ServerConnection } from '@jupyterlab/services';

export const DRIVE_NAME = 'cellar';

/** The cellars as a read-only drive: jupyter_server's own contents protocol, at an address of ours. */
export class CellarDrive extends Drive {
  constructor(serverSettings: ServerConnection.ISettings) {
    super({ name: DRIVE_NAME, apiEndpoint: 'nbcellar/api/contents', serverSettings });
  }

  /** Where a file is downloaded, or played, from. */
  override async getDownloadUrl(localPath: string): Promise<string> {
    const { baseUrl } = this.serverSettings;
    const xsrf = /(?:^|; )_xsrf=([^;]*)/.exec(document.cookie)?.[1];
    const url = URLExt.join(baseUrl, 'nbcellar/files', URLExt.encodeParts(localPath));
    return xsrf ? `${url}?_xsrf=${encodeURIComponent(xsrf)}` : url;
  }
}
