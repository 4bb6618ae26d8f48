import { addressesPlugin } from './plugins/addresses';
import { browserPlugin } from './plugins/browser';
import { drivePlugin } from './plugins/drive';
import { filesPlugin } from './plugins/files';
import { outputsPlugin } from './plugins/outputs';
import { panelPlugin } from './plugins/panel';

export default [browserPlugin, panelPlugin, drivePlugin, filesPlugin, addressesPlugin, outputsPlugin];
