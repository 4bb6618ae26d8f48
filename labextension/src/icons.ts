import { LabIcon } from '@jupyterlab/ui-components';

// The class stands on a group of its own, since JupyterLab's rule for it would fill a shape that says `fill`.
const CELLAR = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16">
  <g fill="none" stroke-width="1.3" stroke-linecap="round" stroke-linejoin="round">
    <g class="jp-icon3" stroke="#616161">
      <path d="M2.5 13.5v-6a5.5 5.5 0 0 1 11 0v6z"/>
      <path d="M5 13.5V11h6v2.5"/>
      <path d="M8 2v3.5"/>
    </g>
  </g>
</svg>`;

/** A vaulted door. */
export const cellarIcon = new LabIcon({ name: 'nbcellar:cellar', svgstr: CELLAR });

const DRIVE = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16">
  <g fill="none" stroke-width="1.3" stroke-linecap="round" stroke-linejoin="round">
    <g class="jp-icon3" stroke="#616161">
      <path d="M1.8 12.8v-9.3h4.4l1.4 1.7h6.6v7.6z"/>
      <path d="M5.6 12.8v-2a2.4 2.4 0 0 1 4.8 0v2"/>
    </g>
  </g>
</svg>`;

/** A folder with a vaulted door. */
export const driveIcon = new LabIcon({ name: 'nbcellar:drive', svgstr: DRIVE });
