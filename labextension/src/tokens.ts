/** Every command of the extension. */
export const CommandIDs = {
  openBrowser: 'nbcellar:open-browser'
} as const;
