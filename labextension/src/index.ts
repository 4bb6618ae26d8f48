import { browserPlugin } from './plugins/browser';
import { drivePlugin } from './plugins/drive';
import { filesPlugin } from './plugins/files';
import { panelPlugin } from './plugins/panel';

export default [browserPlugin, panelPlugin, drivePlugin, filesPlugin];
