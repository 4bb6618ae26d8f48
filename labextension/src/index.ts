import { browserPlugin } from './plugins/browser';

export default [browserPlugin];
